# Keep the latest record of each order, with row_number over a window.
import argparse

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, row_number, to_date, trim, lower
from pyspark.sql.window import Window

parser = argparse.ArgumentParser()
parser.add_argument("--JOB_NAME")
parser.add_argument("--SOURCE")
parser.add_argument("--TARGET")
args = parser.parse_args()

spark = SparkSession.builder.appName("dedupe").getOrCreate()
orders = spark.read.option("header", "true").csv(args.SOURCE + "/orders.csv")

w = Window.partitionBy("order_id").orderBy(col("order_date").desc(), col("status"))
latest = (orders
          .withColumn("rn", row_number().over(w))
          .filter(col("rn") == 1)
          .drop("rn")
          .withColumn("status", lower(trim(col("status"))))
          .withColumn("order_date", to_date("order_date")))
print("before: %d, after: %d" % (orders.count(), latest.count()))
latest.orderBy("order_id").show(50, False)
latest.printSchema()
latest.write.mode("overwrite").parquet(args.TARGET + "/latest")
