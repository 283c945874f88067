"""The actions of an RDD: what runs its pipeline and gives a value."""
import functools


class Reductions:
    """Methods of an RDD that give values. An exception of a function ends them as Spark's job does."""

    def _run(self, f):
        """f of an iterator over all objects."""
        try:
            return f(self._items())
        except Exception as err:
            failed = _failed(err)
            if failed is err:
                raise
            raise failed from err

    def _guarded(self):
        """The objects one after the other, with the errors of _run."""
        try:
            yield from self._items()
        except Exception as err:
            failed = _failed(err)
            if failed is err:
                raise
            raise failed from err

    def collect(self):
        return self._run(list)

    def toLocalIterator(self, prefetchPartitions=False):
        """The objects one after the other."""
        return self._guarded()

    def take(self, num):
        from itertools import islice
        return self._run(lambda items: list(islice(items, num)))

    def first(self):
        found = self.take(1)
        if not found:
            raise ValueError("RDD is empty")
        return found[0]

    def isEmpty(self):
        return not self.take(1)

    def top(self, num, key=None):
        """The num largest objects, the largest first."""
        import heapq
        return self._run(lambda items: heapq.nlargest(num, items, key))

    def takeOrdered(self, num, key=None):
        """The num smallest objects, the smallest first."""
        import heapq
        return self._run(lambda items: heapq.nsmallest(num, items, key))

    def count(self):
        return self._run(lambda items: sum(1 for _ in items))

    def foreach(self, f):
        """f of every object, for what it does elsewhere; its own copies of globals are what it changes."""
        from _tenon.capture import captured

        def run(items):
            own = captured(f)
            for item in items:
                own(item)
        self._run(run)

    def foreachPartition(self, f):
        """f of an iterator over all objects."""
        from _tenon.capture import captured
        self._one_partition("foreachPartition")

        def run(items):
            made = captured(f)(items)
            for _ in made if hasattr(made, "__iter__") else ():
                continue
        self._run(run)

    def reduce(self, f):
        """f over the objects in order, two at a time."""
        def run(items):
            missing = object()
            first = next(items, missing)
            if first is missing:
                return missing
            return (functools.reduce(f, items, first),)
        found = self._run(run)
        if not isinstance(found, tuple):
            raise ValueError("Can not reduce() empty RDD")
        return found[0]

    def fold(self, zeroValue, op):
        """As reduce from zeroValue on, which must change nothing: Spark starts from it in every partition."""
        return self.aggregate(zeroValue, op, op)

    def aggregate(self, zeroValue, seqOp, combOp):
        """seqOp over the objects from zeroValue on; combOp joins what partitions give. combOp must keep zeroValue."""
        from copy import deepcopy
        neutral("aggregate", zeroValue, combOp)
        inner = self._run(lambda items: functools.reduce(seqOp, items, deepcopy(zeroValue)))
        return combOp(deepcopy(zeroValue), inner)

    def countByValue(self):
        """How often each object is there: a defaultdict."""
        from collections import defaultdict

        def run(items):
            counts = defaultdict(int)
            for item in items:
                counts[item] += 1
            return counts
        return self._run(run)

    # Numbers.

    def sum(self):
        return self._run(sum)

    def max(self, key=None):
        return self._extreme(max, key)

    def min(self, key=None):
        return self._extreme(min, key)

    def _extreme(self, pick, key):
        return self.reduce((lambda a, b: pick(a, b, key=key)) if key else pick)

    def stats(self):
        """A StatCounter of the numbers: count, mean, variance, ..."""
        from pyspark.statcounter import StatCounter
        return self._run(StatCounter)

    def histogram(self, buckets):
        """(bounds, counts) of a number of buckets, or of those between given bounds."""
        from _tenon.histogram import histogram
        return histogram(self, buckets)

    def mean(self):
        return self.stats().mean()

    def variance(self):
        return self.stats().variance()

    def stdev(self):
        return self.stats().stdev()

    def sampleStdev(self):
        return self.stats().sampleStdev()

    def sampleVariance(self):
        return self.stats().sampleVariance()


class Uneven(ValueError):
    """Two RDDs that are zipped have not as many objects; Spark finds that out in the script's own process."""


def _failed(err):
    """What an exception of the pipeline is to the script: a failed job. What the engine refuses stays as it is."""
    from _tenon.callback import trace
    from py4j.protocol import Py4JJavaError
    from pyspark.errors.exceptions.base import _Captured
    if isinstance(err, Uneven):
        return ValueError(str(err))
    if isinstance(err, (_Captured, Py4JJavaError)) or type(err).__module__ == "tenon":
        return err
    return Py4JJavaError("An error occurred while running a Python function of an RDD.\n: org.apache.spark."
                         "SparkException: Job aborted due to stage failure: org.apache.spark.api.python."
                         "PythonException: " + trace(err))


def neutral(name, zero, op):
    """Refuses a zero that op does not keep: the result would depend on the number of partitions."""
    from _tenon.errors import UnsupportedOperation
    from copy import deepcopy
    if op(deepcopy(zero), deepcopy(zero)) != zero:
        raise UnsupportedOperation.of("RDD.%s from %r" % (name, zero),
                                      "the result depends on how many partitions there are; use a neutral value")
