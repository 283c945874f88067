"""pyspark.errors: the exceptions of PySpark 3.5."""
from pyspark.errors.exceptions.base import (
    AnalysisException, ArithmeticException, ArrayIndexOutOfBoundsException, DateTimeException,
    IllegalArgumentException, NumberFormatException, ParseException, PySparkAssertionError, PySparkAttributeError,
    PySparkException, PySparkIndexError, PySparkNotImplementedError, PySparkRuntimeError, PySparkTypeError,
    PySparkValueError, PythonException, QueryExecutionException, SparkNoSuchElementException, SparkRuntimeException,
    SparkUpgradeException, StreamingQueryException, TempTableAlreadyExistsException, UnknownException,
    UnsupportedOperationException)

__all__ = [
    "PySparkException", "AnalysisException", "TempTableAlreadyExistsException", "ParseException",
    "IllegalArgumentException", "ArithmeticException", "UnsupportedOperationException",
    "ArrayIndexOutOfBoundsException", "DateTimeException", "NumberFormatException", "StreamingQueryException",
    "QueryExecutionException", "PythonException", "UnknownException", "SparkRuntimeException",
    "SparkUpgradeException", "PySparkTypeError", "PySparkValueError", "PySparkAttributeError",
    "PySparkRuntimeError", "PySparkAssertionError", "PySparkNotImplementedError", "PySparkIndexError",
    "SparkNoSuchElementException",
]
