# Joins of every kind, with hints that change nothing.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import broadcast, col

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.config("spark.sql.autoBroadcastJoinThreshold", -1).getOrCreate()
left = spark.createDataFrame([(1, "a"), (2, "b"), (2, "c"), (None, "d")], "k int, l string")
right = spark.createDataFrame([(2, "x"), (3, "y"), (None, "z")], "k int, r string")
for how in ("inner", "left", "right", "full", "left_semi", "left_anti"):
    print(how)
    left.join(broadcast(right), "k", how).orderBy("k", "l" if "l" in left.columns and how != "right" else "r").show()
left.hint("shuffle_hash").crossJoin(right.select("r")).groupBy("r").count().orderBy("r").show()
print(left.join(right, left.k.eqNullSafe(right.k)).count(), left.join(right, left.k == right.k).drop(right.k).columns, left.join(right, left.k < right.k).count())
left.join(right, ["k"], "outer").repartition(4, "k").sortWithinPartitions("k").write.mode("overwrite").parquet(args["TARGET"] + "/full")
