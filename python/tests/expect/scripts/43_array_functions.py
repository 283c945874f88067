# Arrays of tags: set functions, sorting, joining and slicing.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, ["b", "a", "b", None], [3, 1, 2]), (2, [], []), (3, None, [None, 5]), (4, ["z"], [7])], "id int, tags array<string>, nums array<int>")
df.select("id", F.array_distinct("tags").alias("d"), F.sort_array("nums", False).alias("desc"), F.array_max("nums").alias("max"),
          F.array_join("tags", ",", "?").alias("j"), F.array_position("tags", "b").alias("pos"), F.size("tags").alias("n")).orderBy("id").show(truncate=False)
df.select("id", F.array_union("tags", F.array(F.lit("a"), F.lit("q"))).alias("u"), F.array_except("tags", F.array(F.lit("b"))).alias("x"),
          F.slice("nums", 1, 2).alias("s"), F.array_remove("nums", 5).alias("r"), F.arrays_overlap("tags", F.array(F.lit("z"))).alias("o")).orderBy("id").show(truncate=False)
df.select("id", F.transform("nums", lambda x: x * 2).alias("t"), F.filter("nums", lambda x: x > 1).alias("f"),
          F.aggregate("nums", F.lit(0), lambda acc, x: acc + x).alias("sum"), F.exists("tags", lambda t: t == "z").alias("e")).orderBy("id").show(truncate=False)
df.select("id", F.explode(F.arrays_zip("tags", "nums")).alias("z")).select("id", "z.*").orderBy("id", "nums").show()
df.write.mode("overwrite").parquet(args["TARGET"] + "/arrays")
