"""Random SQL queries.

A query is a dictionary: "with", "source", "joins", "where", "group", "having", "items", "distinct", "set", "order" and
"limit". Its text comes from `text`.
"""
from tests.fuzz import groups, values, wide
from tests.fuzz.exprs import E, Maker
from tests.fuzz.render import sql

_JOINS = ("join", "left join", "right join", "full join", "left semi join", "left anti join", "cross join", "inner join")
_SETS = ("union all", "union", "except", "intersect", "except all", "intersect all", "minus")


class Scope:
    """The columns in reach of a query's expressions, with their qualifiers, and whether `id` of the first is unique."""

    def __init__(self, rng, tables, depth):
        self.rng, self.tables, self.depth = rng, tables, depth
        self.columns, self.unique, self.prefix = [], False, ""

    def maker(self):
        """A maker of expressions over the columns."""
        return Maker(self.rng, self.columns)

    def condition(self):
        """A condition, now and then with a subquery."""
        if self.rng.random() < 0.25 and self.depth > 0:
            return _subquery(self)
        return self.maker().condition(2)


def query(rng, tables, depth=1, columns=None, named=False):
    """A random query; columns are the kinds it must give, named that all its columns have names."""
    scope = Scope(rng, tables, depth)
    q = {"source": _source(scope, "u"), "joins": [], "where": None, "group": None, "having": None, "distinct": False, "set": None,
         "order": None, "limit": None, "with": [], "grouping": ""}
    if rng.random() < 0.35:
        q["joins"].append(_join(scope, "v"))
    elif rng.wide and rng.random() < 0.3:
        q["lateral"] = wide.lateral(scope)
    if rng.random() < 0.5:
        q["where"] = scope.condition()
    if columns is None and rng.random() < 0.35:
        _group(scope, q)
    else:
        kinds = columns or [scope.maker().plain_kind() for _ in range(rng.randint(1, 4))]
        q["items"] = [(_item(scope, kind, columns), "c%d" % i) for i, kind in enumerate(kinds)]
        q["distinct"] = rng.random() < 0.15 and all(e.kind in values.PLAIN for e, _ in q["items"])
    if columns is None and depth > 0 and rng.random() < 0.2 and all(e.kind in values.PLAIN for e, _ in q["items"]):
        q["set"] = (rng.choice(_SETS), query(rng, tables, 0, [e.kind for e, _ in q["items"]], True))
    elif not named and rng.random() < 0.4:
        q["items"] = [(e, None if rng.random() < 0.6 else name) for e, name in q["items"]]
        return q
    if columns is None and rng.random() < 0.3:
        q["order"] = _order(rng, q["items"])
        q["limit"] = rng.choice((None, 0, 2, 5)) if rng.random() < 0.6 else None
    return q


def _source(scope, alias):
    """A table or a subquery under an alias; its columns come into reach."""
    rng = scope.rng
    if scope.depth > 0 and rng.random() < 0.3:
        inner = query(rng, scope.tables, scope.depth - 1, None, True)
        scope.columns += [(alias + "." + name, e.kind, e.tame or e.kind in values.WHOLE) for e, name in inner["items"]]
        return {"query": inner, "alias": alias}
    table = rng.choice(scope.tables)
    scope.columns += [(alias + "." + name, kind, tame) for name, kind, tame in table["columns"]]
    if alias == "u":
        scope.unique, scope.prefix = True, "u."
    return {"table": table["name"], "alias": alias}


def _join(scope, alias):
    """A join with its condition."""
    rng, left = scope.rng, list(scope.columns)
    scope.columns, how = [], rng.choice(_JOINS)
    unique, prefix = scope.unique, scope.prefix
    source = _source(scope, alias)
    right = scope.columns
    scope.unique, scope.prefix = unique and how in ("left semi join", "left anti join"), prefix
    scope.columns = left if "semi" in how or "anti" in how else left + right
    if how == "cross join":
        return {"how": how, "source": source, "on": None}
    kind = rng.choice(("int", "string", "int", "date", "decimal"))
    on = E("infix", "boolean", rng.choice(("=", "=", "=", "<=>", "<")), (Maker(rng, left, 0).leaf(kind), Maker(rng, right, 0).leaf(kind)))
    if rng.random() < 0.2:
        on = E("infix", "boolean", rng.choice(("and", "or")), (on, Maker(rng, left + right).condition(1)))
    return {"how": how, "source": source, "on": on}


def _group(scope, q):
    """GROUP BY with aggregates, and HAVING."""
    rng, maker = scope.rng, scope.maker()
    keys = [maker.make(rng.choice(values.PLAIN), 1) for _ in range(rng.choice((0, 1, 1, 2)))]
    keys = [e for e in keys if e.form != "lit"]
    q["group"] = keys
    q["grouping"] = rng.choice(("",) * 5 + ("rollup", "cube")) if keys else ""
    if rng.wide and len(keys) == 2 and rng.random() < 0.3:
        q["grouping"] = "sets"
    aggregates = [groups.aggregate(maker, False) for _ in range(rng.randint(1, 3))]
    q["items"] = [(e, "c%d" % i) for i, e in enumerate(keys + aggregates)]
    if rng.random() < 0.3:
        a = groups.aggregate(maker, False)
        q["having"] = E("post", "boolean", "is not null", (a,)) if rng.random() < 0.5 else E("infix", "boolean", ">", (
            E("agg", "bigint", "count"), E("lit", "int", value=1)))


def _item(scope, kind, fixed):
    """One expression of a SELECT; now and then a window function or a scalar subquery."""
    rng = scope.rng
    if fixed:
        return E("cast", kind, values.TYPES.get(kind, kind), (scope.maker().make(kind, 1),))
    if rng.wide and scope.depth > 0 and rng.random() < 0.1:
        return wide.correlated(scope)
    if scope.unique and rng.random() < 0.15:
        return groups.windowed(scope.maker(), scope.prefix)
    if scope.depth > 0 and rng.random() < 0.05:
        table = rng.choice(scope.tables)["name"]
        return E("raw", "int", "(select max(w.k) from %s w)" % table)
    return scope.maker().make(kind)


def _subquery(scope):
    """IN, NOT IN and EXISTS over a table."""
    rng, table = scope.rng, scope.rng.choice(scope.tables)["name"]
    ints = [one for one in scope.columns if one[1] == "int"]
    if not ints:
        return scope.maker().condition(1)
    name = sql(E("col", "int", rng.choice(ints)[0]))
    return E("raw", "boolean", _filled(rng, name, table))


def _filled(rng, name, table):
    """The text of a condition with a subquery."""
    form = rng.choice(("{0} in (select w.k from {1} w)", "{0} not in (select w.k from {1} w)",
                       "{0} not in (select w.k from {1} w where w.k is not null)", "exists (select 1 from {1} w where w.k = {0})",
                       "not exists (select 1 from {1} w where w.k = {0} and w.id > 2)", "{0} > (select avg(w.k) from {1} w)",
                       "{0} <= (select max(w.id) from {1} w where w.k = {0})"))
    return form.format(name, table)


def _order(rng, items):
    """ORDER BY that is total up to equal rows: every column as text in the end."""
    keys = ["c%d %s" % (i, rng.choice(("asc", "desc", "desc nulls first", "asc nulls last"))) for i, (e, _) in enumerate(items)
            if e.kind in values.PLAIN and rng.random() < 0.6]
    return keys + ["cast(c%d as string)" % i for i in range(len(items))]


def text(q):
    """The query in SQL."""
    items = ", ".join(sql(e) + (" as " + name if name else "") for e, name in q["items"])
    parts = ["select %s%s from %s" % ("distinct " if q["distinct"] else "", items, _from(q["source"]))]
    if q.get("lateral"):
        parts.append("lateral view %s(%s) w as %s" % (q["lateral"]["by"], sql(q["lateral"]["of"]), q["lateral"]["names"]))
    for join in q["joins"]:
        parts.append("%s %s%s" % (join["how"], _from(join["source"]), " on " + sql(join["on"]) if join["on"] is not None else ""))
    if q["where"] is not None:
        parts.append("where " + sql(q["where"]))
    if q["group"]:
        keys = ", ".join(map(sql, q["group"]))
        if q["grouping"] == "sets":
            keys += " grouping sets ((%s), (%s), ())" % (keys, sql(q["group"][-1]))
        parts.append("group by " + ("%s(%s)" % (q["grouping"], keys) if q["grouping"] in ("rollup", "cube") else keys))
    if q["having"] is not None:
        parts.append("having " + sql(q["having"]))
    if q["set"]:
        parts.append("%s %s" % (q["set"][0], text(q["set"][1])))
    if q["order"]:
        parts.append("order by " + ", ".join(q["order"]))
    if q["limit"] is not None:
        parts.append("limit %d" % q["limit"])
    return " ".join(parts)


def _from(source):
    """A table or subquery in FROM."""
    return "%s %s" % (source["table"] if source.get("table") else "(%s)" % text(source["query"]), source["alias"])
