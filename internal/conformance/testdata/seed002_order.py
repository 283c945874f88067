"""Orders connections by the free addresses of their subnets, as the DAG of "Combine AWS Glue and Amazon MWAA to build
advanced VPC selection and failover strategies" does: by GetConnection and EC2's DescribeSubnets.

Arguments: workers, strategy, connections. Prints the order, then what is free, as JSON.
"""
import json
import random
import sys

import boto3
import botocore.exceptions

glue, ec2 = boto3.client("glue"), boto3.client("ec2")


def free_addresses(connection):
    """How many addresses the subnet of a connection has left."""
    network = glue.get_connection(Name=connection)["Connection"]["PhysicalConnectionRequirements"]
    return ec2.describe_subnets(SubnetIds=[network["SubnetId"]])["Subnets"][0]["AvailableIpAddressCount"]


def by_category(connections, workers):
    """The connections with room for all workers, and those with room for the two that the smallest run needs."""
    good, usable, refused = [], [], []
    for name in connections:
        try:
            free = free_addresses(name)
        except botocore.exceptions.ClientError as e:
            refused.append(str(e))
            continue
        if free >= workers:
            good.append((name, free))
        elif free >= 2:
            usable.append((name, free))
    return good, usable, refused


def order(connections, workers, strategy):
    """The connections in the order in which a run should try them."""
    good, usable, refused = by_category(connections, workers)
    if strategy == "random":
        random.shuffle(good)
        random.shuffle(usable)
        chosen = good + usable
    elif strategy == "capacity":
        chosen = sorted(good + usable, key=lambda c: -c[1])
    else:
        raise ValueError("Unknown strategy specified: " + strategy)
    names = [name for name, _ in chosen]
    return names + [c for c in connections if c not in names], dict(chosen), refused


names, free, refused = order(sys.argv[3:], int(sys.argv[1]), sys.argv[2])
pages = ec2.get_paginator("describe_subnets").paginate(
    Filters=[{"Name": "vpc-id", "Values": ["vpc-1"]}, {"Name": "availability-zone", "Values": ["us-east-1*"]}], PaginationConfig={"PageSize": 5})
print(json.dumps({"order": names, "free": free, "refused": refused, "all": [s["SubnetId"] for p in pages for s in p["Subnets"]]}))
