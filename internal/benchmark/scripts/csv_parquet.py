# Reads CSV with a schema and writes Parquet. --folder is that of in/ and out/, --how says where the schema is from.
import sys

from pyspark.sql import SparkSession

folder, how = (sys.argv[sys.argv.index(name) + 1] for name in ("--folder", "--how"))
spark = SparkSession.builder.getOrCreate()
reader = spark.read.option("header", "true")
if how == "infer":
    reader = reader.option("inferSchema", "true")
else:
    reader = reader.schema("id bigint, customer int, name string, category string, quantity int, price double, "
                           "discount decimal(10,3), ordered date, shipped timestamp, note string")
reader.csv(folder + "/in").write.mode("overwrite").parquet(folder + "/out")
