# Code example, joining and relationalizing data: the three tables, their counts and schemas.
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


for name in ("persons", "memberships", "organizations"):
    frame = read(name + ".json")
    print("%s count: %d" % (name, frame.count()))
    frame.printSchema()
read("memberships.json").select_fields(["organization_id"]).toDF().distinct().orderBy("organization_id").show()
