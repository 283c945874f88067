"""The methods of an RDD of (key, value) pairs.

Keys come out in the order in which they first appear; Spark promises none.
"""


class Pairs:
    """Methods of an RDD whose objects are pairs."""

    def keys(self):
        return self.map(lambda pair: pair[0])

    def values(self):
        return self.map(lambda pair: pair[1])

    def mapValues(self, f):
        return self.map(lambda pair: (pair[0], f(pair[1])))

    def flatMapValues(self, f):
        return self.flatMap(lambda pair: ((pair[0], value) for value in f(pair[1])))

    def collectAsMap(self):
        """A dict; the last value of a key stays."""
        return dict(self.collect())

    def countByKey(self):
        """How many values each key has: a defaultdict."""
        return self.keys().countByValue()

    def lookup(self, key):
        """The values of one key."""
        return self.filter(lambda pair: pair[0] == key).values().collect()

    def combineByKey(self, createCombiner, mergeValue, mergeCombiners, numPartitions=None, partitionFunc=None):
        """One combined value for each key. mergeCombiners joins what partitions have combined: there is one."""
        def combine(items):
            found = {}
            for key, value in items:
                found[key] = mergeValue(found[key], value) if key in found else createCombiner(value)
            return iter(found.items())
        return self._next(combine)

    def reduceByKey(self, func, numPartitions=None, partitionFunc=None):
        return self.combineByKey(lambda value: value, func, func)

    def reduceByKeyLocally(self, func):
        return self.reduceByKey(func).collectAsMap()

    def foldByKey(self, zeroValue, func, numPartitions=None, partitionFunc=None):
        from copy import deepcopy
        from _tenon.reductions import neutral
        neutral("foldByKey", zeroValue, func)
        return self.combineByKey(lambda value: func(deepcopy(zeroValue), value), func, func)

    def aggregateByKey(self, zeroValue, seqFunc, combFunc, numPartitions=None, partitionFunc=None):
        from copy import deepcopy
        from _tenon.reductions import neutral
        neutral("aggregateByKey", zeroValue, combFunc)
        return self.combineByKey(lambda value: seqFunc(deepcopy(zeroValue), value), seqFunc, combFunc)

    def groupByKey(self, numPartitions=None, partitionFunc=None):
        """(key, iterable of its values) pairs."""
        from pyspark.resultiterable import ResultIterable
        return self._next(lambda items: ((key, ResultIterable(values)) for key, values in _grouped(items).items()))

    def sortByKey(self, ascending=True, numPartitions=None, keyfunc=lambda key: key):
        return self.sortBy(lambda pair: keyfunc(pair[0]), ascending)

    # Two RDDs of pairs.

    def join(self, other, numPartitions=None):
        return self._joined(other, False, False)

    def leftOuterJoin(self, other, numPartitions=None):
        return self._joined(other, True, False)

    def rightOuterJoin(self, other, numPartitions=None):
        return self._joined(other, False, True)

    def fullOuterJoin(self, other, numPartitions=None):
        return self._joined(other, True, True)

    def _joined(self, other, left, right):
        """(key, (value, value)) pairs; a side that is kept without a partner has None beside it."""
        def pairs(groups):
            mine, theirs = groups
            for a in mine or ([None] if right else []):
                for b in theirs or ([None] if left else []):
                    yield a, b
        return self._cogrouped([other]).flatMapValues(pairs)

    def cogroup(self, other, numPartitions=None):
        """(key, (values here, values there)) pairs, of the keys of either."""
        return self.groupWith(other)

    def groupWith(self, other, *others):
        from pyspark.resultiterable import ResultIterable
        return self._cogrouped([other, *others]).mapValues(lambda groups: tuple(map(ResultIterable, groups)))

    def _cogrouped(self, others):
        """(key, lists of values of each RDD) pairs."""
        from pyspark.rdd import RDD

        def groups():
            sides = [_grouped(rdd._items()) for rdd in [self, *others]]
            keys = {key: None for side in sides for key in side}
            return ((key, tuple(side.get(key, []) for side in sides)) for key in keys)
        return RDD(groups, self.ctx)

    def subtractByKey(self, other, numPartitions=None):
        """The pairs whose key the other has not."""
        from pyspark.rdd import RDD

        def rest():
            theirs = {pair[0] for pair in other._items()}
            return (pair for pair in self._items() if pair[0] not in theirs)
        return RDD(rest, self.ctx)


def _grouped(items):
    """The values of each key."""
    found = {}
    for key, value in items:
        found.setdefault(key, []).append(value)
    return found
