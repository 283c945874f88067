"""Values on their way to the worker and back: plan.Rows' cells against Python objects.

encoder(type) and decoder(type) return a function for cells of one type, or None where the JSON value is the Python
value already; a whole column then costs nothing.
"""
from pyspark.errors.exceptions.base import IllegalArgumentException, PySparkTypeError

# The doubles that JSON has no number for.
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def encode_float(value):
    """A double's cell: a number, or the text of a value that is not finite."""
    value = float(value)
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def encode_timestamp(value):
    """A timestamp's cell. A time without a zone is UTC, the zone of every session; another zone is converted."""
    if value.tzinfo is not None:
        import datetime
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value.isoformat(timespec="microseconds")


def encode_timedelta(value):
    """An interval's cell: microseconds."""
    return (value.days * 86400 + value.seconds) * 1000000 + value.microseconds


def encode_binary(value):
    """Bytes as their base64 cell."""
    import base64
    return base64.b64encode(bytes(value)).decode("ascii")


def decimal_type(value):
    """The decimal type of a Decimal literal: wide enough for its digits and scale, at most 38."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise PySparkTypeError("a decimal literal must be finite, got %s" % value)
    scale = max(-exponent, 0)
    precision = max(len(digits) + max(exponent, 0), scale, 1)
    if precision > 38:
        raise PySparkTypeError("a decimal literal has at most 38 digits, got %s" % value)
    return "decimal(%d,%d)" % (precision, scale)


def encode_scalar(value):
    """(cell, simpleString) of a literal that is not a list, typed as PySpark types it."""
    if value is None:
        return None, "void"
    if isinstance(value, bool):
        return bool(value), "boolean"
    if isinstance(value, int):
        if -(1 << 31) <= value < 1 << 31:
            return int(value), "int"
        if -(1 << 63) <= value < 1 << 63:
            return int(value), "bigint"
        raise PySparkTypeError("an integer literal has at most 64 bits, got %d" % value)
    if isinstance(value, float):
        return encode_float(value), "double"
    if isinstance(value, str):
        return str(value), "string"
    if isinstance(value, (bytes, bytearray)):
        return encode_binary(value), "binary"
    return _encode_rare_scalar(value)


def _encode_rare_scalar(value):
    """As encode_scalar, for values whose modules a short script need not import."""
    import datetime
    import decimal
    if isinstance(value, decimal.Decimal):
        return format(value, "f"), decimal_type(value)
    if isinstance(value, datetime.datetime):
        return encode_timestamp(value), "timestamp"
    if isinstance(value, datetime.date):
        return value.isoformat(), "date"
    if isinstance(value, datetime.timedelta):
        return encode_timedelta(value), "interval day to second"
    item = getattr(value, "item", None)  # a NumPy scalar
    if type(value).__module__ == "numpy" and callable(item) and getattr(value, "ndim", 0) == 0:
        kind = {"int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint",
                "float32": "float", "float64": "double"}.get(type(value).__name__)
        cell, plain = encode_scalar(item())
        return cell, kind or plain
    raise IllegalArgumentException("[UNSUPPORTED_FEATURE.LITERAL_TYPE] The feature is not supported: Literal for %r "
                                   "of %s." % (value, type(value)))


def encoder(data_type):
    """A function from a verified Python value to its cell, or None when they are the same."""
    kind = data_type.typeName()
    if kind in ("double", "float"):
        return _optional(encode_float)
    if kind == "decimal":
        return _decimal_encoder(data_type)
    if kind in ("timestamp", "timestamp_ntz"):
        return _optional(encode_timestamp)
    if kind == "daytimeinterval":
        return _optional(encode_timedelta)
    if kind == "date":
        return _optional(lambda value: (value.date() if hasattr(value, "hour") else value).isoformat())
    if kind == "binary":
        return _optional(encode_binary)
    if kind == "string":
        return _optional(_as_string)
    if kind == "array":
        item = encoder(data_type.elementType) or _same
        return _optional(lambda value: [item(element) for element in value])
    if kind == "map":
        key, item = encoder(data_type.keyType) or _same, encoder(data_type.valueType) or _same
        from _tenon.javatext import java_order
        return _optional(lambda value: [[key(k), item(value[k])] for k in _ordered(java_order, list(value))])
    if kind == "struct":
        fields = [encoder(field.dataType) or _same for field in data_type.fields]
        names = data_type.names
        return _optional(lambda value: [
            encode(cell) for encode, cell in zip(fields, struct_values(value, names))])
    return None


def struct_values(value, names):
    """The members of a struct in field order, whether value is a Row, tuple, list, dict or plain object."""
    if isinstance(value, dict):
        return [value.get(name) for name in names]
    if isinstance(value, (tuple, list)):
        if getattr(value, "__from_dict__", False):
            return [value[name] for name in names]
        return list(value)
    return [value.__dict__.get(name) for name in names]


def _decimal_encoder(data_type):
    """Rounds half up to the scale, as Spark does, and raises where the digits do not fit."""
    import decimal
    quantum = decimal.Decimal(1).scaleb(-data_type.scale)
    context = decimal.Context(prec=76, rounding=decimal.ROUND_HALF_UP)

    def encode(value):
        if value.is_nan():
            return None
        rounded = value.quantize(quantum, context=context)
        if len(rounded.as_tuple().digits) > data_type.precision and rounded:
            from py4j.protocol import Py4JJavaError
            raise Py4JJavaError("Decimal %s cannot be represented as %s" % (value, data_type.simpleString()))
        return format(rounded, "f")
    return _optional(encode)


def _as_string(value):
    """What a string column makes of a value: text as it is, booleans and numbers as the JVM prints them."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        from _tenon.text import java_double
        return java_double(value)
    raise PySparkTypeError("a string column cannot take %r of type %s; convert it to str first"
                           % (value, type(value).__name__))


def _optional(encode):
    """encode for values that may be None, which stays None."""
    return lambda value: None if value is None else encode(value)


def _ordered(order, keys):
    """The keys of a map in the order of the JVM; as they are where that order is not known."""
    from _tenon.errors import UnsupportedOperation
    try:
        return order(keys)
    except UnsupportedOperation:
        return keys


def _same(value):
    """The value itself."""
    return value


def decoder(data_type):
    """A function from a cell to the Python object collect() returns, or None when they are the same."""
    kind = data_type.typeName()
    if kind in ("double", "float"):
        return lambda cell: _NOT_FINITE[cell] if isinstance(cell, str) else None if cell is None else float(cell)
    if kind == "decimal":
        import decimal
        return _optional(decimal.Decimal)
    if kind in ("timestamp", "timestamp_ntz"):
        import datetime
        return _optional(datetime.datetime.fromisoformat)
    if kind == "daytimeinterval":
        import datetime
        return _optional(lambda cell: datetime.timedelta(microseconds=cell))
    if kind == "date":
        import datetime
        return _optional(datetime.date.fromisoformat)
    if kind == "binary":
        import base64
        return _optional(lambda cell: bytearray(base64.b64decode(cell)))
    if kind == "array":
        item = decoder(data_type.elementType)
        return item and _optional(lambda cell: [item(element) for element in cell])
    if kind == "map":
        key, item = decoder(data_type.keyType) or _same, decoder(data_type.valueType) or _same
        from _tenon.javatext import collected_order

        def make(cell):
            made = {key(k): item(v) for k, v in cell}
            return {k: made[k] for k in _ordered(collected_order, list(made))} if len(made) > 1 else made
        return _optional(make)
    if kind == "struct":
        make = row_maker(data_type)
        return _optional(make)
    return None


def row_maker(struct):
    """A function from a list of cells to a Row of the struct's fields."""
    from pyspark.sql.types import Row
    names = list(struct.names)
    decoders = [decoder(field.dataType) for field in struct.fields]
    changed = [(i, decode) for i, decode in enumerate(decoders) if decode is not None]

    def make(cells):
        cells = list(cells)
        for i, decode in changed:
            cells[i] = decode(cells[i])
        row = tuple.__new__(Row, cells)
        row.__fields__ = names
        return row
    return make
