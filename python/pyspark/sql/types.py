"""pyspark.sql.types: the data types of Spark SQL, and Row."""
from _tenon.rows import Row
from pyspark.errors.exceptions.base import PySparkValueError, argument_error

__all__ = [
    "DataType", "NullType", "CharType", "StringType", "VarcharType", "BinaryType", "BooleanType", "DateType",
    "TimestampType", "TimestampNTZType", "DecimalType", "DoubleType", "FloatType", "ByteType", "IntegerType",
    "LongType", "DayTimeIntervalType", "YearMonthIntervalType", "Row", "ShortType", "ArrayType", "MapType",
    "StructField", "StructType",
]


class DataType:
    """Root of the data types. Two types are equal when class and parameters are."""

    def __repr__(self):
        return self.__class__.__name__ + "()"

    def __hash__(self):
        return hash(str(self))

    def __eq__(self, other):
        return isinstance(other, self.__class__) and self.__dict__ == other.__dict__

    def __ne__(self, other):
        return not self.__eq__(other)

    @classmethod
    def typeName(cls):
        """The name in JSON schemas and printSchema, e.g. long."""
        return cls.__name__[:-4].lower()

    def simpleString(self):
        """The name in SQL and dtypes, e.g. bigint."""
        return self.typeName()

    def jsonValue(self):
        return self.typeName()

    def json(self):
        import json
        return json.dumps(self.jsonValue(), separators=(",", ":"), sort_keys=True)

    def needConversion(self):
        return False

    def toInternal(self, obj):
        return obj

    def fromInternal(self, obj):
        return obj

    @classmethod
    def fromDDL(cls, ddl):
        """The type that a DDL text describes; a list of columns is a StructType."""
        return _parse_datatype_string(ddl)


class NullType(DataType):
    """The type of None alone."""

    @classmethod
    def typeName(cls):
        return "void"


class AtomicType(DataType):
    """A type without parts."""


class NumericType(AtomicType):
    """A number."""


class IntegralType(NumericType):
    """A whole number."""


class FractionalType(NumericType):
    """A number with a fraction."""


class StringType(AtomicType):
    """Text."""


class CharType(AtomicType):
    """Text padded to a fixed length."""

    def __init__(self, length):
        self.length = length

    def simpleString(self):
        return "char(%d)" % self.length

    jsonValue = simpleString

    def __repr__(self):
        return "CharType(%d)" % self.length


class VarcharType(AtomicType):
    """Text up to a length."""

    def __init__(self, length):
        self.length = length

    def simpleString(self):
        return "varchar(%d)" % self.length

    jsonValue = simpleString

    def __repr__(self):
        return "VarcharType(%d)" % self.length


class BinaryType(AtomicType):
    """Bytes."""


class BooleanType(AtomicType):
    """True or False."""


class DateType(AtomicType):
    """A day: datetime.date."""


class TimestampType(AtomicType):
    """An instant, shown in the session's zone: datetime.datetime without zone, UTC."""


class TimestampNTZType(AtomicType):
    """A date and time without zone."""

    @classmethod
    def typeName(cls):
        return "timestamp_ntz"


class DecimalType(FractionalType):
    """An exact number of precision digits, scale of them after the point: decimal.Decimal."""

    def __init__(self, precision=10, scale=0):
        self.precision = precision
        self.scale = scale
        self.hasPrecisionInfo = True

    def simpleString(self):
        return "decimal(%d,%d)" % (self.precision, self.scale)

    jsonValue = simpleString

    def __repr__(self):
        return "DecimalType(%d,%d)" % (self.precision, self.scale)


class DoubleType(FractionalType):
    """A 64-bit float."""


class FloatType(FractionalType):
    """A 32-bit float."""


class ByteType(IntegralType):
    """An integer of 8 bits."""

    def simpleString(self):
        return "tinyint"


class ShortType(IntegralType):
    """An integer of 16 bits."""

    def simpleString(self):
        return "smallint"


class IntegerType(IntegralType):
    """An integer of 32 bits."""

    def simpleString(self):
        return "int"


class LongType(IntegralType):
    """An integer of 64 bits."""

    def simpleString(self):
        return "bigint"


class _IntervalType(AtomicType):
    """An interval from one unit to a smaller one; units and name come from the subclass."""

    _units = ()

    def __init__(self, startField=None, endField=None):
        if startField is None and endField is None:
            startField, endField = 0, len(self._units) - 1
        elif startField is not None and endField is None:
            endField = startField
        if startField not in range(len(self._units)) or endField not in range(len(self._units)):
            raise RuntimeError("interval %s to %s is invalid" % (startField, endField))
        self.startField, self.endField = startField, endField

    def simpleString(self):
        first, last = self._units[self.startField], self._units[self.endField]
        return "interval " + (first if first == last else "%s to %s" % (first, last))

    jsonValue = simpleString

    def __repr__(self):
        return "%s(%d, %d)" % (self.__class__.__name__, self.startField, self.endField)


class DayTimeIntervalType(_IntervalType):
    """An interval of days to seconds: datetime.timedelta."""

    _units = ("day", "hour", "minute", "second")
    DAY, HOUR, MINUTE, SECOND = 0, 1, 2, 3

    @classmethod
    def typeName(cls):
        return "daytimeinterval"


class YearMonthIntervalType(_IntervalType):
    """An interval of years to months."""

    _units = ("year", "month")
    YEAR, MONTH = 0, 1

    @classmethod
    def typeName(cls):
        return "yearmonthinterval"


class ArrayType(DataType):
    """A list of elements of one type."""

    def __init__(self, elementType, containsNull=True):
        assert isinstance(elementType, DataType), "elementType %s should be an instance of %s" % (
            elementType, DataType)
        self.elementType = elementType
        self.containsNull = containsNull

    def simpleString(self):
        return "array<%s>" % self.elementType.simpleString()

    def jsonValue(self):
        return {"type": "array", "elementType": self.elementType.jsonValue(), "containsNull": self.containsNull}

    def __repr__(self):
        return "ArrayType(%s, %s)" % (self.elementType, self.containsNull)

    @classmethod
    def fromJson(cls, json):
        return ArrayType(_parse_datatype_json_value(json["elementType"]), json["containsNull"])


class MapType(DataType):
    """A dict of keys of one type to values of another."""

    def __init__(self, keyType, valueType, valueContainsNull=True):
        assert isinstance(keyType, DataType), "keyType %s should be an instance of %s" % (keyType, DataType)
        assert isinstance(valueType, DataType), "valueType %s should be an instance of %s" % (valueType, DataType)
        self.keyType = keyType
        self.valueType = valueType
        self.valueContainsNull = valueContainsNull

    def simpleString(self):
        return "map<%s,%s>" % (self.keyType.simpleString(), self.valueType.simpleString())

    def jsonValue(self):
        return {"type": "map", "keyType": self.keyType.jsonValue(), "valueType": self.valueType.jsonValue(),
                "valueContainsNull": self.valueContainsNull}

    def __repr__(self):
        return "MapType(%s, %s, %s)" % (self.keyType, self.valueType, self.valueContainsNull)

    @classmethod
    def fromJson(cls, json):
        return MapType(_parse_datatype_json_value(json["keyType"]), _parse_datatype_json_value(json["valueType"]),
                       json["valueContainsNull"])


class StructField(DataType):
    """One named member of a StructType."""

    def __init__(self, name, dataType, nullable=True, metadata=None):
        assert isinstance(dataType, DataType), "dataType %s should be an instance of %s" % (dataType, DataType)
        assert isinstance(name, str), "field name %s should be a string" % (name,)
        self.name = name
        self.dataType = dataType
        self.nullable = nullable
        self.metadata = metadata or {}

    def simpleString(self):
        return "%s:%s" % (self.name, self.dataType.simpleString())

    def jsonValue(self):
        return {"name": self.name, "type": self.dataType.jsonValue(), "nullable": self.nullable,
                "metadata": self.metadata}

    def typeName(self):
        raise TypeError("StructField does not have typeName. Use typeName on its type explicitly instead.")

    def __repr__(self):
        return "StructField('%s', %s, %s)" % (self.name, self.dataType, self.nullable)

    @classmethod
    def fromJson(cls, json):
        return StructField(json["name"], _parse_datatype_json_value(json["type"]), json.get("nullable", True),
                           json.get("metadata"))


class StructType(DataType):
    """Named fields in order: the schema of a DataFrame, or of a column with members."""

    def __init__(self, fields=None):
        self.fields = list(fields) if fields else []
        self.names = [field.name for field in self.fields]
        assert all(isinstance(field, StructField) for field in self.fields), "fields should be a list of StructField"

    def add(self, field, data_type=None, nullable=True, metadata=None):
        """Appends a StructField, or a field of a name and a type (a DataType or its DDL text)."""
        if not isinstance(field, StructField):
            if isinstance(field, str) and data_type is None:
                raise PySparkValueError("[ARGUMENT_REQUIRED] Argument `data_type` is required when passing name of "
                                        "struct_field to create.")
            if isinstance(data_type, str):
                data_type = _parse_datatype_string(data_type)
            field = StructField(field, data_type, nullable, metadata)
        self.fields.append(field)
        self.names.append(field.name)
        return self

    def __iter__(self):
        return iter(self.fields)

    def __len__(self):
        return len(self.fields)

    def __getitem__(self, key):
        if isinstance(key, str):
            for field in self.fields:
                if field.name == key:
                    return field
            raise KeyError("No StructField named {0}".format(key))
        if isinstance(key, int):
            try:
                return self.fields[key]
            except IndexError:
                raise IndexError("StructType index out of range") from None
        if isinstance(key, slice):
            return StructType(self.fields[key])
        raise argument_error("key", "item", key)

    def simpleString(self):
        return "struct<%s>" % ",".join(field.simpleString() for field in self.fields)

    def jsonValue(self):
        return {"type": "struct", "fields": [field.jsonValue() for field in self.fields]}

    def fieldNames(self):
        return list(self.names)

    def treeString(self):
        """The text of printSchema."""
        from _tenon.text import schema_tree
        return schema_tree(self)

    def __repr__(self):
        return "StructType([%s])" % ", ".join(map(repr, self.fields))

    @classmethod
    def fromJson(cls, json):
        return StructType([StructField.fromJson(field) for field in json["fields"]])


class UserDefinedType(DataType):
    """A type of the user's own; scripts import the name, none is supported."""


_atomic_types = (StringType, CharType, VarcharType, BinaryType, BooleanType, DecimalType, FloatType, DoubleType,
                 ByteType, ShortType, IntegerType, LongType, DateType, TimestampType, TimestampNTZType, NullType)


def _parse_datatype_string(text):
    """The type of a DDL text, e.g. "a int, b array<string>" or "int"."""
    from _tenon.ddl import parse_type_or_columns
    return parse_type_or_columns(text)


def _parse_datatype_json_string(text):
    """The type of a schema's JSON text."""
    import json
    return _parse_datatype_json_value(json.loads(text))


def _parse_datatype_json_value(value):
    """The type of a schema's JSON: a name, or an object for arrays, maps and structs."""
    if isinstance(value, dict):
        kinds = {"array": ArrayType, "map": MapType, "struct": StructType}
        if value.get("type") in kinds:
            return kinds[value["type"]].fromJson(value)
        raise ValueError("Unsupported type in JSON: %s" % value.get("type"))
    from _tenon.ddl import parse_type
    return parse_type(value)
