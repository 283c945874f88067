# A job that checks its input and fails as a job should.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.read.csv(args["SOURCE"] + "/rates.csv", header=True, inferSchema=True)
df.write.mode("overwrite").parquet(args["TARGET"] + "/rates")
expected = {"currency": "string", "rate": "double", "valid_from": "date", "source": "string"}
actual = dict(df.dtypes)
missing = sorted(set(expected) - set(actual))
wrong = {name: actual[name] for name in expected if name in actual and actual[name] != expected[name]}
print("missing", missing, "wrong", wrong)
doubled = df.groupBy("currency", "valid_from").count().filter(col("count") > 1).count()
if missing or doubled:
    raise RuntimeError("the schema of rates has changed: %s" % ", ".join(missing))
