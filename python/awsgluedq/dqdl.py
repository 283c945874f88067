"""The Data Quality Definition Language: a ruleset's text as rules, after AWS's DQDL reference.

    Rules = [ RowCount > 10, (IsComplete "id") and (ColumnValues "n" in [1, 2] where "id > 0" with threshold > 0.9) ]

What Tenon does not serve (analyzers, labels, history by last()) is refused by name; a text that is no DQDL is an
IllegalArgumentException that says where.
"""
import datetime
import re

from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import IllegalArgumentException

_TOKEN = re.compile(
    r'\s+|\#[^\n]*(?:\n|$)|(?P<text>"(?:\\["\\]|[^"])*?")|(?P<number>[0-9]+(?:\.[0-9]+)?(?![A-Za-z_]))|(?P<word>[A-Za-z0-9_.]+)'
    r'|(?P<sign>!=|>=|<=|[=<>\[\](),$+*/{}:-])')
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
_TIME = re.compile(r"\d{1,2}:\d{2}( AM| PM)?$")

# Words that stand for values, in either case.
KEYWORDS = ("NULL", "EMPTY", "WHITESPACES_ONLY")

_COMPARISONS = ("=", "!=", ">", ">=", "<", "<=")


class Operand:
    """A value of a condition. kind is number, text, date or keyword; text is how rules show it."""

    def __init__(self, kind, value, text):
        self.kind, self.value, self.text = kind, value, text


class Condition:
    """op is a comparison, "between", "in" or "matches", or one of the last three after "not "."""

    def __init__(self, op, operands):
        self.op, self.operands = op, operands

    @property
    def values(self):
        """The operands' values, without keywords."""
        return [one.value for one in self.operands if one.kind != "keyword"]

    @property
    def keywords(self):
        return [one.value for one in self.operands if one.kind == "keyword"]

    @property
    def kind(self):
        """number, text or date, as the operands are; keyword when there is nothing else."""
        kinds = {one.kind for one in self.operands} - {"keyword"}
        if len(kinds) > 1:
            raise IllegalArgumentException("the values of a condition are of several types: %s" % self)
        return kinds.pop() if kinds else "keyword"

    def holds(self, metric):
        """Whether a number meets the condition; both ends of between are outside."""
        values = self.values
        positive = self.op[4:] if self.op.startswith("not ") else self.op
        met = {"=": lambda: metric == values[0], "!=": lambda: metric != values[0], ">": lambda: metric > values[0],
               ">=": lambda: metric >= values[0], "<": lambda: metric < values[0], "<=": lambda: metric <= values[0],
               "between": lambda: values[0] < metric < values[1], "in": lambda: metric in values}[positive]()
        return met == (positive == self.op)

    def __str__(self):
        texts = [one.text for one in self.operands]
        if self.op.endswith("between"):
            return "%s %s and %s" % (self.op, texts[0], texts[1])
        if self.op.endswith("in"):
            return "%s [%s]" % (self.op, ",".join(texts))
        return "%s %s" % (self.op, texts[0])


class Rule:
    """One rule: kind is its type (RowCount), parameters its columns or its statement."""

    def __init__(self, kind, parameters, condition, where, threshold, tags):
        self.kind, self.parameters, self.condition = kind, parameters, condition
        self.where, self.threshold, self.tags = where, threshold, tags
        self.shown = ['"%s"' % parameter for parameter in parameters]  # how the rule's text has them

    def __str__(self):
        parts = [self.kind] + self.shown
        parts += [str(self.condition)] if self.condition else []
        parts += ['where "%s"' % self.where] if self.where else []
        parts += ["with threshold %s" % self.threshold] if self.threshold else []
        return " ".join(parts + ['with %s = "%s"' % tag for tag in self.tags.items()])


class Composite:
    """Rules joined by "AND" or "OR"."""

    def __init__(self, operator, rules):
        self.operator, self.rules = operator, rules

    def __str__(self):
        return (" %s " % self.operator).join("(%s)" % rule for rule in self._flat(self.operator) or self.rules)

    def _flat(self, operator):
        """The rules of all levels when all are joined by one operator; else None."""
        out = []
        for rule in self.rules:
            inner = [rule] if isinstance(rule, Rule) else rule._flat(operator) if rule.operator == operator else None
            if inner is None:
                return None
            out += inner
        return out


def parse(text):
    """The rules of a ruleset, each text once, in their order."""
    rules = _Parser(text).ruleset()
    if not rules:
        raise IllegalArgumentException("No rules or analyzers provided.")
    return list({str(rule): rule for rule in rules}.values())


class _Parser:
    """A reader of tokens, each (kind, text); the last is ("end", "")."""

    def __init__(self, text):
        self._tokens, at, text = [], 0, str(text)
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise IllegalArgumentException("Parsing Error: %r is no part of DQDL" % text[at:at + 20])
            if match.lastgroup:
                self._tokens.append((match.lastgroup, match.group()))
            at = match.end()
        self._tokens.append(("end", ""))
        self._at, self._constants = 0, {}

    # Tokens.

    def _peek(self, *texts):
        """Whether the next token is one of texts, outside of quotes."""
        kind, text = self._tokens[self._at]
        return kind != "text" and text in texts

    def _take(self):
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _accept(self, *texts):
        return self._take()[1] if self._peek(*texts) else ""

    def _expect(self, text):
        if not self._accept(text):
            self._fail("%r" % text)

    def _fail(self, wanted):
        found = self._tokens[self._at][1] or "the end"
        raise IllegalArgumentException("Parsing Error: %s expected in the ruleset, but found %s" % (wanted, found))

    def _text(self):
        """A text in quotes, without them, or of a constant."""
        if self._accept("$"):
            value = self._constant()
            if isinstance(value, list):
                self._fail("a constant of one text")
            return value.value
        kind, text = self._take()
        if kind != "text":
            self._at -= 1
            self._fail("a text in quotes")
        return text[1:-1]

    def _constant(self):
        name = self._take()[1]
        if name not in self._constants:
            raise IllegalArgumentException("the constant $%s of the ruleset is not defined" % name)
        return self._constants[name]

    # The document.

    def ruleset(self):
        rules = None
        while not self._peek(""):
            name = self._take()[1]
            if name in ("Metadata", "DataSources", "DefaultLabels"):
                raise UnsupportedOperation.of("a ruleset with %s" % name)
            self._expect("=")
            if name == "Rules" and rules is None:
                rules = self._list(self._either)
            elif name == "Analyzers":
                self._analyzers()
            elif rules is None and re.match(r"[A-Za-z]", name):
                self._constants[name] = self._list(self._value) if self._peek("[") else self._value()
            else:
                self._fail("Rules = [...]")
        return rules

    def _list(self, one):
        self._expect("[")
        made = []
        while not self._accept("]"):
            made.append(one())
            if not self._peek("]"):
                self._expect(",")
        return made

    def _analyzers(self):
        self._expect("[")
        if not self._accept("]"):
            raise UnsupportedOperation.of("a ruleset with Analyzers", "there are no statistics of runs; keep the Rules")

    # Rules.

    def _either(self):
        return self._joined("or", self._both)

    def _both(self):
        return self._joined("and", self._primary)

    def _joined(self, word, one):
        """Rules that a word joins, from the left."""
        made = one()
        while self._accept(word, word.upper()):
            made = Composite(word.upper(), [made, one()])
        return made

    def _primary(self):
        if not self._accept("("):
            return self._rule()
        inner = self._either()
        self._expect(")")
        self._no_labels()
        return inner

    def _no_labels(self):
        if self._peek("labels"):
            raise UnsupportedOperation.of("a rule with labels", "leave them out")

    def _rule(self):
        kind, name = self._take()
        if kind != "word":
            self._at -= 1
            self._fail("a rule")
        parameters = []
        while self._tokens[self._at][0] == "text" or self._peek("$"):
            parameters.append(self._text())
        condition = self._condition()
        where = self._text() if self._accept("where") else None
        threshold, tags = None, {}
        while self._accept("with"):
            tag = self._take()[1]
            if tag == "threshold":
                threshold = self._condition()
            else:
                self._expect("=")
                tags[tag] = self._text()
        self._no_labels()
        return Rule(name, parameters, condition, where, threshold, tags)

    def _condition(self):
        """The condition that comes next, or None."""
        negated = "not " if self._accept("not") else ""
        if self._accept("between"):
            low = self._value()
            if not self._accept("and", "AND"):
                self._fail("'and'")
            return Condition(negated + "between", [low, self._value()])
        if self._accept("in"):
            return Condition(negated + "in", [_unescaped(one) for one in self._members()])
        if self._accept("matches"):
            text = self._text()
            return Condition(negated + "matches", [Operand("text", text, '"%s"' % text)])
        if negated:
            self._fail("between, in or matches")
        op = self._accept(*_COMPARISONS)
        return Condition(op, [self._value()]) if op else None

    def _members(self):
        """The values of a list, or of a constant that is one."""
        found = self._constant() if self._accept("$") else self._list(self._value)
        return found if isinstance(found, list) else [found]

    def _value(self):
        """A number, a text, a date or a keyword."""
        minus = self._accept("-")
        kind, text = self._take()
        if minus and kind != "number":
            self._at -= 1
            self._fail("a number")
        if kind == "number":
            text = minus + text
            if self._peek("+", "-", "*", "/", "days", "hours", "minutes", "B", "KB", "MB", "GB", "TB"):
                raise UnsupportedOperation.of("a rule that calculates with %s %s" % (text, self._take()[1]), "give the number itself")
            return Operand("number", float(text), text)
        if kind == "text":
            return _quoted(text[1:-1])
        if text.upper() in KEYWORDS:
            return Operand("keyword", text.upper(), text.upper())
        if text == "$":
            return self._constant()
        if text == "now" or text == "(" and self._peek("now"):
            return self._now(text == "(")
        if text == "(" or self._peek("("):
            raise UnsupportedOperation.of("a rule that calculates (%s...)" % text, "give the value itself; no history of runs is kept")
        self._at -= 1
        return self._fail("a value")

    def _now(self, shifted):
        """The day that now() is on in UTC, or (now() - 3 days) was on."""
        if shifted:
            self._take()
        self._expect("(")
        self._expect(")")
        moment = datetime.datetime.now(datetime.timezone.utc)
        if not shifted:
            return Operand("date", moment.date(), "now()")
        sign, number, unit = self._take()[1], self._take()[1], self._take()[1]
        if sign not in ("-", "+") or not number.isdigit() or unit not in ("days", "hours", "minutes"):
            self._at -= 3
            self._fail("- or +, a number, and days, hours or minutes")
        self._expect(")")
        shift = datetime.timedelta(**{unit: int(number)})
        return Operand("date", (moment - shift if sign == "-" else moment + shift).date(), "(now() %s %s %s)" % (sign, number, unit))


def _quoted(text):
    """The operand of a text in quotes: a date when it looks like one."""
    if _DATE.match(text):
        try:
            return Operand("date", datetime.date.fromisoformat(text), '"%s"' % text)
        except ValueError as err:
            raise IllegalArgumentException("%s is no date" % text) from err
    if _TIME.match(text):
        raise UnsupportedOperation.of('a rule with the time "%s"' % text)
    return Operand("text", text, '"%s"' % text)


def _unescaped(operand):
    """A member of a list of texts, in which a backslash protects the sign after it."""
    if operand.kind != "text" or "\\" not in operand.value:
        return operand
    return _quoted(re.sub(r"\\(.)", r"\1", operand.value))
