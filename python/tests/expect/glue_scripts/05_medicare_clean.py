# Code example, data preparation: provider ids of two types, a dollar sign before prices, and one nested row.
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.functions import udf
from pyspark.sql.types import StringType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
for name, kind in (("medicare.csv", "bigint"), ("medicare_late.csv", "string")):
    table = spark.read.option("header", True).csv(args["SOURCE"] + "/" + name)
    table = table.toDF(*[column.lower() for column in table.columns])
    for column, to in (("provider id", kind), ("provider zip code", "bigint"), ("total discharges", "bigint")):
        table = table.withColumn(column, table[column].cast(to))
    table.write.mode("append").parquet(args["TARGET"] + "/medicare")
medicare = glueContext.create_dynamic_frame.from_options("s3", {"paths": [args["TARGET"] + "/medicare"]}, "parquet")
print("Count:", medicare.count())
medicare.printSchema()
res = medicare.resolveChoice(specs=[("provider id", "cast:long")])
res.printSchema()
res.toDF().where("`provider id` is NULL").select("provider id", "provider name", "provider state").orderBy("provider name").show()
frame = res.toDF().where("`provider id` is NOT NULL")
print("Count:", frame.count())
chop = udf(lambda x: x[1:], StringType())
frame = (frame.withColumn("ACC", chop(frame["average covered charges"]))
         .withColumn("ATP", chop(frame["average total payments"]))
         .withColumn("AMP", chop(frame["average medicare payments"])))
frame.select("ACC", "ATP", "AMP").orderBy("provider id").show()
nest = DynamicFrame.fromDF(frame, glueContext, "nested").apply_mapping([
    ("drg definition", "string", "drg", "string"), ("provider id", "long", "provider.id", "long"),
    ("provider name", "string", "provider.name", "string"), ("provider city", "string", "provider.city", "string"),
    ("provider state", "string", "provider.state", "string"), ("provider zip code", "long", "provider.zip", "long"),
    ("hospital referral region description", "string", "rr", "string"), ("ACC", "string", "charges.covered", "double"),
    ("ATP", "string", "charges.total_pay", "double"), ("AMP", "string", "charges.medicare_pay", "double")])
nest.printSchema()
nest.toDF().select("provider.id", "provider.zip", "charges.covered", "charges.total_pay", "charges.medicare_pay").orderBy("id").show()
glueContext.write_dynamic_frame.from_options(nest, "s3", {"path": args["TARGET"] + "/medicare_parquet"}, "parquet")
spark.read.parquet(args["TARGET"] + "/medicare_parquet").printSchema()
