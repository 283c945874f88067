"""What DataFrame.stat, describe and summary compute: each is one aggregation in the engine."""
import decimal

from _tenon import expr as e
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import (
    IllegalArgumentException, PySparkTypeError, PySparkValueError, argument_error)

# The types of numbers, as simpleString begins.
_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")

# The statistics that summary knows beside percentiles, and the functions they are.
_STATISTICS = {"count": "count", "mean": "avg", "stddev": "stddev", "min": "min", "max": "max",
               "approx_count_distinct": "approx_count_distinct", "count_distinct": "count"}

# The accuracy of the percentiles of summary.
_ACCURACY = 10000


def quoted(name):
    """A column's name in backticks."""
    return "`%s`" % name.replace("`", "``")


def is_number(kind):
    """Whether a type, given as simpleString, is a number."""
    return kind.partition("(")[0] in _NUMBERS


def describe(df, names):
    """DataFrame.describe: the five statistics of the numbers and texts among names, or among all columns."""
    for name in names:
        if not isinstance(name, str):
            raise argument_error("cols", "list or str", name)
    chosen = df.select(*names) if names else df
    return _table(df, chosen, ["count", "mean", "stddev", "min", "max"])


def summary(df, statistics):
    """DataFrame.summary: the named statistics of the numbers and texts."""
    for statistic in statistics:
        if statistic not in _STATISTICS and not statistic.endswith("%"):
            raise IllegalArgumentException("%s is not a recognised statistic" % statistic)
        if statistic.endswith("%"):
            _share(statistic)
    return _table(df, df, statistics or ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"])


def _share(statistic):
    """The share of a percentile, such as 0.25 of 25%."""
    try:
        share = float(statistic[:-1]) / 100
    except ValueError:
        raise IllegalArgumentException("Unable to parse %s as a percentile" % statistic) from None
    if not 0 <= share <= 1:
        raise IllegalArgumentException("requirement failed: Percentiles must be in the range [0, 1]")
    return share


def _table(df, chosen, statistics):
    """A row of texts for each statistic."""
    columns = [(name, kind) for name, kind in chosen.dtypes if kind == "string" or is_number(kind)]
    cells = {}
    if columns:
        asked = [e.alias(e.cast(_statistic(statistic, name, kind), "string"), "s%d" % i)
                 for i, (statistic, (name, kind)) in enumerate(
                     (statistic, column) for statistic in statistics for column in columns)]
        row = _aggregate(chosen, asked)
        width = len(columns)
        texts = [_decimal_text(text) if text and kind.startswith("decimal") and statistic.endswith("%") else text
                 for text, (statistic, (_, kind)) in zip(row, ((statistic, column) for statistic in statistics for column in columns))]
        cells = {i: tuple(texts)[i * width:(i + 1) * width] for i in range(len(statistics))}
    rows = [(statistic,) + cells.get(i, ()) for i, statistic in enumerate(statistics)]
    from pyspark.sql.types import StringType, StructField, StructType
    schema = StructType([StructField(name, StringType()) for name in ["summary"] + [name for name, _ in columns]])
    return df._session.createDataFrame(rows, schema)


def _decimal_text(text):
    """A percentile of decimals, which Spark finds as a double: the digits of that double's text, whole numbers without a point."""
    value = decimal.Decimal(text)
    return format(value, "f") if value.as_tuple().exponent > 0 else str(value)


def _statistic(statistic, name, kind):
    """The expression of one statistic of a column."""
    column = e.column(quoted(name))
    if statistic.endswith("%"):
        column = e.cast(column, "double") if kind == "string" or kind.startswith("decimal") else column
        return e.call("percentile_approx", column, e.literal(_share(statistic)), e.literal(_ACCURACY))
    if statistic in ("mean", "stddev") and kind == "string":
        column = e.cast(column, "double")
    return e.call(_STATISTICS[statistic], column, distinct=statistic == "count_distinct")


def _aggregate(df, exprs):
    """The one row of aggregates over all rows."""
    from _tenon import plan
    return df._next(plan.NODE_AGGREGATE, exprs=[], aggs=exprs).collect()[0]


def two_numbers(df, function, what, col1, col2):
    """corr and cov of two columns, whose nulls count as 0."""
    args = []
    for arg, name in (("col1", col1), ("col2", col2)):
        if not isinstance(name, str):
            raise argument_error(arg, "str", name)
        kind = df.select(name).dtypes[0][1]
        if not is_number(kind):
            raise IllegalArgumentException("requirement failed: Currently %s calculation for columns with dataType %s "
                                           "not supported." % (what, kind))
        args.append(e.call("coalesce", e.cast(e.column(name), "double"), e.literal(0.0)))
    return _aggregate(df, [e.alias(e.call(function, *args), "r")])[0]


def crosstab(df, col1, col2):
    """How often each pair of values occurs: a row for each value of col1, a column for each of col2."""
    from pyspark.sql.column import Column
    texts = []
    for arg, name in (("col1", col1), ("col2", col2)):
        if not isinstance(name, str):
            raise argument_error(arg, "str", name)
        texts.append(e.call("coalesce", e.cast(e.column(name), "string"), e.literal("null")))
    grouped = df.select(Column(e.alias(texts[0], "%s_%s" % (col1, col2))), Column(e.alias(texts[1], "_value")))
    return grouped.groupBy("`%s_%s`" % (col1, col2)).pivot("_value").count().na.fill(0)


def approx_quantile(df, col, probabilities, relative_error):
    """The values at the given shares of one column, or of each of several; nulls and NaN do not count."""
    if not isinstance(col, (str, list, tuple)):
        raise argument_error("col", "list, str or tuple", col)
    for name in [] if isinstance(col, str) else col:
        if not isinstance(name, str):
            raise PySparkTypeError("[DISALLOWED_TYPE_FOR_CONTAINER] Argument `col`(type: %s) should only contain a type "
                                   "in [str], got %s" % (type(col).__name__, type(name).__name__))
    if not isinstance(probabilities, (list, tuple)):
        raise argument_error("probabilities", "list or tuple", probabilities)
    for p in probabilities:
        if isinstance(p, bool) or not isinstance(p, (float, int)) or not 0 <= p <= 1:
            raise PySparkTypeError("[NOT_LIST_OF_FLOAT_OR_INT] Argument `probabilities` should be a list[float, int], got %s."
                                   % type(p).__name__)
    if not isinstance(relative_error, (float, int)):
        raise argument_error("relativeError", "float or int", relative_error)
    if relative_error < 0:
        raise PySparkValueError("[NEGATIVE_VALUE] Value for `relativeError` must be greater than or equal to 0, got '%s'."
                                % relative_error)
    names = [col] if isinstance(col, str) else list(col)
    found = [_quantiles(df, name, list(probabilities), float(relative_error)) for name in names]
    return found[0] if isinstance(col, str) else found


def _quantiles(df, name, probabilities, relative_error):
    """The quantiles of one column, as doubles; none of a column without values."""
    kind = df.select(name).dtypes[0][1]
    if not is_number(kind):
        raise IllegalArgumentException("requirement failed: Quantile calculation for column %s with data type %s is not "
                                       "supported." % (name, df.select(name).schema[0].dataType))
    if not probabilities:
        return []
    value = e.cast(e.column(name), "double")
    known = {"kind": "case", "args": [e.call("not", e.call("isnan", value)), value]}
    accuracy = 2147483647 if relative_error == 0 else max(int(1 / relative_error), 1)
    shares = e.call("array", *[e.literal(float(p)) for p in probabilities])
    return list(_aggregate(df, [e.alias(e.call("percentile_approx", known, shares, e.literal(accuracy)), "q")])[0] or [])


# What Spark's map of aggregates by column keeps in the order they were put in, when it has at most so many.
_SMALL_MAP = 4


def java_order(names):
    """The order in which the JVM goes through a map with these keys, which agg({...}) gives its columns in: by the
    buckets of a HashMap, and of more than four by Scala's tries."""
    if len(names) <= _SMALL_MAP:
        return sorted(names, key=lambda name: _spread(_java_hash(name)) & 15)
    return sorted(names, key=lambda name: [_improve(_java_hash(name)) >> shift & 31 for shift in range(0, 35, 5)])


def _java_hash(text):
    """String.hashCode, as 32 bits without a sign."""
    out = 0
    data = text.encode("utf-16-be")
    for i in range(0, len(data), 2):
        out = (31 * out + (data[i] << 8 | data[i + 1])) & 0xFFFFFFFF
    return out


def _spread(number):
    """HashMap's hash of a hash."""
    return number ^ number >> 16


def _improve(number):
    """The hash of a hash that Scala's immutable HashMap goes by."""
    number = (number + (~(number << 9) & 0xFFFFFFFF)) & 0xFFFFFFFF
    number ^= number >> 14
    number = (number + (number << 4)) & 0xFFFFFFFF
    return number ^ number >> 10


def strata(df, col, fractions, seed):
    """DataFrame.sampleBy: of the rows of each value, the given share."""
    from pyspark.sql.column import Column
    if isinstance(col, str):
        col = Column(e.column(col))
    elif not isinstance(col, Column):
        raise argument_error("col", "column or str", col)
    if not isinstance(fractions, dict):
        raise argument_error("fractions", "dict", fractions)
    branches = []
    for key, fraction in fractions.items():
        if not isinstance(key, (float, int, str)):
            raise PySparkTypeError("[DISALLOWED_TYPE_FOR_CONTAINER] Argument `fractions`(type: dict) should only contain a "
                                   "type in [float, int, str], got %s" % type(key).__name__)
        if not 0 <= float(fraction) <= 1:
            raise IllegalArgumentException("requirement failed: Fractions must be in [0, 1], but got %s." % fractions)
        branches += [e.call("=", col._expr, e.literal(key)), e.literal(float(fraction))]
    share = {"kind": "case", "args": branches + [e.literal(0.0)]} if branches else e.literal(0.0)
    return with_random(df, seed, lambda number: [e.call("<", number, share)])[0]


def with_random(df, seed, conditions):
    """The frames of the rows for which a random number of each row's own fits each of the conditions; the rows are kept,
    so that every frame sees the same numbers."""
    import os
    from _tenon import plan
    from _tenon.connection import call
    name = "random number"
    number = int.from_bytes(os.urandom(8), "big", signed=True) if seed is None else int(seed)
    numbered = df._next(plan.NODE_RANDOM, name=name, seed=number)
    call(plan.OP_CACHE, {"frame": numbered._frame})
    shown = [e.column(quoted(column), df._frame) for column in df.columns]
    made = []
    for condition in conditions(e.column(quoted(name))):
        made.append(numbered._next(plan.NODE_FILTER, condition=condition)._next(plan.NODE_PROJECT, exprs=shown))
    return made


def random_split(df, weights, seed):
    """DataFrame.randomSplit: every row is in one of the frames, whose sizes are about as the weights."""
    for weight in weights:
        if weight < 0:
            raise PySparkValueError("[VALUE_NOT_POSITIVE] Value for `weights` must be positive, got '%s'." % weight)
    total = float(sum(weights))
    if total <= 0:
        raise IllegalArgumentException("requirement failed: Sum of weights must be positive, but got [%s]"
                                       % ",".join(str(float(w)) for w in weights))

    def conditions(number):
        low, out = 0.0, []
        for i, weight in enumerate(weights):
            high = low + weight / total
            parts = [e.call(">=", number, e.literal(low))]
            if i < len(weights) - 1:
                parts.append(e.call("<", number, e.literal(high)))
            out.append(parts[0] if len(parts) == 1 else e.call("and", *parts))
            low = high
        return out
    return with_random(df, seed, conditions)


def to_schema(df, schema):
    """DataFrame.to: the columns of a schema, by name, each cast to its type where nothing can be lost."""
    from _tenon.ddl import wire_type
    from pyspark.errors.exceptions.base import AnalysisException
    from pyspark.sql.column import Column
    from pyspark.sql.types import StructType
    if not isinstance(schema, StructType):
        raise argument_error("schema", "StructType", schema)
    known = {field.name.lower(): field for field in df.schema.fields}
    made = []
    for field in schema.fields:
        have = known.get(field.name.lower())
        if have is None:
            if not field.nullable:
                df._own(quoted(field.name))
            made.append(e.alias(e.cast(e.literal(None), wire_type(field.dataType)), field.name))
            continue
        if have.nullable and not field.nullable:
            raise AnalysisException("[NULLABLE_COLUMN_OR_FIELD] Column or field `%s` is nullable while it's required to be "
                                    "non-nullable." % field.name)
        have_type, want_type = have.dataType.simpleString(), field.dataType.simpleString()
        if have_type != want_type and not (is_number(have_type) and is_number(want_type) or
                                           want_type == "string" and "<" not in have_type):
            if "<" in have_type and "<" in want_type:
                raise UnsupportedOperation.of("DataFrame.to with another type of the column %s" % field.name)
            raise AnalysisException("[INVALID_COLUMN_OR_FIELD_DATA_TYPE] Column or field `%s` is of type \"%s\" while it's "
                                    "required to be \"%s\"." % (field.name, have_type.upper(), want_type.upper()))
        column = e.column(quoted(have.name))
        made.append(e.alias(column if have_type == want_type else e.cast(column, wire_type(field.dataType)), field.name))
    return df.select([Column(expr) for expr in made])
