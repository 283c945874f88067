import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "fail"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

conf = glueContext.extract_jdbc_conf("warehouse")
assert conf["vendor"] == "postgresql" and conf["fullUrl"].startswith(conf["url"] + "/"), sorted(conf)

orders = glueContext.create_dynamic_frame.from_options(
    connection_type="mysql",
    connection_options={
        "useConnectionProperties": "true",
        "connectionName": "shop",
        "dbtable": "orders",
        "jobBookmarkKeys": ["id"],
        "jobBookmarkKeysSortOrder": "asc",
        "hashfield": "id",
        "hashpartitions": "4",
    },
    transformation_ctx="orders",
)
print("read", orders.count())
if args["fail"] == "yes":
    sys.exit(1)
mapped = ApplyMapping.apply(frame=orders, mappings=[
    ("id", "int", "id", "long"),
    ("item", "string", "item", "string"),
    ("price", "decimal", "price", "decimal(10,2)"),
    ("paid", "boolean", "paid", "boolean"),
])
glueContext.write_dynamic_frame.from_jdbc_conf(
    frame=mapped, catalog_connection="warehouse", connection_options={"dbtable": "orders", "database": "t1"})
job.commit()
