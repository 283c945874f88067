"""pandas Series of columns, in the dtypes that PySpark gives them, and the Arrow arrays of Series that functions give.

A value comes as the Python object of collect(), or as Arrow's to_pandas makes it. The session's zone is UTC.
"""
from pyspark.errors.exceptions.base import PySparkTypeError, PySparkValueError, UnsupportedOperationException
from pyspark.sql import types as t

# The NumPy type of a column without nulls; other columns hold Python objects.
_DTYPES = {t.ByteType: "int8", t.ShortType: "int16", t.IntegerType: "int32", t.LongType: "int64", t.FloatType: "float32",
           t.DoubleType: "float64", t.BooleanType: "bool", t.TimestampType: "datetime64[ns]",
           t.TimestampNTZType: "datetime64[ns]", t.DayTimeIntervalType: "timedelta64[ns]"}


def require():
    """ImportError, with PySpark's words, where pandas is missing."""
    try:
        import pandas
    except ImportError:
        raise ImportError("Pandas >= 1.0.5 must be installed; however, it was not found.") from None
    return pandas


def require_arrow():
    """As require, for pandas and pyarrow."""
    require()
    try:
        import pyarrow
    except ImportError:
        raise ImportError("PyArrow >= 4.0.0 must be installed; however, it was not found.") from None
    return pyarrow


def shaped(series, data_type, structs, strict):
    """A Series of a column's values with the dtype and the objects that PySpark gives it. structs tells what a struct
    is: row or dict; strict refuses one with two members of a name."""
    wanted = _DTYPES.get(type(data_type))
    if isinstance(data_type, t.TimestampType) and getattr(series.dtype, "tz", None) is not None:
        return series.dt.tz_convert("UTC").dt.tz_localize(None)
    if wanted and isinstance(data_type, (t.IntegralType, t.BooleanType)) and series.isnull().any():
        wanted = object if isinstance(data_type, t.BooleanType) else "float64"  # a NumPy integer has no null
    if wanted:
        return series.astype(wanted, copy=False)
    convert = _converter(data_type, structs, strict)
    return series.apply(convert) if convert else series


def _converter(data_type, structs, strict):
    """The function from a value to the one in a Series; None where they are the same."""
    if isinstance(data_type, t.ArrayType):
        item = _converter(data_type.elementType, structs, strict)
        return item and _optional(lambda value: _like(value, [item(part) for part in value]))
    if isinstance(data_type, t.MapType):
        key = _converter(data_type.keyType, structs, strict) or _same
        item = _converter(data_type.valueType, structs, strict) or _same
        return _optional(lambda value: {key(k): item(v) for k, v in (value.items() if isinstance(value, dict) else value)})
    if isinstance(data_type, t.StructType):
        return _struct(data_type, structs, strict)
    if isinstance(data_type, t.TimestampType):
        return _optional(_timestamp)
    if isinstance(data_type, t.TimestampNTZType):
        import pandas
        return _optional(pandas.Timestamp)
    return None


def _like(value, parts):
    """A list of parts, or a NumPy array where the value was one."""
    if isinstance(value, list):
        return parts
    import numpy
    return numpy.array(parts)


def _timestamp(value):
    """A moment as a Timestamp of UTC without a zone."""
    import pandas
    moment = pandas.Timestamp(value)
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo is not None else moment


def _struct(data_type, structs, strict):
    """_converter of a struct, which comes as a Row or a dict."""
    names = data_type.names
    if strict and len(set(names)) != len(names):
        raise UnsupportedOperationException("[DUPLICATED_FIELD_NAME_IN_ARROW_STRUCT] Duplicated field names in Arrow Struct "
                                            "are not allowed, got %s." % names)
    unique = distinct(names)
    items = [_converter(f.dataType, structs, strict) or _same for f in data_type.fields]

    def convert(value):
        parts = [value.get(name) for name in unique] if isinstance(value, dict) else value
        made = [item(part) for item, part in zip(items, parts)]
        if structs == "dict":
            return dict(zip(unique, made))
        row = tuple.__new__(t.Row, made)
        row.__fields__ = names
        return row
    return _optional(convert)


def distinct(names):
    """Names of which those that come more than once have a number behind them: a_0, a_1."""
    seen = {}
    out = []
    for name in names:
        if names.count(name) > 1:
            seen[name] = seen.get(name, -1) + 1
            name = "%s_%d" % (name, seen[name])
        out.append(name)
    return out


def _optional(convert):
    """convert for values that may be None, which stays None."""
    return lambda value: None if value is None else convert(value)


def _same(value):
    return value


def of_arrow(column, data_type, frame=False):
    """The Series of an Arrow array, as functions over pandas get it. With frame a struct is a DataFrame."""
    import pandas
    import pyarrow
    if frame and isinstance(data_type, t.StructType):
        parts = [of_arrow(part, field.dataType).rename(field.name)
                 for part, field in zip(pyarrow.chunked_array([column]).flatten(), data_type.fields)]
        return pandas.concat(parts, axis=1)
    return shaped(column.to_pandas(date_as_object=True), data_type, "dict", True)


def to_arrow(series, data_type):
    """The Arrow array of a Series that a function gave for a type; what does not fit raises PySpark's errors."""
    import pyarrow
    from _tenon.arrow import arrow_type
    wanted = arrow_type(data_type)
    categories = getattr(series.dtype, "categories", None)
    if categories is not None:
        series = series.astype(categories.dtype)
    series = _sent(series, data_type)
    mask = None if hasattr(series.array, "__arrow_array__") else series.isnull()
    words = "Exception thrown when converting pandas.Series (%s) with name '%s' to Arrow Array (%s)."
    try:
        return pyarrow.Array.from_pandas(series, mask=mask, type=wanted, safe=False)
    except TypeError as err:
        raise PySparkTypeError(words % (series.dtype, series.name, wanted)) from err
    except ValueError as err:
        raise PySparkValueError(words % (series.dtype, series.name, wanted)) from err


def _sent(series, data_type):
    """A Series with its values as Arrow takes them."""
    if isinstance(data_type, t.TimestampType):
        if getattr(series.dtype, "tz", None) is not None:
            return series.dt.tz_convert("UTC")
        return series.dt.tz_localize("UTC") if series.dtype.kind == "M" else series
    convert = _sender(data_type)
    return series.apply(convert) if convert else series


def _sender(data_type):
    """The function from a value in a Series to what Arrow takes; None where they are the same."""
    if isinstance(data_type, t.ArrayType):
        item = _sender(data_type.elementType) or _same
        return _optional(lambda value: [item(part) for part in _iterable(value)])
    if isinstance(data_type, t.MapType):
        key, item = _sender(data_type.keyType) or _same, _sender(data_type.valueType) or _same
        return _optional(lambda value: [(key(k), item(v)) for k, v in _dict(value).items()])
    if isinstance(data_type, t.StructType):
        names, unique = data_type.names, distinct(data_type.names)
        items = [_sender(f.dataType) or _same for f in data_type.fields]
        return _optional(lambda value: {name: item(part) for name, item, part in zip(unique, items, _members(value, names))})
    if isinstance(data_type, t.TimestampType):
        return _optional(_moment)
    return None


def _members(value, names):
    """The members of a struct given as a dict or a tuple."""
    if isinstance(value, dict):
        return [value.get(name) for name in names]
    assert isinstance(value, tuple)
    return value


def _iterable(value):
    """A value that must be iterable; PySpark fails by an assertion, too."""
    from collections.abc import Iterable
    assert isinstance(value, Iterable)
    return value


def _dict(value):
    """A value that must be a dict."""
    assert isinstance(value, dict)
    return value


def _moment(value):
    """A moment as Python's datetime with a zone."""
    import pandas
    moment = pandas.Timestamp(value)
    return (moment if moment.tzinfo is not None else moment.tz_localize("UTC")).to_pydatetime()
