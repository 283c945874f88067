"""pyspark.rdd.RDD: rows of Python objects in the script's own process, computed when an action asks for them.

A pipeline is a chain of generators, so that only what an action keeps is in memory. There is one partition, which holds
everything in order: what Spark does within a partition or in their order happens to all rows in order. What would show
how Spark spreads rows over several partitions is refused.
"""
from _tenon.errors import UnsupportedOperation, refuse
from _tenon.pairs import Pairs
from _tenon.reductions import Reductions, Uneven


class RDD(Reductions, Pairs):
    """A collection of objects. source is a function that gives a new iterator over them each time."""

    def __init__(self, source, ctx, slices=None):
        self._source, self.ctx = source, ctx
        self._slices = slices  # how many partitions the script asked for, None for Spark's own choice
        self._kept, self._keep, self._name = None, False, None

    @property
    def context(self):
        return self.ctx

    def id(self):
        return id(self)

    def name(self):
        return self._name

    def setName(self, name):
        self._name = name
        return self

    def _items(self):
        """A new iterator over all objects."""
        if self._keep and self._kept is None:
            self._kept = stored(self._source())
        return iter((self._kept or self._source)())

    def _next(self, make):
        """The RDD of make(iterator over this one)."""
        return RDD(lambda: make(self._items()), self.ctx, self._slices)

    def _one_partition(self, name):
        """Refuses what shows the partitions when the script asked for several."""
        if self._slices is not None and self._slices > 1:
            raise UnsupportedOperation.of("RDD.%s of %d partitions" % (name, self._slices),
                                          "rows are in one partition; leave out the number")

    # One object after the other.

    def map(self, f, preservesPartitioning=False):
        return self._next(lambda items: map(_own(f), items))

    def flatMap(self, f, preservesPartitioning=False):
        def flat(items):
            own = _own(f)
            return (value for item in items for value in own(item))
        return self._next(flat)

    def filter(self, f):
        return self._next(lambda items: filter(_own(f), items))

    def mapPartitions(self, f, preservesPartitioning=False):
        """f of an iterator over all objects: there is one partition."""
        return self._next(lambda items: iter(_own(f)(items)))

    def mapPartitionsWithIndex(self, f, preservesPartitioning=False):
        """f(0, iterator over all objects)."""
        self._one_partition("mapPartitionsWithIndex")
        return self._next(lambda items: iter(_own(f)(0, items)))

    mapPartitionsWithSplit = mapPartitionsWithIndex

    def glom(self):
        """All objects as one list."""
        self._one_partition("glom")
        return self._next(lambda items: iter([list(items)]))

    def keyBy(self, f):
        return self.map(lambda item: (f(item), item))

    def zipWithIndex(self):
        """(object, position) pairs."""
        return self._next(lambda items: ((item, i) for i, item in enumerate(items)))

    def zipWithUniqueId(self):
        """(object, position) pairs, as in Spark when there is one partition."""
        self._one_partition("zipWithUniqueId")
        return self.zipWithIndex()

    def zip(self, other):
        """Pairs by position; both must have as many objects."""
        def pairs():
            missing = object()
            from itertools import zip_longest
            for a, b in zip_longest(self._items(), other._items(), fillvalue=missing):
                if a is missing or b is missing:
                    raise Uneven("Can only zip with RDD which has the same number of elements")
                yield a, b
        return RDD(pairs, self.ctx)

    # Sets.

    def union(self, other):
        """The objects of both, one after the other."""
        def both():
            yield from self._items()
            yield from other._items()
        return RDD(both, self.ctx)

    __add__ = union

    def distinct(self, numPartitions=None):
        return self._next(lambda items: iter(dict.fromkeys(items)))

    def intersection(self, other):
        def common():
            theirs = set(other._items())
            return iter([item for item in dict.fromkeys(self._items()) if item in theirs])
        return RDD(common, self.ctx)

    def subtract(self, other, numPartitions=None):
        """The objects of this one that the other has not, duplicates kept."""
        def rest():
            theirs = set(other._items())
            return (item for item in self._items() if item not in theirs)
        return RDD(rest, self.ctx)

    def cartesian(self, other):
        def pairs():
            theirs = list(other._items())
            return ((a, b) for a in self._items() for b in theirs)
        return RDD(pairs, self.ctx)

    # Order and groups.

    def sortBy(self, keyfunc, ascending=True, numPartitions=None):
        return self._next(lambda items: iter(sorted(items, key=keyfunc, reverse=not ascending)))

    def groupBy(self, f, numPartitions=None, partitionFunc=None):
        return self.map(lambda item: (f(item), item)).groupByKey()

    # How Spark would spread the rows.

    def getNumPartitions(self):
        """The number that the script asked for; 1 where it left it to Spark."""
        return self._slices or 1

    def repartition(self, numPartitions):
        """The same objects in the same order."""
        return RDD(self._items, self.ctx, numPartitions)

    def coalesce(self, numPartitions, shuffle=False):
        return RDD(self._items, self.ctx, numPartitions if shuffle else min(numPartitions, self._slices or 1))

    def partitionBy(self, numPartitions, partitionFunc=None):
        """The same pairs in the same order."""
        return self.repartition(self._slices if numPartitions is None else numPartitions)

    def cache(self):
        """Keeps the objects from their next use on."""
        self._keep = True
        return self

    def persist(self, storageLevel=None):
        return self.cache()

    def unpersist(self, blocking=False):
        self._keep, self._kept = False, None
        return self

    @property
    def is_cached(self):
        return self._keep

    def getStorageLevel(self):
        from pyspark.storagelevel import StorageLevel
        return StorageLevel.MEMORY_ONLY if self._keep else StorageLevel.NONE

    def isCheckpointed(self):
        return False

    # On to DataFrames.

    def toDF(self, schema=None, sampleRatio=None):
        """The DataFrame of rows that are tuples, lists, dicts or Rows."""
        from pyspark.sql.session import SparkSession
        return SparkSession._current().createDataFrame(self, schema, sampleRatio)

    def saveAsTextFile(self, path, compressionCodecClass=None):
        """Writes a line for each object into the file part-00000 of a new folder."""
        from _tenon.textfiles import save
        self._one_partition("saveAsTextFile")
        save(self, path, compressionCodecClass)

    def __repr__(self):
        return "PythonRDD[%d] at RDD at PythonRDD.scala:53" % (self.id() % 1000)


def stored(items):
    """A function that gives the objects anew each time, as they are now: what is done to one of them stays with it."""
    import copy
    import pickle
    items = list(items)
    try:
        data = pickle.dumps(items, pickle.HIGHEST_PROTOCOL)
    except Exception:  # an object that does not want to be pickled: copy it each time
        return lambda: iter(copy.deepcopy(items))
    return lambda: iter(pickle.loads(data))


def _own(f):
    """The function as it is when an action begins; what it does to globals stays its own."""
    from _tenon.capture import captured
    return captured(f)


def _partitioned(name):
    """A method that is refused because its result shows how Spark spreads rows over partitions."""
    def method(self, *args, **kwargs):
        raise UnsupportedOperation.of("RDD." + name, "rows are in one partition")
    method.__name__ = name
    return method


for _name in ("sample", "takeSample", "randomSplit", "sampleByKey"):
    setattr(RDD, _name, _partitioned(_name))

refuse(RDD, "saveAsPickleFile saveAsHadoopFile saveAsHadoopDataset saveAsNewAPIHadoopFile "
            "saveAsNewAPIHadoopDataset saveAsSequenceFile", "use toDF().write")
refuse(RDD, "pipe barrier checkpoint localCheckpoint getCheckpointFile getResourceProfile withResources "
            "cleanShuffleDependencies countApproxDistinct countApprox sumApprox meanApprox treeAggregate treeReduce "
            "toDebugString repartitionAndSortWithinPartitions collectWithJobGroup")
