# Filter: providers of two Californian cities, counted before and after.
import sys
from awsglue.context import GlueContext
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())

def read(name):
    """A file of the sources, as the guide's examples read the crawled tables."""
    return glueContext.create_dynamic_frame.from_options(
        "s3", {"paths": [args["SOURCE"] + "/" + name]}, "json", transformation_ctx=name)


frame = glueContext.create_dynamic_frame.from_options(
    "s3", {"paths": [args["SOURCE"] + "/medicare.csv"]}, "csv", {"withHeader": True})
print("Unfiltered record count:", frame.count())
sac_or_mon = Filter.apply(frame=frame, f=lambda x: x["Provider State"] in ["CA"] and x["Provider City"] in ["SACRAMENTO", "MONTEREY"])
print("Filtered record count:", sac_or_mon.count())
sac_or_mon.select_fields(["Provider Name", "Provider City"]).toDF().orderBy("Provider Name").show()
old = read("persons.json").filter(lambda row: row["birth_date"] < "1960")
print("Filtered record count:", old.count())
