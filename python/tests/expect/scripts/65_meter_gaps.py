# Hourly meter readings: a full calendar, gaps filled forward, islands of gaps, and flagged outliers.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, functions as F, Window as W

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()

r = (spark.read.schema("meter string, read_at timestamp, kwh double, quality string")
     .csv(args["SOURCE"] + "/meters.csv", header=True))
r.show(20, False)
span = r.groupBy("meter").agg(F.min("read_at").alias("lo"), F.max("read_at").alias("hi"))
calendar = span.select("meter", F.explode(F.expr("sequence(lo, hi, interval 1 hour)")).alias("read_at"))
full = calendar.join(r, ["meter", "read_at"], "left")
w = W.partitionBy("meter").orderBy("read_at")
filled = (full.withColumn("kwh", F.when(F.isnan("kwh"), None).otherwise(F.col("kwh")))
          .withColumn("prev", F.last("kwh", True).over(w.rowsBetween(W.unboundedPreceding, -1)))
          .withColumn("next", F.first("kwh", True).over(w.rowsBetween(1, W.unboundedFollowing)))
          .withColumn("filled", F.coalesce("kwh", (F.col("prev") + F.col("next")) / 2, "prev", "next"))
          .withColumn("missing", F.col("kwh").isNull().cast("int"))
          .withColumn("grp", F.row_number().over(w) - F.row_number().over(W.partitionBy("meter", "missing").orderBy("read_at"))))
filled.orderBy("meter", "read_at").show(30, False)
islands = (filled.filter("missing = 1").groupBy("meter", "grp")
           .agg(F.min("read_at").alias("from"), F.max("read_at").alias("to"), F.count("*").alias("hours"))
           .orderBy("meter", "from"))
islands.show(truncate=False)
stats = filled.groupBy("meter").agg(F.mean("filled").alias("mu"), F.stddev("filled").alias("sd"), F.expr("max(filled) - min(filled)").alias("range"),
                                    F.skewness("filled").alias("skew"), F.kurtosis("filled").alias("kurt"))
scored = filled.join(stats, "meter").withColumn("z", F.round((F.col("filled") - F.col("mu")) / F.col("sd"), 4))
scored.select("meter", "read_at", "filled", "z", F.format_number("sd", 3).alias("sd")).orderBy("meter", "read_at").show(50, False)
rolling = filled.withColumn("ma3", F.avg("filled").over(w.rowsBetween(-2, 0))) \
    .withColumn("last2h", F.sum("filled").over(W.partitionBy("meter").orderBy(F.col("read_at").cast("long")).rangeBetween(-7200, 0)))
rolling.select("meter", F.date_format("read_at", "HH:mm").alias("t"), F.round("ma3", 3).alias("ma3"), "last2h").orderBy("meter", "read_at").show()
print(r.stat.approxQuantile("kwh", [0.0, 0.5, 1.0], 0.0))
r.describe("kwh").show()
r.summary("count", "min", "max").show()
scored.select("meter", "read_at", "filled", "missing").write.mode("overwrite").parquet(args["TARGET"] + "/filled")
islands.write.mode("overwrite").csv(args["TARGET"] + "/gaps")
