# A job driven by a dictionary: each table with its casts, filter and keys.
import sys
import json
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, expr

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()

CONFIG = json.loads("""
[
  {"table": "orders", "casts": {"order_id": "int", "amount": "decimal(10,2)", "order_date": "date"}, "filter": "amount > 0", "keys": ["order_id"]},
  {"table": "customers", "casts": {"signup_date": "date"}, "filter": null, "keys": ["customer_id"]},
  {"table": "rates", "casts": {"rate": "double", "valid_from": "timestamp"}, "filter": "currency in ('EUR', 'GBP')", "keys": ["currency", "valid_from"]}
]
""")


def load(name):
    return spark.read.options(header=True, escape='"').csv("%s/%s.csv" % (args["SOURCE"], name))


counts = {}
for entry in CONFIG:
    df = load(entry["table"])
    for name, kind in entry["casts"].items():
        df = df.withColumn(name, col(name).cast(kind))
    if entry["filter"]:
        df = df.where(expr(entry["filter"]))
    df = df.dropDuplicates(entry["keys"])
    df.write.mode("overwrite").parquet("{}/{}".format(args["TARGET"], entry["table"]))
    counts[entry["table"]] = df.count()
    print(entry["table"], df.dtypes)
print(json.dumps(counts, sort_keys=True))
