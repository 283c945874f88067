"""Records what the real PySpark answers to the cases of testdata, for test_spark to hold the shim to.

    python3 -m venv v && v/bin/pip install pyspark==3.5.6 setuptools
    v/bin/python python/tests/record.py        # needs Java; writes testdata/pyspark-3.5.6.json

A case is one expression. Its answer is the repr of its value, or the exception's class name and first line. The file
also lists the public names of PySpark's classes and modules, which the shim must all have.
"""
import inspect
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "testdata", "cases.txt")
FRAMES = os.path.join(HERE, "testdata", "frames.txt")
ROWS = os.path.join(HERE, "testdata", "rows.txt")

# Whose public names are recorded, as module:attribute.
SURFACES = [
    "pyspark.sql:DataFrame", "pyspark.sql:Column", "pyspark.sql:SparkSession", "pyspark.sql:GroupedData",
    "pyspark.sql:DataFrameReader", "pyspark.sql:DataFrameWriter", "pyspark.sql:DataFrameNaFunctions",
    "pyspark.sql:DataFrameStatFunctions", "pyspark.sql:Window", "pyspark.sql:WindowSpec", "pyspark.sql:SQLContext",
    "pyspark.sql:UDFRegistration", "pyspark.sql:Row", "pyspark.sql.catalog:Catalog", "pyspark.sql.conf:RuntimeConfig",
    "pyspark:SparkContext", "pyspark:SparkConf", "pyspark:StorageLevel", "pyspark.sql.types:StructType",
    "pyspark.sql.types:StructField", "pyspark.sql.types:DataType",
]


def cases(path=CASES):
    """The expressions of one file."""
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file if line.strip()]


def answer(case, names):
    """What a case says: a repr, or "! Class: first line of the message"."""
    try:
        return repr(eval(case, names))
    except Exception as err:
        text = str(err).strip().split("\n")[0]
        return "! %s: %s" % (type(err).__name__, text)


def namespace(spark, tree):
    """What cases are evaluated in: df is one row of id, name and v."""
    import datetime
    import decimal
    import pyspark.sql.functions as F
    import pyspark.sql.types as types
    from pyspark.sql import Window
    names = {"F": F, "Window": Window, "datetime": datetime, "decimal": decimal, "sys": sys, "sp": spark,
             "tree": tree, "df": spark.createDataFrame([(1, "a", 2.5)], ["id", "name", "v"])}
    names.update((name, getattr(types, name)) for name in types.__all__)
    return names


def frame_namespace(spark):
    """What the cases of frames.txt are evaluated in: df as in namespace and df2, also as views."""
    names = namespace(spark, None)
    names["df2"] = spark.createDataFrame([(1, "x")], ["id", "other"])
    names["df"].createOrReplaceTempView("df")
    names["df2"].createOrReplaceTempView("df2")
    return names


def row_namespace(spark):
    """What the cases of rows.txt are evaluated in: df and df2 with a few rows, rows(df) the values in an order
    of its own, and text(df, ...) as show prints it."""
    import contextlib
    import io
    names = frame_namespace(spark)
    df = spark.createDataFrame([(1, "a", 1.5), (2, "b", 2.5), (3, None, None), (4, "a", 4.0)], "id int, name string, "
                                                                                             "v double")
    df2 = spark.createDataFrame([(1, "x"), (1, "y"), (5, "z")], "id int, other string")
    df.createOrReplaceTempView("df")
    df2.createOrReplaceTempView("df2")

    def text(frame, *args):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            frame.show(*args)
        return out.getvalue()
    names.update(df=df, df2=df2, rows=lambda frame: sorted(map(tuple, frame.collect()), key=repr), text=text)
    return names


def public(owner):
    """The public names of a class."""
    return sorted(name for name in dir(owner) if not name.startswith("_"))


def main():
    """Asks the real PySpark everything, and writes the recording."""
    import pyspark
    import pyspark.sql.functions as F
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config(
        "spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    names = namespace(spark, lambda df: df._jdf.schema().treeString())
    frames = frame_namespace(spark)
    recorded_frames = {case: answer(case, frames) for case in cases(FRAMES)}
    rows = row_namespace(spark)
    surfaces = {}
    for surface in SURFACES:
        module, _, name = surface.partition(":")
        surfaces[surface] = public(getattr(__import__(module, fromlist=[name]), name))
    out = {
        "pyspark": pyspark.__version__, "python": "%d.%d" % sys.version_info[:2],
        "cases": {case: answer(case, names) for case in cases()},
        "frames": recorded_frames,
        "rows": {case: answer(case, rows) for case in cases(ROWS)},
        "functions": {name: list(inspect.signature(f).parameters) for name, f in sorted(vars(F).items())
                      if inspect.isfunction(f) and not name.startswith("_") and
                      f.__module__.startswith(("pyspark.sql.functions", "pyspark.sql.pandas"))},
        "surfaces": surfaces,
    }
    path = os.path.join(HERE, "testdata", "pyspark-%s.json" % pyspark.__version__)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(out, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
