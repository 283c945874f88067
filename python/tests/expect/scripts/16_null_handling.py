# Every way people handle nulls.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.read.csv(args["SOURCE"] + "/orders.csv", header=True)
df = df.withColumn("amount", F.expr("cast(amount as double)"))

print("any:", df.dropna().count(), "all:", df.na.drop("all").count(), "subset:", df.dropna(subset=["amount", "customer_id"]).count(),
      "thresh:", df.dropna(thresh=7).count())
filled = df.fillna({"amount": 0.0, "customer_id": "unknown", "country": "??"})
filled = filled.replace(["not a date"], [None], subset=["order_date"]).na.replace({"USD": "US$", "EUR": "€"}, subset="currency")
filled.orderBy("order_id", "amount").show(truncate=False)
print(filled.filter(F.col("order_date").isNull()).select("order_id").collect())
print(df.select(F.avg("amount"), F.sum("amount"), F.count("amount"), F.max("customer_id")).first())
print(df.filter("amount <> 20").count(), df.filter("not (amount = 20)").count(), df.filter("amount <=> null").count())
filled.coalesce(1).write.mode("overwrite").option("header", "true").option("nullValue", "NULL").csv(args["TARGET"] + "/filled")
