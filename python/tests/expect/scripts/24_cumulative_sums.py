# Running totals, moving averages and the change from the month before.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
import pyspark.sql.functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
orders = spark.read.csv(args["SOURCE"] + "/orders.csv", header=True).distinct()
monthly = (orders.withColumn("amount", F.col("amount").cast("double")).withColumn("month", F.trunc(F.to_date("order_date"), "month"))
           .where("month is not null").groupBy("month").agg(F.sum("amount").alias("amount")))
w = Window.orderBy("month")
out = (monthly.withColumn("running", F.sum("amount").over(w))
       .withColumn("moving", F.avg("amount").over(w.rowsBetween(-1, 0)))
       .withColumn("change", F.round((F.col("amount") - F.lag("amount", 1).over(w)) / F.lag("amount", 1).over(w) * 100, 1))
       .withColumn("share", F.round(F.col("amount") / F.sum("amount").over(Window.partitionBy()), 4))
       .withColumn("ntile", F.ntile(2).over(w)).withColumn("cume", F.cume_dist().over(w)))
out.orderBy("month").show()
out.write.mode("overwrite").parquet(args["TARGET"] + "/monthly")
