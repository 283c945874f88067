"""What the wide stream of seeds makes beside: more calls of DataFrames, lateral views, correlated subqueries."""
from tests.fuzz import groups, values
from tests.fuzz.exprs import E
from tests.fuzz.render import python, sql


def _of(state, *kinds):
    """The columns of some kinds."""
    return [one for one in state.columns if one[1] in kinds]


def _unpivot(state):
    """unpivot of columns of one kind."""
    rng, keys = state.rng, _of(state, "int")[:1]
    kind = rng.choice(("int", "string", "double", "decimal"))
    names = [one for one in _of(state, kind) if one not in keys]
    if not keys or not names or not state.whole:
        return None
    state.columns = keys + [("var", "string", False), ("val", kind, False)]
    return {"do": "unpivot", "keys": [one[0] for one in keys], "names": [one[0] for one in names]}


def _posexplode(state):
    """A select with posexplode, or with explode of a map."""
    rng, found = state.rng, _of(state, "strings", "ints", "map")
    if not found:
        return None
    name, kind, _ = rng.choice(found)
    kept = [one for one in _of(state, *values.PLAIN) if one[0] != "id"][:3]
    by = rng.choice(("explode", "explode_outer") if kind == "map" else ("posexplode", "posexplode_outer"))
    names = (state.fresh(), state.fresh())
    kinds = ("string", "int") if kind == "map" else ("int", kind[:-1])
    state.columns, state.whole = kept + [(new, of, True) for new, of in zip(names, kinds)], True
    return {"do": "posexplode", "by": by, "name": name, "to": names, "kept": [one[0] for one in kept]}


def _fields(state):
    """withField and dropFields of a struct."""
    rng, found = state.rng, _of(state, "struct")
    if not found:
        return None
    name = rng.choice(found)[0]
    new = state.fresh()
    e = state.maker().make(rng.choice(("int", "string", "date")), 1)
    state.columns.append((new, "other", False))
    return {"do": "fields", "name": name, "to": new, "field": rng.choice(("h", "f", "F", "g")), "items": [(e, None)], "drop": rng.choice((None, "f", "g", "x"))}


def _union(state):
    """unionByName with another table, filling what one side lacks."""
    if not state.whole:
        return None
    other = state.rng.choice(state.tables)
    mine = {one[0].lower(): one for one in state.columns}
    theirs = {one[0].lower(): one for one in other["columns"]}
    both = [one for one in state.columns if one[0].lower() not in theirs or theirs[one[0].lower()][1] == one[1]]
    state.columns = [((("u_" + one[0]) if one[0] == "id" else one[0]), one[1], False) for one in both + [
        one for one in other["columns"] if one[0].lower() not in mine]]
    return {"do": "unionMissing", "with": other["name"], "rename": any(one[0] == "u_id" for one in state.columns)}


def _free_pivot(state):
    """pivot without its values, by one or two aggregates."""
    rng, found = state.rng, _of(state, "int", "boolean", "string")
    if len(found) < 2 or not state.whole:
        return None
    key, on = rng.sample(found, 2)
    items = [(groups.aggregate(state.maker(), False), state.fresh()) for _ in range(rng.choice((1, 2)))]
    state.columns, state.whole = [key], False
    return {"do": "freePivot", "key": key[0], "on": on[0], "items": items}


def _self_join(state):
    """A frame joined with itself under two names."""
    rng = state.rng
    if not state.whole or not any(one[0] == "id" for one in state.columns):
        return None
    how = rng.choice(("inner", "left", "full", "left_semi", "left_anti"))
    kept = [one for one in _of(state, *values.PLAIN) if " " not in one[0]][:4]
    semi = how in ("left_semi", "left_anti")
    state.columns = [("a_" + one[0], one[1], one[2]) for one in kept] + ([] if semi else [("b_" + one[0], one[1], one[2]) for one in kept])
    return {"do": "selfJoin", "how": how, "kept": [one[0] for one in kept], "semi": semi, "on": rng.choice(kept)[0], "sign": rng.choice(("==", "<"))}


def _with_columns(state):
    """withColumns of several, which see the columns before."""
    items = []
    for _ in range(2):
        maker = state.maker()
        items.append((maker.make(maker.plain_kind(), 1), state.fresh()))
    state.columns += [state.named(e, name) for e, name in items]
    return {"do": "withColumns", "items": items}


def _describe(state):
    """describe and summary of plain columns."""
    found = [one[0] for one in _of(state, "int", "bigint", "decimal", "string") if " " not in one[0]][:3]
    if not found or not state.whole:
        return None
    state.columns, state.whole = [("summary", "string", False)], False
    return {"do": "describe", "names": found, "by": state.rng.choice(("describe", "summary"))}


def _fill_by_name(state):
    """fillna and replace by dictionaries."""
    found = _of(state, "int", "string", "double", "boolean", "bigint")
    if not found or not state.whole:
        return None
    fills = {"int": 5, "bigint": 6, "string": "none", "double": 2.5, "boolean": False}
    return {"do": "fillNames", "values": {one[0]: fills[one[1]] for one in found[:3] if " " not in one[0]}}


MAKERS = (_unpivot, _posexplode, _posexplode, _fields, _fields, _union, _free_pivot, _self_join, _with_columns, _with_columns, _describe, _fill_by_name)


def _fields_lines(step):
    """The lines of _fields."""
    text = "F.col(%r).withField(%r, %s)" % (step["name"], step["field"], python(step["items"][0][0]))
    if step["drop"]:
        text += ".dropFields(%r)" % step["drop"]
    return ["df = df.withColumn(%r, %s)" % (step["to"], text)]


def _self_join_lines(step):
    """The lines of _self_join."""
    sides = ("a",) if step["semi"] else ("a", "b")
    names = ", ".join("F.col('%s.%s').alias('%s_%s')" % (side, name, side, name) for side in sides for name in step["kept"])
    return ["df = df.alias('a').join(df.alias('b'), F.col('a.%s') %s F.col('b.%s'), %r).select(%s)" % (
        step["on"], step["sign"], step["on"], step["how"], names)]


STEPS = {
    "fields": _fields_lines, "selfJoin": _self_join_lines,
    "unpivot": lambda s: ["df = df.unpivot(%r, %r, 'var', 'val')" % (s["keys"], s["names"])],
    "posexplode": lambda s: ["df = df.select(%s)" % ", ".join([repr(("`%s`" % n) if " " in n else n) for n in s["kept"]] + [
        "F.%s(%r).alias(%r, %r)" % ((s["by"], s["name"]) + tuple(s["to"]))])],
    "unionMissing": lambda s: ["df = df.unionByName(spark.table(%r), allowMissingColumns=True)%s" % (
        s["with"], ".withColumnRenamed('id', 'u_id')" if s["rename"] else "")],
    "freePivot": lambda s: ["df = df.groupBy(%r).pivot(%r).agg(%s)" % (s["key"], s["on"], ", ".join(
        "%s.alias(%r)" % (python(e), name) for e, name in s["items"]))],
    "withColumns": lambda s: ["df = df.withColumns({%s})" % ", ".join("%r: %s" % (name, python(e)) for e, name in s["items"])],
    "describe": lambda s: ["df = df.%s" % ("describe(%s)" % ", ".join(map(repr, s["names"])) if s["by"] == "describe" else
                                           "select(%s).summary('count', 'mean', 'min', 'max', '50%%')" % ", ".join(map(repr, s["names"])))],
    "fillNames": lambda s: ["df = df.fillna(%r).replace({'a': 'zz', '': 'empty'})" % (s["values"],)],
}


def lateral(scope):
    """A lateral view of an array or map of the source; its columns come into reach."""
    rng = scope.rng
    kind = rng.choice(("strings", "ints", "map"))
    of = scope.maker().make(kind, 1)
    by = rng.choice(("explode", "outer explode", "posexplode"))
    kinds = ("string", "int") if kind == "map" else (kind[:-1],)
    kinds = (("int",) if by == "posexplode" else ()) + kinds
    names = ["e%d" % i for i in range(len(kinds))]
    scope.columns += [("w." + name, one, True) for name, one in zip(names, kinds)]
    scope.unique = False
    return {"by": by, "of": of, "names": ", ".join(names)}


def correlated(scope):
    """A subquery that gives one value for each row."""
    rng, table = scope.rng, scope.rng.choice(scope.tables)["name"]
    ints = [one for one in scope.columns if one[1] == "int"]
    if not ints:
        return scope.maker().leaf("int")
    name = sql(E("col", "int", rng.choice(ints)[0]))
    form = rng.choice(("(select max(z.id) from {1} z where z.k = {0})", "(select count(*) from {1} z where z.k = {0})",
                       "(select sum(z.k) from {1} z where z.id = {0} and z.k > 1)", "(select count(distinct z.k) + 1 from {1} z where z.k = {0})",
                       "(select avg(z.id) from {1} z where z.k <=> {0})", "coalesce((select min(z.k) from {1} z where z.id = {0}), -1)"))
    return E("raw", "bigint", form.format(name, table))
