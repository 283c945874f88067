# The Output job of the same page, with the transformation context that its section "Fix the Processing of Files" adds.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job

args = getResolvedOptions(sys.argv, ["JOB_NAME", "staging_path", "output_path"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

datasource0 = glueContext.create_dynamic_frame.from_options(connection_type="s3", connection_options={"paths": [args["staging_path"]], "useS3ListImplementation": True, "recurse": True}, format="json", transformation_ctx="bookmark_ctx")
applymapping1 = ApplyMapping.apply(frame=datasource0, mappings=[("id", "long", "id", "string"), ("charge", "string", "charge", "string"), ("provider_state", "string", "state", "string")])
datasink2 = glueContext.write_dynamic_frame.from_options(frame=applymapping1, connection_type="s3", connection_options={"path": args["output_path"]}, format="json")
print("records:", applymapping1.count())
job.commit()
