"""awsglue.gluetypes: the schema types of DynamicFrames."""


class DataType:
    """Root of the types; equal when class and members are."""

    def __init__(self, properties=None):
        self.properties = properties or {}

    @classmethod
    def typeName(cls):
        return cls.__name__[:-4].lower()

    def jsonValue(self):
        return {"dataType": self.typeName(), "properties": self.properties}

    @classmethod
    def fromJsonValue(cls, json_value):
        """The type that jsonValue describes, of whatever class."""
        return from_json(json_value)

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(repr(self))

    def __repr__(self):
        parts = [repr(value) for name, value in sorted(self.__dict__.items()) if name != "properties"]
        return "%s(%s)" % (type(self).__name__, ", ".join(parts + [repr(self.properties)]))


class AtomicType(DataType):
    """A type without parts."""


class BinaryType(AtomicType):
    """Bytes."""


class BooleanType(AtomicType):
    """True or False."""


class ByteType(AtomicType):
    """An integer of 8 bits."""


class DateType(AtomicType):
    """A day."""


class DecimalType(AtomicType):
    """An exact number."""

    def __init__(self, precision=10, scale=2, properties=None):
        super().__init__(properties)
        self.precision, self.scale = precision, scale

    def jsonValue(self):
        return dict(super().jsonValue(), precision=self.precision, scale=self.scale)


class DoubleType(AtomicType):
    """A 64-bit float."""


class EnumType(AtomicType):
    """One of several texts."""

    def __init__(self, options):
        super().__init__()
        self.options = options

    def jsonValue(self):
        return dict(super().jsonValue(), options=self.options)


class FloatType(AtomicType):
    """A 32-bit float."""


class IntegerType(AtomicType):
    """An integer of 32 bits."""

    @classmethod
    def typeName(cls):
        return "int"


class LongType(AtomicType):
    """An integer of 64 bits."""


class NullType(AtomicType):
    """Nothing but null."""


class ShortType(AtomicType):
    """An integer of 16 bits."""


class StringType(AtomicType):
    """Text."""


class TimestampType(AtomicType):
    """An instant."""


class UnknownType(AtomicType):
    """Not known."""


class ArrayType(DataType):
    """A list."""

    def __init__(self, elementType=None, properties=None):
        super().__init__(properties)
        self.elementType = elementType or UnknownType()

    def jsonValue(self):
        return dict(super().jsonValue(), elementType=self.elementType.jsonValue())


class SetType(DataType):
    """A set."""

    def __init__(self, itemType=None, properties=None):
        super().__init__(properties)
        self.itemType = itemType or UnknownType()

    def jsonValue(self):
        return dict(super().jsonValue(), itemType=self.itemType.jsonValue())


class MapType(DataType):
    """Texts to values."""

    def __init__(self, valueType=None, properties=None):
        super().__init__(properties)
        self.valueType = valueType or UnknownType()

    def jsonValue(self):
        return dict(super().jsonValue(), valueType=self.valueType.jsonValue())


class ChoiceType(DataType):
    """One of several types."""

    def __init__(self, choices=None, properties=None):
        super().__init__(properties)
        self.choices = {choice.typeName(): choice for choice in choices or []}

    def add(self, new_choice):
        if new_choice.typeName() in self.choices:
            raise ValueError("Attempting to insert duplicate choice %s" % new_choice)
        self.choices[new_choice.typeName()] = new_choice

    def merge(self, new_choices):
        for choice in new_choices if isinstance(new_choices, list) else [new_choices]:
            self.choices.setdefault(choice.typeName(), choice)

    def jsonValue(self):
        return dict(super().jsonValue(), choices=[choice.jsonValue() for choice in self.choices.values()])


class Field:
    """A named member of a StructType."""

    def __init__(self, name, dataType, properties=None):
        self.name, self.dataType, self.properties = name, dataType, properties or {}

    def __eq__(self, other):
        return isinstance(other, Field) and self.__dict__ == other.__dict__

    def __repr__(self):
        return "Field({}, {}, {})".format(self.name, self.dataType, self.properties)

    def jsonValue(self):
        return {"name": self.name, "container": self.dataType.jsonValue(), "properties": self.properties}

    @classmethod
    def fromJsonValue(cls, json_value):
        return cls(json_value["name"], from_json(json_value["container"]), json_value.get("properties"))


class StructType(DataType):
    """Named fields."""

    def __init__(self, fields=None, properties=None):
        super().__init__(properties)
        self.fields = list(fields or [])
        self.field_map = {field.name: field for field in self.fields}

    def add(self, field):
        if field.name in self.field_map:
            raise ValueError("Attempting to insert duplicate field %s" % field.name)
        self.fields.append(field)
        self.field_map[field.name] = field

    def hasField(self, field):
        return (field if isinstance(field, str) else field.name) in self.field_map

    def getField(self, field):
        return self.field_map.get(field if isinstance(field, str) else field.name)

    def __iter__(self):
        return iter(self.fields)

    def __repr__(self):
        return "StructType({}, {})".format(self.fields, self.properties)

    def jsonValue(self):
        return dict(super().jsonValue(), fields=[field.jsonValue() for field in self.fields])


class EntityType(DataType):
    """A type with a meaning attached."""

    def __init__(self, entity, base_type, properties=None):
        super().__init__(properties)
        self.entity, self.base_type = entity, base_type

    def jsonValue(self):
        return dict(super().jsonValue(), entity=self.entity, base_type=self.base_type.jsonValue())


_SIMPLE = {
    "binary": BinaryType, "boolean": BooleanType, "byte": ByteType, "date": DateType, "double": DoubleType,
    "float": FloatType, "integer": IntegerType, "long": LongType, "short": ShortType, "string": StringType,
    "char": StringType, "varchar": StringType, "timestamp": TimestampType, "timestamp_ntz": TimestampType,
    "void": NullType,
}


# The types without parts, by the names in their JSON.
_ATOMIC = {cls.typeName(): cls for cls in (
    BinaryType, BooleanType, ByteType, DateType, DoubleType, FloatType, IntegerType, LongType, NullType, ShortType,
    StringType, TimestampType, UnknownType)}


def from_json(value):
    """The type that a jsonValue describes; an unknown name is a ValueError."""
    kind, properties = value["dataType"], value.get("properties")
    if kind in _ATOMIC:
        return _ATOMIC[kind](properties)
    if kind == "decimal":
        return DecimalType(value.get("precision", 10), value.get("scale", 2), properties)
    if kind == "enum":
        return EnumType(value["options"])
    if kind == "array":
        return ArrayType(from_json(value["elementType"]), properties)
    if kind == "set":
        return SetType(from_json(value["itemType"]), properties)
    if kind == "map":
        return MapType(from_json(value["valueType"]), properties)
    if kind == "choice":
        return ChoiceType([from_json(choice) for choice in value["choices"]], properties)
    if kind == "struct":
        return StructType([Field.fromJsonValue(field) for field in value["fields"]], properties)
    if kind == "entity":
        return EntityType(value["entity"], from_json(value["base_type"]), properties)
    raise ValueError("unknown type %s" % kind)


def from_spark(data_type):
    """The Glue type of a type of pyspark.sql.types."""
    kind = data_type.typeName()
    if kind in _SIMPLE:
        return _SIMPLE[kind]()
    if kind == "decimal":
        return DecimalType(data_type.precision, data_type.scale)
    if kind == "array":
        return ArrayType(from_spark(data_type.elementType))
    if kind == "map":
        return MapType(from_spark(data_type.valueType))
    if kind == "struct":
        return StructType([Field(field.name, from_spark(field.dataType)) for field in data_type.fields])
    if kind == "choice":
        return ChoiceType([from_spark(choice) for choice in data_type.choices])
    return UnknownType()
