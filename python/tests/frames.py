"""Frames and rows, against recordings of the real PySpark (see record.py). This is a program, for a test that has a
worker to run it with:

    python -m tests.frames frames    columns, types and errors: a worker that analyses is enough (analysis_test.go)
    python -m tests.frames rows      what actions answer: needs the engine

A case that the worker refuses by name (UnsupportedOperation) is shown and counted; any other difference fails.
"""
import json
import os
import sys

from pyspark.sql import SparkSession
from tests import record

# Cases that the worker is known to answer otherwise, and why. One that has become right is named.
PENDING = set()


def same(got, want):
    """Whether an answer is right. Of an error, its class and the error class in brackets count: the rest of Spark's
    text goes into its own plans."""
    if want.startswith("! ") and "[" in want:
        return got.partition("]")[0] == want.partition("]")[0]
    return got == want


def main(kind):
    """Runs the cases of one kind; returns the exit code."""
    with open(os.path.join(record.HERE, "testdata", "pyspark-3.5.6.json"), encoding="utf-8") as file:
        recorded = json.load(file)[kind]
    path, namespace = {"frames": (record.FRAMES, record.frame_namespace),
                       "rows": (record.ROWS, record.row_namespace)}[kind]
    names = namespace(SparkSession.builder.getOrCreate())
    failed = refused = 0
    for case in record.cases(path):
        want, got = recorded[case], record.answer(case, names)
        if got.startswith("! UnsupportedOperation"):
            refused += 1
            print("refused: %s\n    %s" % (case, got))
        elif case in PENDING:
            if same(got, want):
                print("no longer pending: %s" % case)
        elif not same(got, want):
            failed += 1
            print("FAIL: %s\n    got  %s\n    want %s" % (case, got, want))
    print("%d cases, %d failed, %d refused" % (len(recorded), failed, refused))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
