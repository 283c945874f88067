# Fill the hours that a sensor missed with its last value.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window, functions as F
from pyspark.sql.types import StructType, StructField, StringType, TimestampType, DoubleType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
schema = StructType([StructField("device", StringType(), True), StructField("time", TimestampType(), True),
                     StructField("temp", DoubleType(), True), StructField("hum", DoubleType(), True)])
readings = spark.read.csv(args["SOURCE"] + "/sensors.csv", sep=";", header=True, schema=schema)
readings = readings.filter(F.col("time") < "2023-07-02").withColumn("hour", F.date_trunc("hour", "time"))

bounds = readings.groupBy("device").agg(F.min("hour").alias("lo"), F.max("hour").alias("hi"))
grid = bounds.select("device", F.explode(F.expr("sequence(lo, hi, interval 1 hour)")).alias("hour"))
w = Window.partitionBy("device").orderBy("hour").rowsBetween(Window.unboundedPreceding, 0)
filled = (grid.join(readings.drop("time"), ["device", "hour"], "left")
          .withColumn("temp", F.when(F.isnan("temp"), None).otherwise(F.col("temp")))
          .withColumn("temp_filled", F.last("temp", ignorenulls=True).over(w))
          .withColumn("hum_filled", F.last("hum", True).over(w)))
filled.orderBy("device", "hour").show()
filled.write.mode("overwrite").parquet(args["TARGET"] + "/filled")
