# The Output job: reads what is in staging, keeps what a report needs, writes it to its destination. Whether it reads
# everything again or only what is new is for the job parameter --job-bookmark-option alone to say.
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "staging_path", "output_path"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

datasource0 = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["staging_path"]], "useS3ListImplementation": True, "recurse": True},
    format="json",
    transformation_ctx="bookmark_ctx",
)
applymapping1 = ApplyMapping.apply(
    frame=datasource0,
    mappings=[
        ("drg", "string", "diagnosis", "string"),
        ("provider_id", "long", "provider", "long"),
        ("provider_name", "string", "name", "string"),
        ("state", "string", "state", "string"),
        ("discharges", "long", "discharges", "long"),
        ("total_payments", "string", "payments", "string"),
    ],
)
datasink2 = glueContext.write_dynamic_frame.from_options(
    frame=applymapping1,
    connection_type="s3",
    connection_options={"path": args["output_path"]},
    format="json",
)
job.commit()
