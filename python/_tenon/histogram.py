"""RDD.histogram: how many objects fall into each of several buckets."""
from bisect import bisect_right
from math import isinf, isnan


def histogram(rdd, buckets):
    """(bounds, counts) of a number of even buckets, or of buckets between given bounds. Each takes its lower bound, the
    last one both. None, NaN and what lies outside of the bounds are not counted."""
    if isinstance(buckets, int):
        bounds, step = _even(rdd, buckets)
    elif isinstance(buckets, (list, tuple)):
        bounds, step = buckets, _step(buckets)
    else:
        raise TypeError("buckets should be a list or tuple or number(int or long)")
    if len(bounds) == 2 and isinstance(buckets, int):
        return list(bounds), [rdd.filter(lambda item: not _nothing(item)).count()]
    return bounds, rdd._run(lambda items: _counts(items, bounds, step))


def _nothing(item):
    """Whether an object is in no bucket, whatever the bounds."""
    return item is None or isinstance(item, float) and isnan(item)


def _even(rdd, number):
    """The bounds of so many buckets of one width between the least and the greatest object, and the width."""
    if number < 1:
        raise ValueError("number of buckets must be >= 1")
    least, greatest = rdd.filter(lambda item: not _nothing(item)).map(lambda item: (item, item)).reduce(
        lambda a, b: (min(a[0], b[0]), max(a[1], b[1])))
    if least == greatest or number == 1:
        return [least, greatest], None
    try:
        step = (greatest - least) / number
    except TypeError:
        raise TypeError("Can not generate buckets with non-number in RDD")
    if isinf(step):
        raise ValueError("Can not generate buckets with infinite value")
    if int(step) * number == greatest - least:
        step = int(step)
    else:
        step = (greatest - least) * 1.0 / number
    return [i * step + least for i in range(number)] + [greatest], step


def _step(bounds):
    """The width of buckets between bounds where all have the same; None where not, or where bounds are no numbers."""
    if len(bounds) < 2:
        raise ValueError("buckets should have more than one value")
    if any(map(_nothing, bounds)):
        raise ValueError("can not have None or NaN in buckets")
    if sorted(bounds) != list(bounds):
        raise ValueError("buckets should be sorted")
    if len(set(bounds)) != len(bounds):
        raise ValueError("buckets should not contain duplicated values")
    try:
        widths = [high - low for low, high in zip(bounds, bounds[1:])]
    except TypeError:
        return None
    return (bounds[-1] - bounds[0]) / (len(bounds) - 1) if max(widths) - min(widths) < 1e-10 else None


def _counts(items, bounds, step):
    """How many objects are in each bucket; step is the width of even ones."""
    counts = [0] * len(bounds)
    for item in items:
        if _nothing(item) or item > bounds[-1] or item < bounds[0]:
            continue
        counts[int((item - bounds[0]) / step) if step else bisect_right(bounds, item) - 1] += 1
    last = counts.pop()  # what is the greatest bound itself
    counts[-1] += last
    return counts
