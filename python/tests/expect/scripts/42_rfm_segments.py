# Recency, frequency and money of customers, in quartiles.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
from pyspark.sql.functions import col, count, datediff, lit, max as max_, ntile, sum as sum_, to_date, when

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
TODAY = "2023-06-01"
orders = spark.read.csv(args["SOURCE"] + "/orders.csv", header=True).dropDuplicates(["order_id"]).na.drop(subset=["customer_id"])
rfm = (orders.withColumn("amount", col("amount").cast("double"))
       .groupBy("customer_id").agg(datediff(lit(TODAY).cast("date"), max_(to_date("order_date"))).alias("recency"),
                                   count("order_id").alias("frequency"), sum_("amount").alias("money")))
for name, order in (("recency", col("recency").desc_nulls_first()), ("frequency", col("frequency").asc()), ("money", col("money").asc_nulls_first())):
    rfm = rfm.withColumn(name[0], ntile(4).over(Window.orderBy(order, "customer_id")))
rfm = rfm.withColumn("score", col("r") * 100 + col("f") * 10 + col("m")).withColumn(
    "segment", when(col("score") >= 400, "best").when(col("score").between(200, 399), "good").when(col("money").isNull(), "unknown").otherwise("cold"))
rfm.orderBy("customer_id").show()
rfm.groupBy("segment").count().orderBy(col("count").desc(), "segment").show()
rfm.write.mode("overwrite").parquet(args["TARGET"] + "/rfm")
