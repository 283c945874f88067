"""pandas_udf: Python functions over pandas Series and DataFrames."""
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import PySparkTypeError, PySparkValueError


class PandasUDFType:
    """What a function takes and gives, where no type hints say it."""

    SCALAR, SCALAR_ITER, GROUPED_MAP, GROUPED_AGG = 200, 204, 201, 202


# PySpark's numbers of the kinds that no script writes.
MAP_ITER, COGROUPED_MAP, MAP_ARROW = 205, 206, 207

_TYPES = {200: "SQL_SCALAR_PANDAS_UDF", 201: "SQL_GROUPED_MAP_PANDAS_UDF", 202: "SQL_GROUPED_AGG_PANDAS_UDF",
          204: "SQL_SCALAR_PANDAS_ITER_UDF", 205: "SQL_MAP_PANDAS_ITER_UDF", 206: "SQL_COGROUPED_MAP_PANDAS_UDF",
          207: "SQL_MAP_ARROW_ITER_UDF"}


def pandas_udf(f=None, returnType=None, functionType=None):
    """A function over pandas Series as one over columns, also as a decorator: @pandas_udf("int"). What it takes and gives
    is told by its type hints or by functionType."""
    from _tenon.series import require_arrow
    from pyspark.sql.types import DataType
    require_arrow()
    decorator = f is None or isinstance(f, (str, DataType))
    declared, kind = returnType, functionType
    if decorator:
        declared = f or returnType
        if kind is None and isinstance(returnType, int):
            kind = returnType
    if declared is None:
        raise PySparkTypeError("[CANNOT_BE_NONE] Argument `returnType` can not be None.")
    if kind is not None and kind not in _TYPES:
        if kind == 208:
            raise UnsupportedOperation.of("a function of applyInPandasWithState", "streaming")
        raise PySparkTypeError("[INVALID_PANDAS_UDF_TYPE] `functionType` should be one the values from PandasUDFType, got %s"
                               % kind)
    if decorator:
        return lambda function: _made(function, declared, kind)
    return _made(f, declared, kind)


def _made(function, declared, kind):
    """The udf object of a function."""
    import inspect
    from _tenon.arrow import arrow_type
    from pyspark.sql.udf import UserDefinedFunction
    spec = inspect.getfullargspec(function)
    if kind in (PandasUDFType.SCALAR, PandasUDFType.SCALAR_ITER, PandasUDFType.GROUPED_AGG):
        import warnings
        warnings.warn("In Python 3.6+ and Spark 3.0+, it is preferred to specify type hints for pandas UDF instead of "
                      "specifying pandas UDF type which will be deprecated in the future releases. See SPARK-28264 for more "
                      "details.", UserWarning)
    elif kind is None:
        kind = _hinted(function) if spec.annotations else PandasUDFType.SCALAR
    if kind in (PandasUDFType.SCALAR, PandasUDFType.SCALAR_ITER) and not spec.args and spec.varargs is None:
        raise _invalid("0-arg pandas_udfs are not supported. Instead, create a 1-arg pandas_udf and ignore the arg in your "
                       "function.")
    if kind == PandasUDFType.GROUPED_MAP and len(spec.args) not in (1, 2):
        raise _invalid("pandas_udf with function type GROUPED_MAP or the function in groupby.applyInPandas must take either "
                       "one argument (data) or two arguments (key, data).")
    if kind == COGROUPED_MAP and len(spec.args) not in (2, 3):
        raise _invalid("the function in cogroup.applyInPandas must take either two arguments (left, right) or three arguments "
                       "(key, left, right).")
    made = UserDefinedFunction(function, declared, None, kind)
    _hold(made.returnType, kind)
    arrow_type(made.returnType)
    return made._wrapped()


def _hold(data_type, kind):
    """Raises for a type that functions of a kind cannot give."""
    from pyspark.sql.types import StructType
    name = _TYPES[kind]
    if kind in (PandasUDFType.GROUPED_MAP, MAP_ITER, COGROUPED_MAP, MAP_ARROW) and not isinstance(data_type, StructType):
        raise PySparkTypeError("[INVALID_RETURN_TYPE_FOR_PANDAS_UDF] Pandas UDF should return StructType for %s, got %s."
                               % (name, data_type))
    if kind == PandasUDFType.GROUPED_AGG and isinstance(data_type, StructType):
        raise UnsupportedOperation.of("a function over groups (%s) that returns a struct" % name)


def _invalid(detail):
    return PySparkValueError("[INVALID_PANDAS_UDF] Invalid function: %s" % detail)


def _hinted(function):
    """The kind that the type hints of a function tell."""
    import inspect
    import typing
    try:
        hints = typing.get_type_hints(function)
    except NameError:
        hints = {}
    signature = inspect.signature(function)
    given = [hints.get(p.name, p.annotation) for p in signature.parameters.values()]
    if inspect.Parameter.empty in given:
        raise ValueError("Type hints for all parameters should be specified; however, got %s" % signature)
    gives = hints.get("return", signature.return_annotation)
    if gives is inspect.Signature.empty:
        raise ValueError("Type hint for the return type should be specified; however, got %s" % signature)
    if all(map(_is_data, given)):
        if _is_data(gives, False):
            return PandasUDFType.SCALAR
        if not _is_named(gives, "Iterator") and not _is_named(gives, "Tuple", "tuple"):
            return PandasUDFType.GROUPED_AGG
    elif len(given) == 1 and _is_named(given[0], "Iterator") and _is_named(gives, "Iterator") \
            and all(map(_is_item, given[0].__args__)) and all(_is_data(one, False) for one in gives.__args__):
        return PandasUDFType.SCALAR_ITER
    from pyspark.errors.exceptions.base import PySparkNotImplementedError
    raise PySparkNotImplementedError("[UNSUPPORTED_SIGNATURE] Unsupported signature: %s." % signature)


def _is_data(hint, union=True):
    """Whether a hint is a Series or DataFrame, or a union of these."""
    import typing
    import pandas
    if union and getattr(hint, "__origin__", None) is typing.Union:
        return all(_is_data(one, False) for one in hint.__args__)
    return hint in (pandas.Series, pandas.DataFrame)


def _is_item(hint):
    """Whether a hint is what an iterator of a function gives: data, or a tuple of data."""
    if _is_named(hint, "Tuple", "tuple"):
        return all(one is Ellipsis or _is_data(one) for one in hint.__args__)
    return _is_data(hint)


def _is_named(hint, *names):
    """Whether a hint is a generic class of one of these names."""
    return getattr(hint, "_name", getattr(hint, "__name__", None)) in names
