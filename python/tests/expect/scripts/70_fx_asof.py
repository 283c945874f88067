# As-of join: each payment with the last rate known at its date, by two ways that must agree.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DateType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
fx = spark.read.csv(args["SOURCE"] + "/fx.csv", header=True, inferSchema=True)
fx.printSchema()
payments = spark.createDataFrame(
    [(1, "2023-01-01", "EUR", 10.0), (2, "2023-01-04", "EUR", 20.0), (3, "2023-01-05", "GBP", 5.5), (4, "2023-02-01", "USD", 7.0), (5, "2023-01-09", "EUR", None), (6, None, "EUR", 1.0)],
    "id int, day string, ccy string, amount double").withColumn("day", F.col("day").cast(DateType()))

# 1: ranges by lead, joined by inequality
w = Window.partitionBy("quote").orderBy("date")
ranges = fx.withColumn("until", F.coalesce(F.lead("date").over(w), F.lit("9999-12-31").cast("date")))
one = (payments.alias("p").join(ranges.alias("r"), (F.col("p.ccy") == F.col("r.quote")) & (F.col("p.day") >= F.col("r.date")) & (F.col("p.day") < F.col("r.until")), "left_outer")
       .select("p.*", "r.rate", F.datediff("p.day", "r.date").alias("stale")))
one.orderBy("id").show()

# 2: union and last value
both = payments.select("id", F.col("day").alias("at"), "ccy", "amount", F.lit(None).cast("double").alias("rate")) \
    .unionByName(fx.select(F.lit(None).cast("int").alias("id"), F.col("date").alias("at"), F.col("quote").alias("ccy"), F.lit(None).alias("amount"), "rate"))
v = Window.partitionBy("ccy").orderBy(F.col("at"), F.col("id").asc_nulls_first()).rowsBetween(Window.unboundedPreceding, Window.currentRow)
two = both.withColumn("rate", F.last("rate", True).over(v)).where("id is not null and at is not null")
diff = one.select("id", "rate").subtract(two.select("id", "rate"))
print("differences", [tuple(r) for r in diff.orderBy("id").collect()])

usd = one.withColumn("usd", F.when(F.col("ccy") == "USD", F.col("amount")).otherwise(F.round(F.col("amount") / F.col("rate"), 2)))
usd.orderBy("id").show()
usd.groupBy(F.date_format("day", "yyyy-'W'ww") if False else F.weekofyear("day").alias("week"), "ccy").agg(F.sum("usd").alias("usd"), F.max("stale").alias("stale")).orderBy("week", "ccy").show()
cal = spark.sql("select explode(sequence(date'2023-01-02', date'2023-01-08')) as day, 1 as one")
daily = cal.crossJoin(fx.select("quote").distinct()).join(fx, (cal.day == fx.date) & (F.col("quote") == fx.quote), "left") if False else \
    cal.crossJoin(fx.select("quote").distinct()).alias("c").join(fx.alias("f"), F.expr("c.day = f.date and c.quote = f.quote"), "left")
grid = daily.select("c.day", "c.quote", F.last("f.rate", ignorenulls=True).over(Window.partitionBy("c.quote").orderBy("c.day")).alias("rate"))
grid.groupBy("day").pivot("quote").agg(F.first("rate")).orderBy("day").show()
usd.write.mode("overwrite").parquet(args["TARGET"] + "/usd")
