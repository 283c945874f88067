# A wide report becomes long, then wide again by quarter; totals by rollup and cube.
import sys
from itertools import chain
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
wide = spark.read.option("header", True).option("inferSchema", True).csv(args["SOURCE"] + "/sales_wide.csv")
wide.printSchema()
months = [c for c in wide.columns if c[:4].isdigit()]
stack = "stack({n}, {pairs}) as (month, amount)".format(n=len(months), pairs=", ".join("'%s', cast(`%s` as double)" % (m, m) for m in months))
long = wide.selectExpr("store", "coalesce(region, 'none') region", stack)
long2 = wide.select("store", *[F.col("`%s`" % m).cast("double").alias(m) for m in months]).unpivot("store", months, "month", "amount")
print(long.count(), long2.count(), long.select("store", "month", "amount").exceptAll(long2).count())
names = F.create_map([F.lit(x) for x in chain(*{"2023-01": "Jan", "2023-02": "Feb", "2023-03": "Mar"}.items())])
long = long.withColumn("m", names[F.col("month")]).withColumn("first", F.to_date(F.concat("month", F.lit("-01"))))
long.orderBy("store", "month").show()
long.rollup("region", "store").agg(F.sum("amount").alias("total"), F.grouping_id().alias("gid"), F.grouping("store").alias("gs")).orderBy("gid", "region", "store").show()
long.cube("region", "m").agg(F.sum("amount").alias("total"), F.count("amount").alias("n")).orderBy(F.col("region").asc_nulls_first(), F.col("m").desc_nulls_last()).show(30)
long.groupBy("store").pivot("m").agg(F.sum("amount").alias("s"), F.first("amount").alias("f")).orderBy("store").show()
share = long.groupBy("region", "store").agg(F.sum("amount").alias("amount"))
share.createOrReplaceTempView("share")
spark.sql("""
  SELECT region, store, amount,
         ROUND(100 * amount / SUM(amount) OVER (PARTITION BY region), 1) AS pct,
         RANK() OVER (ORDER BY amount DESC NULLS LAST) AS rnk,
         NTILE(2) OVER (ORDER BY store) AS half,
         PERCENT_RANK() OVER (ORDER BY amount) AS pr, CUME_DIST() OVER (ORDER BY amount) cd
  FROM share
  ORDER BY region, store""").show()
filled = wide.na.fill(0, subset=months).na.fill({"region": "?"})
filled.withColumn("best", F.greatest(*[F.col("`%s`" % m) for m in months])) \
    .withColumn("total", sum(F.col("`%s`" % m) for m in months)).orderBy("store").show()
print(wide.toJSON().collect())
spark.sql("""select * from (select region, m, amount from long_v) pivot (sum(amount) as total, count(amount) n for m in ('Jan' as jan, 'Feb' as feb)) order by region""" if long.createOrReplaceTempView("long_v") is None else "").show()
long.write.mode("overwrite").partitionBy("month").option("header", True).csv(args["TARGET"] + "/long")
