"""Typed exceptions, paginators and timestamps as boto3 users see them. Argument: the endpoint."""
import datetime
import sys

import boto3

g = boto3.client("glue", endpoint_url=sys.argv[1])
try:
    g.get_job(JobName="ghost")
    sys.exit("a missing job was found")
except g.exceptions.EntityNotFoundException as e:
    assert "ghost" in str(e), e
try:
    g.start_job_run(JobName="ghost")
    sys.exit("a missing job was started")
except g.exceptions.EntityNotFoundException:
    pass
names = [j["Name"] for page in g.get_paginator("get_jobs").paginate(PaginationConfig={"PageSize": 1}) for j in page["Jobs"]]
assert names == ["inside"], names
runs = [r for page in g.get_paginator("get_job_runs").paginate(JobName="inside") for r in page["JobRuns"]]
assert runs and isinstance(runs[0]["StartedOn"], datetime.datetime) and runs[0]["Attempt"] == 0, runs
print("ok")
