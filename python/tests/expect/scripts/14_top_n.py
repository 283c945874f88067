# The two best paid of each department, ties included, and each one's share.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window, functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
emp = spark.read.csv(args["SOURCE"] + "/employees.csv", header=True, inferSchema=True)
emp.printSchema()

by_dept = Window.partitionBy("dept")
ranked = (emp.withColumn("rank", F.dense_rank().over(by_dept.orderBy(F.desc("salary"))))
          .withColumn("total", F.sum("salary").over(by_dept))
          .withColumn("share", F.round(F.col("salary") / F.col("total"), 4))
          .withColumn("gap", F.max("salary").over(by_dept) - F.col("salary"))
          .withColumn("running", F.sum("salary").over(by_dept.orderBy(F.desc("salary"), "id").rowsBetween(Window.unboundedPreceding, 0))))
top = ranked.filter(F.col("rank") <= 2).orderBy(F.col("dept").asc_nulls_last(), "rank", "name")
top.show()
top.write.mode("overwrite").option("header", True).csv(args["TARGET"] + "/top")
