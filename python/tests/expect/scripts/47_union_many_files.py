# Files of several years with columns that came and went.
import sys
from functools import reduce
from awsglue.utils import getResolvedOptions
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit, input_file_name, regexp_extract, col

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
landing = args["TARGET"] + "/landing"
spark.createDataFrame([(1, "a")], ["id", "name"]).write.mode("overwrite").parquet(landing + "/year=2021")
spark.createDataFrame([(2, "b", 5.0)], ["id", "name", "score"]).write.mode("overwrite").parquet(landing + "/year=2022")
spark.createDataFrame([(7.5, 3)], ["score", "id"]).write.mode("overwrite").parquet(landing + "/year=2023")
frames = [spark.read.parquet("%s/year=%d" % (landing, year)).withColumn("year", lit(year)) for year in (2021, 2022, 2023)]
merged = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), frames)
merged.printSchema()
merged.orderBy("id").show()
whole = spark.read.option("mergeSchema", "true").parquet(landing)
print(sorted(whole.columns), whole.where("year > 2021").count(), whole.select("year").distinct().count())
merged.write.mode("overwrite").partitionBy("year").json(args["TARGET"] + "/merged")
