# The sample on resolveChoice: the same column of two types, resolved in each of the four ways.
import sys
from awsglue.context import GlueContext
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

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
for action in ("cast:long", "cast:string", "project:long", "make_cols", "make_struct"):
    print(action)
    made = ResolveChoice.apply(medicare, specs=[("provider id", action)])
    made = made.drop_fields(["drg definition", "provider street address", "provider city", "provider state",
                             "provider zip code", "hospital referral region description", "total discharges",
                             "average covered charges", "average total payments", "average medicare payments"])
    made.printSchema()
    made.toDF().orderBy("provider name").show()
