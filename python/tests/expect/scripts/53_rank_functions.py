# All of the ranking functions beside each other, and percentiles.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
scores = spark.createDataFrame([("a", 10), ("b", 10), ("c", 8), ("d", None), ("e", 7), ("f", 7), ("g", 7), ("h", 1)], ["who", "score"])
w = Window.orderBy(F.desc("score"))
t = Window.orderBy(F.desc("score"), "who")
scores.select("who", "score", F.rank().over(w).alias("rank"), F.dense_rank().over(w).alias("dense"), F.row_number().over(t).alias("row"),
              F.round(F.percent_rank().over(w), 3).alias("pct"), F.round(F.cume_dist().over(w), 3).alias("cume"), F.ntile(3).over(t).alias("tile"),
              F.lag("who").over(t).alias("prev"), F.lead("who", 2, "-").over(t).alias("next"), F.first("who").over(t).alias("first"),
              F.sum("score").over(w).alias("sum_range"), F.sum("score").over(t.rowsBetween(-1, 1)).alias("sum_rows"), F.count("score").over(w).alias("n")).orderBy("row").show()
scores.agg(F.expr("percentile(score, 0.5)").alias("p50"), F.expr("percentile(score, array(0.25, 0.75))").alias("q"), F.stddev("score").alias("sd"),
           F.variance("score").alias("var"), F.round(F.skewness("score"), 6).alias("skew"), F.round(F.kurtosis("score"), 6).alias("kurt")).show(truncate=False)
scores.write.mode("overwrite").parquet(args["TARGET"] + "/scores")
