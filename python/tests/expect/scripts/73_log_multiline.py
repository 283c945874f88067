# Application logs with stack traces: lines joined to events by a running sum, key=value pairs taken apart.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import SparkSession, Window, Row
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
spark = SparkSession.builder.getOrCreate()
HEAD = r"^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3}) (\w+)\s+\[([^\]]+)\] (\S+) - (.*)$"

numbered = sc.textFile(args["SOURCE"] + "/app.log").zipWithIndex().map(lambda x: Row(n=x[1], line=x[0])).toDF()
w = Window.orderBy("n")
events = (numbered.withColumn("is_head", F.col("line").rlike(HEAD))
          .withColumn("event", F.sum(F.col("is_head").cast("int")).over(w)))
grouped = events.groupBy("event").agg(F.min("n").alias("at"), F.sort_array(F.collect_list(F.struct("n", "line"))).alias("ls"))
parsed = (grouped.withColumn("head", F.col("ls")[0]["line"])
          .withColumn("trace", F.expr("transform(slice(ls, 2, 100), x -> trim(x.line))"))
          .select("event",
                  F.to_timestamp(F.regexp_extract("head", HEAD, 1), "yyyy-MM-dd HH:mm:ss,SSS").alias("ts"),
                  F.regexp_extract("head", HEAD, 2).alias("level"), F.regexp_extract("head", HEAD, 3).alias("thread"),
                  F.substring_index(F.regexp_extract("head", HEAD, 4), ".", -1).alias("logger"),
                  F.regexp_extract("head", HEAD, 5).alias("message"), "trace"))
parsed.orderBy("event").show(truncate=False)
parsed.printSchema()
kv = parsed.withColumn("kv", F.expr("map_from_entries(transform(regexp_extract_all(message, '(\\\\w+)=(\\\\S+)', 0), p -> struct(split(p, '=')[0] as k, split(p, '=')[1] as v)))"))
kv.select("event", "kv", F.map_keys("kv").alias("ks"), F.col("kv")["id"].cast("long").alias("id"), F.col("kv").getItem("total").cast("decimal(10,2)").alias("total")).orderBy("event").show(truncate=False)
per = parsed.groupBy(F.window("ts", "1 hour", "30 minutes").alias("w"), "level").count()
per.select(F.date_format("w.start", "HH:mm").alias("from"), F.date_format("w.end", "HH:mm").alias("to"), "level", "count").orderBy("from", "level").show()
errors = parsed.filter(F.upper("level").isin(["ERROR", "FATAL"])).withColumn("cause", F.when(F.size("trace") > 0, F.split(F.col("trace")[0], ": ")[0]).otherwise(F.lit("unknown")))
print(errors.select("cause").rdd.flatMap(lambda r: [r[0]]).countByValue().items() and sorted(errors.select("cause").rdd.map(lambda r: r.cause).countByValue().items()))
by_level = parsed.rdd.map(lambda r: (r.level, len(r.message))).aggregateByKey((0, 0), lambda a, v: (a[0] + 1, a[1] + v), lambda a, b: (a[0] + b[0], a[1] + b[1])).mapValues(lambda s: round(s[1] / s[0], 2)).collectAsMap()
print(dict(sorted(by_level.items())))
latency = parsed.withColumn("ms", ((F.col("ts").cast("double") - F.lag(F.col("ts").cast("double")).over(Window.orderBy("event"))) * 1000).cast("long"))
latency.select("event", "ms", F.expr("date_diff(ts, lag(ts) over (order by event))").alias("d"), F.unix_millis("ts").alias("um")).orderBy("event").show()
kv.withColumn("trace", F.concat_ws("\n", "trace")).drop("kv").coalesce(1).write.mode("overwrite").json(args["TARGET"] + "/events")
