# A bank's export: pipes, thousands separators, brackets for minus, bad dates; balances and a reconciliation.
import sys
import logging
from decimal import Decimal
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
import pyspark.sql.functions as f
import pyspark.sql.types as t

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()

df = spark.read.format("csv").options(header="true", delimiter="|", inferSchema="false").load(args["SOURCE"] + "/ledger.csv")
trimmed = df.select([f.trim(f.col(c)).alias(c) for c in df.columns])
neg = f.col("amount").rlike(r"^\(.*\)$")
number = f.regexp_replace("amount", r"[(),]", "")
clean = (trimmed.dropDuplicates()
         .withColumn("amount_dec", f.when(neg, -number.cast(t.DecimalType(18, 2))).otherwise(number.cast("decimal(18,2)")))
         .withColumn("booked_on", f.to_date("booked", "yyyy-MM-dd"))
         .withColumn("bad", f.array_compact(f.array(
             f.when(f.col("booked_on").isNull(), f.lit("date")),
             f.when(f.col("amount_dec").isNull(), f.lit("amount")),
             f.when(~f.col("ccy").isin("EUR", "USD", "GBP"), f.lit("currency"))))))
clean.orderBy("txn_id").show(truncate=False)
clean.printSchema()
good = clean.filter(f.size("bad") == 0)
bad = clean.filter(f.size("bad") > 0).withColumn("bad", f.concat_ws(",", "bad"))
logger.info("good %d bad %d", good.count(), bad.count())

w = Window.partitionBy("account").orderBy("booked_on", "txn_id").rowsBetween(Window.unboundedPreceding, Window.currentRow)
balance = good.withColumn("balance", f.sum("amount_dec").over(w)).withColumn("lowest", f.min("amount_dec").over(w))
balance.select("account", "booked_on", "amount_dec", "balance", "lowest").orderBy("account", "booked_on").show()
monthly = good.groupBy("account", f.trunc("booked_on", "month").alias("month")).agg(
    f.sum("amount_dec").alias("net"), f.sum(f.when(f.col("amount_dec") > 0, f.col("amount_dec"))).alias("inflow"),
    f.avg("amount_dec").alias("mean"), f.expr("percentile_approx(amount_dec, 0.5)").alias("med"), f.count(f.lit(1)).alias("n"))
monthly.orderBy("account", "month").show(truncate=False)
print(monthly.schema.simpleString())
total = good.agg(f.sum("amount_dec")).first()[0]
assert isinstance(total, Decimal), type(total)
print("total", total, "expected", Decimal("634.90"), total - Decimal("634.90"))
print({r.ccy: str(r.s) for r in good.groupBy("ccy").agg(f.sum("amount_dec").alias("s")).collect()}["EUR"])
last_days = good.select("txn_id", f.last_day("booked_on").alias("eom"), f.date_format("booked_on", "EEE dd MMM yyyy").alias("nice"),
                        f.months_between(f.lit("2023-06-30"), "booked_on").alias("age"), f.next_day("booked_on", "Mon").alias("next_monday"))
last_days.orderBy("txn_id").show(truncate=False)
balance.drop("bad").write.mode("overwrite").partitionBy("ccy").parquet(args["TARGET"] + "/ledger")
bad.write.mode("overwrite").csv(args["TARGET"] + "/rejected", header=True, sep="|")
