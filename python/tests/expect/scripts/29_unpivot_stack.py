# Columns to rows with stack, and back with a pivot.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
wide = spark.createDataFrame([("n", 10, 20, None), ("s", 5, None, 7), ("w", 1, 1, 1)], "region string, q1 int, q2 int, q3 int")
long = wide.selectExpr("region", "stack(3, 'q1', q1, 'q2', q2, 'q3', q3) as (quarter, amount)").where("amount is not null")
long.orderBy("region", "quarter").show()
back = long.groupBy("region").pivot("quarter").sum("amount").orderBy("region")
back.show()
back.printSchema()
totals = long.rollup("region", "quarter").agg(F.sum("amount").alias("total"), F.count("*").alias("n"))
totals.orderBy(F.col("region").asc_nulls_last(), F.col("quarter").asc_nulls_last()).show()
long.cube("region", "quarter").sum("amount").where("region is null").orderBy("quarter").show()
long.write.mode("overwrite").csv(args["TARGET"] + "/long", header=True)
