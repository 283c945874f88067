"""pyspark.sql.window: Window and WindowSpec."""
from _tenon import expr as e
from pyspark.sql.column import column_expr

# The bounds that mean unbounded: the ends of a 64-bit integer, or -sys.maxsize, which older scripts write.
_PRECEDING, _FOLLOWING = -(1 << 63), (1 << 63) - 1
_PRECEDING_THRESHOLD = -_FOLLOWING


def _columns(cols):
    """The expressions of columns given one by one or as one list."""
    if len(cols) == 1 and isinstance(cols[0], list):
        cols = cols[0]
    return [column_expr(col) for col in cols]


class WindowSpec:
    """A partitioning, an order and a frame of rows; each method returns a changed copy."""

    def __init__(self, partition=(), order=(), unit="", start=None, end=None):
        self._partition, self._order = list(partition), list(order)
        self._unit, self._start, self._end = unit, start, end

    def partitionBy(self, *cols):
        return WindowSpec(_columns(cols), self._order, self._unit, self._start, self._end)

    def orderBy(self, *cols):
        return WindowSpec(self._partition, _columns(cols), self._unit, self._start, self._end)

    def rowsBetween(self, start, end):
        """Rows from start to end, counted from the current row, both included."""
        return self._between("rows", start, end)

    def rangeBetween(self, start, end):
        """Rows whose order value is within start and end of the current row's."""
        return self._between("range", start, end)

    def _between(self, unit, start, end):
        start = None if start <= _PRECEDING_THRESHOLD else int(start)
        end = None if end >= Window.unboundedFollowing else int(end)
        return WindowSpec(self._partition, self._order, unit, start, end)

    def _plan(self):
        """The plan.Window of this specification."""
        order = [o if o["kind"] == "sort" else e.sort(o) for o in self._order]
        return {"partition": self._partition, "order": order, "unit": self._unit, "start": self._start,
                "end": self._end}


class Window:
    """Where a WindowSpec begins."""

    unboundedPreceding = _PRECEDING
    unboundedFollowing = _FOLLOWING
    currentRow = 0

    @staticmethod
    def partitionBy(*cols):
        return WindowSpec().partitionBy(*cols)

    @staticmethod
    def orderBy(*cols):
        return WindowSpec().orderBy(*cols)

    @staticmethod
    def rowsBetween(start, end):
        return WindowSpec().rowsBetween(start, end)

    @staticmethod
    def rangeBetween(start, end):
        return WindowSpec().rangeBetween(start, end)
