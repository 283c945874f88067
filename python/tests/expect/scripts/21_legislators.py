# The developer guide's example: join legislators' data, in DataFrames, and count.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session

persons = spark.read.json(args["SOURCE"] + "/persons.json")
memberships = spark.read.json(args["SOURCE"] + "/memberships.json")
orgs = spark.read.json(args["SOURCE"] + "/organizations.json")
print("Count: ", persons.count())
persons.printSchema()
orgs = orgs.withColumnRenamed("id", "org_id").withColumnRenamed("name", "org_name")
l_history = orgs.join(persons.join(memberships, persons.id == memberships.person_id), orgs.org_id == memberships.organization_id).drop("person_id", "org_id")
print("Count: ", l_history.count())
l_history.select("org_name", "family_name", "role", "start_date").orderBy("family_name", "start_date").show()
l_history.write.mode("overwrite").partitionBy("org_name").parquet(args["TARGET"] + "/legislator_history")
contacts = persons.selectExpr("id", "explode_outer(contact_details) as c").select("id", "c.type", "c.value")
contacts.orderBy("id", "type").show()
