# SplitFields: the keys of a flat table to one frame, the values to another.
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


details = read("persons.json").relationalize("l_root", args["TARGET"] + "/temp").select("l_root_contact_details")
details.printSchema()
made = SplitFields.apply(details, ["id", "index"], "left", "right")
print(sorted(made.keys()))
for name in ("left", "right"):
    made.select(name).printSchema()
made.select("right").toDF().orderBy("`contact_details.val.value`").show()
