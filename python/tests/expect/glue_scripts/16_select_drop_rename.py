# SelectFields, DropFields and RenameField: by path, into structs too.
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


friends = read("friends.json")
friends.printSchema()
SelectFields.apply(frame=friends, paths=["name", "location.state"]).printSchema()
DropFields.apply(frame=friends, paths=["age", "location.county", "friends.age"]).printSchema()
renamed = RenameField.apply(friends, "name", "first_name").rename_field("location.county", "district")
renamed.printSchema()
renamed.toDF().select("first_name", "age").orderBy("age").show()
