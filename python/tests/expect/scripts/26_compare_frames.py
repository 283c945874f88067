# What differs between two loads of one table.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
today = spark.read.csv(args["SOURCE"] + "/employees.csv", header=True, inferSchema=True)
yesterday = today.where("id <> 7").withColumn("salary", F.when(F.col("id") == 2, 140000).otherwise(F.col("salary")))

print("added or changed:", today.subtract(yesterday).count(), "gone or changed:", yesterday.exceptAll(today).count(),
      "same:", today.intersect(yesterday).count())
cols = [c for c in today.columns if c != "id"]
t, y = today.alias("t"), yesterday.alias("y")
diffs = [F.when(~F.col("t." + c).eqNullSafe(F.col("y." + c)), F.lit(c)) for c in cols]
report = (t.join(y, F.col("t.id") == F.col("y.id"), "full")
          .select(F.coalesce("t.id", "y.id").alias("id"),
                  F.when(F.col("y.id").isNull(), "added").when(F.col("t.id").isNull(), "removed").otherwise("kept").alias("how"),
                  F.concat_ws(",", *diffs).alias("columns")))
report.filter("how <> 'kept' or columns <> ''").orderBy("id").show(truncate=False)
report.write.mode("overwrite").json(args["TARGET"] + "/diff")
