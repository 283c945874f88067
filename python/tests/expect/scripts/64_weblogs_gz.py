# Gzip'ed access logs by regular expression, with bots, referrers, URL parts and a rejects folder.
import re
import sys
from urllib.parse import unquote
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import SparkSession, Row
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, MapType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
spark = SparkSession(sc)

LINE = re.compile(r'^(\S+) (\S+) (\S+) \[([\w:/]+\s[+\-]\d{4})\] "(\S+) (\S+)\s*(\S*)" (\d{3}) (\S+) "([^"]*)" "([^"]*)"')
broken = sc.accumulator(0)


def parse(line):
    m = LINE.match(line)
    if not m:
        broken.add(1)
        return None
    size = 0 if m.group(9) == "-" else int(m.group(9))
    return Row(host=m.group(1), user=None if m.group(3) == "-" else m.group(3), time=m.group(4), method=m.group(5),
               url=m.group(6), status=int(m.group(8)), size=size, referrer=m.group(10), agent=m.group(11))


lines = sc.textFile(args["SOURCE"] + "/web.log.gz")
rows = lines.map(parse).filter(lambda r: r is not None)
df = spark.createDataFrame(rows)
df = df.cache()
print("rows", df.count(), "of", lines.count(), "broken", broken.value > 0)
df.printSchema()
parsed = (df.withColumn("ts", F.to_timestamp("time", "dd/MMM/yyyy:HH:mm:ss Z")).drop("time")
          .withColumn("path", F.split("url", r"\?").getItem(0))
          .withColumn("query", F.when(F.instr("url", "?") > 0, F.substring_index("url", "?", -1)))
          .withColumn("params", F.expr("str_to_map(query, '&', '=')"))
          .withColumn("is_bot", F.lower("agent").rlike("bot|crawler|spider"))
          .withColumn("ref_host", F.expr("parse_url(referrer, 'HOST')")))
parsed.orderBy("ts", "host").select("host", "ts", "path", "params", "is_bot", "ref_host", "status").show(8, False)
unq = F.udf(lambda s: unquote(s) if s else None, StringType())
items = parsed.where("path = '/item'").select(F.col("params").getItem("id").cast("int").alias("id"), unq(F.col("params")["q"]).alias("q"))
items.groupBy("id", "q").count().orderBy("id").show()
top = parsed.groupBy("path").agg(F.count("*").alias("hits"), F.sum("size").alias("bytes"), F.countDistinct("host").alias("hosts"),
                                 (F.sum(F.when(F.col("status") >= 400, 1).otherwise(0)) / F.count("*")).alias("error_rate"))
top.orderBy(F.desc("hits"), "path").show()
hist = df.rdd.map(lambda r: (r.status // 100, 1)).reduceByKey(lambda a, b: a + b).sortByKey().collect()
print(hist)
codes = sc.broadcast({200: "OK", 404: "Not Found", 500: "Server Error"})
named = F.udf(lambda c: codes.value.get(c, "other"))
parsed.groupBy(named("status").alias("name")).count().orderBy("name").show()
parsed.select("host", "ts", "path", "status", F.to_json("params").alias("params"), "is_bot").coalesce(1).write.mode("overwrite") \
    .option("compression", "gzip").json(args["TARGET"] + "/parsed")
