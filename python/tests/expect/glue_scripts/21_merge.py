# mergeDynamicFrame: the staged rows replace those of the same key, and new ones come along.
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())
frame = glueContext.create_dynamic_frame.from_options(
    "s3", {"paths": [args["SOURCE"] + "/medicare.csv"]}, "csv", {"withHeader": True})
frame = frame.select_fields(["Provider Id", "Provider Name", "Total Discharges"])
spark = glueContext.spark_session
stage = DynamicFrame.fromDF(spark.sql("select * from values ('50108', 'RIVER GENERAL', '40'), ('99999', 'NEW HOSPITAL', '1') "
                                      "t(`Provider Id`, `Provider Name`, `Total Discharges`)"), glueContext, "stage")
merged = frame.mergeDynamicFrame(stage, ["Provider Id"])
print("Count:", merged.count())
merged.toDF().orderBy("Provider Id").show(truncate=False)
