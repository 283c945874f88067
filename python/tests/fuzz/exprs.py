"""Random typed expressions, from a table of functions.

An expression is an E: what it is (form), the kind of its value, a name, and its arguments. It prints as SQL and as
Python (`render`). The table says which kinds a function takes and gives; now and then an argument is of another kind,
so that implicit casts and type errors are compared too.
"""
from tests.fuzz import values


class E:
    """One expression. form: col, lit, call, infix, prefix, post, cast, case, in, between, raw, agg, over."""

    __slots__ = ("form", "kind", "name", "args", "value", "tame")

    def __init__(self, form, kind, name="", args=(), value=None, tame=False):
        self.form, self.kind, self.name, self.args, self.value, self.tame = form, kind, name, list(args), value, tame


# Functions as "name arguments > result". An argument is a letter: s string, i int, n any number, w whole number, d double,
# b boolean, D date, T timestamp, B binary, a array of strings, I array of ints, m map, t struct, x anything plain, = the
# kind of the first x; * repeats the one before. A word in angle brackets is a pool of literals. The result is a kind, or the number
# of the argument that has it.
FUNCTIONS = """
upper s > string
lower s > string
initcap s > string
length s > int
trim s > string
ltrim s > string
rtrim s > string
substring s <small> <small> > string
substring s <small> > string
left s <small> > string
right s <small> > string
instr s <text> > int
locate <text> s > int
locate <text> s <small> > int
lpad s <small> <text> > string
rpad s <small> <text> > string
repeat s <tiny> > string
reverse s > string
replace s s s > string
regexp_replace s <pattern> <text> > string
regexp_extract s <grouped> <group> > string
translate s <text> <text> > string
split s <separator> > strings
concat s s > string
concat s s s > string
concat_ws <separator> s s s > string
startswith s s > boolean
endswith s s > boolean
contains s s > boolean
ascii s > int
md5 s > string
sha1 B > string
sha2 s <bits> > string
base64 B > string
levenshtein s s > int
substring_index s <separator> <small> > string
hex w > string
hex s > string
abs n > 0
negative n > 0
round n <scale> > 0
bround n <scale> > 0
round n > 0
floor d > bigint
ceil d > bigint
floor m > bigint
sqrt d > double
cbrt d > double
exp d > double
ln d > double
log10 d > double
log2 d > double
log1p d > double
expm1 d > double
pow d d > double
signum d > double
sin d > double
cos d > double
tan d > double
atan d > double
atan2 d d > double
degrees d > double
radians d > double
hypot d d > double
isnan d > boolean
nanvl d d > double
pmod w w > int
greatest x = = > 0
least x = = > 0
year D > int
month D > int
dayofmonth D > int
quarter D > int
dayofweek D > int
dayofyear D > int
weekofyear D > int
weekday D > int
hour T > int
minute T > int
second T > int
year T > int
date_add D <small> > date
date_sub D <small> > date
datediff D D > int
add_months D <small> > date
months_between T T > double
months_between D D > double
last_day D > date
next_day D <weekday> > date
make_date <years> <small> <small> > date
trunc D <unit> > date
date_trunc <unit> T > timestamp
date_format T <pattern of dates> > string
to_date s > date
to_timestamp s > timestamp
to_date T > date
unix_timestamp T > bigint
from_unixtime w > string
coalesce x = = > 0
coalesce x = > 0
nvl x = > 0
ifnull x = > 0
nullif x = > 0
nvl2 x x = > 1
if b x = > 1
isnull x > boolean
isnotnull x > boolean
array s s > strings
array i i i > ints
struct i s > struct
size a > int
size m > int
array_contains a s > boolean
array_contains I i > boolean
sort_array a > strings
sort_array I > ints
array_distinct a > strings
array_distinct I > ints
array_max I > int
array_min I > int
array_max a > string
element_at a <index> > string
element_at m s > int
array_join a <separator> > string
array_join a <separator> <text> > string
map_keys m > strings
map_values m > ints
reverse a > strings
concat a a > strings
getitem a <tiny> > string
getitem I <tiny> > int
getitem m s > int
"""

# Literals that arguments are taken from: (kind, values).
POOLS = {
    "small": ("int", (0, 1, 2, 3, 5, 8, -1, -2, -3, 12)), "tiny": ("int", (0, 1, 2, 3)), "index": ("int", (1, 2, -1, -2, 5)),
    "text": ("string", ("a", "b", "", "*", "xy", "é", " ", "1", "-")), "separator": ("string", (",", "-", " ", "b", "\\.")),
    "pattern": ("string", ("a", "[0-9]+", "\\s+", "^a", "c$", "[^a-z]", "(a)(b)", "b*", ".", "x|y")),
    "grouped": ("string", ("([a-z])([a-z]*)", "(\\d+)", "^(a)", "([^-]*)-(.*)", "(x)?a")), "group": ("int", (0, 1)),
    "bits": ("int", (256, 0)), "scale": ("int", (0, 1, 2, -1, 5)), "weekday": ("string", ("MON", "Sunday", "fr", "x")),
    "years": ("int", (2020, 1999, 2021, 1)), "unit": ("string", ("year", "MONTH", "week", "quarter", "day", "hour", "x", "MM")),
    "pattern of dates": ("string", ("yyyy-MM-dd", "dd/MM/yyyy HH:mm:ss", "yyyyMMdd", "MMM d, yyyy", "EEEE", "HH:mm:ss.SSS", "yy", "hh:mm a")),
}

_LETTERS = {"s": ("string",), "i": ("int",), "n": values.NUMBERS, "w": values.WHOLE, "d": ("double", "int", "float", "decimal"), "b": ("boolean",),
            "D": ("date",), "T": ("timestamp",), "B": ("binary",), "a": ("strings",), "I": ("ints",), "m": ("map",), "t": ("struct",),
            "x": values.PLAIN}


def _rows(text):
    """The rows of the table: (name, arguments, result)."""
    rows = []
    for line in text.strip().split("\n"):
        head, _, result = line.partition(" > ")
        name, _, rest = head.partition(" ")
        words, pools = rest.replace("<", "\0<").split("\0"), []
        for word in words:
            pool, _, plain = word.partition(">")
            if pool.startswith("<"):
                pools.append(pool)
                pools += plain.split()
            else:
                pools += word.split()
        rows.append((name, pools, result))
    return rows


TABLE = _rows(FUNCTIONS)
_BY_KIND = {}
for _name, _args, _result in TABLE:
    for _kind in ([_result] if not _result.isdigit() else values.PLAIN if _args[int(_result)] in ("x", "=") else _LETTERS[_args[int(_result)]]):
        _BY_KIND.setdefault(_kind, []).append((_name, _args, _result))

_COMPARED = ("tinyint", "smallint", "int", "bigint", "double", "decimal", "string", "date", "timestamp", "boolean", "float", "binary")
# The kinds that a cast to a kind takes; all others fail or are rarely worth it.
_CASTS = {"date": ("string", "timestamp", "date"), "timestamp": ("string", "date", "int", "bigint", "double", "decimal", "boolean"),
          "binary": ("string", "int", "bigint", "smallint", "tinyint", "binary")}
for _kind in values.NUMBERS:
    _CASTS[_kind] = values.NUMBERS + ("string", "string", "boolean", "timestamp", "date")
_CASTS["boolean"] = values.NUMBERS + ("string", "timestamp")
_MEETING = {"string": values.NUMBERS + ("date", "timestamp", "boolean"), "date": ("timestamp", "string"), "timestamp": ("date", "string"),
            "boolean": ("string",), "binary": ("string",)}
_PATTERNS = ("a%", "%b%", "_", "%", "a\\_b", "%c", "", "A__")


class Maker:
    """Makes expressions over columns, each (name, kind, tame)."""

    def __init__(self, rng, columns, odd=0.008):
        self.rng, self.columns, self.odd = rng, columns, odd

    def plain_kind(self):
        """A kind for a column of a projection."""
        return self.rng.choice(values.PLAIN + ("string", "int", "double", "boolean", "decimal", "strings", "ints", "map", "struct"))

    def make(self, kind, depth=2):
        """An expression of a kind; deeper ones are calls of calls."""
        rng = self.rng
        if rng.random() < self.odd:
            kind = rng.choice(values.PLAIN)
        if depth <= 0 or rng.random() < 0.15:
            return self.leaf(kind)
        roll = rng.random()
        if kind == "boolean" and roll < 0.7:
            return self.condition(depth)
        if kind in values.NUMBERS and roll < 0.35:
            return self.arithmetic(kind, depth)
        if kind in values.PLAIN and roll < 0.5:
            return self.cast(kind, depth)
        if roll < 0.6 and kind in values.PLAIN:
            return self.case(kind, depth)
        known = _BY_KIND.get(kind)
        return self.call(rng.choice(known), kind, depth) if known else self.leaf(kind)

    def leaf(self, kind):
        """A column of the kind, or a literal."""
        fitting = [one for one in self.columns if one[1] == kind]
        if fitting and self.rng.random() < 0.85:
            return self.column(self.rng.choice(fitting))
        if kind not in values.PLAIN:
            return E("cast", kind, values.TYPES[kind], (E("raw", kind, values.cell(self.rng, kind, 0)),))
        value = None if self.rng.random() < 0.1 else values.scalar(self.rng, kind)
        return E("lit", kind, value=value)

    @staticmethod
    def column(one):
        """The reference to a column."""
        return E("col", one[1], one[0], tame=one[2])

    def arithmetic(self, kind, depth):
        """a + b and the like. The other side may be any number."""
        rng = self.rng
        name = rng.choice(("+", "-", "*", "/", "%", "+", "-", "*", "div", "&", "|", "^"))
        if name == "div" and kind in ("float", "double"):
            kind = rng.choice(values.WHOLE + ("decimal",))
        if name in ("&", "|", "^"):
            kind = rng.choice(values.WHOLE)
            return E("infix", kind, name, (self.make(kind, depth - 1), self.make(rng.choice(values.WHOLE), depth - 1)))
        other = rng.choice(values.NUMBERS) if rng.random() < 0.4 else kind
        if name == "div" and other in ("float", "double"):
            other = "int"
        result = "double" if name == "/" and kind != "decimal" else "bigint" if name == "div" else kind
        return E("infix", result, name, (self.make(kind, depth - 1), self.make(other, depth - 1)))

    def cast(self, kind, depth):
        """A cast from any kind to this."""
        source = self.rng.choice(_CASTS.get(kind, values.PLAIN) if self.rng.random() < 0.97 else values.PLAIN)
        if kind == "string" and self.rng.random() < 0.3:
            source = self.rng.choice(("strings", "ints", "map", "struct", "doubles"))
        to = self.rng.choice(("decimal(12,2)", "decimal(5,0)", "decimal(38,10)", "decimal(20,4)")) if kind == "decimal" else kind
        return E("cast", kind, to, (self.make(source, depth - 1),))

    def case(self, kind, depth):
        """CASE WHEN ... THEN ... [ELSE ...] END."""
        args = []
        for _ in range(self.rng.randint(1, 2)):
            args += [self.condition(depth - 1), self.make(kind, depth - 1)]
        if self.rng.random() < 0.7:
            args.append(self.make(kind, depth - 1))
        return E("case", kind, args=args)

    def condition(self, depth):
        """A condition: comparisons, logic, IN, BETWEEN, LIKE, null tests."""
        rng, roll = self.rng, self.rng.random()
        if depth > 1 and roll < 0.25:
            if rng.random() < 0.3:
                return E("prefix", "boolean", "not", (self.condition(depth - 1),))
            return E("infix", "boolean", rng.choice(("and", "or")), (self.condition(depth - 1), self.condition(depth - 1)))
        kind = rng.choice(_COMPARED)
        a = self.make(kind, min(depth - 1, 1))
        if roll < 0.35:
            return E("post", "boolean", rng.choice(("is null", "is not null")), (a,))
        if roll < 0.45:
            return E("in", "boolean", rng.choice(("in", "not in")), [a] + [self.leaf(kind) for _ in range(rng.randint(1, 3))])
        if roll < 0.52:
            return E("between", "boolean", "between", (a, self.leaf(kind), self.leaf(kind)))
        if roll < 0.6:
            return E("infix", "boolean", "like", (self.make("string", 1), E("lit", "string", value=rng.choice(_PATTERNS))))
        if roll < 0.65:
            pool = POOLS["pattern"][1]
            return E("infix", "boolean", "rlike", (self.make("string", 1), E("lit", "string", value=rng.choice(pool))))
        other = self.other(kind) if rng.random() < 0.25 else kind
        return E("infix", "boolean", rng.choice(("=", "<", "<=", ">", ">=", "<>", "<=>")), (a, self.make(other, min(depth - 1, 1))))

    def other(self, kind):
        """A kind that a comparison with this kind casts; seldom any."""
        if self.rng.random() < 0.05:
            return self.rng.choice(_COMPARED)
        return self.rng.choice(values.NUMBERS + ("string",) if kind in values.NUMBERS else _MEETING.get(kind, (kind,)))

    def call(self, row, kind, depth):
        """A call of a function of the table, whose value has the kind when the table leaves it open."""
        name, letters, result = row
        args, first = [], None
        for i, letter in enumerate(letters):
            if letter.startswith("<"):
                of, pool = POOLS[letter[1:]]
                args.append(E("lit", of, value=self.rng.choice(pool)))
                continue
            if letter == "=":
                want = first
            elif result == str(i):
                want = kind
            else:
                want = self.rng.choice(_LETTERS[letter])
            if letter == "x":
                first = want
            args.append(self.make(want, depth - 1))
        return E("call", kind, name, args)
