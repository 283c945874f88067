"""applyInPandas of groups, and of pairs of groups."""
from _tenon import expr as e
from _tenon import plan
from _tenon.errors import UnsupportedOperation


class PandasGroupedOpsMixin:
    """The methods of a grouping whose Python functions see one group at a time."""

    def apply(self, udf):
        """applyInPandas of a pandas_udf of the kind GROUPED_MAP."""
        from pyspark.sql.column import Column
        from pyspark.sql.pandas.functions import PandasUDFType
        if isinstance(udf, Column) or not hasattr(udf, "func") or udf.evalType != PandasUDFType.GROUPED_MAP:
            raise ValueError("Invalid udf: the udf argument must be a pandas_udf of type GROUPED_MAP.")
        import warnings
        warnings.warn("It is preferred to use 'applyInPandas' over this API. This API will be deprecated in the future "
                      "releases. See SPARK-28264 for more details.", UserWarning)
        return self.applyInPandas(udf.func, schema=udf.returnType)

    def applyInPandas(self, func, schema):
        """The rows that a function makes of each group: func(frame) or func(key, frame) gives a pandas DataFrame."""
        from _tenon.groups import apply
        from pyspark.sql.pandas.functions import PandasUDFType, pandas_udf
        from pyspark.sql.pandas.map_ops import made_of
        self._plain("applyInPandas")
        udf = pandas_udf(func, schema, PandasUDFType.GROUPED_MAP)
        return made_of(self._df, udf, apply(self._df.columns, len(self._keys), _arguments(func)), self._keys)

    def cogroup(self, other):
        """This grouping and another by keys of the same types, side by side."""
        return PandasCogroupedOps(self, other)

    def _plain(self, call):
        """Refuses a grouping that is no plain one."""
        if self._kind or self._pivot is not None:
            raise UnsupportedOperation.of("%s after %s" % (call, self._kind or "pivot"), "group by plain keys")


def _arguments(function):
    """How many arguments a function takes."""
    import inspect
    return len(inspect.getfullargspec(function).args)


class PandasCogroupedOps:
    """Two groupings; made by GroupedData.cogroup."""

    def __init__(self, gd1, gd2):
        self._gd1, self._gd2 = gd1, gd2

    def applyInPandas(self, func, schema):
        """The rows that a function makes of each pair of groups with equal keys, either of which may be empty: func(left,
        right) or func(key, left, right) gives a pandas DataFrame."""
        from _tenon.groups import apply_pairs
        from pyspark.sql.pandas.functions import COGROUPED_MAP, pandas_udf
        from pyspark.sql.pandas.map_ops import made_of
        one, two = self._gd1, self._gd2
        one._plain("cogroup"), two._plain("cogroup")
        udf = pandas_udf(func, schema, COGROUPED_MAP)
        keys = len(one._keys)
        if not keys or keys != len(two._keys):
            raise UnsupportedOperation.of("cogroup of groupings by %d and %d keys" % (keys, len(two._keys)),
                                          "group both by keys of the same types")
        run = apply_pairs(one._df.columns, two._df.columns, keys, _arguments(func))
        left, right = (_side(side, other, number) for side, other, number in ((one, two, 0), (two, one, 1)))
        kinds = [dict(side.dtypes[-keys:]) for side in (left, right)]
        if kinds[0] != kinds[1]:
            raise UnsupportedOperation.of("cogroup by keys of the types %s and %s" % tuple(
                ", ".join(one.values()) for one in kinds), "cast them to the same types")
        return made_of(left.union(right), udf, run, [e.column("k%d" % i) for i in range(keys)])


def _side(grouped, other, number):
    """One side's rows in the columns of both: the side's number, left's columns, right's columns, the keys."""
    own = [e.column("`%s`" % name.replace("`", "``"), grouped._df._frame) for name in grouped._df.columns]
    none = [e.cast(e.literal(None), field["type"]) for field in other._df._fields]
    columns = [e.literal(number)] + (none + own if number else own + none)
    named = [e.alias(column, "c%d" % i) for i, column in enumerate(columns)]
    return grouped._df._next(plan.NODE_PROJECT, exprs=named + [e.alias(key, "k%d" % i) for i, key in enumerate(grouped._keys)])
