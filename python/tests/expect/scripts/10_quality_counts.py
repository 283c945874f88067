# Counts of a data-quality report: nulls, blanks, distinct values and bad numbers for each column.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.read.csv(args["SOURCE"] + "/orders.csv", header=True)
total = df.count()

nulls = df.select([F.count(F.when(F.col(c).isNull() | (F.trim(F.col(c)) == ""), c)).alias(c) for c in df.columns]).collect()[0].asDict()
distinct = df.agg(*[F.countDistinct(c).alias(c) for c in df.columns]).first().asDict()
rows = [(c, total, nulls[c], distinct[c], round(100.0 * nulls[c] / total, 1)) for c in df.columns]
report = spark.createDataFrame(rows, "column string, total long, nulls long, distinct long, percent double")
report.orderBy("column").show()

bad_amount = df.filter(F.col("amount").isNotNull() & F.col("amount").cast("double").isNull())
bad_date = df.filter(F.to_date("order_date").isNull())
print("bad amounts", bad_amount.count(), "bad dates", bad_date.count(), "duplicates", total - df.dropDuplicates().count())
bad_amount.unionByName(bad_date).select("order_id", "amount", "order_date").coalesce(1).write.mode("overwrite").json(args["TARGET"] + "/rejected")
if bad_amount.count() > 1:
    raise ValueError("too many bad amounts")
