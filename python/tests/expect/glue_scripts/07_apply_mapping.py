# ApplyMapping: fields picked, renamed, cast, taken out of structs and put into them.
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
flat = ApplyMapping.apply(frame=friends, mappings=[
    ("name", "string", "first_name", "string"), ("age", "int", "age", "string"),
    ("location.state", "string", "state", "string"), ("location.county", "string", "place.county", "string"),
    ("friends", "array", "friends", "array")], transformation_ctx="flat")
flat.printSchema()
flat.toDF().select("first_name", "age", "state", "place.county").orderBy("first_name").show()
persons = read("persons.json").apply_mapping([
    ("family_name", "String", "last_name", "String"), ("name", "String", "first_name", "String"),
    ("birth_date", "String", "date_of_birth", "Date")])
persons.printSchema()
persons.toDF().orderBy("last_name").show()
