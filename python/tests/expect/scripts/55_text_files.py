# Plain text: words counted as in every tutorial.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import explode, split, lower, col, length, regexp_replace, trim

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
lines = spark.read.text(args["SOURCE"] + "/access.log")
words = lines.select(explode(split(lower(regexp_replace(col("value"), r"[^A-Za-z0-9/. ]", " ")), r"\s+")).alias("word")).filter(length("word") > 2)
counts = words.groupBy("word").count().orderBy(col("count").desc(), col("word"))
counts.show(8)
print(lines.count(), words.distinct().count())
counts.filter("count > 1").selectExpr("concat(word, '\\t', count) as line").coalesce(1).write.mode("overwrite").text(args["TARGET"] + "/counts")
