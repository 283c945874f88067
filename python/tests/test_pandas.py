"""toPandas and createDataFrame of a pandas DataFrame; what is expected was seen with PySpark 3.5.6."""
import datetime
import decimal
import unittest

from pyspark.sql import SparkSession
from tests.test_spark import Echo

try:
    import pandas
except ImportError:
    pandas = None

SCHEMA = "a tinyint,b smallint,c int,d bigint,e float,f double,g boolean,h string,i date,j timestamp,k decimal(5,2)"
FULL = (1, 2, 3, 4, 1.5, 2.5, True, "s", datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3),
        decimal.Decimal("1.50"))


@unittest.skipIf(pandas is None, "pandas is not installed")
class Pandas(unittest.TestCase):
    """Against an echoing worker."""

    def setUp(self):
        worker = Echo()
        self.addCleanup(worker.close)
        self.spark = SparkSession.builder.getOrCreate()

    def dtypes(self, rows):
        frame = self.spark.createDataFrame(rows, SCHEMA).toPandas()
        self.assertEqual(list(frame.columns), list("abcdefghijk"))
        return [str(kind) for kind in frame.dtypes]

    def test_to_pandas(self):
        whole = ["int8", "int16", "int32", "int64", "float32", "float64", "bool", "object", "object",
                 "datetime64[ns]", "object"]
        self.assertEqual(self.dtypes([FULL]), whole)
        self.assertEqual(self.dtypes([]), whole)
        self.assertEqual(self.dtypes([FULL, (None,) * 11]), ["float64"] * 4 + ["float32", "float64", "object", "object",
                                                                               "object", "datetime64[ns]", "object"])

    def test_from_pandas(self):
        frame = pandas.DataFrame({"a": [1, 2], "b": [1.5, float("nan")], "c": ["x", None],
                                  "d": pandas.to_datetime(["2020-01-01", None]), "e": [True, False]})
        df = self.spark.createDataFrame(frame)
        self.assertEqual(df.dtypes, [("a", "bigint"), ("b", "double"), ("c", "string"), ("d", "timestamp"),
                                     ("e", "boolean")])
        self.assertEqual(repr(df.collect()), "[Row(a=1, b=1.5, c='x', d=datetime.datetime(2020, 1, 1, 0, 0), e=True), "
                                             "Row(a=2, b=nan, c=None, d=None, e=False)]")
        self.assertEqual(self.spark.createDataFrame(frame[["a"]], ["z"]).dtypes, [("z", "bigint")])
        self.assertEqual(self.spark.createDataFrame(frame[["a"]], "z string").collect()[0].z, "1")
