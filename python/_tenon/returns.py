"""What Spark makes of the value that a Python function returns: a cell of the declared type.

The value is pickled, and the JVM takes it when its class is the one that goes with the type; every other value is null
without a word (an int for a double, a text for an int). Dates and timestamps are made in Python, where a wrong value
raises; whole numbers wrap around. What Spark takes by a road of its own (objects, NumPy's numbers) is refused.
"""
from _tenon.cells import encode_binary, encode_float, encode_timestamp
from _tenon.errors import UnsupportedOperation
from _tenon.javatext import java_order, java_text
from pyspark.errors.exceptions.base import PySparkValueError



class JavaError(Exception):
    """A value that fails in the JVM, after Python has let it go."""

# Bits of the integer types.
_BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64}

# Classes of Python's own that are pickled well and go with no type but their own.
_PLAIN = (bool, int, float, str, bytes, bytearray, list, tuple, set, frozenset, dict, complex, type(None))

# The types that PySpark converts in Python, before pickling.
_CONVERTED = ("date", "timestamp", "timestamp_ntz", "struct")


def returner(data_type):
    """A function from what a Python function returns to its cell."""
    kind = data_type.typeName()
    make = {"string": java_text, "binary": _binary, "boolean": _of_class(bool), "double": _of_class(float, encode_float),
            "float": _of_class(float, encode_float), "date": _date, "timestamp": _timestamp,
            "timestamp_ntz": _timestamp_ntz, "void": _of_class()}.get(kind)
    if kind in _BITS:
        make = _integer(_BITS[kind])
    elif kind == "decimal":
        make = _decimal(data_type)
    elif kind == "array":
        make = _array(data_type)
    elif kind == "map":
        make = _map(data_type)
    elif kind == "struct":
        make = _struct(data_type)
    if make is None:
        raise UnsupportedOperation.of("a Python function that returns %s" % data_type.simpleString())
    return lambda value: None if value is None else make(value)


def _other(value):
    """The cell of a value whose class does not go with the type: null, if it is one that Spark can unpickle."""
    if type(value) in _PLAIN or type(value).__module__ in ("datetime", "decimal") and \
            getattr(value, "tzinfo", None) is None:
        return None
    raise UnsupportedOperation.of("a Python function that returns a %s.%s for another type"
                                  % (type(value).__module__, type(value).__name__),
                                  "return a value of the declared type, of Python's own classes")


def _of_class(wanted=None, encode=None):
    """Values of one class exactly; all others are null."""
    def make(value):
        if type(value) is wanted:
            return encode(value) if encode else value
        return _other(value)
    return make


def _integer(bits):
    """Whole numbers, which wrap around; beyond 64 bits they are null."""
    low, high, span = -(1 << bits - 1), 1 << bits - 1, 1 << bits

    def make(value):
        if type(value) is not int:
            return _other(value)
        if low <= value < high:
            return value
        if not -(1 << 63) <= value < 1 << 63:
            return None
        return (value - low) % span + low
    return make


def _decimal(data_type):
    """Decimals rounded half up to the scale. Too many digits fail, as in Spark."""
    import decimal
    quantum = decimal.Decimal(1).scaleb(-data_type.scale)
    context = decimal.Context(prec=200, rounding=decimal.ROUND_HALF_UP)

    def make(value):
        if type(value) is not decimal.Decimal:
            return _other(value)
        rounded = value.quantize(quantum, context=context)
        if not value.is_finite() or rounded and len(rounded.as_tuple().digits) > data_type.precision:
            raise JavaError("Decimal %s cannot be represented as %s" % (value, data_type.simpleString()))
        return format(rounded, "f")
    return make


def _binary(value):
    """Bytes, or a text in UTF-8."""
    if type(value) is str:
        return encode_binary(value.encode("utf-8"))
    return encode_binary(value) if type(value) in (bytes, bytearray) else _other(value)


def _date(value):
    """The day of whatever has an ordinal: a date or datetime."""
    import datetime
    return datetime.date.fromordinal(value.toordinal()).isoformat()


def _timestamp(value):
    """A datetime; one without a zone is UTC."""
    value.tzinfo, value.timetuple()
    return encode_timestamp(value)


def _timestamp_ntz(value):
    """A datetime as its clock shows it."""
    value.timetuple(), value.microsecond
    return encode_timestamp(value.replace(tzinfo=None))


def _converted(data_type):
    """Whether PySpark converts values of a type in Python."""
    kind = data_type.typeName()
    if kind == "array":
        return _converted(data_type.elementType)
    if kind == "map":
        return _converted(data_type.keyType) or _converted(data_type.valueType)
    return kind in _CONVERTED


def _array(data_type):
    """Lists and tuples; bytes are a list of signed numbers."""
    item, convert = returner(data_type.elementType), _converted(data_type.elementType)

    def make(value):
        if convert and value:
            return [item(element) for element in value]
        if type(value) in (list, tuple):
            return [item(element) for element in value]
        if type(value) in (bytes, bytearray):
            return [item(byte - 256 if byte > 127 else byte) for byte in value]
        return _other(value)
    return make


def _map(data_type):
    """Dicts, in the order of Java's HashMap. Keys that become null or equal are refused."""
    key, item = returner(data_type.keyType), returner(data_type.valueType)
    convert = _converted(data_type.keyType) or _converted(data_type.valueType)

    def make(value):
        if type(value) is not dict:
            return _refuse_map(value) if convert else _other(value)
        if _converted(data_type.keyType) and len(value) > 1:
            raise UnsupportedOperation.of("a Python function that returns a map of several %s"
                                          % data_type.keyType.simpleString())
        pairs = [[key(k), item(value[k])] for k in java_order(value)]
        if any(pair[0] is None for pair in pairs) or len({str(pair[0]) for pair in pairs}) < len(pairs):
            raise UnsupportedOperation.of("a Python function that returns a map with null or equal keys")
        return pairs
    return make


def _refuse_map(value):
    """A map type with dates inside takes any object with items()."""
    raise UnsupportedOperation.of("a Python function that returns a %s for a map" % type(value).__name__,
                                  "return a dict")


def _struct(data_type):
    """A dict or object by the names of its members, a tuple, list or Row by position."""
    items = [returner(field.dataType) for field in data_type.fields]
    names, convert = data_type.names, any(_converted(field.dataType) for field in data_type.fields)

    def make(value):
        if isinstance(value, dict):
            cells = [value.get(name) for name in names]
        elif isinstance(value, (tuple, list)):
            cells = [value[name] for name in names] if getattr(value, "__from_dict__", False) else list(value)
        elif hasattr(value, "__dict__"):
            cells = [value.__dict__.get(name) for name in names]
        else:
            raise PySparkValueError("[UNEXPECTED_TUPLE_WITH_STRUCT] Unexpected tuple %s with StructType." % (value,))
        if convert:
            del cells[len(items):]
        if len(cells) != len(items):
            raise JavaError("Input row doesn't have expected number of values required by the schema. %d fields are "
                             "required while %d values are provided." % (len(items), len(cells)))
        return [item(cell) for item, cell in zip(items, cells)]
    return make
