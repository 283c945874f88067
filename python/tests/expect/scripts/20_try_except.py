# A job that expects some of its inputs to be missing or wrong.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.utils import AnalysisException
from pyspark.sql.functions import col

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()


def read_or_empty(path):
    try:
        return spark.read.csv(path, header=True)
    except AnalysisException as err:
        print("cannot read:", "PATH_NOT_FOUND" in str(err))
        return spark.createDataFrame([], "order_id string, amount string")


new = read_or_empty(args["SOURCE"] + "/missing.csv")
old = read_or_empty(args["SOURCE"] + "/orders.csv").select("order_id", "amount")
print(new.count(), old.count(), old.unionByName(new).count())

try:
    old.select("no_such_column").show()
except AnalysisException as err:
    print(type(err).__name__, str(err)[:40])

try:
    old.write.parquet(args["TARGET"] + "/orders")
    old.write.parquet(args["TARGET"] + "/orders")
except Exception as err:
    print(type(err).__name__, "already exists" in str(err))
finally:
    print("done")
for bad in ("select * from nowhere", "selec 1", "select sum(amount) x, order_id from v"):
    old.createOrReplaceTempView("v")
    try:
        spark.sql(bad)
    except Exception as err:
        print(bad, "->", type(err).__name__)
