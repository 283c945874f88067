"""Whether two answers are the same."""
import math
import re

# Doubles may differ by this share: sums of other orders, and functions whose last digit the platforms round otherwise.
_TOLERANCE = 1e-9
_NUMBER = re.compile(r"-?\d+\.\d+(?:E-?\d+)?")


def difference(spark, engine, ordered):
    """What differs between Spark's answer and the engine's, as a short text; "" when nothing does. A refusal by name
    is no difference."""
    if "refused" in engine:
        return ""
    if "error" in spark or "error" in engine:
        return _of_errors(spark, engine)
    if spark["columns"] != engine["columns"]:
        return "columns: spark %s, engine %s" % (spark["columns"], engine["columns"])
    mine, theirs = engine["rows"], spark["rows"]
    if len(mine) != len(theirs):
        return "%d rows, spark has %d" % (len(mine), len(theirs))
    if not ordered:
        mine, theirs = sorted(mine, key=_key), sorted(theirs, key=_key)
    for a, b in zip(theirs, mine):
        if not same(a, b):
            return "row: spark %s, engine %s" % (short(a), short(b))
    return ""


def _of_errors(spark, engine):
    """Both must fail, with the same class where the query was not even run."""
    if "error" not in engine:
        return "no error, spark: %s %s" % (spark["error"], spark["text"][:300])
    if "error" not in spark:
        return "error: %s %s" % (engine["error"], engine["text"][:400])
    early = ("AnalysisException", "ParseException")
    if spark["error"] != engine["error"] and (spark["error"] in early or engine["error"] in early):
        return "error class: spark %s %s, engine %s %s" % (spark["error"], spark["text"][:300], engine["error"], engine["text"][:300])
    return ""


def short(row):
    """A row as a readable text."""
    if isinstance(row, list):
        return "(%s)" % ", ".join(map(short, row))
    if isinstance(row, dict):
        return str(row.get("float") or row)
    return str(row)


def _key(value):
    """A sort key under which almost equal rows are neighbours."""
    if isinstance(value, list):
        return "[%s]" % ",".join(map(_key, value))
    if isinstance(value, dict):
        if "float" in value:
            return "%.7g" % float(value["float"])
        return "{%s}" % _key(list(value.values())[0])
    return _rounded(value) if isinstance(value, str) else repr(value)


def _rounded(text):
    """A text whose doubles have few digits, as the platforms write the last ones otherwise."""
    return _NUMBER.sub(lambda found: "%.9g" % float(found.group()) if len(found.group()) > 14 else found.group(), text)


def same(a, b):
    """Whether two values are equal; doubles almost."""
    if a == b:
        return True
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        if "float" in a:
            return _close(float(a["float"]), float(b["float"]))
        return same(list(a.values())[0], list(b.values())[0])
    if isinstance(a, str) and isinstance(b, str):
        return _rounded(a) == _rounded(b)
    return False


def _close(x, y):
    """Whether two doubles are almost equal; zeros by their sign."""
    if x == 0 and y == 0:
        return math.copysign(1, x) == math.copysign(1, y)
    return math.isclose(x, y, rel_tol=_TOLERANCE, abs_tol=1e-12)
