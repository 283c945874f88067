# Time windows by hand: buckets of ten minutes, late events kept apart.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
events = spark.read.json(args["SOURCE"] + "/events.json").withColumn("ts", F.col("ts").cast("timestamp"))
bucketed = events.withColumn("bucket", F.from_unixtime((F.unix_timestamp("ts") / 600).cast("long") * 600).cast("timestamp"))
bucketed.groupBy("bucket", "event").count().orderBy("bucket", "event").show(truncate=False)
cutoff = F.lit("2023-05-02 00:00:00").cast("timestamp")
late, fresh = events.filter(F.col("ts") < cutoff), events.filter(F.col("ts") >= cutoff)
print(late.count(), fresh.count())
events.select("user", F.hour("ts").alias("h"), F.minute("ts").alias("m"), F.date_format("ts", "E dd.MM.yy HH:mm").alias("txt"),
              (F.col("ts") + F.expr("interval 90 minutes")).alias("later"), F.datediff(F.to_date(cutoff), "ts").alias("days"),
              F.months_between(cutoff, "ts").alias("months")).orderBy("user", "later").show(truncate=False)
late.drop("props", "items").withColumn("day", F.to_date("ts")).write.mode("overwrite").partitionBy("day").parquet(args["TARGET"] + "/late")
