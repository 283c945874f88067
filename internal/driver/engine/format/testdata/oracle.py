#!/usr/bin/env python3
"""Records what real Spark does, for the tests of package format.

    pip install pyspark==3.5.6            # and a Java 17
    python3 oracle.py read.json  read.spark35.json
    python3 oracle.py write.json write.spark35.json
    python3 oracle.py lines.json lines.spark35.json

The first file holds cases, the second is written: for each case the schema and rows, or the files, or the error, that
Spark gave. Reads sort their rows where the case says so, since Spark promises no order across files.
"""
import base64
import datetime
import decimal
import itertools
import json
import os
import re
import shutil
import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType


def cell(v):
    """Encodes a value as package plan's Rows do."""
    if v is None or isinstance(v, (bool, int, str)):
        return v
    if isinstance(v, float):
        if v != v:
            return "NaN"
        if v in (float("inf"), float("-inf")):
            return "Infinity" if v > 0 else "-Infinity"
        return v
    if isinstance(v, decimal.Decimal):
        return format(v, "f")
    if isinstance(v, datetime.datetime):
        return v.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(v, datetime.date):
        return v.isoformat()
    if isinstance(v, (bytes, bytearray)):
        return base64.b64encode(v).decode()
    if isinstance(v, dict):
        return [[cell(k), cell(x)] for k, x in v.items()]
    return [cell(x) for x in v]  # list, Row


def content(f):
    """A file of a case: text, or {"latin1": ...}, {"gzip": text}, {"rows": n} ..."""
    if isinstance(f, str):
        return f.encode()
    if "base64" in f:
        return base64.b64decode(f["base64"])
    raise ValueError(f)


def failure(e, root):
    """The exception's class and first line, with the case's folder replaced."""
    text = str(getattr(e, "desc", None) or e)
    if hasattr(e, "java_exception"):
        cause, text = e.java_exception, ""
        while cause is not None:
            text = str(cause.getMessage() or text)
            cause = cause.getCause()
    lines = text.strip().splitlines()
    return {"class": type(e).__name__, "message": (lines[0] if lines else "").replace("file:" + root, "ROOT").replace(root, "ROOT")}


def read(spark, case, root):
    for name, f in case["files"].items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content(f))
    reader = spark.read.format(case["format"])
    for k, v in case.get("options", {}).items():
        reader = reader.option(k, v.replace("ROOT", root))
    if "schema" in case:
        reader = reader.schema(case["schema"])
    df = reader.load([root + "/" + p for p in case.get("paths", [""])])
    rows = [[cell(v) for v in r] for r in df.collect()]
    if case.get("sorted"):
        rows.sort(key=lambda r: json.dumps(r))
    return {"schema": [[f.name, f.dataType.simpleString()] for f in df.schema], "rows": rows}


def lines(spark, case, root):
    """Every line of up to so many characters of an alphabet, blank ones aside; trailing nulls are cut off."""
    texts = ["".join(t) for n in range(1, case["length"] + 1) for t in itertools.product(case["alphabet"], repeat=n)]
    path = os.path.join(root, "lines.csv")
    with open(path, "w") as f:
        f.writelines(t + "\n" for t in texts if t.strip())
    reader = spark.read.format("csv").schema(", ".join("c%d string" % i for i in range(case["length"] + 1)))
    for k, v in case.get("options", {}).items():
        reader = reader.option(k, v)
    rows = [list(r) for r in reader.load(path).collect()]
    for r in rows:
        while r and r[-1] is None:
            r.pop()
    return {"rows": rows}


def write(spark, case, root):
    df = spark.sql(case["sql"]).coalesce(1)
    out = root + "/out"
    writer = df.write.format(case["format"]).mode(case.get("mode", "error"))
    for k, v in case.get("options", {}).items():
        writer = writer.option(k, v)
    if "partitions" in case:
        writer = writer.partitionBy(*case["partitions"])
    writer.save(out)
    files = {}
    for folder, _, names in os.walk(out):
        for name in names:
            if name.startswith("."):
                continue
            path = os.path.join(folder, name)
            rel = re.sub(r"part-\d{5}-[0-9a-f-]{36}[-.]c000", "PART", os.path.relpath(path, out))
            with open(path, "rb") as f:
                files[rel] = f.read().decode("utf-8") if case["format"] in ("csv", "json", "text") and not name.endswith(".gz") else ""
    return {"schema": [[f.name, f.dataType.simpleString()] for f in df.schema], "files": dict(sorted(files.items()))}


def kind(case):
    return read if "files" in case else lines if "alphabet" in case else write


def main():
    cases_path, out_path = sys.argv[1:3]
    with open(cases_path) as f:
        cases = json.load(f)
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1")
             .getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    results = {}
    for case in cases:
        root = tempfile.mkdtemp()
        try:
            results[case["name"]] = kind(case)(spark, case, root)
        except Exception as e:
            results[case["name"]] = {"error": failure(e, root)}
        finally:
            shutil.rmtree(root)
    with open(out_path, "w") as f:
        head = json.dumps({"pyspark": spark.version})[1:-1]
        body = ",\n".join(json.dumps(k) + ": " + json.dumps(v, ensure_ascii=True) for k, v in results.items())
        f.write("{" + head + ',\n"cases": {\n' + body + "\n}}\n")
    spark.stop()


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    main()
