# Sessions of a user: a new one after 30 minutes of silence.
import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
import pyspark.sql.functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()

events = spark.read.json(args["SOURCE"] + "/events.json").withColumn("ts", F.to_timestamp("ts"))
by_user = Window.partitionBy("user").orderBy("ts")

sessions = (events
            .withColumn("prev", F.lag("ts").over(by_user))
            .withColumn("gap", F.unix_timestamp("ts") - F.unix_timestamp("prev"))
            .withColumn("new", F.when(F.col("gap").isNull() | (F.col("gap") > 30 * 60), 1).otherwise(0))
            .withColumn("session", F.sum("new").over(by_user.rowsBetween(Window.unboundedPreceding, Window.currentRow)))
            .withColumn("session_id", F.concat_ws("-", "user", "session")))

summary = (sessions.groupBy("session_id")
           .agg(F.min("ts").alias("start"), F.max("ts").alias("end"), F.count("*").alias("events"),
                F.countDistinct("page").alias("pages"), F.max(F.when(F.col("event") == "buy", True).otherwise(False)).alias("bought"))
           .withColumn("seconds", F.col("end").cast("long") - F.col("start").cast("long")))
summary.orderBy("session_id").show(truncate=False)
summary.printSchema()
summary.coalesce(1).write.mode("overwrite").json(args["TARGET"] + "/sessions")
