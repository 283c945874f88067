# An upsert: what is new replaces what is old, by key.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import lit, current_timestamp, col

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
target = args["TARGET"] + "/customers_v"

base = spark.read.csv(args["SOURCE"] + "/customers.csv", header=True, escape='"').select("customer_id", "name", "segment")
base.withColumn("version", lit(1)).write.mode("overwrite").parquet(target + "1")

updates = spark.createDataFrame([("C1", "Ann Lee-Smith", "platinum"), ("C9", "New One", "bronze")], base.schema)
old = spark.read.parquet(target + "1")
kept = old.join(updates, "customer_id", "left_anti")
merged = kept.unionByName(updates.withColumn("version", lit(2)))
merged.write.mode("overwrite").parquet(target + "2")
now = spark.read.parquet(target + "2")
now.orderBy("customer_id").show(truncate=False)
print("inserted", updates.join(old, "customer_id", "left_anti").count(), "updated", updates.join(old, "customer_id", "left_semi").count(),
      "deleted", old.join(now, "customer_id", "leftanti").count())
