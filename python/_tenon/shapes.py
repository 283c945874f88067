"""The types of the fields of DynamicFrames that Python functions make, and the cells of their values.

A value keeps the type that its field had where it fits: an int in a field of bigint stays one. Any other value has the
type that Glue's JSON reader gives it: int (of 32 bits) and long apart, double, string, boolean; structs have the members
of all, lists the elements of all. A field whose values have several types is a choice.
"""
from _tenon.cells import encoder
from _tenon.ddl import ChoiceType
from _tenon.errors import UnsupportedOperation
from pyspark.sql import types as t

_BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64}


def shape_of(value, known=None):
    """The type of a value; known is the type of its field before, None for a new one. None is of no type."""
    if value is None:
        return None
    if isinstance(known, ChoiceType):
        for choice in known.choices:
            if fits(choice, value):
                return shape_of(value, choice)
        known = None
    if isinstance(value, dict) and not isinstance(known, t.MapType):
        return _struct_of(value, known)
    if isinstance(value, (list, tuple)):
        return _array_of(value, known)
    if known is not None and fits(known, value):
        return known
    return _scalar(value)


def _struct_of(value, known):
    """The struct of a dict: fields it had before in their order, then new ones as they come."""
    before = {f.name: f.dataType for f in known.fields} if isinstance(known, t.StructType) else {}
    for name in value:
        if not isinstance(name, str):
            raise UnsupportedOperation.of("a record with a field named %r" % (name,))
    names = [name for name in before if name in value] + [name for name in value if name not in before]
    return t.StructType([t.StructField(name, shape_of(value[name], before.get(name)) or t.NullType())
                         for name in names])


def _array_of(value, known):
    """The array of a list or tuple, with the type of all its elements."""
    before, element = known.elementType if isinstance(known, t.ArrayType) else None, None
    for item in value:
        element = merged(element, shape_of(item, before))
    return t.ArrayType(element or before or t.NullType())


def _scalar(value):
    """The type of a value without parts, in a field that was not there or was of another type."""
    kind = type(value)
    if kind is bool:
        return t.BooleanType()
    if kind is int and -(1 << 63) <= value < 1 << 63:
        return t.IntegerType() if -(1 << 31) <= value < 1 << 31 else t.LongType()
    if kind is float:
        return t.DoubleType()
    if kind is str:
        return t.StringType()
    if kind in (bytes, bytearray):
        return t.BinaryType()
    import datetime
    if kind is datetime.datetime:
        return t.TimestampType()
    if kind is datetime.date:
        return t.DateType()
    raise UnsupportedOperation.of("a %s made by a function of Map" % kind.__name__,
                                  "give int, float, str, bool, dict, list, date or datetime")


def fits(known, value):
    """Whether a value is one of a type."""
    name, kind = known.typeName(), type(value)
    if name in _BITS:
        return kind is int and -(1 << _BITS[name] - 1) <= value < 1 << _BITS[name] - 1
    if name == "struct":
        return isinstance(value, dict)
    if name == "map":
        return isinstance(value, dict) and all(fits(known.keyType, k) and (v is None or fits(known.valueType, v))
                                               for k, v in value.items())
    if name == "array":
        return isinstance(value, (list, tuple))
    if name == "decimal":
        return _fits_decimal(known, value)
    if name in ("date", "timestamp"):
        import datetime
        return kind is (datetime.date if name == "date" else datetime.datetime)
    return kind in {"boolean": (bool,), "float": (float,), "double": (float,), "string": (str,),
                    "binary": (bytes, bytearray)}.get(name, ())


def _fits_decimal(known, value):
    """Whether a Decimal has no more digits before and after its point than the type."""
    import decimal
    if type(value) is not decimal.Decimal or not value.is_finite():
        return False
    _, digits, exponent = value.normalize().as_tuple()
    return -exponent <= known.scale and len(digits) + exponent <= known.precision - known.scale


def merged(a, b):
    """The type of values of both types; None is no value yet."""
    if a is None or b is None or a == b:
        return a if b is None else b
    if isinstance(a, t.NullType) or isinstance(b, t.NullType):
        return b if isinstance(a, t.NullType) else a
    if isinstance(a, t.StructType) and isinstance(b, t.StructType):
        others = {field.name: field.dataType for field in b.fields}
        fields = [t.StructField(f.name, merged(f.dataType, others.pop(f.name, None))) for f in a.fields]
        return t.StructType(fields + [t.StructField(name, kind) for name, kind in others.items()])
    if isinstance(a, t.ArrayType) and isinstance(b, t.ArrayType):
        return t.ArrayType(merged(a.elementType, b.elementType))
    found = {}
    for part in (a, b):
        for choice in part.choices if isinstance(part, ChoiceType) else [part]:
            name = glue_name(choice)
            found[name] = merged(found.get(name), choice) if isinstance(choice, (t.StructType, t.ArrayType)) else choice
    return ChoiceType([found[name] for name in sorted(found)])


def glue_name(data_type):
    """Glue's name of a type."""
    word = data_type.simpleString().partition("<")[0]
    return {"tinyint": "byte", "smallint": "short", "bigint": "long", "void": "null"}.get(word, word)


def cell_maker(data_type):
    """A function from a value of a type to its cell."""
    if isinstance(data_type, ChoiceType):
        makers = [cell_maker(choice) for choice in data_type.choices]

        def make(value):
            at = [fits(choice, value) for choice in data_type.choices].index(True)
            return [maker(value) if i == at else None for i, maker in enumerate(makers)]
    elif isinstance(data_type, t.StructType):
        members = [(field.name, cell_maker(field.dataType)) for field in data_type.fields]

        def make(value):
            return [member(value.get(name)) for name, member in members]
    elif isinstance(data_type, t.ArrayType):
        item = cell_maker(data_type.elementType)

        def make(value):
            return [item(element) for element in value]
    else:
        make = encoder(data_type) or (lambda value: value)
    return lambda value: None if value is None else make(value)
