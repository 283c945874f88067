# Convert amounts with the rate that was valid on the order's day.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()

orders = (spark.read.csv(args["SOURCE"] + "/orders.csv", header=True).dropDuplicates(["order_id"])
          .select("order_id", F.to_date("order_date").alias("day"), F.col("amount").cast("decimal(10,2)").alias("amount"), "currency"))
rates = spark.read.csv(args["SOURCE"] + "/rates.csv", header=True, schema="currency string, rate decimal(10,4), valid_from date")

w = Window.partitionBy("currency").orderBy("valid_from")
rates = rates.withColumn("valid_to", F.coalesce(F.lead("valid_from").over(w), F.to_date(F.lit("9999-12-31"))))

joined = orders.join(
    F.broadcast(rates),
    (orders.currency == rates.currency) & (orders.day >= rates.valid_from) & (orders.day < rates.valid_to), "left"
).drop(rates.currency)
usd = joined.withColumn("usd", F.round(F.col("amount") * F.col("rate"), 2))
usd.printSchema()
usd.orderBy("order_id").show()
usd.groupBy().agg(F.sum("usd").alias("total"), F.avg("usd").alias("mean"), F.count("usd").alias("n")).show()
usd.select("order_id", "usd").write.mode("overwrite").parquet(args["TARGET"] + "/usd")
