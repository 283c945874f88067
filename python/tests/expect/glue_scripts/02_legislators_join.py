# The same example: fields dropped and renamed, and three tables joined to one history.
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


orgs = read("organizations.json").drop_fields(["other_names", "identifiers", "links", "image"])
orgs = orgs.rename_field("id", "org_id").rename_field("name", "org_name")
persons, memberships = read("persons.json"), read("memberships.json")
l_history = Join.apply(orgs, Join.apply(persons, memberships, "id", "person_id"), "org_id", "organization_id")
l_history = l_history.drop_fields(["person_id", "org_id"])
orgs.toDF().select("org_id", "org_name", "classification", "seats", "type").orderBy("org_id").show()
print("Count:", l_history.count())
l_history.printSchema()
l_history.toDF().select("org_name", "family_name", "start_date", "end_date").orderBy("family_name", "start_date").show()
