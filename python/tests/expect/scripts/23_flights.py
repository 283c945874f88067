# Flights: delays by carrier and route, in SQL and in the API, which must agree.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import avg, col, count, concat_ws, least, greatest, round as rnd, sum as s, when

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
flights = spark.read.csv(args["SOURCE"] + "/flights.csv", header=True, inferSchema=True)
flights.createOrReplaceTempView("flights")
print(flights.dtypes)

a = spark.sql("""
  SELECT carrier, COUNT(*) AS n, SUM(cancelled) AS cancelled, ROUND(AVG(dep_delay), 2) AS dep, MAX(arr_delay) AS worst,
         COUNT(CASE WHEN arr_delay > 15 THEN 1 END) / COUNT(arr_delay) AS late
  FROM flights GROUP BY carrier ORDER BY carrier""")
b = (flights.groupBy("carrier").agg(count("*").alias("n"), s("cancelled").alias("cancelled"), rnd(avg("dep_delay"), 2).alias("dep"))
     .orderBy("carrier"))
a.show()
print(a.select("carrier", "n", "cancelled", "dep").collect() == b.collect())
routes = flights.withColumn("route", concat_ws("-", least("origin", "dest"), greatest("origin", "dest")))
routes.groupBy("route").agg(s("distance").alias("miles"), s(when(col("cancelled") == 1, 1).otherwise(0)).alias("lost")).orderBy("route").show()
routes.write.mode("overwrite").partitionBy("year", "month").csv(args["TARGET"] + "/routes", header=True)
