# Sorts rows by a key that scatters them, and writes Parquet. --folder is that of out/.
import sys

from pyspark.sql import SparkSession

folder, rows = (sys.argv[sys.argv.index(name) + 1] for name in ("--folder", "--rows"))
spark = SparkSession.builder.getOrCreate()
spark.range(int(rows)).selectExpr("(id * 7919) % 1000003 k", "id", "concat('a text that belongs to row ', id) t") \
    .orderBy("k", "id").write.mode("overwrite").parquet(folder + "/out")
