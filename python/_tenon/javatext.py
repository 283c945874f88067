"""What the JVM makes of a pickled Python value as text, and the order in which a pickled dict arrives there.

A dict becomes a java.util.HashMap, which goes through its entries by the hashes of their keys.
"""
from _tenon.errors import UnsupportedOperation

# How many entries of a dict one batch of pickle has.
MAX_KEYS = 1000


def java_text(value):
    """toString() of what a Python value becomes. What prints an address or a calendar's insides is refused."""
    kind = type(value)
    if kind is str:
        return value
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        from _tenon.text import java_double
        return java_double(value)
    if kind is list:
        return "[%s]" % ", ".join(map(java_text, value))
    if kind in (set, frozenset) and len(value) < 2:
        return "[%s]" % ", ".join(map(java_text, value))
    if kind is dict:
        return "{%s}" % ", ".join("%s=%s" % (java_text(key), java_text(value[key])) for key in java_order(value))
    import decimal
    if kind is decimal.Decimal and value.is_finite():
        return str(value if value else abs(value))
    raise UnsupportedOperation.of("a Python function of type string that returns a %s" % kind.__name__,
                                  "return str(value), or json.dumps(value)")


def java_order(keys):
    """The keys of a dict in the order of the HashMap that it becomes. Pickled, they come as one batch, which goes into
    a HashMap from its end, and that one into the HashMap of the dict."""
    keys = list(keys)
    if len(keys) < 2:
        return keys
    if len(keys) > MAX_KEYS:
        raise UnsupportedOperation.of("a Python function that returns a dict of more than %d keys" % MAX_KEYS)
    size = 16
    while len(keys) > size * 3 // 4:
        size *= 2
    batch = _by_bucket(reversed(keys), size)
    size = 1
    while size < int(len(keys) / 0.75 + 1):
        size *= 2
    return _by_bucket(batch, size)


def collected_order(keys):
    """The keys of a map in the order in which collect() and functions see them: they come out of a HashMap that was
    made for as many."""
    size = 1
    while size < len(keys):
        size *= 2
    if len(keys) > size * 3 // 4:
        size *= 2
    return _by_bucket(keys, size)


def _by_bucket(keys, size):
    """The order of a HashMap of so many buckets that the keys were put into one after the other."""
    buckets = {}
    for key in keys:
        code = _hash(key) & 0xFFFFFFFF
        buckets.setdefault((code ^ code >> 16) & size - 1, []).append(key)
    if max(map(len, buckets.values())) >= 8:  # such a bucket may become a tree
        raise UnsupportedOperation.of("a Python function that returns a dict whose keys have the same hash in Java")
    return [key for place in sorted(buckets) for key in buckets[place]]


def _hash(key):
    """hashCode() of what a key becomes."""
    kind = type(key)
    if kind is str:
        code = 0
        data = key.encode("utf-16-be", "surrogatepass")
        for i in range(0, len(data), 2):
            code = 31 * code + (data[i] << 8 | data[i + 1]) & 0xFFFFFFFF
        return code
    if kind is bool:
        return 1231 if key else 1237
    if kind is int and -(1 << 31) <= key < 1 << 31:
        return key
    if kind is int and -(1 << 63) <= key < 1 << 63:
        bits = key & 0xFFFFFFFFFFFFFFFF
        return bits ^ bits >> 32
    if kind is float:
        import struct
        bits = 0x7FF8000000000000 if key != key else struct.unpack(">Q", struct.pack(">d", key))[0]
        return bits ^ bits >> 32
    if key is None:
        return 0
    import datetime
    if kind is datetime.date:
        return key.toordinal() - datetime.date(1970, 1, 1).toordinal()
    if kind is datetime.datetime and key.tzinfo is None:
        return _hash(int((key - datetime.datetime(1970, 1, 1)) / datetime.timedelta(microseconds=1)))
    raise UnsupportedOperation.of("a Python function that returns a dict of %s" % kind.__name__)
