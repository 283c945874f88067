# Modes of a writer: append, overwrite, ignore and error.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "b")], ["id", "v"])
path = args["TARGET"] + "/modes"
for mode in ("overwrite", "append", "ignore", "append"):
    df.coalesce(1).write.mode(mode).parquet(path)
    print(mode, spark.read.parquet(path).count())
try:
    df.write.mode("error").parquet(path)
except Exception as e:
    print(type(e).__name__)
try:
    spark.read.parquet(path).write.mode("overwrite").parquet(path)
    print("overwrote itself")
except Exception as e:
    print("cannot overwrite what is being read")
df.coalesce(1).write.mode("overwrite").parquet(path)  # for it may be gone by now
df.write.mode("overwrite").option("header", True).option("sep", "|").option("quoteAll", True).csv(args["TARGET"] + "/csv")
print(sorted(r.v for r in spark.read.option("sep", "|").option("header", True).csv(args["TARGET"] + "/csv").collect()))
