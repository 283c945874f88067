# Glue Studio: aggregate, with and without groups, and a change of schema after it.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.dynamicframe import DynamicFrame
from pyspark.sql import functions as SqlFuncs

def sparkAggregate(glueContext, parentFrame, groups, aggs, transformation_ctx) -> DynamicFrame:
    aggsFuncs = []
    for column, func in aggs:
        aggsFuncs.append(getattr(SqlFuncs, func)(column))
    result = parentFrame.toDF().groupBy(*groups).agg(*aggsFuncs) if len(groups) > 0 else parentFrame.toDF().agg(*aggsFuncs)
    return DynamicFrame.fromDF(result, glueContext, transformation_ctx)

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Readings
Readings_node1 = glueContext.create_dynamic_frame.from_options(format_options={"multiline": False}, connection_type="s3", format="json", connection_options={"paths": [args["SOURCE"] + "/readings.json"], "recurse": True}, transformation_ctx="Readings_node1")

# Script generated for node Aggregate
Aggregate_node1648104595189 = sparkAggregate(glueContext, parentFrame = Readings_node1, groups = ["serialNumber"], aggs = [["distanceFromObject", "sum"], ["distanceFromObject", "avg"], ["sensorReadingTime", "countDistinct"], ["distanceFromObject", "stddev_samp"]], transformation_ctx = "Aggregate_node1648104595189")
Aggregate_node1648104595189.toDF().orderBy("serialNumber").show(truncate=False)

# Script generated for node Aggregate
Aggregate_node2 = sparkAggregate(glueContext, parentFrame = Readings_node1, groups = [], aggs = [["distanceFromObject", "max"], ["serialNumber", "count"]], transformation_ctx = "Aggregate_node2")

# Script generated for node Change Schema
ChangeSchema_node = ApplyMapping.apply(frame=Aggregate_node1648104595189, mappings=[("serialNumber", "string", "serial", "string"), ("`sum(distanceFromObject)`", "long", "total", "long"), ("`count(DISTINCT sensorReadingTime)`", "long", "readings", "int")], transformation_ctx="ChangeSchema_node")
ChangeSchema_node.toDF().orderBy("serial").show()
Aggregate_node2.printSchema()
Aggregate_node2.toDF().show()
job.commit()
