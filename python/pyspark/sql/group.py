"""pyspark.sql.group.GroupedData: what groupBy returns, waiting for its aggregates."""
from _tenon import expr as e
from _tenon import plan
from _tenon.connection import frame_node
from _tenon.errors import refuse
from pyspark.errors.exceptions.base import AnalysisException, PySparkValueError
from pyspark.sql.column import Column, to_expr
from pyspark.sql.pandas.group_ops import PandasGroupedOpsMixin

# The types sum, avg and the like take where no columns are named.
_NUMERIC = ("tinyint", "smallint", "int", "bigint", "float", "double")


class GroupedData(PandasGroupedOpsMixin):
    """The grouping of a DataFrame by keys; kind is "", rollup or cube."""

    def __init__(self, df, keys, kind="", pivot=None, values=None):
        self._df, self._keys, self._kind = df, keys, kind
        self._pivot, self._values = pivot, values

    def agg(self, *exprs):
        """Aggregates as Columns, or as one dict of column name to function name."""
        assert exprs, "exprs should not be empty"
        if len(exprs) == 1 and isinstance(exprs[0], dict):
            from _tenon.statistics import java_order
            return self._aggregate([_named_aggregate(exprs[0][name], name) for name in java_order(list(exprs[0]))])
        assert all(isinstance(column, Column) for column in exprs), "all exprs should be Column"
        return self._aggregate([column._expr for column in exprs])

    def count(self):
        """The number of rows of each group, in a column named count."""
        return self._aggregate([e.alias(e.call("count", e.literal(1)), "count")])

    def avg(self, *cols):
        return self._numeric("avg", cols)

    mean = avg

    def sum(self, *cols):
        return self._numeric("sum", cols)

    def min(self, *cols):
        return self._numeric("min", cols)

    def max(self, *cols):
        return self._numeric("max", cols)

    def pivot(self, pivot_col, values=None):
        """A column for each of the values of pivot_col; without values, for each that it has, which the worker finds
        out now."""
        if self._pivot is not None or self._kind:
            raise AnalysisException("[UNSUPPORTED_FEATURE] pivot is not supported after %s"
                                    % (self._kind or "pivot"))
        column = e.column(pivot_col) if isinstance(pivot_col, str) else to_expr(pivot_col)
        return GroupedData(self._df, self._keys, "", column, [to_expr(value) for value in values or []])

    def _numeric(self, function, names):
        """One function over the named columns, or over every numeric one, keys too."""
        types = {name.lower(): (name, kind) for name, kind in self._df.dtypes}
        if names:
            for name in names:
                if name.lower() in types and not _is_numeric(types[name.lower()][1]):
                    raise AnalysisException("\"%s\" is not a numeric column. Aggregation function can only be "
                                            "applied on a numeric column." % name)
        else:
            names = ["`%s`" % name.replace("`", "``") for name, kind in self._df.dtypes if _is_numeric(kind)]
        if not names:
            raise PySparkValueError("there is no numeric column to aggregate")
        return self._aggregate([e.call(function, e.column(name)) for name in names])

    def _aggregate(self, aggregates):
        from pyspark.sql.dataframe import DataFrame
        node = {"kind": plan.NODE_AGGREGATE, "inputs": [frame_node(self._df._frame)], "exprs": self._keys,
                "aggs": aggregates}
        if self._kind:
            node["group_kind"] = self._kind
        if self._pivot is not None:
            node.update(kind=plan.NODE_PIVOT, pivot=self._pivot, pivot_values=self._values)
        return DataFrame._of(node, self._df._session)

    def __repr__(self):
        from _tenon.text import render
        return "GroupedData[grouping expressions: [%s], value: %s, type: %s]" % (
            ", ".join(render(key) for key in self._keys), _shortened(self._df.dtypes),
            {"": "GroupBy", "rollup": "Rollup", "cube": "Cube"}[self._kind])


def _shortened(dtypes):
    """The columns as the JVM prints a frame: two, and how many more."""
    shown = ", ".join("%s: %s" % pair for pair in dtypes[:2])
    more = len(dtypes) - 2
    return "[%s%s]" % (shown, " ... %d more field%s" % (more, "s" * (more > 1)) if more > 0 else "")


def _is_numeric(kind):
    """Whether a type, given as simpleString, is a number."""
    return kind in _NUMERIC or kind.startswith("decimal")


def _named_aggregate(function, name):
    """The aggregate of agg({"column": "function"}); * counts rows."""
    function = {"mean": "avg", "average": "avg"}.get(function.lower(), function.lower())
    return e.call(function, e.literal(1) if name == "*" else e.column(name))


refuse(GroupedData, "applyInPandasWithState", "streaming")
