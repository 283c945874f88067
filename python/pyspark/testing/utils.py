"""pyspark.testing.utils: assertDataFrameEqual, assertSchemaEqual, and the base classes of test cases."""
import unittest

from pyspark.errors.exceptions.base import PySparkAssertionError
from pyspark.sql.types import ArrayType, Row, StructType

__all__ = ["assertDataFrameEqual", "assertSchemaEqual", "PySparkTestCase", "ReusedPySparkTestCase"]


def assertSchemaEqual(actual, expected):
    """Names and types are equal, in order; whether nulls are allowed does not count."""
    for schema in (actual, expected):
        if not isinstance(schema, StructType):
            raise PySparkAssertionError("Unsupported DataType `%s`." % type(schema), "UNSUPPORTED_DATA_TYPE")
    if not _same_type(actual, expected):
        import difflib
        lines = difflib.ndiff(str(actual).splitlines(), str(expected).splitlines())
        raise PySparkAssertionError("Schemas do not match.\n--- actual\n+++ expected\n%s" % "\n".join(lines), "DIFFERENT_SCHEMA")


def _same_type(a, b):
    """Equality of two types, without whether they hold nulls; as in PySpark 3.5 without what is inside of a map or the
    digits of a decimal."""
    if isinstance(a, StructType) and isinstance(b, StructType):
        return len(a.fields) == len(b.fields) and all(
            x.name == y.name and _same_type(x.dataType, y.dataType) for x, y in zip(a.fields, b.fields))
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        return _same_type(a.elementType, b.elementType)
    return a.typeName() == b.typeName()


def assertDataFrameEqual(actual, expected, checkRowOrder=False, rtol=1e-5, atol=1e-8):
    """Two DataFrames, or lists of Row, have the same schema and the same rows; in any order, unless checkRowOrder. Floats
    are equal where they differ by at most atol + rtol * abs(expected)."""
    if actual is None and expected is None:
        return True
    from pyspark.sql.dataframe import DataFrame
    for name, given in (("actual", actual), ("expected", expected)):
        if not isinstance(given, (DataFrame, list)):
            raise PySparkAssertionError("Expected type Union[DataFrame, ps.DataFrame, List[Row]] for `%s` but got type %s." % (
                name, None if given is None else type(given)), "INVALID_TYPE_DF_EQUALITY_ARG")
    if isinstance(actual, DataFrame) and isinstance(expected, DataFrame):
        assertSchemaEqual(actual.schema, expected.schema)
    left, right = (given.collect() if isinstance(given, DataFrame) else given for given in (actual, expected))
    if not checkRowOrder:
        left, right = sorted(left, key=str), sorted(right, key=str)
    _assert_rows(left, right, rtol, atol)


def _assert_rows(left, right, rtol, atol):
    """Raises DIFFERENT_ROWS, with the share of rows that differ and both sides, where rows at one place differ."""
    size = max(len(left), len(right))
    left, right = left + [None] * (size - len(left)), right + [None] * (size - len(right))
    wrong = sum(not _same_value(a, b, rtol, atol) for a, b in zip(left, right))
    if wrong:
        raise PySparkAssertionError("Results do not match: ( %.5f %% )%s" % (100.0 * wrong / size, _sides(left, right)),
                                    "DIFFERENT_ROWS")


def _same_value(a, b, rtol, atol):
    """Equality of two values, of which floats may differ a little; rows go by position, as in PySpark 3.5."""
    if isinstance(a, Row) and isinstance(b, Row):
        return all(_same_value(x, y, rtol, atol) for x, y in zip(a, b))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same_value(x, y, rtol, atol) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same_value(a[key], b[key], rtol, atol) for key in a)
    if isinstance(a, float) and isinstance(b, float):
        return not abs(a - b) > atol + rtol * abs(b)  # NaN differs from nothing
    return a == b


def _sides(left, right):
    """Both lists of rows below each other; what only one of them has is marked, in red."""
    import difflib
    left, right = [str(row) for row in left], [str(row) for row in right]
    blocks = difflib.SequenceMatcher(None, left, right).get_opcodes()
    marks = {"equal": "  %s", "replace": "\033[31m! %s\033[0m", "delete": "\033[31m- %s\033[0m", "insert": "\033[31m+ %s\033[0m"}
    actual = [marks[what] % row for what, start, end, _, _ in blocks for row in left[start:end]]
    expected = [marks[what] % row for what, _, _, start, end in blocks for row in right[start:end]]
    return "\n*** actual ***\n%s\n\n\n*** expected ***\n%s" % ("\n".join(actual), "\n".join(expected))


class PySparkTestCase(unittest.TestCase):
    """A test case with a SparkContext of its own, sc."""

    def setUp(self):
        from pyspark.context import SparkContext
        self.sc = SparkContext.getOrCreate()

    def tearDown(self):
        self.sc.stop()


class ReusedPySparkTestCase(unittest.TestCase):
    """A test case whose tests share a SparkContext, sc."""

    @classmethod
    def setUpClass(cls):
        from pyspark.context import SparkContext
        cls.sc = SparkContext.getOrCreate()

    @classmethod
    def tearDownClass(cls):
        cls.sc.stop()
