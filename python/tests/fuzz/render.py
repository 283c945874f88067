"""Expressions as SQL and as Python."""
from tests.fuzz import values

_PYTHON_INFIX = {"=": "==", "<>": "!=", "and": "&", "or": "|"}


def sql(e):
    """The expression in SQL."""
    args = [sql(a) for a in e.args] if e.form != "over" else []
    if e.form in _SQL:
        return _SQL[e.form](e, args)
    if e.name == "getitem":
        return "%s[%s]" % tuple(args)
    return "%s(%s)" % (e.name, ", ".join(args))


def _name(name):
    """A column's name as SQL has it, quoted where it must be."""
    return ".".join(part if part.replace("_", "a").isalnum() and part.isascii() else "`%s`" % part for part in name.split("."))


def _case(_, args):
    """CASE in SQL."""
    pairs = " ".join("when %s then %s" % pair for pair in zip(args[0::2], args[1::2]))
    return "case %s%s end" % (pairs, " else " + args[-1] if len(args) % 2 else "")


def _aggregate(e, args):
    """An aggregate in SQL; value holds the condition of its FILTER."""
    inner = "*" if not args else ", ".join(args)
    text = "%s(%s%s)" % (e.name.replace(" distinct", ""), "distinct " if e.name.endswith(" distinct") else "", inner)
    text += " filter (where %s)" % sql(e.value) if e.value is not None else ""
    return "sort_array(%s)" % text if e.name in ("collect_list", "collect_set", "array_agg") else text


def _over(e, _):
    """A window function in SQL; value is (partition, order, frame)."""
    partition, order, frame = e.value
    parts = ["partition by " + ", ".join(map(sql, partition))] if partition else []
    parts += ["order by " + ", ".join("%s %s" % (sql(one), how) for one, how in order)] if order else []
    parts += [frame] if frame else []
    inner = e.args[0]
    return "%s over (%s)" % (sql(inner), " ".join(parts))


_SQL = {
    "col": lambda e, a: _name(e.name), "lit": lambda e, a: values.sql(e.kind, e.value), "raw": lambda e, a: e.name,
    "infix": lambda e, a: "(%s %s %s)" % (a[0], e.name, a[1]), "prefix": lambda e, a: "(%s %s)" % (e.name, a[0]),
    "post": lambda e, a: "(%s %s)" % (a[0], e.name), "cast": lambda e, a: "cast(%s as %s)" % (a[0], e.name), "case": _case,
    "in": lambda e, a: "(%s %s (%s))" % (a[0], e.name, ", ".join(a[1:])), "agg": _aggregate, "over": _over,
    "between": lambda e, a: "(%s between %s and %s)" % tuple(a), "text": lambda e, a: e.name.format(*a),
    "both": lambda e, a: e.name.format(*a), "plain": lambda e, a: values.sql(e.kind, e.value),
}


def python(e):
    """The expression as Python code, by the DataFrame API."""
    if e.form == "lit":
        return values.python(e.kind, e.value)
    if e.form == "col":
        return "F.col(%r)" % e.name
    if e.form == "raw":
        return "F.expr(%r)" % e.name
    if e.form == "plain":
        return repr(e.value)
    if e.form == "both" and e.value:
        return e.value.format(*map(python, e.args))
    if e.form in ("agg", "over", "text", "both"):
        return "F.expr(%r)" % sql(e)
    args = [python(a) for a in e.args]
    if e.form in _PYTHON:
        return _PYTHON[e.form](e, args)
    return _python_call(e, args)


def _python_infix(e, a):
    """An operator of Column's."""
    if e.name in ("like", "rlike"):
        return "%s.%s(%r)" % (a[0], e.name, e.args[1].value)
    if e.name in ("&", "|", "^"):
        return "%s.bitwise%s(%s)" % (a[0], {"&": "AND", "|": "OR", "^": "XOR"}[e.name], a[1])
    if e.name == "<=>":
        return "%s.eqNullSafe(%s)" % (a[0], a[1])
    if e.name == "div":
        return "F.expr(%r)" % sql(e)
    return "(%s %s %s)" % (a[0], _PYTHON_INFIX.get(e.name, e.name), a[1])


def _python_case(_, args):
    """when().otherwise()."""
    text = "F." + ".".join("when(%s, %s)" % pair for pair in zip(args[0::2], args[1::2]))
    return text + (".otherwise(%s)" % args[-1] if len(args) % 2 else "")


_PYTHON = {
    "infix": _python_infix, "case": _python_case, "prefix": lambda e, a: "(~%s)" % a[0],
    "post": lambda e, a: "%s.%s()" % (a[0], "isNull" if e.name == "is null" else "isNotNull"),
    "cast": lambda e, a: "%s.cast(%r)" % (a[0], e.name), "between": lambda e, a: "%s.between(%s, %s)" % tuple(a),
    "in": lambda e, a: ("(~%s.isin(%s))" if e.name == "not in" else "%s.isin(%s)") % (a[0], ", ".join(a[1:])),
}

# Parameters that functions of pyspark.sql.functions take as plain Python values, by position.
_PLAIN = {
    "substring": (1, 2), "instr": (1,), "locate": (0, 2), "lpad": (1, 2), "rpad": (1, 2), "repeat": (1,), "regexp_extract": (1, 2),
    "translate": (1, 2), "split": (1,), "concat_ws": (0,), "sha2": (1,), "substring_index": (1, 2), "round": (1,), "bround": (1,),
    "next_day": (1,), "trunc": (1,), "date_trunc": (0,), "date_format": (1,), "element_at": (1,), "array_join": (1, 2),
    "array_contains": (1,), "regexp_replace": (1, 2), "getitem": (1,), "factorial": (),
}
# Functions that SQL has and the API not, or not with these arguments.
_SQL_ONLY = ("nullif", "nvl", "ifnull", "if", "position", "nvl2", "left", "right", "startswith", "endswith", "contains", "pow", "atan2", "hypot", "nanvl")


def _python_call(e, args):
    """A call of pyspark.sql.functions, with plain values where it takes them."""
    plain = [i for i in _PLAIN.get(e.name, ()) if i < len(args)]
    needless = e.name in ("element_at", "array_contains", "getitem")
    if e.name in _SQL_ONLY or e.name == "substring" and len(args) == 2 or not needless and any(e.args[i].form != "lit" for i in plain):
        return "F.expr(%r)" % sql(e)
    for i in plain:
        if e.args[i].form == "lit" and e.args[i].kind in ("int", "string") and e.args[i].value is not None:
            args[i] = repr(e.args[i].value)
    if e.name == "getitem":
        return "%s.getItem(%s)" % tuple(args)
    return "F.%s(%s)" % (e.name, ", ".join(args))
