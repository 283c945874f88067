# Orders by year and month as partitioned Parquet, then read one partition back.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import year, month, to_date, col, lpad

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.config("spark.sql.sources.partitionOverwriteMode", "static").getOrCreate()

orders = (spark.read.option("header", True).option("inferSchema", True).csv(args["SOURCE"] + "/orders.csv")
          .withColumn("d", to_date(col("order_date")))
          .withColumn("year", year("d"))
          .withColumn("month", lpad(month("d").cast("string"), 2, "0")))
orders.repartition("year", "month").write.mode("overwrite").partitionBy("year", "month").parquet(args["TARGET"] + "/orders")

back = spark.read.parquet(args["TARGET"] + "/orders")
back.printSchema()
print("march:", back.where("year = 2023 and month = 3").count())
back.groupBy("year", "month").count().orderBy("year", "month").show()
