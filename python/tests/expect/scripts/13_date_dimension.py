# A date dimension: one row for each day of a quarter.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()

dim = spark.sql("""
    select cast(date_format(d, 'yyyyMMdd') as int) as date_key, d as date, year(d) as year, quarter(d) as quarter, month(d) as month,
           date_format(d, 'MMMM') as month_name, dayofmonth(d) as day, dayofweek(d) as dow, date_format(d, 'EEEE') as day_name,
           weekofyear(d) as week, dayofweek(d) in (1, 7) as weekend, last_day(d) = d as month_end,
           trunc(d, 'MM') as month_start, add_months(d, 12) as next_year, datediff(d, date'2024-01-01') as n
    from (select explode(sequence(to_date('2024-01-01'), to_date('2024-03-31'), interval 1 day)) as d)
""")
print(dim.count(), "days")
dim.filter("month_end or dow = 1 and day < 8").orderBy("date").show(20, False)
dim.groupBy("month_name", "weekend").count().orderBy("month_name", "weekend").show()
dim.write.mode("overwrite").parquet(args["TARGET"] + "/dim_date")
