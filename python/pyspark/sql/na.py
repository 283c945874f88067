"""df.na and df.stat."""
from _tenon import expr as e
from _tenon import plan
from _tenon.errors import refuse
from pyspark.errors.exceptions.base import PySparkTypeError, PySparkValueError, argument_error

# Stands for a value that was not given; None is a value.
_NO_VALUE = object()


class DataFrameNaFunctions:
    """Handling of nulls."""

    def __init__(self, df):
        self._df = df

    def drop(self, how="any", thresh=None, subset=None):
        if how is not None and how not in ("any", "all"):
            raise PySparkValueError("how ('%s') should be 'any' or 'all'" % how)
        names = [] if subset is None else self._subset(subset)
        least = thresh if thresh is not None else len(names or self._df.columns) if how == "any" else 1
        return self._df._next(plan.NODE_DROP_NA, names=names, threshold=least)

    def fill(self, value, subset=None):
        if not isinstance(value, (float, int, str, bool, dict)):
            raise argument_error("value", "fill", value)
        if isinstance(value, dict):
            return self._df._next(plan.NODE_FILL_NA, fill=value)
        names = [] if subset is None else self._subset(subset)
        return self._df._next(plan.NODE_FILL_NA, fill=value, names=names)

    def replace(self, to_replace, value=_NO_VALUE, subset=None):
        """Values replaced by others, in the columns of their kind: numbers, texts or booleans. to_replace is a value,
        a list of them, or a dict of old to new."""
        if isinstance(to_replace, dict):
            pairs = dict(to_replace)
        else:
            if value is _NO_VALUE:
                raise PySparkTypeError("[ARGUMENT_REQUIRED] Argument `value` is required when `to_replace` is not a "
                                       "dictionary.")
            olds = list(to_replace) if isinstance(to_replace, (list, tuple)) else [to_replace]
            news = list(value) if isinstance(value, (list, tuple)) else [value] * len(olds)
            if len(olds) != len(news):
                raise PySparkValueError("[LENGTH_SHOULD_BE_THE_SAME] to_replace and value should be of the same "
                                        "length, got %d and %d." % (len(olds), len(news)))
            pairs = dict(zip(olds, news))
        kinds = {_kind(old) for old in pairs} | {_kind(new) for new in pairs.values() if new is not None}
        if len(kinds) != 1:
            raise PySparkValueError("[MIXED_TYPE_REPLACEMENT] Mixed type replacements are not supported.")
        kind = kinds.pop()
        wanted = None if subset is None else {name.lower() for name in self._subset(subset)}
        for name in wanted or ():
            self._df._own(name)
        exprs = []
        for name, column_type in self._df.dtypes:
            if _TYPES[kind](column_type) and (wanted is None or name.lower() in wanted):
                column = e.column("`%s`" % name.replace("`", "``"))
                branches = []
                for old, new in pairs.items():
                    branches += [e.call("=", column, e.literal(old)), e.cast(e.literal(new), column_type)]
                exprs.append(e.alias({"kind": plan.EXPR_CASE, "args": branches + [column]}, name))
        return self._df._next(plan.NODE_WITH_COLUMNS, exprs=exprs) if exprs else self._df

    def _subset(self, subset):
        if isinstance(subset, str):
            return [subset]
        if not isinstance(subset, (list, tuple)):
            raise argument_error("subset", "list, str or tuple", subset)
        return list(subset)


def _kind(value):
    """bool, number or text: what replace keeps apart."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    raise PySparkTypeError("replace takes bool, float, int and str, got %s" % type(value).__name__)


_TYPES = {
    "bool": lambda column_type: column_type == "boolean",
    "text": lambda column_type: column_type == "string",
    "number": lambda column_type: column_type.startswith("decimal") or column_type in (
        "tinyint", "smallint", "int", "bigint", "float", "double"),
}


class DataFrameStatFunctions:
    """df.stat: the statistics that DataFrame has under the same names."""

    def __init__(self, df):
        self.df = df

    def approxQuantile(self, col, probabilities, relativeError):
        return self.df.approxQuantile(col, probabilities, relativeError)

    def corr(self, col1, col2, method=None):
        return self.df.corr(col1, col2, method)

    def cov(self, col1, col2):
        return self.df.cov(col1, col2)

    def crosstab(self, col1, col2):
        return self.df.crosstab(col1, col2)

    def sampleBy(self, col, fractions, seed=None):
        return self.df.sampleBy(col, fractions, seed)


refuse(DataFrameStatFunctions, "freqItems")
