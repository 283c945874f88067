"""pyspark.sql.functions: every name of PySpark 3.5.

Most functions only build a call; they come from the table of _tenon.signatures. The ones written here take their
arguments in a way of their own. What the protocol cannot express raises UnsupportedOperation when called, so that
`import *` never leaves one of Python's own max, sum, round or filter in place of Spark's.
"""
import sys  # noqa: F401  (scripts get it from `import *`, as from PySpark)

from _tenon import expr as _e
from _tenon.errors import UnsupportedOperation
from _tenon.lambdas import (  # noqa: F401
    aggregate, array_sort, exists, filter, forall, map_filter, map_zip_with, reduce, transform, transform_keys,
    transform_values, zip_with)
from _tenon.signatures import REFUSED, RENAMED, SIGNATURES
from pyspark.errors.exceptions.base import PySparkValueError, argument_error
from pyspark.sql.column import Column, column_expr, to_expr
from pyspark.sql.pandas.functions import PandasUDFType, pandas_udf  # noqa: F401


def col(col):
    """A column by name."""
    if not isinstance(col, str):
        raise argument_error("col", "str", col)
    return Column(_e.column(col))


column = col


def lit(col):
    """A literal; a Column stays what it is, a list becomes an array."""
    if isinstance(col, Column):
        return col
    if isinstance(col, list) and any(isinstance(item, Column) for item in col):
        raise PySparkValueError("[COLUMN_IN_LIST] `lit` does not allow a Column in a list.")
    return Column(_e.literal(col))


def expr(str):
    """An expression in Spark SQL."""
    return Column(_e.sql(str))


def when(condition, value):
    """The first branch of a CASE."""
    if not isinstance(condition, Column):
        raise argument_error("condition", "column", condition)
    return Column({"kind": "case", "args": [condition._expr, to_expr(value)]})


def broadcast(df):
    """A hint without effect here: the engine runs in one process."""
    return df


def _sorter(method):
    """The function form of one of Column's orderings."""
    def order(col):
        return getattr(Column(column_expr(col)), method)()
    order.__name__ = order.__qualname__ = method
    return order


asc, asc_nulls_first, asc_nulls_last = _sorter("asc"), _sorter("asc_nulls_first"), _sorter("asc_nulls_last")
desc, desc_nulls_first, desc_nulls_last = _sorter("desc"), _sorter("desc_nulls_first"), _sorter("desc_nulls_last")


def count(col):
    """The number of values that are not null; "*" counts rows."""
    argument = column_expr(col)
    return Column(_e.call("count", _e.literal(1) if argument["kind"] == "star" else argument))


def count_distinct(col, *cols):
    """The number of distinct values, or tuples of them, without nulls."""
    return Column(_e.call("count", *[column_expr(c) for c in (col,) + cols], distinct=True))


countDistinct = count_distinct


def sum_distinct(col):
    """The sum of the distinct values."""
    return Column(_e.call("sum", column_expr(col), distinct=True))


sumDistinct = sum_distinct


def approx_count_distinct(col, rsd=None):
    """About the number of distinct values, with rsd the largest relative deviation."""
    args = [column_expr(col)] + ([] if rsd is None else [_e.literal(rsd)])
    return Column(_e.call("approx_count_distinct", *args))


approxCountDistinct = approx_count_distinct


def first(col, ignorenulls=False):
    """The first value of a group; with ignorenulls the first that is not null."""
    return Column(_e.call("first", column_expr(col), *([_e.literal(True)] if ignorenulls else [])))


def last(col, ignorenulls=False):
    """The last value of a group; with ignorenulls the last that is not null."""
    return Column(_e.call("last", column_expr(col), *([_e.literal(True)] if ignorenulls else [])))


def nth_value(col, offset, ignoreNulls=False):
    """The value of a window's row number offset, counted from 1."""
    return Column(_e.call("nth_value", column_expr(col), _e.literal(offset),
                         *([_e.literal(True)] if ignoreNulls else [])))


def _seed():
    """A seed for random numbers where the script gives none; the column has the same numbers in every action."""
    import random
    return random.getrandbits(64) - (1 << 63)


def rand(seed=None):
    """A random number in [0, 1) for each row."""
    return Column(_e.call("rand", _e.literal(_seed() if seed is None else seed)))


def randn(seed=None):
    """A random number of the standard normal distribution for each row."""
    return Column(_e.call("randn", _e.literal(_seed() if seed is None else seed)))


def log(arg1, arg2=None):
    """log(x) is the natural logarithm, log(base, x) that of a base."""
    if arg2 is None:
        return Column(_e.call("ln", column_expr(arg1)))
    return Column(_e.call("log", _e.literal(arg1), column_expr(arg2)))


def make_dt_interval(days=None, hours=None, mins=None, secs=None):
    """An interval of days, hours, minutes and seconds; what is left out is 0."""
    import decimal
    parts = [_e.literal(0) if part is None else column_expr(part) for part in (days, hours, mins)]
    parts.append(_e.literal(decimal.Decimal(0)) if secs is None else column_expr(secs))
    return Column(_e.call("make_dt_interval", *parts))


def _duration(value, name):
    """A duration of a window of time, a text, as a literal."""
    if not value or type(value) is not str:
        raise argument_error(name, "str", value)
    return _e.literal(value)


def window(timeColumn, windowDuration, slideDuration=None, startTime=None):
    """The windows of time that a row is in, each a struct of start and end."""
    args = [column_expr(timeColumn), _duration(windowDuration, "windowDuration")]
    if slideDuration or startTime:
        args.append(_duration(slideDuration or windowDuration, "slideDuration"))
    if startTime:
        args.append(_duration(startTime, "startTime"))
    return Column(_e.call("window", *args)).alias("window")


def session_window(timeColumn, gapDuration):
    """The session of a row: of rows that follow each other within the gap."""
    gap = gapDuration._expr if isinstance(gapDuration, Column) else _duration(gapDuration, "gapDuration")
    return Column(_e.call("session_window", column_expr(timeColumn), gap)).alias("session_window")


def unix_timestamp(timestamp=None, format="yyyy-MM-dd HH:mm:ss"):
    """Seconds since 1970 of a timestamp or text, or of now."""
    time = _e.call("current_timestamp") if timestamp is None else column_expr(timestamp)
    return Column(_e.call("unix_timestamp", time, _e.literal(format)))


def from_unixtime(timestamp, format="yyyy-MM-dd HH:mm:ss"):
    """The text of a number of seconds since 1970."""
    return Column(_e.call("from_unixtime", column_expr(timestamp), to_expr(format)))


def udf(f=None, returnType=None, *, useArrow=None):
    """A Python function over columns; also as a decorator, with or without the type that it returns."""
    from pyspark.sql.udf import udf as make
    return make(f, returnType, useArrow=useArrow)


def call_udf(udfName, *cols):
    """A registered function by its name, over columns."""
    return Column(_e.call(udfName, *[column_expr(c) for c in cols]))


def map_contains_key(col, value):
    """Whether a map has a key."""
    return Column(_e.call("array_contains", _e.call("map_keys", column_expr(col)), to_expr(value)))


def _schema(schema):
    """A schema argument of from_json and from_csv as an expression."""
    if isinstance(schema, Column):
        return schema._expr
    from _tenon.ddl import wire_type
    if not isinstance(schema, str):
        schema = wire_type(schema)
    elif schema.lstrip().startswith(("{", '"')):
        from pyspark.sql.types import _parse_datatype_json_string
        schema = wire_type(_parse_datatype_json_string(schema))
    return _e.literal(schema)


def _options(options):
    """An options argument as zero or one map literal: map('key', 'value', ...)."""
    if not options:
        return []
    flat = []
    for key, value in options.items():
        flat += [_e.literal(key), _e.literal(str(value).lower() if isinstance(value, bool) else str(value))]
    return [_e.call("map", *flat)]


def from_json(col, schema, options=None):
    """A struct, array or map parsed from JSON text."""
    return Column(_e.call("from_json", column_expr(col), _schema(schema), *_options(options)))


def from_csv(col, schema, options=None):
    """A struct parsed from a line of CSV."""
    return Column(_e.call("from_csv", column_expr(col), _schema(schema), *_options(options)))


def to_json(col, options=None):
    """JSON text of a struct, array or map."""
    return Column(_e.call("to_json", column_expr(col), *_options(options)))


def to_csv(col, options=None):
    """A line of CSV of a struct."""
    return Column(_e.call("to_csv", column_expr(col), *_options(options)))


def schema_of_json(json, options=None):
    """The DDL of a JSON text."""
    return Column(_e.call("schema_of_json", to_expr(json), *_options(options)))


def schema_of_csv(csv, options=None):
    """The DDL of a line of CSV."""
    return Column(_e.call("schema_of_csv", to_expr(csv), *_options(options)))


def _function(name, signature):
    """The function of one row of the table. The signature is parsed at its first call."""
    sql_name, parameters = RENAMED.get(name, name), []

    def function(*args, **kwargs):
        if signature and not parameters:
            parameters.extend(_parameter(word) for word in signature.split(" "))
        return Column(_e.call(sql_name, *_bind(name, parameters, args, kwargs)))
    function.__name__ = function.__qualname__ = name
    function.signature = signature
    return function


# What stands for a parameter without a default.
_REQUIRED = object()


def _parameter(word):
    """(name, kind, default, optional, many) of one word of a signature."""
    name, _, rest = word.partition(":")
    kind, has_default, text = rest.partition("=")
    optional = kind.endswith("?")
    default = None if optional else _REQUIRED
    if has_default:
        default = {"True": True, "None": None}.get(text, text)
        if isinstance(default, type("")) and default.lstrip("-").isdigit():
            default = int(default)
    return name.lstrip("*"), kind.rstrip("?"), default, optional, name.startswith("*")


def _bind(name, parameters, args, kwargs):
    """The argument expressions of one call; TypeError as Python gives it for wrong arguments."""
    args, out = list(args), []
    for parameter, kind, default, optional, many in parameters:
        if many:
            if len(args) == 1 and isinstance(args[0], (list, set, tuple)):
                args = list(args[0])
            out += [_argument(parameter, kind, value) for value in args]
            args = []
            continue
        if args:
            value = args.pop(0)
        else:
            value = kwargs.pop(parameter, default)
        if value is _REQUIRED:
            raise TypeError("%s() missing 1 required positional argument: '%s'" % (name, parameter))
        if not (optional and value is None):
            out.append(_argument(parameter, kind, value))
    if args:
        raise TypeError("%s() takes %d positional argument%s but %d were given" % (
            name, len(parameters), "s" * (len(parameters) != 1), len(parameters) + len(args)))
    if kwargs:
        raise TypeError("%s() got an unexpected keyword argument '%s'" % (name, list(kwargs)[0]))
    return out


def _argument(parameter, kind, value):
    """The expression of one argument, by its kind."""
    if kind == "l":
        return to_expr(list(value) if isinstance(value, tuple) else value)
    if kind == "n" and isinstance(value, (int, float)):
        return _e.literal(value)
    return column_expr(value, parameter)


def _refused(name, because):
    """A function that raises UnsupportedOperation when called."""
    def function(*args, **kwargs):
        raise UnsupportedOperation.of("pyspark.sql.functions." + name, because)
    function.__name__ = function.__qualname__ = name
    return function


def _install(namespace):
    """Adds the table's functions to this module."""
    for signature, names in SIGNATURES.items():
        for name in names.split(" "):
            namespace[name] = _function(name, signature)
    for names, because in REFUSED.items():
        for name in names.split(" "):
            namespace[name] = _refused(name, because)


_install(globals())


def __getattr__(name):
    """Names that PySpark's module happens to export, which scripts take from `import *`."""
    if name == "DataFrame":
        from pyspark.sql.dataframe import DataFrame
        return DataFrame
    if name in ("DataType", "ArrayType", "StringType", "StructType"):
        from pyspark.sql import types
        return getattr(types, name)
    if name == "SparkContext":
        from pyspark.context import SparkContext
        return SparkContext
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


__all__ = [_name for _name in list(globals()) if not _name.startswith("_") and _name not in (
    "UnsupportedOperation", "REFUSED", "RENAMED", "SIGNATURES", "argument_error", "column_expr", "to_expr")]
__all__ += ["DataFrame", "DataType", "ArrayType", "StringType", "StructType", "SparkContext"]
