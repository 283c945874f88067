"""pyspark.testing.sqlutils: the base class of test cases that use a session."""
from pyspark.testing.utils import ReusedPySparkTestCase


class ReusedSQLTestCase(ReusedPySparkTestCase):
    """A test case whose tests share a SparkSession, spark."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from pyspark.sql.session import SparkSession
        cls.spark = SparkSession.builder.getOrCreate()

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()
        super().tearDownClass()
