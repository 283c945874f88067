# The developer guide's example on Medicare: bad provider ids, prices that are texts with a dollar sign, in one nested row.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf, col, struct
from pyspark.sql.types import StringType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
medicare = spark.read.format("csv").option("header", "true").option("inferSchema", "true").load(args["SOURCE"] + "/medicare.csv")
medicare = medicare.toDF(*[c.strip() for c in medicare.columns])
medicare.printSchema()
res = medicare.withColumn("Provider Id", col("Provider Id").cast("long")).where("`provider id` is NOT NULL")
chop_f = udf(lambda x: x[1:] if x else None, StringType())
frame = (res.withColumn("ACC", chop_f(res["Average Covered Charges"]))
         .withColumn("ATP", chop_f(res["Average Total Payments"]))
         .withColumn("AMP", chop_f(res["Average Medicare Payments"])))
frame = frame.select(col("DRG Definition").alias("drg"), col("Provider Id").alias("id"),
                     struct(col("ACC").cast("double").alias("covered"), col("ATP").cast("double").alias("total_pay"),
                            col("AMP").cast("double").alias("medicare_pay")).alias("charges"))
frame.printSchema()
frame.orderBy("id").show(truncate=False)
frame.write.mode("overwrite").json(args["TARGET"] + "/medicare")
