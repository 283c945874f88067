# Amounts by country and month, as a pivot table.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from pyspark.sql.functions import *
from pyspark.sql.types import *

args = getResolvedOptions(sys.argv, ['JOB_NAME', 'SOURCE', 'TARGET'])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session

df = spark.read.format("csv").option("header", True).load(args['SOURCE'] + "/orders.csv").distinct()
df = df.withColumn("amount", col("amount").cast(DecimalType(12, 2)))
df = df.withColumn("month", date_format(to_date(col("order_date")), "yyyy-MM"))
report = df.groupBy("country").pivot("month", ["2023-01", "2023-02", "2023-03", "2023-04"]).agg(round(sum("amount"), 2))
report = report.na.fill(0).orderBy(col("country").asc_nulls_last())
report.show()
report.coalesce(1).write.mode("overwrite").option("header", True).csv(args['TARGET'] + "/report")
for field in report.schema.fields:
    print(field.name, field.dataType.simpleString(), field.nullable)
