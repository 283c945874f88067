"""Events and rules with boto3 alone: EventBridge's client feeds a workflow's EVENT trigger and starts a job."""
import json
import time

import boto3

events, glue, s3 = boto3.client("events"), boto3.client("glue"), boto3.client("s3")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
REGION = events.meta.region_name


def await_(what, ask, seconds=30):
    """Ask until there is an answer."""
    until = time.monotonic() + seconds
    while True:
        if answer := ask():
            return answer
        if time.monotonic() > until:
            raise SystemExit("no " + what)
        time.sleep(0.1)


def refused(error, call, **arguments):
    """Whether a call is refused by an exception that boto3 knows by name."""
    try:
        call(**arguments)
    except error:
        return True
    return False


# A workflow that waits for two events, and a rule that hands it those.
s3.create_bucket(Bucket="code")
s3.put_object(Bucket="code", Key="job.py", Body=b"import sys; print(sys.argv[1:])\n")
glue.create_job(Name="load", Role="r", Command={"Name": "pythonshell", "ScriptLocation": "s3://code/job.py"}, ExecutionProperty={"MaxConcurrentRuns": 5})
glue.create_workflow(Name="orders")
glue.create_trigger(Name="two-orders", WorkflowName="orders", Type="EVENT", Actions=[{"JobName": "load"}], EventBatchingCondition={"BatchSize": 2})
arn = events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}), Description="paid")["RuleArn"]
assert arn == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/orders", arn
answer = events.put_targets(Rule="orders", Targets=[{"Id": "flow", "Arn": f"arn:aws:glue:{REGION}:{ACCOUNT}:workflow/orders", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}])
assert answer["FailedEntryCount"] == 0, answer


def order(total, **more):
    """An entry of PutEvents."""
    return {"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"total": total}), **more}


answer = events.put_events(Entries=[order(5), order(20), order(7, Source="aws.shop"), order(30)])
assert answer["FailedEntryCount"] == 1 and answer["Entries"][2]["ErrorCode"] == "NotAuthorizedForSourceException", answer
run = await_("workflow run", lambda: glue.get_workflow_runs(Name="orders")["Runs"])[0]
ids = [i.strip() for i in run["WorkflowRunProperties"]["aws:eventIds"][1:-1].split(",")]  # as AWS documents it: no JSON
assert ids == [answer["Entries"][1]["EventId"], answer["Entries"][3]["EventId"]], (ids, answer)
assert run["StartingEventBatchCondition"] == {"BatchSize": 2}, run

# A rule for objects that arrive in one bucket, with a job as its target.
s3.create_bucket(Bucket="landing")
events.put_rule(Name="arrived", EventPattern=json.dumps({"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["landing"]}}}))
events.put_targets(Rule="arrived", Targets=[{"Id": "job", "Arn": f"arn:aws:glue:{REGION}:{ACCOUNT}:job/load", "Input": json.dumps({"--why": "arrived"})}])
s3.put_object(Bucket="landing", Key="day=1/orders.csv", Body=b"1,2\n")
s3.put_object(Bucket="code", Key="other", Body=b"x")
mine = await_("run for the object", lambda: [r for r in glue.get_job_runs(JobName="load")["JobRuns"] if r.get("Arguments", {}).get("--why") == "arrived"])
assert len(mine) == 1, mine

# What it shows, and what it refuses.
assert [r["Name"] for r in events.list_rules()["Rules"]] == ["arrived", "orders"]
assert events.describe_rule(Name="orders")["State"] == "ENABLED"
events.disable_rule(Name="orders")
assert events.describe_rule(Name="orders")["State"] == "DISABLED"
assert [t["Id"] for t in events.list_targets_by_rule(Rule="arrived")["Targets"]] == ["job"]
assert events.list_event_buses()["EventBuses"][0]["Name"] == "default"
event = {"id": "1", "account": ACCOUNT, "source": "shop", "time": "2026-01-01T00:00:00Z", "region": REGION, "resources": [], "detail-type": "Order", "detail": {}}
assert events.test_event_pattern(EventPattern='{"source": [{"prefix": "sh"}]}', Event=json.dumps(event))["Result"]
assert refused(events.exceptions.ResourceNotFoundException, events.describe_rule, Name="none")
assert refused(events.exceptions.InvalidEventPatternException, events.put_rule, Name="r", EventPattern='{"source": "shop"}')
for name, target in ("orders", "flow"), ("arrived", "job"):
    events.remove_targets(Rule=name, Ids=[target])
    events.delete_rule(Name=name)
assert events.list_rules()["Rules"] == []
print("ok")
