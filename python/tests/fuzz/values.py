"""Random values of each kind of column, and how they are written in SQL and in Python.

A kind is a type's name in SQL without its parameters where they do not matter: decimal stands for decimal(12,2) in a
frame. A value is what Python has for it, as a text where JSON has nothing for it.
"""
import datetime
import decimal

WHOLE = ("tinyint", "smallint", "int", "bigint")
NUMBERS = WHOLE + ("float", "double", "decimal")
PLAIN = NUMBERS + ("string", "boolean", "date", "timestamp", "binary")

# Decimals of the daily stream.
PRECISE = {"dec5": "decimal(5,2)", "dec20": "decimal(20,0)", "dec38": "decimal(38,18)", "dec10": "decimal(10,9)"}

# The type that a frame's column of a kind has.
TYPES = {**PRECISE, "structs": "array<struct<f:int,g:string>>", "decimal": "decimal(12,2)", "strings": "array<string>", "ints": "array<int>", "doubles": "array<double>",
         "map": "map<string,int>", "struct": "struct<f:int,g:string>"}

_LIMITS = {"tinyint": 127, "smallint": 32767, "int": 2147483647, "bigint": 9223372036854775807}
_SUFFIX = {"tinyint": "Y", "smallint": "S", "int": "", "bigint": "L"}

STRINGS = ("", " ", "a", "b", "A", "abc", "Abc", "ABC", " abc ", "a b c", "hello world", "x,y,z", "a-b-c", "é", "Ünïcode", "日本語", "😀",
           "ß", "1", "-1", "0", "007", "12.5", "1e3", "abc123", "1,5", " 42 ", "NaN", "true", "false", "yes", "2020-01-02", "2020-02-30",
           "2021-12-31 23:59:59", "2020-1-2", "null", "a\tb", "a\nb", "100%", "a_b", "it's", "\\", "a\\b", '"q"', "9999999999", ".5", "+7")
DATES = ("1970-01-01", "2020-02-29", "2019-12-31", "2020-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "1900-03-01",
         "9999-12-31", "1582-10-15", "2021-03-28", "2020-01-06", "1969-12-31", "2023-11-05")
TIMES = ("1970-01-01 00:00:00", "2020-02-29 23:59:59.999999", "2019-12-31 12:34:56", "2020-01-01 00:00:00.000001", "1969-12-31 23:59:59.5",
         "2000-02-29 01:02:03.456", "1900-01-01 00:00:00", "2021-03-28 02:30:00", "9999-12-31 23:59:59", "2020-01-06 06:07:08")
WILD = ("NaN", "Infinity", "-Infinity", "-0.0", "0.0", "1.0E10", "1.0E-5", "1.5E300", "-2.5E-300", "123456.789", "0.1", "1.0E7", "0.001", "9.0E18")
DECIMALS = ("0.00", "1.00", "-1.00", "1.10", "99.99", "-0.01", "0.05", "1234567890.12", "-9999999999.99", "2.50", "3.50", "0.50")

# What the daily stream of seeds has beside.
MORE = {
    "string": ("Straße", "İstanbul", "ǆabc", "e\u0301", "ﬁn", "👍🏽", "Σίσυφος", "\u00a0x\u00a0", "\u2003a", "٣", "a1b22c333", "2021-02-29", "31/01/2021",
               "2020-02-29T12:00:00Z", "1.5E2", "-0", "12345678901234567890", "TRUE", "t", "a,b;c", "$1", "[x]", "a.b.c", "x\\d", "Aé aÉ", "\r\n", "0x1F", "1_000"),
    "date": ("2024-01-31", "2023-02-28", "2024-03-31", "2024-12-30", "2024-12-31", "2025-01-01", "2023-04-30", "0001-01-01", "2100-02-28"),
    "timestamp": ("2024-01-31 10:00:00", "2024-02-29 00:00:00", "2023-12-31 23:59:59.999", "2024-03-31 23:30:00", "2024-10-27 01:30:00", "2016-12-31 23:59:59"),
    "dec5": ("0.00", "999.99", "-999.99", "0.01", "1.50", "-2.50", "100.00"), "dec20": ("0", "99999999999999999999", "-1", "12345678901234567890", "3"),
    "dec38": ("0.000000000000000001", "99999999999999999999.999999999999999999", "1.5", "-0.333333333333333333", "12345678901234.5", "0"),
    "dec10": ("0.123456789", "-9.999999999", "1.000000000", "0.000000001", "0"),
}


def scalar(rng, kind, tame=False):
    """A random value that is not null. A tame double is one whose sums do not depend on their order."""
    if kind in WHOLE:
        limit = _LIMITS[kind]
        if not tame and rng.random() < 0.15:
            return rng.choice((limit, -limit - 1, limit - 1, limit // 2 + 1))
        return rng.choice((0, 1, -1, 2, 3, 5, 7, 10, -7, 12, 31, 64, 100))
    if kind in ("double", "float"):
        if not tame and rng.random() < 0.4:
            text = rng.choice(WILD)
            return "Infinity" if kind == "float" and text == "1.5E300" else text
        return repr(rng.randint(-400, 400) / 8)
    if kind == "boolean":
        return rng.random() < 0.5
    pool = {"decimal": DECIMALS, "string": STRINGS, "date": DATES, "timestamp": TIMES}.get(kind)
    if rng.daily and kind in MORE:
        pool = MORE[kind] + (pool or ())
    if pool:
        return rng.choice(pool[:-3] if tame and kind == "decimal" else pool)
    if kind == "binary":
        return rng.choice(("", "00", "61", "616263", "FF", "C3A9", "31"))
    raise ValueError(kind)


def cell(rng, kind, nulls=0.2, tame=False):
    """A random cell of a frame, as SQL."""
    if rng.random() < nulls:
        return "NULL"
    if kind in ("strings", "ints", "doubles"):
        of = kind[:-1]
        return "array(%s)" % ", ".join(cell(rng, of, 0.15) for _ in range(rng.randint(0, 4))) if rng.random() < 0.9 else "array()"
    if kind == "structs":
        return "array(%s)" % ", ".join(cell(rng, "struct", 0.15) for _ in range(rng.randint(0, 3)))
    if kind == "map":
        keys = rng.sample(("a", "b", "c", "", "k"), rng.randint(0, 3))
        return "map(%s)" % ", ".join("%s, %s" % (sql("string", key), cell(rng, "int", 0.2)) for key in keys)
    if kind == "struct":
        return "named_struct('f', %s, 'g', %s)" % (cell(rng, "int", 0.2), cell(rng, "string", 0.2))
    return sql(kind, scalar(rng, kind, tame))


def quoted(text):
    """A text as an SQL literal."""
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")


def sql(kind, value):
    """A value as an SQL literal of its kind."""
    if value is None:
        return "cast(null as %s)" % TYPES.get(kind, kind)
    if kind in WHOLE:
        if value == -_LIMITS[kind] - 1:
            return "cast('%d' as %s)" % (value, kind)
        return "%d%s" % (value, _SUFFIX[kind])
    if kind == "double" and "n" not in value and "N" not in value:
        return value + "D"
    if kind in ("float", "double"):
        return "cast('%s' as %s)" % (value, kind)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "binary":
        return "X'%s'" % value
    if kind == "decimal":
        return value
    if kind in PRECISE:
        return "cast('%s' as %s)" % (value, PRECISE[kind])
    if kind == "string":
        return quoted(value)
    return "%s'%s'" % (kind, value)


def python(kind, value):
    """A value as Python code that makes a Column of it."""
    if value is None:
        return "F.lit(None).cast(%r)" % TYPES.get(kind, kind)
    if kind == "int":
        return "F.lit(%d)" % value
    if kind in WHOLE:
        return "F.lit(%d).cast(%r)" % (value, kind)
    if kind == "double":
        return "F.lit(float(%r))" % value
    if kind == "float":
        return "F.lit(float(%r)).cast('float')" % value
    if kind == "decimal":
        return "F.lit(decimal.%r)" % decimal.Decimal(value)
    if kind in PRECISE:
        return "F.lit(%r).cast(%r)" % (value, PRECISE[kind])
    if kind == "binary":
        return "F.lit(bytearray(%r))" % bytes.fromhex(value)
    if kind == "date" and value >= "1900":
        return "F.lit(%r)" % datetime.date.fromisoformat(value)
    if kind == "timestamp" and value >= "1900":
        return "F.lit(%r)" % datetime.datetime.fromisoformat(value)
    if kind in ("date", "timestamp"):  # PySpark itself cannot pass early ones on
        return "F.expr(%r)" % sql(kind, value)
    return "F.lit(%r)" % value
