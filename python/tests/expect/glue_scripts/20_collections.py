# Map and FlatMap of a collection, MapToCollection and SelectFromCollection: a transform for every frame.
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


made = read("persons.json").relationalize("root", args["TARGET"] + "/temp")
keys = sorted(made.keys())
print(keys)
counted = made.map(lambda frame, ctx: frame.select_fields(["id"]))
for key in keys:
    SelectFromCollection.apply(counted, key).printSchema()
again = MapToCollection.apply(made, lambda frame, ctx: frame.rename_field("id", "key"))
for key in sorted(again.keys()):
    print(key, again.select(key).toDF().columns[0])
split = FlatMap.apply(made, SplitFields, "frame", paths=["id"], name1="key", name2="rest")
print(sorted(split.keys()))
