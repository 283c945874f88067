# The Input job of "Monitoring the Progress of Multiple Jobs": source -> ApplyMapping -> staging.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job

args = getResolvedOptions(sys.argv, ["JOB_NAME", "input_path", "staging_path"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

datasource0 = glueContext.create_dynamic_frame.from_options(connection_type="s3", connection_options={"paths": [args["input_path"]], "useS3ListImplementation": True, "recurse": True}, format="json")
applymapping1 = ApplyMapping.apply(frame=datasource0, mappings=[("id", "long", "id", "long"), ("charge", "string", "charge", "string"), ("state", "string", "provider_state", "string")])
datasink2 = glueContext.write_dynamic_frame.from_options(frame=applymapping1, connection_type="s3", connection_options={"path": args["staging_path"], "compression": "gzip"}, format="json")
job.commit()
