# SCD2 by the hash of the row: expire and insert, with surrogate keys that go on from the greatest one; two loads.
import sys
import datetime as dt
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
TARGET = args["TARGET"] + "/dim_product"
KEYS, TRACKED = ["sku"], ["name", "category", "price"]
END = dt.date(9999, 12, 31)


def read_dim() -> DataFrame:
    try:
        return spark.read.parquet(TARGET)
    except AnalysisException as e:
        print("no dimension yet:", type(e).__name__, "PATH_NOT_FOUND" in str(e))
        return spark.createDataFrame([], "sk bigint, sku string, name string, category string, price decimal(10,2), row_hash string, valid_from date, valid_to date, is_current boolean")


def stage(day: str) -> DataFrame:
    df = (spark.read.csv(args["SOURCE"] + "/products.csv", header=True)
          .where(F.col("valid_from") <= day)
          .withColumn("price", F.col("price").cast("decimal(10,2)")))
    df = df.withColumn("rn", F.row_number().over(Window.partitionBy(*KEYS).orderBy(F.desc("valid_from")))).where("rn = 1").drop("rn", "valid_from")
    return df.withColumn("row_hash", F.sha1(F.concat_ws("\u0001", *[F.coalesce(F.col(c).cast("string"), F.lit("\u0000")) for c in TRACKED])))


def load(day: str) -> None:
    dim, new = read_dim(), stage(day)
    today = F.lit(day).cast("date")
    cur = dim.filter("is_current")
    joined = new.alias("n").join(cur.alias("c"), [F.col("n." + k) == F.col("c." + k) for k in KEYS], "left")
    inserts = joined.filter(F.col("c.sk").isNull() | (F.col("c.row_hash") != F.col("n.row_hash"))).select("n.*")
    expired = cur.join(inserts.select(*KEYS), KEYS, "left_semi").select("sk")
    top = dim.agg(F.coalesce(F.max("sk"), F.lit(0))).head()[0]
    numbered = (inserts.withColumn("sk", (F.row_number().over(Window.orderBy(*KEYS)) + F.lit(top)).cast("bigint"))
                .withColumn("valid_from", today).withColumn("valid_to", F.lit(END)).withColumn("is_current", F.lit(True)))
    kept = (dim.join(expired.withColumn("x", F.lit(1)), "sk", "left")
            .withColumn("valid_to", F.when(F.col("x") == 1, F.date_sub(today, 1)).otherwise(F.col("valid_to")))
            .withColumn("is_current", F.col("x").isNull() & F.col("is_current")).drop("x"))
    result = kept.select(dim.columns).unionByName(numbered.select(dim.columns)).localCheckpoint()
    print(day, "inserted", numbered.count(), "expired", expired.count(), "total", result.count())
    result.write.mode("overwrite").parquet(TARGET)


for day in ("2023-01-15", "2023-06-20", "2023-06-21"):
    load(day)
final = spark.read.parquet(TARGET)
final.drop("row_hash").orderBy("sk").show(truncate=False)
final.printSchema()
check = final.groupBy("sku").agg(F.sum(F.col("is_current").cast("int")).alias("cur"), F.count("*").alias("versions")).filter("cur <> 1")
assert check.rdd.isEmpty(), check.collect()
fact = spark.createDataFrame([("A-1", dt.date(2023, 2, 1), 2), ("A-1", dt.date(2023, 7, 1), 1), ("X-9", dt.date(2023, 7, 1), 5)], ["sku", "day", "qty"])
fact.join(final, (fact.sku == final.sku) & fact.day.between(final.valid_from, final.valid_to), "left").select(fact.sku, "day", F.coalesce("sk", F.lit(-1)).alias("sk"), (F.col("price") * F.col("qty")).alias("amt")).orderBy("day", fact.sku).show()
