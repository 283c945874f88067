# Relationalize: structs become columns, the array a table of its own.
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


made = Relationalize.apply(frame=read("friends.json"), staging_path=args["TARGET"] + "/temp", name="root", transformation_ctx="flat")
print(sorted(made.keys()))
made.select("root").printSchema()
made.select("root_friends").printSchema()
root, friends = made.select("root"), made.select("root_friends")
both = Join.apply(root, friends, "friends", "id").toDF()
both = both.selectExpr("name", "`location.state` state", "index", "`friends.val.name` friend", "`friends.val.age` friend_age")
both.orderBy("name", "index").show()
