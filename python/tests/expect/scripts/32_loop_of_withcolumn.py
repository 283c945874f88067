# Many columns in a loop: casts, flags, hashes of keys.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, when, sha2, concat_ws, coalesce, lit, md5

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.read.csv(args["SOURCE"] + "/flights.csv", header=True)
numeric = ["year", "month", "day", "dep_delay", "arr_delay", "distance", "cancelled"]
for name in numeric:
    df = df.withColumn(name, col(name).cast("int"))
for limit in range(0, 120, 15):
    df = df.withColumn("late_%d" % limit, when(col("dep_delay") > limit, 1).otherwise(0))
for name in ("origin", "dest"):
    df = df.withColumn(name + "_key", sha2(coalesce(col(name), lit("?")), 256))
df = df.withColumn("row_key", md5(concat_ws("|", *[coalesce(col(c).cast("string"), lit("")) for c in df.columns])))
print(len(df.columns), df.select("row_key").distinct().count())
df.select([c for c in df.columns if c.startswith("late")]).groupBy().sum().show()
df.select("carrier", "origin_key", "row_key").orderBy("row_key").show(3, 12)
df.drop(*[c for c in df.columns if c.endswith("_key")]).write.mode("overwrite").parquet(args["TARGET"] + "/flags")
