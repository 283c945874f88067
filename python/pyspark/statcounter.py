"""pyspark.statcounter.StatCounter: count, mean, variance, least and greatest of numbers, in one pass."""
import math


class StatCounter:
    """Statistics that grow with every value. They add up by Welford's method, value by value, as Spark's."""

    def __init__(self, values=None):
        self.n, self.mu, self.m2 = 0, 0.0, 0.0
        self.maxValue, self.minValue = -math.inf, math.inf
        for value in values if values is not None else ():
            self.merge(value)

    def merge(self, value):
        """Adds a value."""
        delta = value - self.mu
        self.n += 1
        self.mu += delta / self.n
        self.m2 += delta * (value - self.mu)
        self.maxValue, self.minValue = max(self.maxValue, value), min(self.minValue, value)
        return self

    def mergeStats(self, other):
        """Adds the values of another counter."""
        if not isinstance(other, StatCounter):
            raise TypeError("Can only merge StatCounter but got %s" % type(other))
        if self.n == 0 or other.n == 0:
            if other.n:
                self.__dict__.update(other.__dict__)
            return self
        delta, total = other.mu - self.mu, self.n + other.n
        self.m2 += other.m2 + delta * delta * self.n * other.n / total
        self.mu = (self.mu * self.n + other.mu * other.n) / total
        self.n = total
        self.maxValue, self.minValue = max(self.maxValue, other.maxValue), min(self.minValue, other.minValue)
        return self

    def copy(self):
        made = StatCounter()
        made.__dict__.update(self.__dict__)
        return made

    def count(self):
        return int(self.n)

    def mean(self):
        return self.mu

    def sum(self):
        return self.n * self.mu

    def min(self):
        return self.minValue

    def max(self):
        return self.maxValue

    def variance(self):
        return math.nan if self.n == 0 else self.m2 / self.n

    def sampleVariance(self):
        return math.nan if self.n <= 1 else self.m2 / (self.n - 1)

    def stdev(self):
        return math.sqrt(self.variance())

    def sampleStdev(self):
        return math.sqrt(self.sampleVariance())

    def asDict(self, sample=False):
        """The statistics by name; sample takes the variance of a sample."""
        return {"count": self.count(), "mean": self.mean(), "sum": self.sum(), "min": self.min(), "max": self.max(),
                "stdev": self.sampleStdev() if sample else self.stdev(),
                "variance": self.sampleVariance() if sample else self.variance()}

    def __repr__(self):
        return "(count: %s, mean: %s, stdev: %s, max: %s, min: %s)" % (
            self.count(), self.mean(), self.stdev(), self.max(), self.min())
