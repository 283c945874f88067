"""The writers of the real PySpark in `tenon verify`, here over classes of their shape."""
import importlib.util
import os
import types
import unittest
from unittest import mock

ONSPARK = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "onspark")


def load(name, *path):
    """A module of the overlay, by its file: the shim's own package of that name is another."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(ONSPARK, *path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Confine(unittest.TestCase):
    """What a script may write while it is compared."""

    def setUp(self):
        self.reached = []

        def made(name):
            return lambda itself, *args, **named: self.reached.append((name, args, named))
        confine, awsglue = load("confine", "_tenon", "confine.py"), load("awsglue", "awsglue", "__init__.py")
        self.refusal = awsglue.NotComparable
        names = confine.WRITERS + ("saveAsTable", "format", "option", "options", "jdbc")
        writer = type("DataFrameWriter", (), {name: made(name) for name in names})
        rdd = type("RDD", (), {name: made(name) for name in confine.RDD_WRITERS + confine.BEYOND})
        modules = {"awsglue": awsglue, "pyspark": types.SimpleNamespace(RDD=rdd),
                   "pyspark.sql": types.SimpleNamespace(DataFrameWriter=writer)}
        patch = mock.patch.dict("sys.modules", modules)
        patch.start()
        self.addCleanup(patch.stop)
        confine.confine()
        self.writer, self.rdd = writer(), rdd()

    def test_refused(self):
        w, r = self.writer, self.rdd
        for call in (lambda: w.csv("/tmp/x"), lambda: w.parquet("file:///tmp/x", mode="overwrite"), lambda: w.save("x"),
                     lambda: w.save(path="hdfs://x"), lambda: w.save(format="jdbc"), lambda: w.format("jdbc"),
                     lambda: w.format("org.apache.spark.sql.execution.datasources.jdbc.JdbcRelationProvider"),
                     lambda: w.option("Path", "/tmp/x"), lambda: w.options(path="/tmp/x"), lambda: w.jdbc("jdbc:x", "t"),
                     lambda: w.saveAsTable("t", path="/tmp/x"), lambda: r.saveAsTextFile("/tmp/x"),
                     lambda: r.saveAsHadoopDataset({})):
            with self.assertRaises(self.refusal):
                call()
        self.assertEqual(self.reached, [])

    def test_passed_on(self):
        w, r = self.writer, self.rdd
        w.csv("s3://b/x", mode="overwrite", sep=";")
        w.save("S3A://b/x", "csv")
        w.option("sep", ";")
        w.saveAsTable("t", "parquet")
        r.saveAsTextFile("s3n://b/x", "codec")
        self.assertEqual(self.reached, [
            ("csv", ("s3://b/x",), {"mode": "overwrite", "sep": ";"}), ("save", ("S3A://b/x", "csv"), {}),
            ("option", ("sep", ";"), {}), ("saveAsTable", ("t", "parquet"), {}), ("saveAsTextFile", ("s3n://b/x", "codec"), {})])
