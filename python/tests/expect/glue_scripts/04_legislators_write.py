# The same example: the history written whole, partitioned by house, and each flat table.
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
to_s3 = glueContext.write_dynamic_frame.from_options
to_s3(frame=l_history, connection_type="s3", connection_options={"path": args["TARGET"] + "/legislator_history"}, format="parquet")
one = l_history.toDF().repartition(1)
one.write.parquet(args["TARGET"] + "/legislator_single")
l_history.toDF().write.parquet(args["TARGET"] + "/legislator_part", partitionBy=["org_name"])
dfc = l_history.relationalize("hist_root", args["TARGET"] + "/temp")
for name in dfc.keys():
    to_s3(frame=dfc.select(name), connection_type="s3", connection_options={"path": args["TARGET"] + "/flat/" + name}, format="json")
spark = glueContext.spark_session
for name in ("legislator_history", "legislator_single"):
    print(name, spark.read.parquet(args["TARGET"] + "/" + name).count())
spark.read.parquet(args["TARGET"] + "/legislator_part").groupBy("org_name").count().orderBy("org_name").show()
for name in sorted(dfc.keys()):
    print(name, spark.read.json(args["TARGET"] + "/flat/" + name).count())
