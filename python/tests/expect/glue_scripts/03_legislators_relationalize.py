# The same example: the history as flat tables, a key in place of each array.
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
dfc = l_history.relationalize("hist_root", args["TARGET"] + "/temp")
print(sorted(dfc.keys()))
for name in sorted(dfc.keys()):
    print(name)
    dfc.select(name).printSchema()
contacts = dfc.select("hist_root_contact_details").toDF()
root = dfc.select("hist_root").toDF()
root.createOrReplaceTempView("hist_root")
contacts.createOrReplaceTempView("hist_contacts")
links = dfc.select("hist_root_links").toDF()
links.createOrReplaceTempView("hist_links")
spark = glueContext.spark_session
spark.sql("select family_name, start_date, index, `contact_details.val.type` type, `contact_details.val.value` value "
          "from hist_root join hist_contacts on hist_root.contact_details = hist_contacts.id "
          "order by family_name, start_date, index").show(truncate=False)
spark.sql("select family_name, start_date, index, `links.val.note` note from hist_root "
          "join hist_links on hist_root.links = hist_links.id order by family_name, start_date, index").show()
print(dfc.select("hist_root_images").count(), dfc.select("hist_root_identifiers").count())
