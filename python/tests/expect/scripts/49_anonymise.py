# Personal data masked: hashes with salt, parts hidden, ages in groups.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
SALT = "s3cr3t"
people = spark.read.json(args["SOURCE"] + "/persons.json")
masked = people.select(
    F.sha2(F.concat(F.col("id"), F.lit(SALT)), 256).alias("key"),
    F.concat(F.substring("family_name", 1, 1), F.expr("repeat('*', length(family_name) - 1)")).alias("name"),
    F.regexp_replace(F.col("contact_details")[0]["value"], r"\d{4}$", "XXXX").alias("phone"),
    (F.floor(F.months_between(F.lit("2023-01-01"), F.col("birth_date")) / 12 / 10) * 10).cast("int").alias("decade"),
    F.year(F.to_date("birth_date")).alias("year"), F.base64(F.col("given_name").cast("binary")).alias("b64"), F.crc32("id").alias("crc"))
masked.orderBy("year").show(truncate=False)
masked.groupBy("decade").count().orderBy("decade").show()
print(masked.select(F.decode(F.unbase64("b64"), "UTF-8").alias("n")).orderBy("n").collect())
masked.drop("b64").write.mode("overwrite").json(args["TARGET"] + "/masked")
