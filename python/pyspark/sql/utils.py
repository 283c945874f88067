"""pyspark.sql.utils: where scripts of Spark 2 and 3 find the exceptions."""
from pyspark.errors.exceptions.base import (  # noqa: F401
    AnalysisException, IllegalArgumentException, ParseException, PySparkNotImplementedError, PythonException,
    QueryExecutionException, SparkUpgradeException, StreamingQueryException, UnknownException)
from pyspark.errors.exceptions.base import _Captured as CapturedException  # noqa: F401


def is_remote():
    """Whether Spark Connect is in use: never."""
    return False


def to_str(value):
    """An option's value as Spark's text."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
