# Parse an access log with regular expressions.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import regexp_extract, to_timestamp, col, when, count, sum as _sum, hour

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()

PATTERN = r'^(\S+) \S+ (\S+) \[([^\]]+)\] "(\S+) (\S+) \S+" (\d{3}) (\S+)'
lines = spark.read.text(args["SOURCE"] + "/access.log")
logs = lines.select(
    regexp_extract("value", PATTERN, 1).alias("ip"),
    regexp_extract("value", PATTERN, 2).alias("user"),
    to_timestamp(regexp_extract("value", r"\[(\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2})", 1), "dd/MMM/yyyy:HH:mm:ss").alias("ts"),
    regexp_extract("value", PATTERN, 4).alias("method"),
    regexp_extract("value", PATTERN, 5).alias("path"),
    regexp_extract("value", PATTERN, 6).cast("int").alias("status"),
    regexp_extract("value", PATTERN, 7).cast("long").alias("bytes"))
good = logs.filter(col("status").isNotNull())
print("lines:", lines.count(), "parsed:", good.count())
good.orderBy("ts").show(truncate=False)
good.groupBy(hour("ts").alias("hour")).agg(
    count("*").alias("hits"), count(when(col("status") >= 400, 1)).alias("errors"), _sum("bytes").alias("bytes")).orderBy("hour").show()
good.write.mode("overwrite").partitionBy("status").parquet(args["TARGET"] + "/logs")
