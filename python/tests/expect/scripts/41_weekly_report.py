# Weeks and quarters of orders, with empty weeks filled in.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
orders = (spark.read.csv(args["SOURCE"] + "/orders.csv", header=True).dropDuplicates()
          .withColumn("day", F.to_date("order_date")).filter("day is not null").withColumn("amount", F.col("amount").cast("decimal(10,2)")))
first, last = orders.agg(F.min("day"), F.max("day")).first()
print(first, last, (last - first).days)
weeks = spark.range(0, (last - first).days // 7 + 1).select(
    F.date_add(F.date_trunc("week", F.lit(first)).cast("date"), (F.col("id") * 7).cast("int")).alias("week"))
report = (weeks.join(orders.withColumn("week", F.trunc("day", "week")), "week", "left").groupBy("week")
          .agg(F.count("order_id").alias("orders"), F.coalesce(F.sum("amount"), F.lit(0).cast("decimal(20,2)")).alias("amount")))
report = report.withColumn("iso", F.weekofyear("week")).withColumn("label", F.concat(F.year("week"), F.lit("-W"), F.lpad("iso", 2, "0")))
report.orderBy("week").show(30)
report.groupBy(F.quarter("week").alias("q")).agg(F.sum("orders"), F.sum("amount")).orderBy("q").show()
report.orderBy("week").coalesce(1).write.mode("overwrite").csv(args["TARGET"] + "/weekly", header=True)
