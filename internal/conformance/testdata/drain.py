"""Copies what is new and commits its bookmark. Arguments: --in, --out, --id, --marks."""
import os
import sys
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job

args = getResolvedOptions(sys.argv, ["JOB_NAME", "in", "out", "marks", "id"])
context = GlueContext(SparkContext.getOrCreate())
job = Job(context)
job.init(args["JOB_NAME"], args)
frame = context.create_dynamic_frame.from_options(connection_type="s3", connection_options={"paths": [args["in"]], "recurse": True}, format="json", transformation_ctx="in")
context.write_dynamic_frame.from_options(frame=frame, connection_type="s3", connection_options={"path": args["out"]}, format="json")
job.commit()
open(os.path.join(args["marks"], args["id"] + ".committed"), "w").close()
