# A slowly changing dimension of type 2: close changed rows, add new versions.
import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()

LOAD_DATE = "2023-07-01"
HIGH_DATE = "9999-12-31"

current = spark.createDataFrame(
    [("C1", "Ann Lee", "silver", "2022-01-01", HIGH_DATE, True),
     ("C2", "Müller, Jürgen", "silver", "2022-01-01", HIGH_DATE, True),
     ("C9", "Old Timer", "bronze", "2020-01-01", HIGH_DATE, True),
     ("C1", "Ann L.", "bronze", "2020-01-01", "2022-01-01", False)],
    ["customer_id", "name", "segment", "valid_from", "valid_to", "is_current"])
current = current.withColumn("valid_from", F.to_date("valid_from")).withColumn("valid_to", F.to_date("valid_to"))

incoming = spark.read.csv(args["SOURCE"] + "/customers.csv", header=True, escape='"').select("customer_id", "name", "segment")

history = current.filter(~F.col("is_current"))
active = current.filter("is_current")

joined = active.alias("a").join(incoming.alias("i"), "customer_id", "full_outer")
changed = (F.col("a.name") != F.col("i.name")) | (F.col("a.segment") != F.col("i.segment"))

unchanged = joined.filter(F.col("i.name").isNull() | ~changed).filter(F.col("a.name").isNotNull()).select(
    "customer_id", F.col("a.name"), F.col("a.segment"), "valid_from", "valid_to", "is_current")
closed = joined.filter(changed).select(
    "customer_id", F.col("a.name").alias("name"), F.col("a.segment").alias("segment"), "valid_from",
    F.to_date(F.lit(LOAD_DATE)).alias("valid_to"), F.lit(False).alias("is_current"))
opened = joined.filter(changed | F.col("a.name").isNull()).select(
    "customer_id", F.col("i.name").alias("name"), F.col("i.segment").alias("segment"),
    F.to_date(F.lit(LOAD_DATE)).alias("valid_from"), F.to_date(F.lit(HIGH_DATE)).alias("valid_to"), F.lit(True).alias("is_current"))

result = history.unionByName(unchanged).unionByName(closed).unionByName(opened)
result.orderBy("customer_id", "valid_from").show(truncate=False)
print(result.groupBy("is_current").count().orderBy("is_current").collect())
result.write.mode("overwrite").partitionBy("is_current").parquet(args["TARGET"] + "/dim_customer")
