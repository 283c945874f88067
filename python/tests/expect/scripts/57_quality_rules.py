# Rules of quality as SQL expressions, rows split into good and bad with the reasons.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
RULES = {
    "customer is known": "customer_id is not null",
    "amount is a number": "cast(amount as double) is not null",
    "date is a date": "to_date(order_date) is not null",
    "status is listed": "lower(trim(status)) in ('shipped', 'pending', 'cancelled', 'returned')",
    "country is two letters": "country rlike '^[A-Z]{2}$'",
}
orders = spark.read.csv(args["SOURCE"] + "/orders.csv", header=True)
checked = orders
for i, rule in enumerate(RULES.values()):
    checked = checked.withColumn("_r%d" % i, F.coalesce(F.expr(rule), F.lit(False)))
reasons = F.concat_ws("; ", *[F.when(~F.col("_r%d" % i), F.lit(name)) for i, name in enumerate(RULES)])
checked = checked.withColumn("reasons", reasons).drop(*["_r%d" % i for i in range(len(RULES))])
good, bad = checked.filter("reasons = ''").drop("reasons"), checked.filter("reasons <> ''")
print("good %d, bad %d, score %.1f%%" % (good.count(), bad.count(), 100.0 * good.count() / orders.count()))
bad.select("order_id", "reasons").orderBy("order_id").show(truncate=False)
good.write.mode("overwrite").parquet(args["TARGET"] + "/good")
bad.write.mode("overwrite").json(args["TARGET"] + "/bad")
