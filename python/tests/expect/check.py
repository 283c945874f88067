"""Runs every case on the shim, and compares with what the real PySpark answered. A program for a test that has an
engine to run it with:

    python -m tests.expect.check STORAGE [CASE...]

STORAGE is the folder behind s3://. A case passes when every answer is equal, or when the engine refuses it with the
very text of refused.txt and every answer before is equal.
"""
import glob
import importlib.util
import json
import os
import sys

from _tenon.errors import UnsupportedOperation
from pyspark.sql import SparkSession
from tests import expect
from tests.expect import bench

# The bucket that cases have their folders in.
BUCKET = "expect"


def refusals():
    """The texts of refused.txt by case."""
    with open(os.path.join(expect.HERE, "refused.txt"), encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    return {name: text.strip() for name, _, text in (line.partition(" ") for line in lines)}


def recorded():
    """The answers of the real PySpark by case."""
    found = {}
    for path in glob.glob(os.path.join(expect.HERE, "spark-3.5.6", "*.json")):
        with open(path, encoding="utf-8") as file:
            found.update(json.load(file)["cases"])
    return found


def verdict(got, err, want, refusal):
    """What is wrong with a case's answers, or "" when they are as they must be."""
    if isinstance(err, UnsupportedOperation):
        if refusal is None:
            return "refused, and not in refused.txt: %s" % err
        if str(err) != refusal:
            return "refused with another text than refused.txt has: %s" % err
        got = got[:-1]
        if want is not None:
            want = want[:len(got)]
    elif refusal is not None:
        return "no longer refused: take it out of refused.txt" + (", and see that %r" % err if err else "")
    if want is None or got == want:
        return ""
    for i, (mine, spark) in enumerate(zip(got, want)):
        if mine != spark:
            return "answer %d\n    engine %s\n    spark  %s%s" % (
                i + 1, json.dumps(mine, ensure_ascii=False), json.dumps(spark, ensure_ascii=False),
                "\n    %s" % err if err is not None and i == len(got) - 1 else "")
    return "%d answers, Spark has %d" % (len(got), len(want))


def main(storage, only):
    """Checks the cases; returns the exit code."""
    spark = SparkSession.builder.getOrCreate()
    wanted, refused, failed = recorded(), refusals(), 0
    by_hand = set(expect.cases(expect.BY_HAND))
    missing = [module for module in ("pandas", "pyarrow") if importlib.util.find_spec(module) is None]
    if missing:
        print("without %s: the cases of the module pandas do not run" % " and ".join(missing))
    known = expect.cases(expect.MODULES + expect.BY_HAND)
    for name, case in known.items():
        if only and name not in only and name.partition(".")[0] not in only:
            continue
        if name.startswith("pandas.") and missing:
            continue
        folder = os.path.join(storage, BUCKET, name)
        os.makedirs(folder)
        got, err = bench.run(case, bench.Bench(spark, "s3://%s/%s" % (BUCKET, name), folder))
        want = wanted.get(name)
        if name in by_hand:
            want = [True] * len(got)
        if want is None:
            wrong = "nothing is recorded (make expectations does); the engine says\n    %s" % "\n    ".join(
                json.dumps(one, ensure_ascii=False) for one in got) + ("\n    %s" % err if err else "")
        else:
            wrong = verdict(got, err, want, refused.get(name))
        if wrong:
            failed += 1
            print("FAIL %s: %s" % (name, wrong))
        for table in spark.catalog.listTables():
            spark.catalog.dropTempView(table.name)
    stale = sorted((set(wanted) | set(refused)) - set(known))
    if stale:
        failed += 1
        print("FAIL no such cases: %s" % ", ".join(stale))
    print("%d cases, %d of them by hand, %d refused by name, %d failed" % (len(known), len(by_hand), len(refused), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
