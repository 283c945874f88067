# Small results as Python objects: rows, dictionaries and lists.
import sys
from collections import defaultdict
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Row
from pyspark.sql.functions import count, avg, collect_list, sort_array

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
emp = spark.read.csv(args["SOURCE"] + "/employees.csv", header=True, inferSchema=True)
stats = emp.groupBy("dept").agg(count("*").alias("n"), avg("salary").alias("avg"), sort_array(collect_list("name")).alias("names"))
by_dept = {row["dept"]: row.asDict() for row in stats.collect()}
for dept in sorted(by_dept, key=lambda d: (d is None, d)):
    print(dept, by_dept[dept]["n"], by_dept[dept]["avg"], by_dept[dept]["names"])
lookup = defaultdict(list)
for row in emp.orderBy("id").toLocalIterator():
    lookup[row.hired.year].append(row.name)
print(dict(lookup))
names = [r.name for r in emp.select("name").orderBy("name").take(3)]
first = emp.orderBy("id").first()
print(names, first, first.__fields__, "dept" in first, first["salary"] + 1)
rows = [Row(year=year, people=len(people)) for year, people in sorted(lookup.items())]
spark.createDataFrame(rows).write.mode("overwrite").json(args["TARGET"] + "/years")
print(emp.agg({"salary": "max"}).collect(), emp.head(), emp.tail(1)[0].name, emp.limit(0).head())
