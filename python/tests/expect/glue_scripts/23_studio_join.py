# Glue Studio: a join with renamed keys, dropped fields and duplicates, glueparquet partitioned by a key.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsgluedq.transforms import EvaluateDataQuality
from awsglue.dynamicframe import DynamicFrame
from awsglue import DynamicFrame

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Default ruleset used by all target nodes with data quality enabled
DEFAULT_DATA_QUALITY_RULESET = """
    Rules = [
        ColumnCount > 0
    ]
"""

# Script generated for node Step Trainer Landing
StepTrainerLanding_node1752283140250 = glueContext.create_dynamic_frame.from_options(format_options={"multiLine": "false"}, connection_type="s3", format="json", connection_options={"paths": [args["SOURCE"] + "/readings.json"], "recurse": True}, transformation_ctx="StepTrainerLanding_node1752283140250")

# Script generated for node Customer Curated
CustomerCurated_node1752283141850 = glueContext.create_dynamic_frame.from_options(connection_type="s3", format="json", connection_options={"paths": [args["SOURCE"] + "/customers.json"], "recurse": True}, transformation_ctx="CustomerCurated_node1752283141850")

# Script generated for node Renamed keys for Join
RenamedkeysforJoin_node1752283435224 = ApplyMapping.apply(frame=StepTrainerLanding_node1752283140250, mappings=[("sensorReadingTime", "long", "right_sensorReadingTime", "long"), ("serialNumber", "string", "right_serialNumber", "string"), ("distanceFromObject", "int", "right_distanceFromObject", "int")], transformation_ctx="RenamedkeysforJoin_node1752283435224")

# Script generated for node Join
Join_node1752283422040 = Join.apply(frame1=CustomerCurated_node1752283141850, frame2=RenamedkeysforJoin_node1752283435224, keys1=["serialNumber"], keys2=["right_serialNumber"], transformation_ctx="Join_node1752283422040")

# Script generated for node Drop Fields
DropFields_node1754297319569 = DropFields.apply(frame=Join_node1752283422040, paths=["right_serialNumber", "birthDay", "shareWithResearchAsOfDate", "registrationDate", "customerName"], transformation_ctx="DropFields_node1754297319569")

# Script generated for node Drop Duplicates
DropDuplicates_node1754297358517 =  DynamicFrame.fromDF(DropFields_node1754297319569.toDF().dropDuplicates(), glueContext, "DropDuplicates_node1754297358517")

# Script generated for node step trainer trusted
EvaluateDataQuality().process_rows(frame=DropDuplicates_node1754297358517, ruleset=DEFAULT_DATA_QUALITY_RULESET, publishing_options={"dataQualityEvaluationContext": "EvaluateDataQuality_node1752282689290", "enableDataQualityResultsPublishing": True}, additional_options={"dataQualityResultsPublishing.strategy": "BEST_EFFORT", "observations.scope": "ALL"})
steptrainertrusted_node1752283614761 = glueContext.getSink(path=args["TARGET"] + "/step_trainer/trusted/", connection_type="s3", updateBehavior="UPDATE_IN_DATABASE", partitionKeys=["serialNumber"], enableUpdateCatalog=True, transformation_ctx="steptrainertrusted_node1752283614761")
steptrainertrusted_node1752283614761.setCatalogInfo(catalogDatabase="stedi",catalogTableName="step trainer trusted")
steptrainertrusted_node1752283614761.setFormat("glueparquet", compression="snappy")
steptrainertrusted_node1752283614761.writeFrame(DropDuplicates_node1754297358517)
job.commit()
spark.read.parquet(args["TARGET"] + "/step_trainer/trusted").orderBy("right_sensorReadingTime").show(truncate=False)
