"""What the daily stream of seeds makes of DataFrame calls beside those of `chains` and `wide`."""
from tests.fuzz import groups, values
from tests.fuzz.exprs import E
from tests.fuzz.render import python

_GROUPED = values.PLAIN + tuple(values.PRECISE)
_SUMMED = values.WHOLE + ("decimal",) + tuple(values.PRECISE)


def _names(state, kinds, most=3):
    """Some columns of kinds, without those whose names must be quoted."""
    found = [one for one in state.columns if one[1] in kinds and " " not in one[0]]
    return state.rng.sample(found, min(len(found), most))


def _text(lines):
    """A step of lines of Python that need nothing else."""
    return {"do": "lines", "lines": lines}


def _short_group(state):
    """groupBy with the short forms: count, sum of names, agg of a dictionary."""
    rng, keys = state.rng, _names(state, ("int", "string", "boolean", "date", "decimal"), state.rng.choice((0, 1, 2)))
    numbers = [one[0] for one in _names(state, _SUMMED, 2) if one not in keys]
    if not numbers or not state.whole:
        return None
    plain = ", ".join(map(repr, numbers))
    call = rng.choice(("count()", "sum(%s)" % plain, "avg(%s)" % plain, "max(%s)" % plain, "min(%s)" % plain, "mean(%s)" % plain,
                       "agg(%r)" % {name: rng.choice(("sum", "avg", "max", "count", "min")) for name in numbers}))
    state.columns, state.whole = keys, False
    return _text(["df = df.%s(%s).%s" % (rng.choice(("groupBy", "groupBy", "rollup", "cube")) if keys else "groupBy", ", ".join(repr(one[0]) for one in keys), call)])


def _double_join(state):
    """A join by columns of both frames, which keep their names; one is read through its frame or dropped."""
    rng, other = state.rng, state.rng.choice(state.tables)
    mine = _names(state, ("int", "string", "date", "decimal", "bigint"), 4)
    if not mine or not state.whole:
        return None
    on = mine[0]
    theirs = [one for one in other["columns"] if one[1] == on[1] and " " not in one[0]]
    if not theirs:
        return None
    how = rng.choice(("inner", "left", "right", "full", "left_semi", "left_anti"))
    condition = rng.choice(("df[%r] == other[%r]", "df[%r].eqNullSafe(other[%r])", "df[%r] >= other[%r]")) % (on[0], rng.choice(theirs)[0])
    if rng.random() < 0.3:
        condition = "(%s) & (%s)" % (condition, "other['id'] > 1")
    join = "df.join(other, %s, %r)" % (condition, how)
    state.columns = [("l_" + one[0], one[1], one[2]) for one in mine]
    left = ", ".join("df[%r].alias('l_%s')" % (one[0], one[0]) for one in mine)
    if how in ("left_semi", "left_anti"):
        return _text(["other = spark.table(%r)" % other["name"], "df = %s.select(%s)" % (join, left)])
    if rng.random() < 0.3:
        state.whole = False
        taken = rng.choice(theirs)[0]
        state.columns = []
        return _text(["other = spark.table(%r)" % other["name"], "df = %s.drop(other[%r])" % (join, taken)])
    right = [one for one in other["columns"] if one[1] in values.PLAIN][:3]
    state.columns = state.columns + [("r_" + one[0].replace(" ", "_"), one[1], one[2]) for one in right]
    return _text(["other = spark.table(%r)" % other["name"], "df = %s.select(%s, %s)" % (
        join, left, ", ".join("other[%r].alias('r_%s')" % (one[0], one[0].replace(" ", "_")) for one in right))])


def _list_join(state):
    """A join by a list of names that both have."""
    rng, other = state.rng, state.rng.choice(state.tables)
    both = [one for one in _names(state, _GROUPED, 20) if one in other["columns"]][:rng.choice((1, 2))]
    if not both or not state.whole:
        return None
    how = rng.choice(("inner", "left", "right", "outer", "leftsemi", "leftanti"))
    state.columns, state.whole = both, False
    return _text(["df = df.join(spark.table(%r), %r, %r)" % (other["name"], [one[0] for one in both], how)] + (
        ["df = df.select(%s)" % ", ".join(repr(one[0]) for one in both)] if rng.random() < 0.5 else []))


def _some_duplicates(state):
    """dropDuplicates of some columns, which alone are kept; distinct of a select."""
    found = _names(state, _GROUPED + ("strings", "ints", "struct", "structs"), 3)
    if not found:
        return None
    state.columns, state.whole = found, True
    names = [one[0] for one in found]
    return _text([state.rng.choice(("df = df.dropDuplicates(%r).select(%r)" % (names, names), "df = df.select(%r).distinct()" % (names,)))])


def _star(state):
    """select of all and one more; selectExpr; toDF."""
    rng, name = state.rng, state.fresh()
    e = state.maker().make(state.maker().plain_kind(), 2)
    state.columns.append(state.named(e, name))
    return {"do": "star", "items": [(e, name)], "by": rng.choice(("df.select('*', {0})", "df.select(df['*'], {0})", "df.select([F.col('*'), {0}])"))}


def _nested(state):
    """A generator that gives several columns, or a struct's fields."""
    rng, found = state.rng, _names(state, ("structs", "struct", "map", "strings"), 1)
    if not found or not state.whole:
        return None
    name, kind, _ = found[0]
    kept = [one for one in _names(state, values.PLAIN, 2) if one[0] not in ("id", "key", "value", "col", "pos", "f", "g")]
    forms = {"structs": (("F.inline(%r)", "fg"), ("F.inline_outer(%r)", "fg"), ("F.explode(%r)", "c"), ("F.posexplode_outer(%r)", "pc")),
             "struct": (("'%s.*'", "fg"), ("'%s.g'", "g")), "map": (("F.explode(%r)", "kv"), ("F.explode_outer(%r)", "kv"), ("F.posexplode(%r)", "pkv")),
             "strings": (("F.explode(%r)", "s"), ("F.posexplode(%r)", "ps"), ("F.explode_outer(%r)", "s"))}
    made = {"f": ("f", "int", True), "g": ("g", "string", False), "c": ("col", "struct", False), "p": ("pos", "int", True),
            "k": ("key", "string", False), "v": ("value", "int", True), "s": ("col", "string", False)}
    form, letters = rng.choice(forms[kind])
    state.columns = kept + [made[letter] for letter in letters]
    lines = ["df = df.select(%s)" % ", ".join([repr(one[0]) for one in kept] + [form % name])]
    if "c" in letters and rng.random() < 0.6:
        lines.append("df = df.select(%s'col.f', 'col.g')" % "".join("%r, " % one[0] for one in kept))
        state.columns = kept + [made["f"], made["g"]]
    return _text(lines)


def _stat(state):
    """df.stat: crosstab, corr, cov, approxQuantile."""
    rng, found = state.rng, _names(state, ("int", "bigint", "smallint", "double"), 2)
    found = [one[0] for one in found if one[2]]
    if len(found) < 2 or not state.whole:
        return None
    state.columns, state.whole = [], False
    return _text([rng.choice((
        "df = df.stat.crosstab(%r, %r)", "df = df.crosstab(%r, %r)", "df = spark.createDataFrame([(df.stat.corr(%r, %r),)], 'r double')",
        "df = spark.createDataFrame([(df.cov(%r, %r),)], 'r double')",
        "df = spark.createDataFrame([(df.approxQuantile([%r, %r], [0.0, 0.25, 0.5, 1.0], 0.0),)], 'r array<array<double>>')")) % tuple(found)])


def _na(state):
    """df.na: fill by a dictionary, drop by a threshold, replace by a list in some columns."""
    rng, found = state.rng, _names(state, ("int", "string", "double", "boolean", "bigint", "decimal", "float"), 3)
    if not found or not state.whole:
        return None
    fills = {"int": 5, "bigint": 6, "string": "none", "double": 2.5, "boolean": False, "decimal": 1, "float": 1.5}
    names, texts = [one[0] for one in found], [one[0] for one in found if one[1] == "string"]
    forms = ["df = df.na.fill(%r)" % {name: rng.choice((fills[kind], fills[kind], 3, "x")) for name, kind, _ in found},
             "df = df.na.drop(thresh=2, subset=%r)" % names, "df = df.na.fill(0).na.fill('')", "df = df.na.drop('all', subset=%r)" % names,
             "df = df.na.replace({1: 10, 2: 20}, subset=%r)" % [one[0] for one in found if one[1] not in ("string", "boolean")],
             "df = df.na.replace(['a', ''], ['b', None], %r)" % (texts or names)]
    return _text([rng.choice(forms)])


def _total(state):
    """Whether the frame's order can be made total by its columns."""
    return state.whole and state.columns and all(one[1] in values.PLAIN and " " not in one[0] for one in state.columns)


def _page(state):
    """A sort by lists of directions with offset and limit."""
    if not _total(state):
        return None
    rng, names = state.rng, [one[0] for one in state.columns]
    rng.shuffle(names)
    flags = [rng.random() < 0.5 for _ in names]
    return _text(["df = df.orderBy(%r, ascending=%r).offset(%d).limit(%d)" % (names, flags, rng.choice((0, 1, 2)), rng.choice((1, 3, 10)))])


def _same(state):
    """A call that changes no row: repartition, cache, a view, a trip through Python's rows."""
    if not state.whole:
        return None
    return _text(state.rng.choice((
        ["df = df.repartition(3)"], ["df = df.coalesce(1).cache()"], ["df = df.hint('broadcast')"], ["df = df.alias('q')"],
        ["df.createOrReplaceTempView('view_of_df')", "df = spark.sql('select * from view_of_df')"],
        ["df = spark.createDataFrame(df.collect(), df.schema)"], ["df = spark.createDataFrame(df.rdd, df.schema)"],
        ["df = df.transform(lambda one: one.filter('1 = 1'))"], ["df = df.withColumnsRenamed({'nope': 'x'})"], ["df = df.toDF(*df.columns)"])))


def _union_of_types(state):
    """A union of columns by position whose types meet in a wider one."""
    rng = state.rng
    found = _names(state, _SUMMED + ("double", "float", "string", "date", "timestamp"), 6)
    if len(found) < 2:
        return None
    a, b = found[:2]
    state.columns, state.whole = [], False
    return _text(["df = df.select(%r).%s(df.select(%r))" % (a[0], rng.choice(("union", "unionAll", "intersect", "subtract", "exceptAll")), b[0])])


def _time_window(state):
    """groupBy of windows of time."""
    found = _names(state, ("timestamp",), 1)
    if not found:
        return None
    size = state.rng.choice(("'1 day'", "'90 minutes'", "'1 week'", "'1 hour', '30 minutes'", "'1 day', '1 day', '5 hours'"))
    state.columns, state.whole = [("n", "bigint", True), ("top", "int", True)], True
    return _text(["df = df.filter(F.year(%r) > 1950).groupBy(F.window(%r, %s)).agg(F.count('*').alias('n'), F.max('k').alias('top'))" % (found[0][0], found[0][0], size),
                  "df = df.select('window.start', F.col('window.end').cast('string'), 'n', 'top')"]) if any(
                      one[0] == "k" for one in state.tables[0]["columns"]) and state.count == 0 else None


def _having(state):
    """groupBy and agg, filtered by what it gave."""
    rng, keys = state.rng, _names(state, ("int", "string", "boolean", "date", "dec5"), 1)
    if not keys or not state.whole:
        return None
    e, name = groups.aggregate(state.maker(), False), state.fresh()
    state.columns = keys + [(name, e.kind, False)]
    return {"do": "having", "key": keys[0][0], "items": [(e, name)], "by": rng.choice(("F.col({0}).isNotNull()", "'{1} is not null'", "F.col({0}).isNull()"))}


def _udf(state):
    """A Python function over a column."""
    rng = state.rng
    forms = {"string": ("lambda v: None if v is None else v[::-1].upper()", "string"), "int": ("lambda v: (v or 0) % 7", "int"), "date": ("lambda v: v and v.isoformat()", "string"),
             "decimal": ("lambda v: v", "decimal(20,3)"), "strings": ("lambda v: len(v or [])", "bigint"), "struct": ("lambda v: v and v.g", "string"),
             "double": ("lambda v: v", "double"), "timestamp": ("lambda v: v and v.year", "int"), "map": ("lambda v: v and sorted(v)", "array<string>")}
    found = [one for one in _names(state, tuple(forms), 20)]
    if not found or not state.whole or rng.random() < 0.6:
        return None
    name, kind, _ = found[0]
    made, (text, of) = state.fresh(), forms[kind]
    state.columns.append((made, {"int": "int", "string": "string", "double": "double"}.get(of, "other"), False))
    return _text(["df = df.withColumn(%r, F.udf(%s, %r)(F.col(%r)))" % (made, text, of, name)])


MAKERS = (_short_group, _short_group, _double_join, _double_join, _list_join, _some_duplicates, _star, _star, _nested, _nested, _nested, _stat, _na, _na, _page,
          _same, _same, _union_of_types, _time_window, _having, _having, _udf)


def _having_lines(step):
    """The lines of _having."""
    e, name = step["items"][0]
    return ["df = df.groupBy(%r).agg(%s.alias(%r)).filter(%s)" % (step["key"], python(e), name, step["by"].format(repr(name), name))]


STEPS = {
    "lines": lambda s: list(s["lines"]),
    "star": lambda s: ["df = " + s["by"].format("%s.alias(%r)" % (python(s["items"][0][0]), s["items"][0][1]))],
    "having": _having_lines,
}
