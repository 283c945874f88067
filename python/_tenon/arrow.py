"""Arrow arrays of cells, and back: what Python functions over pandas get and give. It needs pyarrow, as in PySpark."""
from pyspark.errors.exceptions.base import PySparkTypeError
from pyspark.sql import types as t

# Arrow's name of each type that it has one for, and Spark's.
_NAMES = {"bool_": t.BooleanType, "int8": t.ByteType, "int16": t.ShortType, "int32": t.IntegerType, "int64": t.LongType,
          "float32": t.FloatType, "float64": t.DoubleType, "string": t.StringType, "binary": t.BinaryType,
          "date32": t.DateType, "null": t.NullType}
_ARROW = {made: name for name, made in _NAMES.items()}

# The types whose cells Arrow takes and gives as they are.
_SAME = (t.BooleanType, t.ByteType, t.ShortType, t.IntegerType, t.LongType, t.StringType, t.NullType)


def arrow_type(data_type):
    """The Arrow type of a Spark type; PySparkTypeError where Spark has none."""
    import pyarrow
    if type(data_type) in _ARROW:
        return getattr(pyarrow, _ARROW[type(data_type)])()
    if isinstance(data_type, t.DecimalType):
        return pyarrow.decimal128(data_type.precision, data_type.scale)
    if isinstance(data_type, t.TimestampType):
        return pyarrow.timestamp("us", tz="UTC")
    if isinstance(data_type, t.TimestampNTZType):
        return pyarrow.timestamp("us")
    if isinstance(data_type, t.DayTimeIntervalType):
        return pyarrow.duration("us")
    if isinstance(data_type, t.ArrayType):
        return pyarrow.list_(_field("element", data_type.elementType, data_type.containsNull))
    if isinstance(data_type, t.MapType):
        return pyarrow.map_(_field("key", data_type.keyType, False),
                            _field("value", data_type.valueType, data_type.valueContainsNull))
    if isinstance(data_type, t.StructType):
        return pyarrow.struct([_field(f.name, f.dataType, f.nullable) for f in data_type.fields])
    raise _unknown(data_type)


def _field(name, data_type, nullable):
    """A part of a nested Arrow type."""
    import pyarrow
    return pyarrow.field(name, arrow_type(data_type), nullable=nullable)


def _unknown(kind):
    """The error for a type that one side has and the other has not."""
    return PySparkTypeError("[UNSUPPORTED_DATA_TYPE_FOR_ARROW_CONVERSION] %s is not supported in conversion to Arrow." % kind)


def spark_type(arrow):
    """The Spark type of an Arrow type, every timestamp being one of the session's zone; PySparkTypeError where there is
    none."""
    import pyarrow
    from pyarrow import types as kinds
    for name, made in _NAMES.items():
        if arrow == getattr(pyarrow, name)():
            return made()
    if kinds.is_large_string(arrow) or kinds.is_large_binary(arrow):
        return t.StringType() if kinds.is_large_string(arrow) else t.BinaryType()
    if kinds.is_decimal(arrow):
        return t.DecimalType(arrow.precision, arrow.scale)
    if kinds.is_timestamp(arrow):
        return t.TimestampType()
    if kinds.is_duration(arrow):
        return t.DayTimeIntervalType()
    if kinds.is_list(arrow):
        return t.ArrayType(spark_type(arrow.value_type))
    if kinds.is_map(arrow):
        return t.MapType(spark_type(arrow.key_type), spark_type(arrow.item_type))
    if kinds.is_struct(arrow):
        return t.StructType([t.StructField(f.name, spark_type(f.type), f.nullable) for f in arrow])
    if kinds.is_dictionary(arrow):
        return spark_type(arrow.value_type)
    raise _unknown(arrow)


def array(cells, data_type):
    """The Arrow array of a column of cells."""
    import pyarrow
    wanted = arrow_type(data_type)
    if isinstance(data_type, (t.DateType, t.TimestampType, t.TimestampNTZType)):
        return pyarrow.array(cells, "string").cast(pyarrow.timestamp("us") if pyarrow.types.is_timestamp(wanted) else wanted) \
            .cast(wanted)
    if isinstance(data_type, t.StructType):
        return _structs(cells, data_type, wanted)
    if isinstance(data_type, (t.ArrayType, t.MapType)):
        return _lists(cells, data_type, wanted)
    if not isinstance(data_type, _SAME):
        from _tenon.cells import decoder
        make = decoder(data_type)
        cells = [make(cell) for cell in cells]
    return pyarrow.array(cells, wanted)


def _structs(cells, data_type, wanted):
    """array of structs. The members of a null are null, too, as in the JVM: whole numbers beside it are floats in pandas."""
    import pyarrow
    none = [None] * len(data_type.fields)
    columns = list(zip(*[none if cell is None else cell for cell in cells])) or [()] * len(none)
    parts = [array(list(column), field.dataType) for column, field in zip(columns, data_type.fields)]
    missing = pyarrow.array([cell is None for cell in cells], "bool")
    return pyarrow.StructArray.from_arrays(parts, fields=list(wanted), mask=missing)


def _lists(cells, data_type, wanted):
    """array of arrays or maps."""
    import pyarrow
    ends, parts = [0], []
    for cell in cells:
        parts.extend(cell or ())
        ends.append(len(parts))
    starts = [None if cell is None else start for cell, start in zip(cells, ends)] + ends[-1:]
    offsets = pyarrow.array(starts, "int32")
    if isinstance(data_type, t.ArrayType):
        return pyarrow.ListArray.from_arrays(offsets, array(parts, data_type.elementType), type=wanted)
    keys = array([key for key, _ in parts], data_type.keyType)
    return pyarrow.MapArray.from_arrays(offsets, keys, array([item for _, item in parts], data_type.valueType), type=wanted)


def _optional(make):
    """make for values that may be None, which stays None."""
    return lambda value: None if value is None else make(value)


def cells(column, data_type):
    """The cells of an Arrow array, as a list."""
    values = column.to_pylist()
    if isinstance(data_type, _SAME):
        return values
    make = _cell(data_type)
    return [None if value is None else make(value) for value in values]


def _cell(data_type):
    """The function from a value of Arrow's that is not null to its cell."""
    if isinstance(data_type, t.ArrayType):
        item = _optional(_cell(data_type.elementType))
        return lambda value: [item(part) for part in value]
    if isinstance(data_type, t.MapType):
        key, item = _cell(data_type.keyType), _optional(_cell(data_type.valueType))
        return lambda value: [[key(k), item(v)] for k, v in value]
    if isinstance(data_type, t.StructType):
        items = [(f.name, _optional(_cell(f.dataType))) for f in data_type.fields]
        return lambda value: [item(value[name]) for name, item in items]
    from _tenon.cells import encoder
    return encoder(data_type) or (lambda value: value)
