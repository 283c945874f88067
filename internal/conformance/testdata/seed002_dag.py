"""The one task of the DAG of "Combine AWS Glue and Amazon MWAA to build advanced VPC selection and failover strategies",
without Airflow: order the job's connections by the free addresses of their subnets, rewrite the job with that order, as
Airflow's GlueJobOperator does with update_config, run it, wait, and print what its log says.

Arguments: job, strategy (random or capacity), connections joined by commas. Prints JSON.
"""
import json
import random
import sys
import time

import boto3

glue, ec2, logs, iam = (boto3.client(service) for service in ("glue", "ec2", "logs", "iam"))


def free_addresses(connection):
    """How many addresses the subnet of a connection has left."""
    network = glue.get_connection(Name=connection)["Connection"]["PhysicalConnectionRequirements"]
    return ec2.describe_subnets(SubnetIds=[network["SubnetId"]])["Subnets"][0]["AvailableIpAddressCount"]


def prioritize(connections, workers, strategy):
    """The connections with room for all workers first, then those with room for two, then those that nothing is known of."""
    good, usable = [], []
    for name in connections:
        try:
            free = free_addresses(name)
        except Exception as e:
            print("[WARNING] skipping %s: %s" % (name, e), file=sys.stderr)
            continue
        if free >= workers:
            good.append((name, free))
        elif free >= 2:
            usable.append((name, free))
    if strategy == "random":
        random.shuffle(good)
        random.shuffle(usable)
        names = [name for name, _ in good + usable]
    elif strategy == "capacity":
        names = [name for name, _ in sorted(good + usable, key=lambda c: -c[1])]
    else:
        raise ValueError("Unknown strategy specified: %s" % strategy)
    return names + [name for name in connections if name not in names]


def update(job, wanted):
    """Rewrites the job where it differs from what is wanted, with everything that GetJob told in it."""
    wanted = {"Role": iam.get_role(RoleName=wanted["Role"].split("/")[-1])["Role"]["Arn"], **wanted}
    now = glue.get_job(JobName=job)["Job"]
    if any(now.get(key) != value for key, value in wanted.items()):
        glue.update_job(JobName=job, JobUpdate=wanted)


def task(job, strategy, connections):
    """Order, rewrite, run, wait."""
    props = glue.get_job(JobName=job)["Job"]
    order = prioritize(connections, props["NumberOfWorkers"], strategy)
    others = [name for name in props.get("Connections", {}).get("Connections", []) if name not in order]
    props["Connections"] = {"Connections": order + others}
    for name in ("Name", "CreatedOn", "LastModifiedOn", "AllocatedCapacity", "MaxCapacity"):
        del props[name]  # all of them are there
    update(job, props)
    run = glue.start_job_run(JobName=job)["JobRunId"]
    while True:
        state = glue.get_job_run(JobName=job, RunId=run)["JobRun"]
        if state["JobRunState"] in ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"):
            break
        time.sleep(0.1)
    events = logs.filter_log_events(logGroupName=state["LogGroupName"] + "/output", logStreamNames=[run])["events"]
    return {"order": order, "connections": glue.get_job(JobName=job)["Job"]["Connections"]["Connections"],
            "state": state["JobRunState"], "lines": [e["message"].rstrip() for e in events]}


print(json.dumps(task(sys.argv[1], sys.argv[2], sys.argv[3].split(","))))
