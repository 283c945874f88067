"""Clickstream JSON becomes a star: dimensions with hashed keys, facts per event and per item."""
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import *
from pyspark.sql.types import *

args = getResolvedOptions(sys.argv, ['JOB_NAME', 'SOURCE', 'TARGET'])
spark = SparkSession.builder.appName(args['JOB_NAME']).getOrCreate()

raw = spark.read.option("mode", "PERMISSIVE").json(args['SOURCE'] + "/clicks.jsonl").cache()
raw.printSchema()
broken = raw.filter(col("_corrupt_record").isNotNull())
print(f"broken lines: {broken.count()}")
events = raw.filter(col("_corrupt_record").isNull()).drop("_corrupt_record")
events = events.withColumn("n_items", size("items"))
dedup = events.orderBy(col("n_items").desc()).dropDuplicates(["event_id"])

flat = dedup.select(
    "event_id", col("user.id").alias("user_id"), col("user.geo.country").alias("country"),
    coalesce(col("user")["geo"]["city"], lit("n/a")).alias("city"), "type",
    (col("ts") / 1000).cast("timestamp").alias("event_time"),
    from_unixtime((col("ts") / 1000).cast("bigint"), "yyyy-MM-dd HH").alias("hour"),
    col("utm.*"), explode_outer("items").alias("item"))

dim_geo = flat.select("country", "city").distinct().withColumn("geo_key", sha2(concat_ws("||", coalesce("country", lit("")), "city"), 256))
dim_user = flat.groupBy("user_id").agg(min("event_time").alias("first_seen"), max("event_time").alias("last_seen"),
                                      approx_count_distinct("event_id").alias("events"), first("country", True).alias("country"))
fact = (flat.join(broadcast(dim_geo), (flat.country.eqNullSafe(dim_geo.country)) & (flat.city == dim_geo.city), "left")
        .select("event_id", "user_id", "geo_key", "type", "event_time", "hour", col("item.sku"), "item.qty",
                round(col("item.price") * col("item.qty") * (1 - coalesce(col("item.discount"), lit(0.0))), 2).alias("amount"),
                coalesce("source", lit("direct")).alias("source"), upper(substring("campaign", 1, 3)).alias("camp")))
fact.printSchema()
dim_geo.orderBy(col("country").asc_nulls_last(), "city").show(truncate=20)
dim_user.orderBy("user_id").show(truncate=False)
fact.orderBy("event_id", "sku").show(truncate=12)
funnel = fact.groupBy("user_id").pivot("type", ["page_view", "add_to_cart", "purchase"]).agg(countDistinct("event_id"), sum("amount"))
funnel.orderBy("user_id").show()
print(funnel.columns)
per_hour = fact.groupBy(window("event_time", "1 hour")).count().orderBy("window")
per_hour.select("window.start", "window.end", "count").show(truncate=False)
fact.repartition("source").write.mode("overwrite").partitionBy("source").json(args['TARGET'] + "/fact")
dim_user.coalesce(1).write.mode("overwrite").option("header", "true").csv(args['TARGET'] + "/dim_user")
