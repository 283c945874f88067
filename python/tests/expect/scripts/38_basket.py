# Order lines: items of a basket, revenue by product, pairs bought together.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
events = spark.read.json(args["SOURCE"] + "/events.json")
lines = (events.where("event = 'buy'").select("user", "ts", F.posexplode("items").alias("line", "item"))
         .select("user", "ts", "line", "item.sku", "item.qty", "item.price").withColumn("total", F.col("qty") * F.col("price")))
lines.orderBy("ts", "line").show(truncate=False)
lines.groupBy("user").agg(F.round(F.sum("total"), 2).alias("spent"), F.collect_set("sku").alias("skus")).withColumn("skus", F.sort_array("skus")).orderBy("user").show()
pairs = lines.alias("a").join(lines.alias("b"), (F.col("a.user") == F.col("b.user")) & (F.col("a.ts") == F.col("b.ts")) & (F.col("a.sku") < F.col("b.sku")))
pairs.select(F.col("a.sku").alias("left"), F.col("b.sku").alias("right")).show()
carts = lines.groupBy("user").agg(F.map_from_entries(F.collect_list(F.struct("sku", "qty"))).alias("cart")).orderBy("user")
carts.select("user", F.map_keys("cart").alias("k"), F.map_values("cart").alias("v"), F.col("cart")["a"].alias("a")).show()
lines.write.mode("overwrite").option("compression", "gzip").json(args["TARGET"] + "/lines")
