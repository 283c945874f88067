# Money in decimals: interest, rounding, totals and their types.
import sys
from decimal import Decimal, ROUND_HALF_UP
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DecimalType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
accounts = spark.createDataFrame([("a", Decimal("1000.00"), Decimal("0.0375")), ("b", Decimal("0.05"), Decimal("0.10")), ("c", None, Decimal("0.01")),
                                  ("d", Decimal("99999999.99"), Decimal("0.0001"))], "id string, balance decimal(12,2), rate decimal(6,4)")
out = (accounts.withColumn("interest", F.col("balance") * F.col("rate")).withColumn("rounded", F.round("interest", 2)).withColumn("banker", F.bround("interest", 2))
       .withColumn("monthly", F.col("interest") / 12).withColumn("as_cents", (F.col("balance") * 100).cast("bigint"))
       .withColumn("half", F.col("balance") / 2).withColumn("mod", F.col("balance") % Decimal("0.03")).withColumn("d", F.col("balance").cast(DecimalType(4, 1))))
out.printSchema()
out.orderBy("id").show(truncate=False)
total = out.agg(F.sum("balance").alias("s"), F.avg("balance").alias("a"), F.max("interest").alias("m"), F.sum(F.col("rounded")).alias("r"))
total.printSchema()
row = total.first()
print(row, row.s.quantize(Decimal("1"), rounding=ROUND_HALF_UP), type(row.a).__name__)
out.write.mode("overwrite").parquet(args["TARGET"] + "/money")
