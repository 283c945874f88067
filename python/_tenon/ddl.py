"""Spark's type texts: "array<struct<a:int>>" as it travels in plan.Field, and the DDL that scripts write."""
from pyspark.errors.exceptions.base import ParseException
from pyspark.sql import types as t

# Nesting deeper than this is refused: a schema of real data has a few levels.
MAX_DEPTH = 100

_SIMPLE = {
    "boolean": t.BooleanType, "tinyint": t.ByteType, "byte": t.ByteType, "smallint": t.ShortType,
    "short": t.ShortType, "int": t.IntegerType, "integer": t.IntegerType, "bigint": t.LongType, "long": t.LongType,
    "float": t.FloatType, "real": t.FloatType, "double": t.DoubleType, "date": t.DateType,
    "timestamp": t.TimestampType, "timestamp_ltz": t.TimestampType, "timestamp_ntz": t.TimestampNTZType,
    "string": t.StringType, "binary": t.BinaryType, "void": t.NullType, "null": t.NullType,
}


class ChoiceType(t.DataType):
    """A DynamicFrame's column whose values have several types."""

    def __init__(self, choices):
        self.choices = list(choices)

    def simpleString(self):
        return "choice<%s>" % ",".join(choice.simpleString() for choice in self.choices)

    jsonValue = simpleString

    def __repr__(self):
        return "ChoiceType(%s)" % self.choices


def parse_type(text):
    """One type."""
    parser = _Parser(text)
    out = parser.type(0)
    parser.end()
    return out


def parse_columns(text):
    """A list of columns, as a StructType."""
    parser = _Parser(text)
    fields = parser.fields(0, None)
    parser.end()
    return t.StructType(fields)


def parse_type_or_columns(text):
    """What PySpark takes where a schema may be a string: one type, or a list of columns."""
    if not text.strip():
        return t.StructType()
    try:
        return parse_columns(text)
    except ParseException as err:
        try:
            return parse_type(text)
        except ParseException:
            raise err from None


def quote(name):
    """A field's name as it stands inside a type text on the wire."""
    if name and all(c.isalnum() or c == "_" for c in name) and name.isascii() and not name[0].isdigit():
        return name
    return "`%s`" % name.replace("`", "``")


def wire_type(data_type):
    """The type text of plan.Field: simpleString, with names quoted where they need it, and NOT NULL of what is never null."""
    if isinstance(data_type, t.ArrayType):
        return "array<%s%s>" % (wire_type(data_type.elementType), _not_null(data_type.containsNull))
    if isinstance(data_type, t.MapType):
        return "map<%s,%s%s>" % (wire_type(data_type.keyType), wire_type(data_type.valueType),
                                 _not_null(data_type.valueContainsNull))
    if isinstance(data_type, t.StructType):
        return "struct<%s>" % ",".join("%s:%s%s" % (quote(f.name), wire_type(f.dataType), _not_null(f.nullable))
                                       for f in data_type.fields)
    return data_type.simpleString()


def _not_null(nullable):
    """What a wire type says of parts that are never null."""
    return "" if nullable else " not null"


def wire_fields(struct):
    """plan.Field objects of a StructType."""
    return [{"name": f.name, "type": wire_type(f.dataType), "nullable": f.nullable} for f in struct.fields]


def struct_of(fields):
    """The StructType of plan.Field objects."""
    return t.StructType([t.StructField(f["name"], parse_type(f["type"]), f.get("nullable", True)) for f in fields])


class _Parser:
    """Recursive descent over tokens: words, quoted names and strings, single signs."""

    def __init__(self, text):
        if not isinstance(text, str):
            raise ParseException("a type must be a text, got %s" % type(text).__name__)
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0

    def fail(self, why=None):
        near = self.tokens[self.at][1] if self.at < len(self.tokens) else "end of input"
        raise ParseException("[PARSE_SYNTAX_ERROR] %s\n\n== SQL ==\n%s" % (
            why or "Syntax error at or near %s." % (near if near == "end of input" else "'%s'" % near), self.text))

    def end(self):
        if self.at < len(self.tokens):
            self.fail()

    def peek(self, sign):
        return self.at < len(self.tokens) and self.tokens[self.at] == ("sign", sign)

    def take(self, sign):
        if not self.peek(sign):
            self.fail()
        self.at += 1

    def maybe(self, sign):
        if self.peek(sign):
            self.at += 1
            return True
        return False

    def word(self, *kinds):
        if self.at >= len(self.tokens) or self.tokens[self.at][0] not in kinds:
            self.fail()
        self.at += 1
        return self.tokens[self.at - 1][1]

    def is_word(self, word):
        return self.at < len(self.tokens) and self.tokens[self.at][0] == "word" and \
            self.tokens[self.at][1].lower() == word

    def type(self, depth):
        if depth > MAX_DEPTH:
            self.fail("Types are nested more than %d deep." % MAX_DEPTH)
        name = self.word("word")
        kind = name.lower()
        if kind in _SIMPLE:
            return _SIMPLE[kind]()
        if kind in ("decimal", "dec", "numeric"):
            made = t.DecimalType(*(self.numbers() or (10, 0)))
            if not made.scale <= made.precision <= 38:
                self.fail("A decimal has at most 38 digits, and no more after the point: %s." % made.simpleString())
            return made
        if kind in ("char", "character", "varchar"):
            sizes = self.numbers()
            if len(sizes) != 1:
                self.fail("%s needs a length, e.g. %s(10)." % (name.upper(), name))
            return (t.VarcharType if kind == "varchar" else t.CharType)(*sizes)
        if kind == "interval":
            return self.interval()
        if kind in ("array", "map", "struct", "choice"):
            return self.nested(kind, depth + 1)
        raise ParseException("\n[UNSUPPORTED_DATATYPE] Unsupported data type \"%s\"." % name.upper()
                             + "\n\n== SQL ==\n%s" % self.text)

    def nested(self, kind, depth):
        self.take("<")
        if kind == "struct":
            fields = [] if self.peek(">") else self.fields(depth, ">")
            out = t.StructType(fields)
        else:
            parts = [self.type(depth)]
            while self.maybe(","):
                parts.append(self.type(depth))
            nullable = self.nullable()
            if kind == "choice":
                out = ChoiceType(parts)
            elif len(parts) != (2 if kind == "map" else 1):
                self.fail()
            else:
                out = (t.MapType if kind == "map" else t.ArrayType)(*parts, nullable)
        self.take(">")
        return out

    def fields(self, depth, closing):
        out = [self.field(depth)]
        while self.maybe(","):
            out.append(self.field(depth))
        return out

    def field(self, depth):
        name = self.word("word", "name")
        self.maybe(":")
        data_type, nullable, metadata = self.type(depth), self.nullable(), None
        if self.is_word("comment"):
            self.at += 1
            metadata = {"comment": self.word("string")}
        return t.StructField(name, data_type, nullable, metadata)

    def nullable(self):
        """Whether no NOT NULL comes next."""
        if not self.is_word("not"):
            return True
        self.at += 1
        if not self.is_word("null"):
            self.fail()
        self.at += 1
        return False

    def numbers(self):
        out = []
        if self.maybe("("):
            out.append(self.number())
            while self.maybe(","):
                out.append(self.number())
            self.take(")")
        return tuple(out)

    def number(self):
        word = self.word("word")
        if not word.isdigit():
            self.fail()
        return int(word)

    def interval(self):
        units = [self.word("word").lower()]
        if self.is_word("to"):
            self.at += 1
            units.append(self.word("word").lower())
        for cls in (t.DayTimeIntervalType, t.YearMonthIntervalType):
            if all(unit in cls._units for unit in units):
                return cls(*[cls._units.index(unit) for unit in (units[0], units[-1])])
        return self.fail()


def _tokens(text):
    """(kind, text) pairs; kinds are word, name (in backticks), string (in quotes) and sign."""
    out, i = [], 0
    while i < len(text):
        c = text[i]
        if c.isspace():
            i += 1
        elif c == "`" or c in "'\"":
            value, i = _quoted(text, i)
            out.append(("name" if c == "`" else "string", value))
        elif c.isalnum() or c == "_":
            start = i
            while i < len(text) and (text[i].isalnum() or text[i] == "_"):
                i += 1
            out.append(("word", text[start:i]))
        else:
            out.append(("sign", c))
            i += 1
    return out


def _quoted(text, start):
    """The text between quotes that begin at start, a doubled quote being one, and where it ends."""
    mark, value, i = text[start], [], start + 1
    while i < len(text):
        if text[i] == mark:
            if text[i + 1:i + 2] != mark:
                return "".join(value), i + 1
            i += 1
        value.append(text[i])
        i += 1
    raise ParseException("[PARSE_SYNTAX_ERROR] A quote is not closed.\n\n== SQL ==\n%s" % text)
