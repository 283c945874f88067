"""Random chains of DataFrame calls.

A chain is a dictionary: "source", a table, and "steps", each a dictionary with "do" and what that call takes. A maker
of steps gets the chain's State and changes it, so that later steps know the columns.
"""
from tests.fuzz import calls, groups, values, wide
from tests.fuzz.exprs import E, Maker

_HOW = ("inner", "left", "right", "full", "left_semi", "left_anti", "outer", "leftouter")
_SETS = ("union", "unionAll", "intersect", "subtract", "exceptAll", "intersectAll", "unionByName")
GROUPABLE = values.PLAIN


class State:
    """What a chain's frame is at some step: its columns (name, kind, tame), and whether id is unique in it."""

    def __init__(self, rng, tables, table):
        self.rng, self.tables, self.columns = rng, tables, list(table["columns"])
        self.whole = True  # every column of the frame is in columns, and id is unique
        self.count = 0

    def maker(self):
        """A maker of expressions over the columns."""
        return Maker(self.rng, self.columns)

    def fresh(self):
        """A new column's name."""
        self.count += 1
        return "c%d" % self.count

    def named(self, e, name):
        """The column that an expression becomes."""
        return (name, e.kind, e.tame or e.kind in values.WHOLE)


def chain(rng, tables):
    """A random chain, with whether its order of rows is known."""
    table = rng.choice(tables)
    state, steps = State(rng, tables, table), []
    for _ in range(rng.randint(1, 4)):
        step = rng.choice(_STEPS + wide.MAKERS + calls.MAKERS if rng.daily else _STEPS + wide.MAKERS if rng.wide else _STEPS)(state)
        if step is not None:
            steps.append(step)
        if not state.columns:
            break
    if rng.random() < 0.3 and state.columns:
        items = [(state.maker().make(state.maker().plain_kind(), 2), None) for _ in range(rng.randint(1, 3))]
        steps.append({"do": "select", "items": items})
        state.columns = []
    ordered = bool(state.columns) and state.whole and rng.random() < 0.35
    if ordered:
        steps.append(_sorted(state))
        if rng.random() < 0.5:
            steps.append({"do": "limit", "n": rng.choice((0, 1, 3, 5))})
    return {"via": "api", "source": table["name"], "steps": steps, "ordered": ordered}


def _sorted(state):
    """A sort whose order is total up to equal rows: some keys, then every column as text."""
    rng = state.rng
    keys = [(E("col", kind, name), rng.choice(("asc", "desc", "asc_nulls_last", "desc_nulls_first", "asc_nulls_first", "desc_nulls_last")))
            for name, kind, _ in rng.sample(state.columns, min(2, len(state.columns))) if kind in values.PLAIN]
    rest = [(E("cast", "string", "string", (E("col", kind, name),)), "asc") for name, kind, _ in state.columns]
    return {"do": "sort", "keys": keys, "rest": rest}


def _select(state):
    """select of new expressions, all with names."""
    items = []
    for _ in range(state.rng.randint(1, 5)):
        maker = state.maker()
        items.append((maker.make(maker.plain_kind()), state.fresh()))
    state.columns, state.whole = [state.named(e, name) for e, name in items], True
    return {"do": "select", "items": items}


def _with_column(state):
    """withColumn, which adds or replaces."""
    name = state.rng.choice(state.columns)[0] if state.rng.random() < 0.3 else state.fresh()
    e = state.maker().make(state.maker().plain_kind())
    state.columns = [one for one in state.columns if one[0] != name] + [state.named(e, name)]
    return {"do": "withColumn", "items": [(e, name)]}


def _filter(state):
    """filter by a Column or a text."""
    return {"do": "filter", "items": [(state.maker().condition(2), None)], "text": state.rng.random() < 0.3}


def _drop(state):
    """drop of one column."""
    if len(state.columns) < 2:
        return None
    name = state.rng.choice(state.columns)[0]
    state.columns = [one for one in state.columns if one[0] != name]
    return {"do": "drop", "name": name}


def _rename(state):
    """withColumnRenamed."""
    i, name = state.rng.randrange(len(state.columns)), state.fresh()
    old = state.columns[i]
    state.columns[i] = (name,) + tuple(old[1:])
    return {"do": "rename", "name": old[0], "to": name}


def _distinct(state):
    """distinct, or dropDuplicates of all columns; not of maps."""
    if not all(kind in GROUPABLE for _, kind, _ in state.columns) or not state.whole:
        return None
    return {"do": "distinct", "by": state.rng.choice(("distinct", "dropDuplicates"))}


def _join(state):
    """join by a name, or by a condition; columns that both sides have are out of reach afterwards."""
    rng, other = state.rng, state.rng.choice(state.tables)
    how = rng.choice(_HOW)
    mine, theirs = {name.lower() for name, _, _ in state.columns}, list(other["columns"])
    semi = how in ("left_semi", "left_anti")
    if "k" in mine and rng.random() < 0.5:
        if not semi:
            double = mine & {name.lower() for name, _, _ in theirs} - {"k"}
            kept = state.columns + [one for one in theirs if one[0] != "k"]
            state.whole = state.whole and not double
            state.columns = [one for one in kept if one[0].lower() not in double]
        return {"do": "join", "with": other["name"], "on": "k", "how": how}
    renamed = [("r_" + name.replace(" ", "_"), kind, tame) for name, kind, tame in theirs]
    left = Maker(rng, state.columns, 0)
    kind = rng.choice(("int", "string", "int", "date", "double"))
    condition = E("infix", "boolean", rng.choice(("=", "=", "=", "<=>", "<", "<>")), (left.leaf(kind), Maker(rng, renamed, 0).leaf(kind)))
    if any(name.startswith("r_") for name in mine):
        return None
    if not semi:
        state.columns = state.columns + renamed
    return {"do": "joinOn", "with": other["name"], "names": [(name, new[0]) for (name, _, _), new in zip(theirs, renamed)],
            "items": [(condition, None)], "how": how}


def _group(state):
    """groupBy().agg() of several aggregates; cube and rollup too."""
    rng = state.rng
    keys = [one for one in state.columns if one[1] in GROUPABLE]
    keys = rng.sample(keys, min(len(keys), rng.choice((0, 1, 1, 2))))
    unique = state.whole and any(name == "id" for name, _, _ in state.columns)
    items = [(groups.aggregate(state.maker(), unique), state.fresh()) for _ in range(rng.randint(1, 4))]
    state.columns, state.whole = keys + [(name, e.kind, e.kind in values.WHOLE) for e, name in items], True
    return {"do": "group", "by": rng.choice(("groupBy",) * 4 + ("rollup", "cube")) if keys else "groupBy",
            "keys": [one[0] for one in keys], "items": items}


def _pivot(state):
    """groupBy().pivot(values).agg()."""
    rng = state.rng
    texts = [one for one in state.columns if one[1] in ("string", "int", "boolean")]
    if len(texts) < 2 or not state.whole:
        return None
    by, on = rng.sample(texts, 2)
    among = rng.sample((0, 1, 2, 3, 5), 2) if on[1] == "int" else [True, False] if on[1] == "boolean" else rng.sample(values.STRINGS[2:9], 2)
    e = groups.aggregate(Maker(rng, [one for one in state.columns if one not in (by, on)], 0), False)
    state.columns, state.whole = [by], False
    return {"do": "pivot", "key": by[0], "on": on[0], "among": among, "items": [(e, None)]}


def _set(state):
    """A set operation with the frame itself, filtered."""
    if not state.whole or not all(kind in GROUPABLE for _, kind, _ in state.columns):
        return None
    state.columns = [(name, kind, False) for name, kind, _ in state.columns]
    step = {"do": "set", "name": state.rng.choice(_SETS), "items": [(state.maker().condition(1), None)]}
    state.columns = [(("c_" + name) if name == "id" else name, kind, tame) for name, kind, tame in state.columns]
    return dict(step, rename=any(name == "c_id" for name, _, _ in state.columns))


def _fill(state):
    """fillna with one value or by column."""
    rng = state.rng
    kind = rng.choice(("int", "string", "double", "boolean"))
    value = {"int": 7, "string": "none", "double": 1.5, "boolean": True}[kind]
    names = [name for name, _, _ in state.columns]
    subset = rng.sample(names, min(2, len(names))) if rng.random() < 0.4 and state.whole else None
    return {"do": "fill", "value": value, "subset": subset} if state.whole else None


def _dropna(state):
    """dropna by how, threshold and subset."""
    if not state.whole:
        return None
    names = [name for name, _, _ in state.columns]
    subset = state.rng.sample(names, min(2, len(names))) if state.rng.random() < 0.6 else None
    return {"do": "dropna", "how": state.rng.choice(("any", "all")), "thresh": state.rng.choice((None, None, 1, 2)), "subset": subset}


def _replace(state):
    """replace of values in all columns that can hold them."""
    old, new = state.rng.choice(((1, 100), ("a", "z"), ("", None), (0, -1), (1.5, 2.5), (True, False)))
    return {"do": "replace", "old": old, "new": new} if state.whole else None


def _explode(state):
    """A select with explode of an array."""
    arrays = [one for one in state.columns if one[1] in ("strings", "ints")]
    if not arrays:
        return None
    name, kind, _ = state.rng.choice(arrays)
    kept = [one for one in state.columns if one[1] in values.PLAIN][:3]
    new = state.fresh()
    state.columns, state.whole = [one for one in kept if one[0] != "id"] + [(new, kind[:-1], True)], True
    return {"do": "explode", "by": state.rng.choice(("explode", "explode_outer")), "name": name, "to": new,
            "kept": [one[0] for one in kept if one[0] != "id"]}


def _window(state):
    """A column over a window."""
    if not state.whole or not any(name == "id" for name, _, _ in state.columns):
        return None
    e, name = groups.windowed(state.maker()), state.fresh()
    state.columns = state.columns + [(name, e.kind, e.kind in values.WHOLE)]
    return {"do": "withColumn", "items": [(e, name)]}


_STEPS = (_select, _select, _with_column, _with_column, _filter, _filter, _filter, _drop, _rename, _distinct, _join, _join, _group, _group,
          _group, _pivot, _set, _fill, _dropna, _replace, _explode, _window, _window)
