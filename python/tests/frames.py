"""The frames that methods make, against recordings of the real PySpark: columns, types, and errors.

This is a program: analysis_test.go runs it with a worker that analyses. A case that differs only because the worker
refuses something by name (UnsupportedOperation) is counted, not failed.
"""
import json
import os
import sys

from pyspark.sql import SparkSession
from tests import record

# Cases that the worker's analyser is known to answer wrongly; one that has become right is named.
PENDING = {
    # A cast of a column, or of an alias, is named as the column: cast(v as string) is v.
    'df.select(df.id, F.expr("v*2"), F.lit(1), df.v.cast("string"), F.when(df.id > 1, "a").otherwise("b"))',
    'df.select(F.col("id").cast("decimal(10,2)"), F.col("v").cast("int"), F.col("name").cast("date"))',
    'df.select(df.id.alias("x y").cast("string"))',
    'df.selectExpr("cast(v as string)", "Id as x")',
    # A column selected or grouped by in another case has the case it was asked for in.
    'df.select("ID")',
    'df.groupBy("ID").count()',
    # A text is no condition.
    'df.filter(df.name)',
    # IllegalArgumentException, not AnalysisException.
    'df.sample(1.5)',
    # Names that Spark makes up.
    'df.select(F.rank().over(Window.orderBy(F.desc("v"))), F.lag("v").over(Window.orderBy("id")))',
    'df.select(F.lit(datetime.date(2020, 1, 2)), F.lit(datetime.datetime(2020, 1, 2, 3)), F.lit([1, 2]))',
}


def differences(got, want):
    """Why an answer is wrong, or None. Of an error, its class and the error class in brackets count; the rest of
    Spark's text goes into details of its own plans."""
    if want.startswith("! "):
        same = got.partition("]")[0] == want.partition("]")[0] if "[" in want else got == want
        return None if same else "error"
    return None if got == want else "value"


def main():
    with open(os.path.join(record.HERE, "testdata", "pyspark-3.5.6.json"), encoding="utf-8") as file:
        recorded = json.load(file)["frames"]
    names = record.frame_namespace(SparkSession.builder.getOrCreate())
    failed = refused = 0
    for case in record.cases(record.FRAMES):
        want, got = recorded[case], record.answer(case, names)
        if got.startswith("! UnsupportedOperation") and not want.startswith("! UnsupportedOperation"):
            refused += 1
            print("refused: %s\n    %s" % (case, got))
        elif case in PENDING:
            if not differences(got, want):
                print("no longer pending: %s" % case)
        elif differences(got, want):
            failed += 1
            print("FAIL: %s\n    got  %s\n    want %s" % (case, got, want))
    print("%d cases, %d failed, %d refused" % (len(recorded), failed, refused))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
