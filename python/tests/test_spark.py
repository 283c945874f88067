"""The shim against recordings of the real PySpark (see record.py): texts, types, values, errors, names."""
import json
import os
import unittest

from _tenon.text import schema_tree
from pyspark.context import SparkContext
from pyspark.sql import SparkSession
from tests import record
from tests.worker import Worker

# Cases whose answer is another one here, on purpose, and why.
DIFFERENT = {
    'F.regexp_replace("a","x","y")': "Column<'regexp_replace(a, x, y)'>",  # the worker fills in the position
    'F.replace("a","b")': "Column<'replace(a, b)'>",  # the worker fills in the empty text
    'sp.createDataFrame([(decimal.Decimal("12345"),)],"a decimal(4,1)").collect()':  # found a moment earlier
        "! Py4JJavaError: Decimal 12345 cannot be represented as decimal(4,1)",
    'StructType().add("a",IntegerType()).add("b","array<int>",False)':  # PySpark takes simple types only
        "StructType([StructField('a', IntegerType(), True), "
        "StructField('b', ArrayType(IntegerType(), True), False)])",
    'df.dropna(how="x")': "! PySparkValueError: how ('x') should be 'any' or 'all'",  # PySpark fails to say it
}


def recording():
    """What record.py wrote."""
    with open(os.path.join(record.HERE, "testdata", "pyspark-3.5.6.json"), encoding="utf-8") as file:
        return json.load(file)


class Echo(Worker):
    """A worker that gives back literal rows, and calls every other frame an empty one."""

    def _answer(self, request):
        op, body = request["op"], request["body"]
        if op == "frame" and body["kind"] == "values":
            self._frames += 1
            self.values = getattr(self, "values", {})
            self.values[self._frames] = body["values"]
            return {"id": request["id"], "result": {"frame": self._frames, "schema": body["values"]["schema"]}}
        if op == "collect":
            return {"id": request["id"], "result": self.values[body["frame"]]}
        return super()._answer(request)


class Spark(unittest.TestCase):
    """Against an echoing worker."""

    maxDiff = None

    def setUp(self):
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()
        self.worker = Echo()
        self.addCleanup(self.worker.close)
        self.spark = SparkSession.builder.getOrCreate()
        self.recorded = recording()

    def test_cases(self):
        names = record.namespace(self.spark, lambda df: schema_tree(df.schema))
        cases = record.cases()
        self.assertEqual(sorted(self.recorded["cases"]), sorted(cases), "record again")
        for case in cases:
            with self.subTest(case):
                want = self.recorded["cases"][case]
                got = record.answer(case, names)
                if case in DIFFERENT:
                    self.assertNotEqual(got, want, "no longer different")
                    want = DIFFERENT[case]
                self.assertEqual(got, want)

    def test_functions(self):
        """Every function is there, and importing all of them hides Python's own."""
        from pyspark.sql import functions
        everything = {}
        exec("from pyspark.sql.functions import *", everything)
        missing = [name for name in self.recorded["functions"]
                   if not callable(getattr(functions, name, None)) or name not in everything]
        self.assertEqual(missing, [])

    def test_parameter_names(self):
        """The table's parameters are PySpark's, so that keyword arguments work."""
        from _tenon.signatures import SIGNATURES
        from pyspark.sql.functions import _parameter
        for signature, names in SIGNATURES.items():
            ours = [_parameter(word)[0] for word in signature.split(" ") if word]
            for name in names.split(" "):
                with self.subTest(name):
                    self.assertEqual(ours, self.recorded["functions"][name])

    def test_surfaces(self):
        """Every public name of PySpark's classes exists, served or refused."""
        for surface, names in self.recorded["surfaces"].items():
            module, _, name = surface.partition(":")
            owner = getattr(__import__(module, fromlist=[name]), name)
            with self.subTest(surface):
                self.assertEqual([name for name in names if name not in dir(owner)], [])
