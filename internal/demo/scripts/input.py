# The Input job: reads new charge records, names their columns, writes them to staging as gzip JSON.
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "input_path", "staging_path"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

datasource0 = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["input_path"]], "useS3ListImplementation": True, "recurse": True},
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="datasource0",
)
# The names are those of the original's header, blanks included. Provider ids that are no numbers become null.
applymapping1 = ApplyMapping.apply(
    frame=datasource0,
    mappings=[
        ("DRG Definition", "string", "drg", "string"),
        ("Provider Id", "string", "provider_id", "long"),
        ("Provider Name", "string", "provider_name", "string"),
        ("Provider Street Address", "string", "street", "string"),
        ("Provider City", "string", "city", "string"),
        ("Provider State", "string", "state", "string"),
        ("Provider Zip Code", "string", "zip", "string"),
        ("Hospital Referral Region Description", "string", "region", "string"),
        (" Total Discharges ", "string", "discharges", "long"),
        (" Average Covered Charges ", "string", "covered_charges", "string"),
        (" Average Total Payments ", "string", "total_payments", "string"),
        ("Average Medicare Payments", "string", "medicare_payments", "string"),
    ],
)
datasink2 = glueContext.write_dynamic_frame.from_options(
    frame=applymapping1,
    connection_type="s3",
    connection_options={"path": args["staging_path"], "compression": "gzip"},
    format="json",
)
job.commit()
