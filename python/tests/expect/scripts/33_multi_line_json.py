# A file that is one JSON array.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
products = spark.read.option("multiLine", True).json(args["SOURCE"] + "/products.json")
products.printSchema()
flat = products.select("id", "name", F.explode_outer("tags").alias("tag"), F.col("price.amount").alias("amount"), "price.currency", "dims.*")
flat.orderBy("id", "tag").show()
flat.groupBy("tag").agg(F.countDistinct("id").alias("n"), F.round(F.avg("amount"), 2).alias("price")).orderBy("tag").show()
products.select("id", F.array_contains("tags", "home").alias("home"), F.size("tags").alias("n"), F.concat_ws("/", "tags").alias("all"),
                F.col("tags")[0].alias("first"), F.element_at("tags", -1).alias("last")).orderBy("id").show()
products.write.mode("overwrite").json(args["TARGET"] + "/lines")
