# Employees with their managers, by self-joins level by level.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, lit, concat_ws

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
emp = spark.read.csv(args["SOURCE"] + "/employees.csv", header=True, schema="id int, name string, dept string, manager_id int, salary bigint, hired date")
level = emp.filter(col("manager_id").isNull()).select("id", "name", lit(0).alias("level"), col("name").alias("path"))
tree = level
depth = 0
while level.count() > 0 and depth < 10:
    depth += 1
    level = (emp.alias("e").join(level.alias("m"), col("e.manager_id") == col("m.id"))
             .select(col("e.id"), col("e.name"), lit(depth).alias("level"), concat_ws(" > ", "m.path", "e.name").alias("path")))
    tree = tree.union(level)
tree.orderBy("path").show(truncate=False)
print("deepest:", tree.agg({"level": "max"}).collect()[0][0])
e, m = emp.alias("e"), emp.alias("m")
e.join(m, col("e.manager_id") == col("m.id"), "left").filter("e.salary > coalesce(m.salary, 0) / 2").select(
    "e.name", col("m.name").alias("boss"), (col("m.salary") - col("e.salary")).alias("gap")).orderBy("e.name").show()
tree.write.mode("overwrite").parquet(args["TARGET"] + "/tree")
