# A mainframe's file of fixed width: header, details, trailer; implied decimals; a check of the count.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import SparkSession
import pyspark.sql.functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
spark = SparkSession(sc)
LAYOUT = [("item", 1, 10, "bigint"), ("descr", 11, 21, "string"), ("qty", 32, 6, "int"), ("price", 38, 9, "decimal(11,2)"), ("uom", 47, 2, "string")]

raw = spark.read.text(args["SOURCE"] + "/inventory.txt").withColumnRenamed("value", "line")
raw.select(F.length("line").alias("len"), F.substring("line", 1, 3).alias("kind")).show()
header = raw.filter(F.col("line").startswith("HDR")).first()["line"]
trailer = raw.where("line like 'TRL%'").first().line
as_of, site = header[3:11], header[11:]
print(as_of, site, int(trailer[3:]))
body = raw.filter(~F.substring(F.col("line"), 1, 3).isin(["HDR", "TRL"]))
cols = [F.trim(F.substring("line", start, width)).cast(kind).alias(name) for name, start, width, kind in LAYOUT]
items = body.select(*cols).withColumn("as_of", F.to_date(F.lit(as_of), "yyyyMMdd")).withColumn("site", F.lit(site))
items.printSchema()
items.show(truncate=False)
if items.count() != int(trailer[3:]):
    raise ValueError("the trailer says %s" % trailer)
blank = items.filter((F.col("descr") == "") | F.col("uom").isNull())
print("blank", blank.count(), [c for c in items.columns if items.filter(F.col(c).isNull()).count() > 0])
valued = items.withColumn("value", F.col("qty") * F.col("price")).withColumn("sign", F.signum("qty"))
valued.select("item", "value", "sign", F.abs("qty").alias("a"), F.bround("price", 1).alias("b"), (F.col("price") % 3).alias("m"), F.col("qty") / 7).show()
print(valued.schema["value"].dataType, valued.agg({"value": "sum", "qty": "avg"}).collect())
out = valued.select(F.concat(F.lpad(F.col("item").cast("string"), 12, "0"), F.rpad("descr", 15, "."), F.format_string("%08d|%,.2f|%-4s|", "qty", F.col("price").cast("double"), "uom")).alias("value"))
out.show(truncate=False)
numbered = body.rdd.zipWithIndex().map(lambda p: (p[1] + 1, p[0].line[10:14])).toDF(["n", "start"])
numbered.show()
out.coalesce(1).write.mode("overwrite").text(args["TARGET"] + "/export")
