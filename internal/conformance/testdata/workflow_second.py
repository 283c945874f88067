"""The second job of a workflow: finds what the first left."""
import sys

import boto3
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["WORKFLOW_NAME", "WORKFLOW_RUN_ID"])
of = {"Name": args["WORKFLOW_NAME"], "RunId": args["WORKFLOW_RUN_ID"]}
glue = boto3.client("glue")
print("properties:", sorted(glue.get_workflow_run_properties(**of)["RunProperties"].items()))
run = glue.get_workflow_run(**of, IncludeGraph=True)["Run"]
print("status:", run["Status"], "running:", run["Statistics"]["RunningActions"])
