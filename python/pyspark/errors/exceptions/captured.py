"""The engine-side exceptions under the module name PySpark raises them from."""
from pyspark.errors.exceptions.base import (  # noqa: F401
    AnalysisException, ArithmeticException, ArrayIndexOutOfBoundsException, DateTimeException,
    IllegalArgumentException, NumberFormatException, ParseException, PythonException, QueryExecutionException,
    SparkNoSuchElementException, SparkRuntimeException, SparkUpgradeException, StreamingQueryException,
    TempTableAlreadyExistsException, UnknownException, UnsupportedOperationException)
from pyspark.errors.exceptions.base import _Captured as CapturedException  # noqa: F401
