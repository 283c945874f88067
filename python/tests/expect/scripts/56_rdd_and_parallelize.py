# Older code: RDDs beside DataFrames.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import SparkSession, Row

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
spark = SparkSession.builder.getOrCreate()
numbers = sc.parallelize([1, 2, 3, 4, 5])
print(numbers.map(lambda x: x * x).filter(lambda x: x % 2 == 1).collect(), numbers.sum(), numbers.reduce(lambda a, b: a + b))
pairs = sc.parallelize(["a b", "b c", "c c"]).flatMap(lambda s: s.split()).map(lambda w: (w, 1)).reduceByKey(lambda a, b: a + b)
print(sorted(pairs.collect()))
df = pairs.map(lambda p: Row(word=p[0], n=p[1])).toDF()
df.orderBy("word").show()
emp = spark.read.csv(args["SOURCE"] + "/employees.csv", header=True)
print(sorted(emp.rdd.map(lambda r: (r.name, int(r.salary or 0))).collect(), key=lambda p: -p[1])[:2], emp.select("dept").distinct().rdd.count())
df.write.mode("overwrite").json(args["TARGET"] + "/words")
