"""df.na and df.stat."""
from _tenon import plan
from _tenon.errors import refuse
from pyspark.errors.exceptions.base import PySparkValueError, argument_error


class DataFrameNaFunctions:
    """Handling of nulls."""

    def __init__(self, df):
        self._df = df

    def drop(self, how="any", thresh=None, subset=None):
        if how is not None and how not in ("any", "all"):
            raise PySparkValueError("how ('%s') should be 'any' or 'all'" % how)
        names = self._subset(subset)
        least = thresh if thresh is not None else len(names) if how == "any" else 1
        return self._df._next(plan.NODE_DROP_NA, names=names, threshold=least)

    def fill(self, value, subset=None):
        if not isinstance(value, (float, int, str, bool, dict)):
            raise argument_error("value", "fill", value)
        if isinstance(value, dict):
            return self._df._next(plan.NODE_FILL_NA, fill=value)
        names = [] if subset is None else self._subset(subset)
        return self._df._next(plan.NODE_FILL_NA, fill=value, names=names)

    def _subset(self, subset):
        if subset is None:
            return self._df.columns
        if isinstance(subset, str):
            return [subset]
        if not isinstance(subset, (list, tuple)):
            raise argument_error("subset", "list, str or tuple", subset)
        return list(subset)


class DataFrameStatFunctions:
    """df.stat by name only."""

    def __init__(self, df):
        self._df = df


refuse(DataFrameNaFunctions, "replace")
refuse(DataFrameStatFunctions, "approxQuantile corr cov crosstab freqItems sampleBy")
