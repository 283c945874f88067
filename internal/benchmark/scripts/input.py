# The demonstration's Input job as plain PySpark: CSV, columns named and cast, gzip JSON.
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

folder = sys.argv[sys.argv.index("--folder") + 1]
spark = SparkSession.builder.getOrCreate()
frame = spark.read.option("header", "true").csv(folder + "/in")
names = {"DRG Definition": "drg", "Provider Id": "provider_id", "Provider Name": "provider_name",
         "Provider Street Address": "street", "Provider City": "city", "Provider State": "state",
         "Provider Zip Code": "zip", "Hospital Referral Region Description": "region",
         " Total Discharges ": "discharges", " Average Covered Charges ": "covered_charges",
         " Average Total Payments ": "total_payments", "Average Medicare Payments": "medicare_payments"}
numbers = ("provider_id", "discharges")
frame.select([col("`%s`" % old).cast("bigint" if new in numbers else "string").alias(new) for old, new in names.items()]) \
    .write.mode("overwrite").option("compression", "gzip").json(folder + "/out")
