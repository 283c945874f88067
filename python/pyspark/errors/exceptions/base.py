"""The exceptions a script may catch, under the names and with the accessors PySpark gives them."""


class PySparkException(Exception):
    """Root of everything this package raises. The text is "[CLASS] message" where PySpark has an error class."""

    def __init__(self, message=None, error_class=None, message_parameters=None):
        self.message = message or ""
        self.error_class = error_class
        self.message_parameters = message_parameters or {}
        if error_class and not self.message.startswith("["):
            self.message = "[%s] %s" % (error_class, self.message)
        super().__init__(self.message)

    def getErrorClass(self):
        """The class in brackets that opens the message, or None."""
        if self.error_class:
            return self.error_class
        text = self.message.lstrip()
        if text.startswith("[") and "]" in text:
            return text[1:text.index("]")]
        return None

    def getMessageParameters(self):
        return self.message_parameters

    def getSqlState(self):
        return None

    def __str__(self):
        return self.message


class _Captured(PySparkException):
    """What PySpark raises for a failure on the engine's side; desc and stackTrace are what scripts read of it."""

    @property
    def desc(self):
        return self.message

    @property
    def stackTrace(self):
        return ""

    cause = None


class AnalysisException(_Captured):
    """A query that cannot be resolved: unknown column, table or path, mismatched types."""


class TempTableAlreadyExistsException(AnalysisException):
    """createTempView of a name in use."""


class ParseException(AnalysisException):
    """SQL or a type that does not parse."""


class IllegalArgumentException(_Captured):
    """An option or argument with a value that is not allowed."""


class ArithmeticException(_Captured):
    """Overflow or division by zero under ANSI rules."""


class ArrayIndexOutOfBoundsException(_Captured):
    """An array index past the end under ANSI rules."""


class DateTimeException(_Captured):
    """A date or time that does not exist under ANSI rules."""


class NumberFormatException(IllegalArgumentException):
    """A number that does not parse under ANSI rules."""


class UnsupportedOperationException(_Captured):
    """Spark itself does not support what was asked."""


class StreamingQueryException(_Captured):
    """A failed streaming query; never raised here, scripts import it."""


class QueryExecutionException(_Captured):
    """A query that failed while it ran."""


class PythonException(_Captured):
    """A failure inside Python code that runs in the engine."""


class UnknownException(_Captured):
    """A failure of no other class."""


class SparkRuntimeException(_Captured):
    """A failure raised by Spark's own runtime checks."""


class SparkUpgradeException(_Captured):
    """A result that would differ between Spark versions."""


class SparkNoSuchElementException(_Captured):
    """A configuration key that is not set."""


for _cls in [_c for _c in list(globals().values()) if isinstance(_c, type) and issubclass(_c, _Captured)]:
    _cls.__module__ = "pyspark.errors.exceptions.captured"


class PySparkTypeError(PySparkException, TypeError):
    """An argument of the wrong type."""


class PySparkValueError(PySparkException, ValueError):
    """An argument with a wrong value."""


class PySparkAttributeError(PySparkException, AttributeError):
    """An attribute that does not exist."""


class PySparkRuntimeError(PySparkException, RuntimeError):
    """A call at the wrong time."""


class PySparkAssertionError(PySparkException, AssertionError):
    """A condition that does not hold."""


class PySparkNotImplementedError(PySparkException, NotImplementedError):
    """PySpark itself does not implement the call."""


class PySparkIndexError(PySparkException, IndexError):
    """An index out of range."""


def argument_error(name, expected, value):
    """The PySparkTypeError for an argument, e.g. [NOT_COLUMN] Argument `col` should be a Column, got int."""
    code, words = _EXPECTED[expected]
    return PySparkTypeError(
        "[%s] Argument `%s` should be %s, got %s." % (code, name, words, type(value).__name__), code,
        {"arg_name": name, "arg_type": type(value).__name__})


# What argument_error may be asked for: the error class and its words.
_EXPECTED = {
    "column": ("NOT_COLUMN", "a Column"),
    "column or str": ("NOT_COLUMN_OR_STR", "a Column or str"),
    "column or int": ("NOT_COLUMN_OR_INT", "a Column or int"),
    "str": ("NOT_STR", "a str"),
    "int": ("NOT_INT", "an int"),
    "bool": ("NOT_BOOL", "a bool"),
    "dict": ("NOT_DICT", "a dict"),
    "list or tuple": ("NOT_LIST_OR_TUPLE", "a list or tuple"),
    "list, str or tuple": ("NOT_LIST_OR_STR_OR_TUPLE", "a list, str or tuple"),
    "type or str": ("NOT_DATATYPE_OR_STR", "a DataType or str"),
    "schema": ("NOT_LIST_OR_NONE_OR_STRUCT", "a list, None or StructType"),
    "struct or str": ("NOT_STR_OR_STRUCT", "a str or structType"),
    "item": ("NOT_COLUMN_OR_FLOAT_OR_INT_OR_LIST_OR_STR", "a column, float, integer, list or string"),
    "fill": ("NOT_BOOL_OR_DICT_OR_FLOAT_OR_INT_OR_STR", "a bool, dict, float, int or str"),
    "window": ("NOT_WINDOWSPEC", "a WindowSpec"),
    "dataframe": ("NOT_DATAFRAME", "a DataFrame"),
}
