# Spigot: the first records of a frame, written on the way; the frame goes on.
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


persons = read("persons.json")
same = Spigot.apply(persons, args["TARGET"] + "/sample", {"topk": 2})
print("Count:", same.count())
print("Sample:", glueContext.spark_session.read.json(args["TARGET"] + "/sample").count())
