# Glue Studio: joins by DataFrames (left, leftanti) and a union of two sources.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.dynamicframe import DynamicFrame
from awsglue import DynamicFrame

def sparkUnion(glueContext, unionType, mapping, transformation_ctx) -> DynamicFrame:
    for alias, frame in mapping.items():
        frame.toDF().createOrReplaceTempView(alias)
    result = spark.sql("(select * from source1) UNION " + unionType + " (select * from source2)")
    return DynamicFrame.fromDF(result, glueContext, transformation_ctx)
args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Amazon S3
AmazonS3_node1760653959810 = glueContext.create_dynamic_frame.from_options(format_options={"multiLine": "false"}, connection_type="s3", format="json", connection_options={"paths": [args["SOURCE"] + "/customers.json"]}, transformation_ctx="AmazonS3_node1760653959810")

# Script generated for node Amazon S3
AmazonS3_node1760653960498 = glueContext.create_dynamic_frame.from_options(format_options={"multiLine": "false"}, connection_type="s3", format="json", connection_options={"paths": [args["SOURCE"] + "/readings.json"]}, transformation_ctx="AmazonS3_node1760653960498")

# Script generated for node Renamed keys for Join
RenamedkeysforJoin_node = ApplyMapping.apply(frame=AmazonS3_node1760653960498, mappings=[("serialNumber", "string", "right_serialNumber", "string"), ("distanceFromObject", "int", "distance", "bigint")], transformation_ctx="RenamedkeysforJoin_node")

# Script generated for node Join
AmazonS3_node1760653959810DF = AmazonS3_node1760653959810.toDF()
RenamedkeysforJoin_nodeDF = RenamedkeysforJoin_node.toDF()
Join_node1760654401969 = DynamicFrame.fromDF(AmazonS3_node1760653959810DF.join(RenamedkeysforJoin_nodeDF, (AmazonS3_node1760653959810DF['serialNumber'] == RenamedkeysforJoin_nodeDF['right_serialNumber']), "left"), glueContext, "Join_node1760654401969")

# Script generated for node Join
Join_node2 = DynamicFrame.fromDF(AmazonS3_node1760653959810DF.join(RenamedkeysforJoin_nodeDF, (AmazonS3_node1760653959810DF['serialNumber'] == RenamedkeysforJoin_nodeDF['right_serialNumber']), "leftanti"), glueContext, "Join_node2")

# Script generated for node Select Fields
SelectFields_node1 = SelectFields.apply(frame=Join_node1760654401969, paths=["email", "distance"], transformation_ctx="SelectFields_node1")
SelectFields_node2 = SelectFields.apply(frame=Join_node2, paths=["email", "registrationDate"], transformation_ctx="SelectFields_node2")

# Script generated for node Union
for kind in ("ALL", "DISTINCT"):
    Union_node1733234486138 = sparkUnion(glueContext, unionType = kind, mapping = {"source1": SelectFields_node1, "source2": SelectFields_node2}, transformation_ctx = "Union_node1733234486138")
    print(kind, Union_node1733234486138.count())
Union_node1733234486138.toDF().orderBy("email", "distance").show()
job.commit()
