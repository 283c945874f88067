"""The functions of pyspark.sql.functions that take a Python function: a lambda of Spark's, built by calling it once with
Columns that stand for its parameters."""
from _tenon import expr as e
from _tenon import plan
from pyspark.errors.exceptions.base import PySparkValueError
from pyspark.sql.column import Column, column_expr

# How many parameters the lambdas of a script had so far: PySpark numbers them from 0.
_numbered = 0


def _numbers(count):
    """The numbers of the parameters of the next lambda."""
    global _numbered
    _numbered += count
    return range(_numbered - count, _numbered)


def _lambda(f):
    """The lambda of a Python function of one to three parameters."""
    if hasattr(f, "signature"):  # a function of pyspark.sql.functions, as in transform("a", upper)
        parameters = f.signature.split()
        fixed = "*" not in f.signature
    else:
        import inspect
        parameters = inspect.signature(f).parameters.values()
        fixed = all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
    if not fixed:
        raise PySparkValueError("[UNSUPPORTED_PARAM_TYPE_FOR_HIGHER_ORDER_FUNCTION] Function `%s` should use only POSITIONAL or "
                                "POSITIONAL OR KEYWORD arguments." % f.__name__)
    if not 1 <= len(parameters) <= 3:
        raise PySparkValueError("[WRONG_NUM_ARGS_FOR_HIGHER_ORDER_FUNCTION] Function `%s` should take between 1 and 3 arguments, but "
                                "provided function takes %d." % (f.__name__, len(parameters)))
    names = ["%s_%d" % pair for pair in zip("xyz", _numbers(len(parameters)))]
    made = f(*[Column({"kind": plan.EXPR_VAR, "name": name}) for name in names])
    if not isinstance(made, Column):
        raise PySparkValueError("[HIGHER_ORDER_FUNCTION_SHOULD_RETURN_COLUMN] Function `%s` should return Column, got %s." % (
            f.__name__, type(made).__name__))
    return {"kind": plan.EXPR_LAMBDA, "name": "api", "names": names, "args": [made._expr]}


def _call(name, cols, *functions):
    """The call of a higher-order function over columns and Python functions."""
    return Column(e.call(name, *[column_expr(col) for col in cols], *[_lambda(f) for f in functions]))


def transform(col, f):
    """An array of what f gives for each element, or for each element and its position from 0."""
    return _call("transform", [col], f)


def exists(col, f):
    """Whether f is true for an element; null when it is for none and unknown for one."""
    return _call("exists", [col], f)


def forall(col, f):
    """Whether f is true for every element; null when it is false for none and unknown for one."""
    return _call("forall", [col], f)


def filter(col, f):
    """The elements that f is true for."""
    return _call("filter", [col], f)


def aggregate(col, initialValue, merge, finish=None):
    """What merge makes of the initial value and one element after the other, given to finish at the end."""
    functions = [merge] if finish is None else [merge, finish]
    return _call("aggregate", [col, initialValue], *functions)


reduce = aggregate


def zip_with(left, right, f):
    """An array of what f gives for the elements of two arrays, of which the shorter goes on with nulls."""
    return _call("zip_with", [left, right], f)


def transform_keys(col, f):
    """A map with the keys that f gives for each key and value."""
    return _call("transform_keys", [col], f)


def transform_values(col, f):
    """A map with the values that f gives for each key and value."""
    return _call("transform_values", [col], f)


def map_filter(col, f):
    """The entries that f is true for."""
    return _call("map_filter", [col], f)


def map_zip_with(col1, col2, f):
    """A map of what f gives for each key of two maps and the values that they have for it."""
    return _call("map_zip_with", [col1, col2], f)


def array_sort(col, comparator=None):
    """An array in ascending order, nulls last; or in the order of a comparator."""
    return _call("array_sort", [col], *([] if comparator is None else [comparator]))
