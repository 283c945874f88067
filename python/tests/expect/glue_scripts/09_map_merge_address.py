# Map: four columns of an address merged to one struct.
import sys
from awsglue.context import GlueContext
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())

def MergeAddress(rec):
    """The fields of an address, as one struct that also has them as a list."""
    rec["Address"] = {}
    rec["Address"]["Street"] = rec["Provider Street Address"]
    rec["Address"]["City"] = rec["Provider City"]
    rec["Address"]["State"] = rec["Provider State"]
    rec["Address"]["Zip.Code"] = rec["Provider Zip Code"]
    rec["Address"]["Array"] = [rec["Provider Street Address"], rec["Provider City"], rec["Provider State"], rec["Provider Zip Code"]]
    for name in ("Street Address", "City", "State", "Zip Code"):
        del rec["Provider " + name]
    return rec


frame = glueContext.create_dynamic_frame.from_options(
    "s3", {"paths": [args["SOURCE"] + "/medicare.csv"]}, "csv", {"withHeader": True})
frame = frame.drop_fields(["Average Covered Charges", "Average Total Payments", "Average Medicare Payments",
                           "Hospital Referral Region Description", "Total Discharges"])
mapped = Map.apply(frame=frame, f=MergeAddress)
print("Schema for mapped:")
mapped.printSchema()
df = mapped.toDF().selectExpr("`Provider Id`", "Address.City", "Address.State", "Address.`Zip.Code`", "Address.Array[0] first")
df.orderBy("Provider Id").show(truncate=False)
