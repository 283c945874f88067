# Glue Studio: filters with regular expressions, a custom transform, a collection, fields split and renamed.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.dynamicframe import DynamicFrameCollection
from awsglue.dynamicframe import DynamicFrame
import re


# Script generated for node Customer Invalid Data Filter Transform
def MyTransform(glueContext, dfc) -> DynamicFrameCollection:
    # get data from first node
    customerDf = dfc.select(list(dfc.keys())[0]).toDF()

    # keep the last registered email
    customerDf = customerDf.orderBy(
        ["email", "registrationDate"], ascending=[True, False]
    )
    customerDf = customerDf.dropDuplicates(["email"])

    newCustomerDf = DynamicFrame.fromDF(customerDf, glueContext, "newCustomerDf")
    return DynamicFrameCollection({"CustomTransform0": newCustomerDf}, glueContext)


args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node S3 bucket
S3bucket_node1 = glueContext.create_dynamic_frame.from_options(
    format_options={"multiline": False},
    connection_type="s3",
    format="json",
    connection_options={"paths": [args["SOURCE"] + "/customers.json"], "recurse": True},
    transformation_ctx="S3bucket_node1",
)

# Script generated for node Filter
Filter_node1 = Filter.apply(
    frame=S3bucket_node1,
    f=lambda row: (bool(re.match("^(a|b)", row["email"])) and not (row["registrationDate"] == 0)),
    transformation_ctx="Filter_node1",
)
print(Filter_node1.count(), Filter.apply(frame=S3bucket_node1, f=lambda row: (not(row["shareWithResearchAsOfDate"] == 0)), transformation_ctx="f").count())

# Script generated for node Customer Invalid Data Filter Transform
CustomTransform_node2 = MyTransform(glueContext, DynamicFrameCollection({"Filter_node1": Filter_node1}, glueContext))

# Script generated for node Select From Collection
SelectFromCollection_node3 = SelectFromCollection.apply(
    dfc=CustomTransform_node2,
    key=list(CustomTransform_node2.keys())[0],
    transformation_ctx="SelectFromCollection_node3",
)

# Script generated for node Rename Field
RenameField_node4 = RenameField.apply(frame=SelectFromCollection_node3, old_name="customerName", new_name="name", transformation_ctx="RenameField_node4")

# Script generated for node Split Fields
SplitFields_node5 = SplitFields.apply(frame=RenameField_node4, paths=["email", "name"], name1="SplitFields_node50", name2="SplitFields_node51", transformation_ctx="SplitFields_node5")
print(sorted(SplitFields_node5.keys()))
SelectFromCollection.apply(dfc=SplitFields_node5, key="SplitFields_node50", transformation_ctx="k").toDF().orderBy("email").show()
SelectFromCollection.apply(dfc=SplitFields_node5, key="SplitFields_node51", transformation_ctx="k").printSchema()

# Script generated for node Spigot
Spigot_node6 = Spigot.apply(frame=RenameField_node4, path=args["TARGET"] + "/spigot", options={"topk": 1, "prob": 1}, transformation_ctx="Spigot_node6")
print(spark.read.json(args["TARGET"] + "/spigot").count())
job.commit()
