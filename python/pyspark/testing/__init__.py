"""pyspark.testing: what unit tests compare frames with."""
from _tenon.errors import UnsupportedOperation
from pyspark.testing.utils import assertDataFrameEqual, assertSchemaEqual

__all__ = ["assertDataFrameEqual", "assertSchemaEqual", "assertPandasOnSparkEqual"]


def assertPandasOnSparkEqual(actual, expected, *args, **options):
    raise UnsupportedOperation.of("pyspark.testing.assertPandasOnSparkEqual", "compare frames with assertDataFrameEqual")
