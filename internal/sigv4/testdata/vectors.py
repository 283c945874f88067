#!/usr/bin/env python3
"""Writes vectors.json: requests signed by botocore's own SigV4Auth, for verify_test.go.

Run it in this folder with botocore installed: python3 vectors.py > vectors.json
"""
import datetime
import json
import unittest.mock

import botocore
from botocore import auth, awsrequest, credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2026, 11, 5, 12, 34, 56, tzinfo=datetime.timezone.utc)
JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSGlue.GetJobs",
        "User-Agent": "Boto3/1 md/Botocore", "amz-sdk-invocation-id": "7c2f8d7e", "amz-sdk-request": "attempt=1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
GLUE = "http://127.0.0.1:8366/"

# name, method, url, headers, body, service, region, session token
CASES = [
    ("glue call", "POST", GLUE, JSON, '{"MaxResults": 1}', "glue", "us-east-1", None),
    ("glue call with a session token", "POST", GLUE, JSON, "{}", "glue", "eu-central-1", "FQoGZXIvYXdzEXAMPLE//////////token=="),
    ("body that is not ASCII", "POST", GLUE, JSON, '{"JobName": "N\u00e4chte \U0001F600"}', "glue", "us-east-1", None),
    ("no port in the host", "POST", "https://glue.us-gov-west-1.amazonaws.com/", JSON, "{}", "glue", "us-gov-west-1", None),
    ("runs of blanks in a header", "POST", GLUE, {**JSON, "X-Amz-Note": "  a   b    c  "}, "{}", "glue", "us-east-1", None),
    ("empty header", "POST", GLUE, {**JSON, "X-Amz-Note": ""}, "{}", "glue", "us-east-1", None),
    ("form call", "POST", GLUE, FORM, "Action=GetCallerIdentity&Version=2011-06-15", "sts", "us-east-1", None),
    ("query in disorder", "GET", GLUE + "?Version=2011-06-15&Action=GetCallerIdentity&b=2&a=z&b=1&B=3", {}, "", "sts", "us-east-1", None),
    ("query with escapes", "GET", GLUE + "?k=a%20b%2Fc%3D~&e=&%C3%A4=%F0%9F%98%80", {}, "", "sts", "us-east-1", None),
    ("path with escapes", "GET", GLUE + "iceberg/v1/a%20b/%C3%A4~x", {}, "", "glue", "us-east-1", None),
    ("path with dots and double slashes", "GET", GLUE + "a/./b//c/../d/", {}, "", "glue", "us-east-1", None),
]


def sign(name, method, url, headers, body, service, region, token):
    request = awsrequest.AWSRequest(method=method, url=url, headers=headers, data=body.encode())
    signer = auth.SigV4Auth(credentials.Credentials(KEY, SECRET, token), service, region)
    with unittest.mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: NOW.replace(tzinfo=None)):
        signer.add_auth(request)
    prepared = request.prepare()
    return {"name": name, "method": method, "url": url, "headers": sorted(prepared.headers.items()), "body": body,
            "service": service, "region": region, "token": token or ""}


print(json.dumps({
    "signer": "botocore " + botocore.__version__, "accessKeyId": KEY, "secretAccessKey": SECRET,
    "now": NOW.isoformat().replace("+00:00", "Z"), "vectors": [sign(*c) for c in CASES],
}, indent=1, default=lambda b: b.decode()))
