"""createDataFrame: the schema PySpark would infer from Python objects, and the check of rows against a schema."""
from pyspark.errors.exceptions.base import PySparkTypeError, PySparkValueError, argument_error
from pyspark.sql import types as t

# The types of Python's own scalars.
_SCALARS = {bool: t.BooleanType, int: t.LongType, float: t.DoubleType, str: t.StringType, bytes: t.BinaryType,
            bytearray: t.BinaryType, type(None): t.NullType}

# Bits of the integer types.
_RANGES = {"byte": 8, "short": 16, "integer": 32, "long": 64}


def plan_values(data, schema, verify=True):
    """(StructType, rows of cells) of createDataFrame's data (a list of rows) and schema (None, a list of names, a
    DDL text, a DataType)."""
    from _tenon.cells import encoder, struct_values
    if isinstance(schema, str):
        schema = t._parse_datatype_string(schema)
    if isinstance(schema, t.DataType):
        if not isinstance(schema, t.StructType):  # rows of one value, not in a tuple
            schema = t.StructType([t.StructField("value", schema)])
            data = [(value,) for value in data]
        keys = schema.names
    elif schema is None or isinstance(schema, (list, tuple)):
        schema, keys = _infer_rows(data, schema)
        verify = False
    else:
        raise argument_error("schema", "schema", schema)
    verifiers = [verifier(field.dataType, field.nullable) for field in schema.fields]
    encoders = [encoder(field.dataType) if verify else _unverified(field.dataType) for field in schema.fields]
    rows = []
    for row in data:
        if not isinstance(row, (dict, tuple, list)) and not hasattr(row, "__dict__"):
            raise PySparkTypeError("[CANNOT_ACCEPT_OBJECT_IN_TYPE] `StructType` can not accept object `%s` in type "
                                   "`%s`." % (row, type(row).__name__))
        cells = struct_values(row, keys)
        if len(cells) != len(encoders):
            raise PySparkValueError("[LENGTH_SHOULD_BE_THE_SAME] obj and fields should be of the same length, got "
                                    "%d and %d." % (len(cells), len(encoders)))
        if verify:
            for check, cell in zip(verifiers, cells):
                check(cell)
        rows.append([encode(cell) if encode else cell for encode, cell in zip(encoders, cells)])
    return schema, rows


def _unverified(data_type):
    """An encoder of values that nobody has held to the type: what does not fit it is null, as from a Python function."""
    from _tenon.cells import encoder
    from _tenon.errors import UnsupportedOperation
    from _tenon.returns import JavaError, returner
    try:
        encode = returner(data_type)
    except UnsupportedOperation:  # an interval
        return encoder(data_type)

    def convert(value):
        try:
            return encode(value)
        except JavaError as err:
            from py4j.protocol import Py4JJavaError
            raise Py4JJavaError(str(err)) from None
    return convert


def rdd_values(rdd, schema, sampling, verify):
    """As plan_values for an RDD, whose rows are encoded as they are sent. The first row tells the types, and the next
    hundred where it holds nulls; a later value of another type is null."""
    from _tenon.errors import UnsupportedOperation
    from _tenon.returns import returner
    if sampling is not None:
        raise UnsupportedOperation.of("createDataFrame of an RDD with samplingRatio", "give a schema")
    if isinstance(schema, str):
        schema = t._parse_datatype_string(schema)
    if isinstance(schema, t.StructType):
        check = verifier(schema) if verify else None
    elif isinstance(schema, t.DataType):
        rdd, schema = rdd.map(lambda value: (value,)), t.StructType([t.StructField("value", schema)])
        check = verifier(schema) if verify else None
    elif schema is None or isinstance(schema, (list, tuple)):
        schema, check = _infer_rdd(rdd, schema), None
    else:
        raise argument_error("schema", "schema", schema)
    encode = returner(schema)

    def convert(row):
        if check:
            check(row)
        return encode(row)
    return schema, rdd.map(convert).toLocalIterator()


def _infer_rdd(rdd, names):
    """The struct that the first rows of an RDD tell, with the given names laid over it."""
    head = rdd.take(100)
    if not head:
        raise ValueError("RDD is empty")
    if not head[0] and not isinstance(head[0], dict):
        raise PySparkValueError("[CANNOT_INFER_EMPTY_SCHEMA] Can not infer schema from empty dataset.")
    struct = _infer_struct(head[0], names)
    for row in head[1:]:
        if not _has_null(struct):
            break
        struct = _merge(struct, _infer_struct(row, names))
    if _has_null(struct):
        raise PySparkValueError("[CANNOT_DETERMINE_TYPE] Some of types cannot be determined after inferring.")
    for i, name in enumerate(names or []):
        struct.fields[i].name = struct.names[i] = name
    return struct


def _infer_rows(data, names):
    """The struct that all rows agree on, with the given names laid over it, and the names that it had before."""
    if not data:
        raise PySparkValueError("[CANNOT_INFER_EMPTY_SCHEMA] Can not infer schema from empty dataset.")
    struct, seen = None, set()
    for row in data:
        if type(row) in (tuple, list):  # of rows with the same scalar types, one tells all
            shape = tuple(map(type, row))
            if shape in seen:
                continue
            if all(kind in _SCALARS for kind in shape):
                seen.add(shape)
        found = _infer_struct(row, names)
        struct = found if struct is None else _merge(struct, found)
    if _has_null(struct):
        raise PySparkValueError("[CANNOT_DETERMINE_TYPE] Some of types cannot be determined after inferring.")
    keys = list(struct.names)
    if names is not None:
        for i, name in enumerate(names):
            struct.fields[i].name = name
            struct.names[i] = name
    return struct, keys


def _infer_struct(row, names=None):
    """The struct of one row: a dict, a Row or other named tuple, a plain tuple or list, or an object."""
    if isinstance(row, dict):
        items = sorted(row.items())
    elif isinstance(row, (tuple, list)):
        if hasattr(row, "__fields__"):
            items = zip(row.__fields__, tuple(row))
        elif hasattr(row, "_fields"):
            items = zip(row._fields, tuple(row))
        else:
            known = list(names or [])[:len(row)]
            items = zip(known + ["_%d" % i for i in range(len(known) + 1, len(row) + 1)], row)
    elif hasattr(row, "__dict__"):
        items = sorted(row.__dict__.items())
    else:
        raise PySparkTypeError("[CANNOT_INFER_SCHEMA_FOR_TYPE] Can not infer schema for type: `%s`."
                               % type(row).__name__)
    fields = []
    for name, value in items:
        try:
            fields.append(t.StructField(name, infer_type(value)))
        except TypeError as err:
            raise PySparkTypeError("[CANNOT_INFER_TYPE_FOR_FIELD] Unable to infer the type of the field `%s`."
                                   % name) from err
    return t.StructType(fields)


def infer_type(value):
    """The type PySpark gives to one value."""
    if value is None:
        return t.NullType()
    simple = _SCALARS.get(type(value))
    if simple:
        return simple()
    import datetime
    import decimal
    if isinstance(value, decimal.Decimal):
        return t.DecimalType(38, 18)
    if isinstance(value, datetime.datetime):
        return t.TimestampType()
    if isinstance(value, datetime.date):
        return t.DateType()
    if isinstance(value, datetime.timedelta):
        return t.DayTimeIntervalType()
    if isinstance(value, dict):
        for key, item in value.items():
            if key is not None and item is not None:
                return t.MapType(infer_type(key), infer_type(item))
        return t.MapType(t.NullType(), t.NullType())
    if isinstance(value, list):
        element = t.NullType()
        for item in value:
            element = _merge(element, infer_type(item))
        return t.ArrayType(element)
    if isinstance(value, tuple) or hasattr(value, "__dict__"):
        return _infer_struct(value)
    raise PySparkTypeError("[UNSUPPORTED_DATA_TYPE] Unsupported DataType `%s`." % type(value).__name__)


def _merge(a, b):
    """The type of values that are of type a or b; text wins over other simple types, as in Spark 3.4 and later."""
    if isinstance(a, t.NullType):
        return b
    if isinstance(b, t.NullType) or a == b:
        return a
    if isinstance(a, t.AtomicType) and isinstance(b, t.StringType):
        return b
    if isinstance(a, t.StringType) and isinstance(b, t.AtomicType):
        return a
    if type(a) is not type(b):
        raise PySparkTypeError("[CANNOT_MERGE_TYPE] Can not merge type `%s` and `%s`."
                               % (type(a).__name__, type(b).__name__))
    if isinstance(a, t.StructType):
        others = {field.name: field.dataType for field in b.fields}
        fields = [t.StructField(f.name, _merge(f.dataType, others.pop(f.name, t.NullType()))) for f in a.fields]
        return t.StructType(fields + [t.StructField(f.name, f.dataType) for f in b.fields if f.name in others])
    if isinstance(a, t.ArrayType):
        return t.ArrayType(_merge(a.elementType, b.elementType))
    if isinstance(a, t.MapType):
        return t.MapType(_merge(a.keyType, b.keyType), _merge(a.valueType, b.valueType))
    return a


def _has_null(data_type):
    """Whether any part of a type is still unknown, because all its values were None."""
    if isinstance(data_type, t.StructType):
        return any(_has_null(field.dataType) for field in data_type.fields)
    if isinstance(data_type, t.ArrayType):
        return _has_null(data_type.elementType)
    if isinstance(data_type, t.MapType):
        return _has_null(data_type.keyType) or _has_null(data_type.valueType)
    return isinstance(data_type, t.NullType)


def verifier(data_type, nullable=True):
    """A function that raises where a value does not fit a type."""
    inner = _verifier(data_type)

    def check(value):
        if value is None:
            if not nullable:
                raise PySparkValueError("[CANNOT_BE_NONE] Argument `obj` can not be None.")
            return
        inner(value)
    return check


def _verifier(data_type):
    """verifier for values that are not None."""
    if isinstance(data_type, (t.StringType, t.CharType, t.VarcharType)):
        return lambda value: None
    if isinstance(data_type, t.IntegralType):
        return _integer_verifier(data_type)
    if isinstance(data_type, t.ArrayType):
        check = verifier(data_type.elementType, data_type.containsNull)
        return lambda value: (_accept(data_type, value, (list, tuple)), [check(item) for item in value])
    if isinstance(data_type, t.MapType):
        key, item = verifier(data_type.keyType, False), verifier(data_type.valueType, data_type.valueContainsNull)
        return lambda value: (_accept(data_type, value, (dict,)), [(key(k), item(v)) for k, v in value.items()])
    if isinstance(data_type, t.StructType):
        return _struct_verifier(data_type)
    return lambda value: _accept(data_type, value, _accepted(data_type))


def _accepted(data_type):
    """The Python classes whose values a simple type takes."""
    import datetime
    import decimal
    return {
        "boolean": (bool,), "float": (float,), "double": (float,), "decimal": (decimal.Decimal,),
        "date": (datetime.date, datetime.datetime), "timestamp": (datetime.datetime,),
        "timestamp_ntz": (datetime.datetime,), "binary": (bytes, bytearray),
        "daytimeinterval": (datetime.timedelta,), "void": (),
    }.get(data_type.typeName(), ())


def _accept(data_type, value, accepted):
    """PySpark accepts by exact class, so that True is no integer and 1 is no double."""
    if type(value) not in accepted:
        raise PySparkTypeError("[CANNOT_ACCEPT_OBJECT_IN_TYPE] `%s` can not accept object `%s` in type `%s`."
                               % (data_type, value, type(value).__name__))


def _integer_verifier(data_type):
    """Exact class and range of an integer type."""
    bits = _RANGES[data_type.typeName()]
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1

    def check(value):
        _accept(data_type, value, (int,))
        if not low <= value <= high:
            raise PySparkValueError("[VALUE_OUT_OF_BOUND] Value for `obj` must be greater than %d or less than %d, "
                                    "got %d" % (high, low, value))
    return check


def _struct_verifier(data_type):
    """Number and types of a struct's members."""
    from _tenon.cells import struct_values
    checks = [verifier(field.dataType, field.nullable) for field in data_type.fields]

    def check(value):
        if not isinstance(value, (dict, tuple, list)) and not hasattr(value, "__dict__"):
            _accept(data_type, value, ())
        cells = struct_values(value, data_type.names)
        if len(cells) != len(checks):
            raise PySparkValueError("[LENGTH_SHOULD_BE_THE_SAME] obj and fields should be of the same length, got "
                                    "%d and %d." % (len(cells), len(checks)))
        for inner, cell in zip(checks, cells):
            inner(cell)
    return check
