# Frames with names that clash, with blanks and capitals, made good before writing.
import sys
import re
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.read.csv(args["SOURCE"] + "/medicare.csv", header=True)
print(df.columns)


def snake(name):
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


clean = df.toDF(*[snake(c) for c in df.columns])
print(clean.columns)
clean.select("provider_id", "total_discharges", "AVERAGE_TOTAL_PAYMENTS").orderBy("provider_id").show(truncate=False)
twice = clean.select("provider_id", "provider_state").join(clean.select("provider_id", col("provider_city").alias("city")), "provider_id")
both = clean.alias("a").join(clean.alias("b"), col("a.provider_id") == col("b.provider_id"))
print(twice.columns, len(both.columns), len(set(both.columns)))
print(both.select("a.provider_id", "b.provider_name").orderBy("a.provider_id").first())
try:
    both.select("provider_id")
except Exception as e:
    print(type(e).__name__, "AMBIGUOUS_REFERENCE" in str(e))
clean.selectExpr("provider_id as id", "cast(replace(trim(average_covered_charges), '$', '') as double) as charges").write.mode("overwrite").parquet(args["TARGET"] + "/clean")
