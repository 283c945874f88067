"""The first job of a workflow: leaves a property of the run for the next."""
import sys

import boto3

name, run = (sys.argv[sys.argv.index("--" + key) + 1] for key in ("WORKFLOW_NAME", "WORKFLOW_RUN_ID"))
glue = boto3.client("glue")
before = glue.get_workflow_run_properties(Name=name, RunId=run)["RunProperties"]
glue.put_workflow_run_properties(Name=name, RunId=run, RunProperties={"rows": "7", "day": before["day"] + "-checked"})
print("left rows for", name)
