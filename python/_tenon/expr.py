"""Builders of plan.Expr, and the literals of Python values."""
from _tenon import plan
from _tenon.cells import encode_scalar

# Integers outside this range are long literals, as py4j passes them.
INT_MIN, INT_MAX = -(1 << 31), (1 << 31) - 1
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1


def call(name, *args, distinct=False):
    """The function or operator called name, by its SQL spelling, over expressions."""
    expr = {"kind": plan.EXPR_CALL, "name": name, "args": list(args)}
    if distinct:
        expr["distinct"] = True
    return expr


def column(name, frame=None):
    """A column by its dotted path; with frame, the column of just that frame. A name of * or t.* is a star."""
    if name == "*" or name.endswith(".*"):
        expr = {"kind": plan.EXPR_STAR}
        if name != "*":
            expr["name"] = name[:-2]
        return expr
    expr = {"kind": plan.EXPR_COLUMN, "name": name}
    if frame:
        expr["frame"] = frame
    return expr


def typed(value, type_name):
    """A literal whose type is known; value is a cell already."""
    return {"kind": plan.EXPR_LIT, "value": value, "type": type_name}


def literal(value):
    """The literal of a Python value, typed as PySpark's lit types it. A list becomes a call of array."""
    if isinstance(value, list):
        return call("array", *[literal(item) for item in value])
    return typed(*encode_scalar(value))


def cast(expr, type_name):
    """CAST of an expression to a type given as wire text."""
    return {"kind": plan.EXPR_CAST, "args": [expr], "type": type_name}


def alias(expr, name):
    """An expression under a name."""
    return {"kind": plan.EXPR_ALIAS, "args": [expr], "name": name}


def aliases(expr, names):
    """A generator with names for the columns it makes."""
    return {"kind": plan.EXPR_ALIAS, "args": [expr], "names": names}


def update(expr, changes):
    """A struct with changes to its members; changes to a changed struct are added to it."""
    if expr.get("name") == "update fields":
        return call("update fields", *expr["args"], *changes)
    return call("update fields", expr, *changes)


def sort(expr, descending=False, nulls_last=None):
    """A sort order; nulls_last None is Spark's default for the direction."""
    out = {"kind": plan.EXPR_SORT, "args": [expr]}
    if descending:
        out["descending"] = True
    if nulls_last is not None:
        out["nulls_last"] = nulls_last
    return out


def sql(text):
    """An expression given as Spark SQL, which the worker parses."""
    if isinstance(text, str) and "${" in text:
        from _tenon import conf
        text = conf.substitute(text)
    return {"kind": plan.EXPR_SQL, "text": text}
