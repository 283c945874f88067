# An incremental load with a watermark kept by the job itself, late rows, idempotent reruns.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import *
from pyspark.sql.utils import AnalysisException

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
STATE, OUT = args["TARGET"] + "/_state", args["TARGET"] + "/orders"
STATE = args["TARGET"] + "/state"
schema = StructType().add("id", LongType(), False).add("updated", "timestamp").add("v", StringType())
batches = [[(1, "2023-01-01 00:00:00", "a"), (2, "2023-01-01 01:00:00", "b")],
           [(2, "2023-01-01 02:00:00", "b2"), (3, "2023-01-01 00:30:00", "late"), (4, "2023-01-02 00:00:00", "d")],
           [(5, "2023-01-03 00:00:00.123456", "e"), (5, "2023-01-03 00:00:00.123457", "e2")]]


def watermark():
    try:
        return spark.read.json(STATE).agg(F.max(F.to_timestamp("high"))).first()[0]
    except AnalysisException:
        return None


def run(no, rows):
    src = spark.createDataFrame([(i, u, v) for i, u, v in rows], "id long, updated string, v string").withColumn("updated", F.to_timestamp("updated"))
    high = watermark()
    new = src if high is None else src.filter(F.col("updated") > F.lit(high) - F.expr("INTERVAL 2 HOURS"))
    latest = new.withColumn("_rn", F.row_number().over(Window.partitionBy("id").orderBy(F.col("updated").desc()))).filter(F.col("_rn") == 1).drop("_rn")
    try:
        old = spark.read.schema(schema).parquet(OUT)
        merged = old.join(latest, on="id", how="left_anti").unionByName(latest)
        merged = spark.createDataFrame(merged.collect(), schema)
    except AnalysisException as e:
        print("first load", str(e)[:16])
        merged = latest
    merged.write.mode("overwrite").parquet(OUT)
    top = new.agg(F.max("updated").alias("high")).select(F.date_format("high", "yyyy-MM-dd HH:mm:ss.SSSSSS").alias("high"), F.lit(no).alias("batch"))
    top.write.mode("append").json(STATE)
    print("run", no, "from", high, "new", latest.count(), "total", merged.count())


for no, rows in enumerate(batches):
    run(no, rows)
run(len(batches), batches[-1])
spark.read.parquet(OUT).orderBy("id").show(truncate=False)
spark.read.json(STATE).orderBy("batch").show(truncate=False)
spark.read.schema("batch int, high timestamp").json(STATE).orderBy("batch").show(truncate=False)
print(watermark().isoformat())
deltas = spark.read.parquet(OUT).withColumn("gap", F.col("updated") - F.lag("updated").over(Window.orderBy("updated")))
deltas.orderBy("updated").show(truncate=False)
print(deltas.dtypes)
deltas.select("id", F.expr("extract(day from gap) d"), F.expr("extract(hour from gap) h"), F.col("gap").cast("string").alias("t"), (F.col("gap") > F.expr("interval 1 hour")).alias("long")).orderBy("id").show(truncate=False)
