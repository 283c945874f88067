# Clean a CSV: trim all strings, empty to null, e-mails checked, names capitalised.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import StringType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.read.csv(args["SOURCE"] + "/customers.csv", header=True, quote='"', escape='"')

for field in df.schema.fields:
    if isinstance(field.dataType, StringType):
        df = df.withColumn(field.name, F.trim(F.col(field.name)))
        df = df.withColumn(field.name, F.when(F.col(field.name) == "", None).otherwise(F.col(field.name)))

EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"
df = (df.withColumn("email", F.lower("email"))
      .withColumn("email_ok", F.col("email").rlike(EMAIL))
      .withColumn("name", F.initcap("name"))
      .withColumn("domain", F.regexp_extract("email", "@(.*)$", 1))
      .withColumn("signup_year", F.year(F.to_date("signup_date"))))
df.orderBy("customer_id").show(truncate=False)
print("bad e-mails:", [r.customer_id for r in df.filter(~F.col("email_ok")).orderBy("customer_id").collect()])
df.filter(F.coalesce("email_ok", F.lit(False))).write.mode("overwrite").option("header", True).csv(args["TARGET"] + "/customers")
