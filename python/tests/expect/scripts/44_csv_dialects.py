# CSV in other dialects, read and written.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "plain", 1.5), (2, 'has "quotes"', None), (3, "has,comma", -0.25), (4, "", 1e10), (5, None, 0.001), (6, "two\nlines", 7.0), (7, " spaces ", 2.0)],
                           ["id", "text", "x"])
options = {"plain": {}, "pipe": {"sep": "|"}, "quoted": {"quoteAll": "true"}, "nulls": {"nullValue": "\\N"}, "doubled": {"escape": '"'}, "tab": {"sep": "\t"}}
for name, extra in options.items():
    path = args["TARGET"] + "/" + name
    df.coalesce(1).write.mode("overwrite").option("header", "true").options(**extra).csv(path)
    back = spark.read.option("header", "true").option("multiLine", "true").options(**{k: v for k, v in extra.items() if k != "quoteAll"}).csv(
        path, inferSchema=(name != "plain"))
    print(name, back.dtypes)
    for row in sorted(back.collect(), key=lambda r: int(r.id) if r.id and str(r.id).isdigit() else -1):
        print("  ", tuple(row))
