"""mapInPandas and mapInArrow of DataFrames."""
from _tenon import plan


class PandasMapOpsMixin:
    """The methods of a DataFrame whose Python functions see all its rows in batches."""

    def mapInPandas(self, func, schema, barrier=False):
        """The rows that a function makes of an iterator of pandas DataFrames: it gives an iterator of such."""
        from _tenon.groups import map_pandas
        from pyspark.sql.pandas.functions import MAP_ITER, pandas_udf
        return made_of(self, pandas_udf(func, schema, MAP_ITER), map_pandas(self.columns))

    def mapInArrow(self, func, schema, barrier=False):
        """As mapInPandas, for record batches of Arrow."""
        from _tenon.groups import map_arrow
        from pyspark.sql.pandas.functions import MAP_ARROW, pandas_udf
        return made_of(self, pandas_udf(func, schema, MAP_ARROW), map_arrow(self.columns))


def made_of(frame, udf, run, keys=()):
    """The DataFrame of the rows that a function makes of a frame's, which come to it sorted by keys; run is how."""
    from _tenon.errors import UnsupportedOperation
    if not frame.columns:
        raise UnsupportedOperation.of("a Python function over a frame without columns")
    call = {"kind": plan.EXPR_PYTHON, "name": udf.__name__, "function": udf._udf._stream(run), "args": []}
    return frame._next(plan.NODE_BATCHES, exprs=[call] + list(keys))
