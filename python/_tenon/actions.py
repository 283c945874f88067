"""The part of DataFrame that moves rows or leaves the script: actions, views, caching, writing."""
from _tenon import plan
from _tenon.connection import call, rows
from pyspark.errors.exceptions.base import AnalysisException, argument_error


def negative_limit(number):
    """The error for a number of rows below 0."""
    return AnalysisException("[INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE] The limit like expression \"%d\" is invalid. The "
                             "limit expression must be equal to or greater than 0, but got %d." % (number, number))


class Actions:
    """Methods of a DataFrame that ask the worker for something other than another frame."""

    def show(self, n=20, truncate=True, vertical=False):
        """Prints the first n rows as a table."""
        if isinstance(n, bool) or not isinstance(n, int):
            raise argument_error("n", "int", n)
        if not isinstance(vertical, bool):
            raise argument_error("vertical", "bool", vertical)
        width = (20 if truncate else 0) if isinstance(truncate, bool) else int(truncate)
        reply = call(plan.OP_SHOW, {"frame": self._frame, "n": n, "truncate": width, "vertical": vertical})
        print(reply["text"].rstrip("\n") + "\n")

    def printSchema(self, level=None):
        """Prints the schema as a tree."""
        from _tenon.text import schema_tree
        print(schema_tree(self.schema, level))

    def explain(self, extended=None, mode=None):
        """Prints how the engine runs the frame; every mode prints the same."""
        print(call(plan.OP_EXPLAIN, {"frame": self._frame})["text"])

    def count(self):
        """The number of rows."""
        return call(plan.OP_COUNT, {"frame": self._frame})["count"]

    def collect(self):
        """All rows, as a list of Row. They travel in batches; all of them must fit in the script's memory."""
        return self._rows(-1)

    def _rows(self, limit):
        return list(self._stream(limit))

    def _stream(self, limit=-1):
        """The rows one after the other, a batch of them in memory. The action runs when the first is asked for."""
        from _tenon.cells import row_maker
        make = row_maker(self.schema)
        for batch in rows(self._frame, limit):
            yield from map(make, batch)

    def take(self, num):
        """The first num rows, as a list."""
        if num < 0:
            raise negative_limit(num)
        return self._rows(int(num))

    def head(self, n=None):
        """The first row or None; with n, a list."""
        if n is None:
            rows = self._rows(1)
            return rows[0] if rows else None
        return self.take(n)

    def first(self):
        return self.head()

    def tail(self, num):
        """The last num rows; all rows travel to the script for it."""
        return self.collect()[-num:] if num > 0 else []

    def isEmpty(self):
        return not self._rows(1)

    def toLocalIterator(self, prefetchPartitions=False):
        """The rows one after the other, a batch of them in memory."""
        return self._stream()

    @property
    def rdd(self):
        """The rows as an RDD of this process."""
        from pyspark.rdd import RDD
        return RDD(self._stream, self._session.sparkContext)

    def foreach(self, f):
        """f of every row, in this process."""
        self.rdd.foreach(f)

    def foreachPartition(self, f):
        """f of an iterator over all rows, in this process: it has one partition."""
        self.rdd.foreachPartition(f)

    def toPandas(self):
        """The rows as a pandas DataFrame, in the types PySpark gives."""
        from _tenon.pandasframe import to_pandas
        return to_pandas(self)

    # Views.

    def createOrReplaceTempView(self, name):
        """Makes the frame a table for spark.sql."""
        self._session._views_set(name, self._frame, True)

    registerTempTable = createOrReplaceTempView

    def createTempView(self, name):
        """As createOrReplaceTempView, but a name in use is an error."""
        self._session._views_set(name, self._frame, False)

    def createGlobalTempView(self, name):
        """Makes the frame the table global_temp.name; a name in use is an error."""
        self._session._views_set("global_temp." + name, self._frame, False)

    def createOrReplaceGlobalTempView(self, name):
        """Makes the frame the table global_temp.name."""
        self._session._views_set("global_temp." + name, self._frame, True)

    # Caching.

    def cache(self):
        """Keeps the rows from the next action on."""
        call(plan.OP_CACHE, {"frame": self._frame})
        return self

    def persist(self, storageLevel=None):
        return self.cache()

    def unpersist(self, blocking=False):
        """The rows stay kept as long as the frame is in use; they never change."""
        return self

    @property
    def storageLevel(self):
        from pyspark.storagelevel import StorageLevel
        return StorageLevel.NONE

    # Writing.

    @property
    def write(self):
        from pyspark.sql.readwriter import DataFrameWriter
        return DataFrameWriter(self)
