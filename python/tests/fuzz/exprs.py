"""Random typed expressions, from a table of functions.

An expression is an E: what it is (form), the kind of its value, a name, and its arguments. It prints as SQL and as
Python (`render`). The table says which kinds a function takes and gives; now and then an argument is of another kind,
so that implicit casts and type errors are compared too.
"""
from tests.fuzz import daily, values
from tests.fuzz.functions import LETTERS, POOLS, known


class E:
    """One expression. form: col, lit, call, infix, prefix, post, cast, case, in, between, raw, text, agg, over; both, whose
    name is its text in SQL and value that in Python, and plain, a literal that is a plain value in Python."""

    __slots__ = ("form", "kind", "name", "args", "value", "tame")

    def __init__(self, form, kind, name="", args=(), value=None, tame=False):
        self.form, self.kind, self.name, self.args, self.value, self.tame = form, kind, name, list(args), value, tame


_COMPARED = ("tinyint", "smallint", "int", "bigint", "double", "decimal", "string", "date", "timestamp", "boolean", "float", "binary")
# The kinds that a cast to a kind takes; all others fail or are rarely worth it.
_CASTS = {"date": ("string", "timestamp", "date"), "timestamp": ("string", "date", "int", "bigint", "double", "decimal", "boolean"),
          "binary": ("string", "int", "bigint", "smallint", "tinyint", "binary")}
for _kind in values.NUMBERS:
    _CASTS[_kind] = values.NUMBERS + ("string", "string", "boolean", "timestamp", "date")
_CASTS["boolean"] = values.NUMBERS + ("string", "timestamp")
_MEETING = {"string": values.NUMBERS + ("date", "timestamp", "boolean"), "date": ("timestamp", "string"), "timestamp": ("date", "string"),
            "boolean": ("string",), "binary": ("string",)}
# The types that a cast of the daily stream may be to.
_TYPES = values.PLAIN[:6] + ("decimal(10,0)", "decimal(3,3)", "decimal(38,0)", "decimal(38,37)", "decimal(7,2)", "string", "boolean", "date", "timestamp",
                             "binary", "array<double>", "array<string>", "map<string,string>", "struct<a:bigint,b:string>", "timestamp_ntz")
_PATTERNS = ("a%", "%b%", "_", "%", "a\\_b", "%c", "", "A__")


class Maker:
    """Makes expressions over columns, each (name, kind, tame)."""

    def __init__(self, rng, columns, odd=0.008):
        self.rng, self.columns, self.odd = rng, columns, odd

    def plain_kind(self):
        """A kind for a column of a projection."""
        if self.rng.wide and self.rng.random() < (0.25 if self.rng.daily else 0.15):
            return "other"
        if self.rng.daily and self.rng.random() < 0.1:
            return self.rng.choice(("structs", "dec5", "dec20", "dec38", "dec10"))
        return self.rng.choice(values.PLAIN + ("string", "int", "double", "boolean", "decimal", "strings", "ints", "map", "struct"))

    def make(self, kind, depth=2):
        """An expression of a kind; deeper ones are calls of calls."""
        rng = self.rng
        if rng.random() < self.odd:
            kind = rng.choice(values.PLAIN)
        if depth <= 0 or rng.random() < 0.15:
            return self.leaf(kind)
        if rng.daily and rng.random() < 0.5 and (kind == "other" and rng.random() < 0.3 or daily.known(kind)):
            return self.call(rng.choice(daily.known(kind)), kind, depth) if rng.random() < 0.8 or kind != "other" else self.any_cast(depth)
        roll = rng.random()
        if kind == "boolean" and roll < 0.7:
            return self.condition(depth)
        if kind in values.NUMBERS and roll < 0.35:
            return self.arithmetic(kind, depth)
        if kind in values.PLAIN and roll < 0.5:
            return self.cast(kind, depth)
        if roll < 0.6 and kind in values.PLAIN:
            return self.case(kind, depth)
        functions = known(rng, kind)
        return self.call(rng.choice(functions), kind, depth) if functions else self.leaf(kind)

    def leaf(self, kind):
        """A column of the kind, or a literal."""
        fitting = [one for one in self.columns if one[1] == kind]
        if fitting and self.rng.random() < 0.85:
            return self.column(self.rng.choice(fitting))
        if kind == "other":
            return self.leaf("string")
        if kind not in values.PLAIN and kind not in values.PRECISE:
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

    def any_cast(self, depth):
        """A cast from any kind to any type."""
        source = self.rng.choice(values.PLAIN + ("string", "ints", "strings", "map", "struct") + tuple(values.PRECISE))
        to = self.rng.choice(_TYPES)
        if self.rng.random() < 0.2:
            return E("text", "other", "try_cast({0} as %s)" % to, (self.make(source, depth - 1),))
        return E("cast", "other", to, (self.make(source, depth - 1),))

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
                args.append(E("lit" if isinstance(name, str) else "plain", of, value=self.rng.choice(pool)))
                continue
            if letter == "=":
                want = first
            elif result == str(i):
                want = kind
            else:
                want = self.rng.choice(LETTERS[letter])
            if letter == "x":
                first = want
            args.append(self.make(want, depth - 1))
        if isinstance(name, tuple):
            return E("both", kind, name[0], args, name[1] or None)
        return E("text" if "{" in name else "call", kind, name, args)
