"""Smaller versions of a program: parts left out, expressions replaced by their parts."""
import copy

from tests.fuzz.exprs import E


def smaller(node):
    """Copies of a node (dictionary, list, tuple or E) that are one step smaller."""
    if isinstance(node, E):
        yield from _of_expr(node)
    elif isinstance(node, dict):
        yield from _of_dict(node)
    elif isinstance(node, (list, tuple)):
        yield from _of_list(node)


def _of_expr(e):
    """The arguments, nulls, and the same with a smaller argument or value."""
    for a in e.args:
        yield a
    if e.form not in ("lit", "plain", "col", "raw", "agg", "over"):
        yield E("lit", e.kind if e.kind not in ("other",) else "string")
    for i, a in enumerate(e.args):
        for less in smaller(a):
            made = copy.copy(e)
            made.args = e.args[:i] + [less] + e.args[i + 1:]
            yield made
    if e.form == "agg" and e.value is not None or e.form == "over":
        for less in ([None] if e.form == "agg" else []) + list(smaller(e.value)):
            made = copy.copy(e)
            made.value = less
            yield made
    if e.form == "case" and len(e.args) > 2:
        made = copy.copy(e)
        made.args = e.args[2:]
        yield made


# The parts of programs, steps and queries that may be missing, with what stands for that.
_OPTIONAL = {"where": None, "having": None, "set": None, "order": None, "limit": None, "distinct": False, "grouping": "", "write": "",
             "read": "", "on": None}


def _of_dict(d):
    """Without an optional part, and with smaller parts."""
    if "query" in d and "alias" not in d and d["query"]["source"].get("query"):
        yield dict(d, query=d["query"]["source"]["query"])
    for key, value in d.items():
        if key in _OPTIONAL and value not in (None, False, "") and not (key == "on" and isinstance(value, str)):
            yield dict(d, **{key: _OPTIONAL[key]})
        for less in smaller(value):
            yield dict(d, **{key: less})


def _of_list(items):
    """Without one element, and with smaller elements."""
    if not isinstance(items, tuple):
        for i in range(len(items)):
            yield items[:i] + items[i + 1:]
    for i, item in enumerate(items):
        for less in smaller(item):
            yield type(items)(list(items[:i]) + [less] + list(items[i + 1:]))


def tables(batch, program):
    """Versions of the batch's tables with fewer rows or columns."""
    for t, table in enumerate(batch["tables"]):
        for i in range(len(table["rows"])):
            yield _with(batch, t, dict(table, rows=table["rows"][:i] + table["rows"][i + 1:]))
        for i in range(len(table["columns"])):
            yield _with(batch, t, dict(table, columns=table["columns"][:i] + table["columns"][i + 1:],
                                       rows=[row[:i] + row[i + 1:] for row in table["rows"]]))


def _with(batch, t, table):
    """The batch's tables with one replaced."""
    return batch["tables"][:t] + [table] + batch["tables"][t + 1:]
