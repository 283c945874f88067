"""Random aggregates and window functions, each with an answer that does not depend on the order of equal rows."""
from tests.fuzz import daily, values
from tests.fuzz.exprs import E

# Aggregates of the wide stream alone.
_WIDE = ("skewness", "kurtosis", "covar_pop", "regr_slope", "bit_and", "bit_or", "bit_xor", "min_by", "try_sum", "try_avg", "percentile", "array_agg",
         "stddev_pop", "var_samp", "sum if", "max struct", "any")
_ORDERED = ("tinyint", "smallint", "int", "bigint", "double", "decimal", "string", "date", "timestamp", "boolean")
_FRAMES = ("rows between unbounded preceding and current row", "rows between 1 preceding and 1 following", "rows between 2 preceding and 1 preceding",
           "rows between current row and unbounded following", "", "range between unbounded preceding and current row",
           "rows between 1 following and 3 following", "range between unbounded preceding and unbounded following")


def summable(maker):
    """A number whose sum does not depend on the order: a whole number, a decimal or a tame double."""
    fitting = [one for one in maker.columns if one[1] in values.WHOLE + ("decimal",) or one[1] in ("double", "float") and one[2]]
    if fitting and maker.rng.random() < 0.9:
        e = maker.column(maker.rng.choice(fitting))
        if e.kind in values.WHOLE and maker.rng.random() < 0.2:
            return E("infix", e.kind, "*", (e, E("lit", "int", value=3)))
        return e
    return E("lit", "int", value=1)


def aggregate(maker, unique):
    """A random aggregate; unique tells that the column id is there, once a row."""
    rng = maker.rng
    if rng.daily and rng.random() < 0.6:
        return _daily(maker)
    name = rng.choice(("count", "count *", "count distinct", "count distincts", "sum", "sum", "avg", "min", "max", "min", "max", "collect_set",
                       "collect_list", "stddev", "var_pop", "bool_or", "bool_and", "count_if", "max_by", "sum distinct", "median",
                       "avg distinct", "approx_count_distinct", "corr") + (_WIDE if rng.wide else ()))
    condition = maker.condition(1) if rng.random() < 0.12 else None
    return _AGGREGATES.get(name, _of_number)(maker, name, condition, unique)


# Aggregates of the daily stream, as the rows of `daily`; what sums takes whole numbers and decimals, by the letter M.
_DAILY = daily.table("""
sum({0}) ~ F.sum({0}) | M > other
avg({0}) ~ F.avg({0}) | M > other
sum({0}) ~ F.sum({0}) | c > decimal
mean({0}) ~ F.mean({0}) | i > double
min({0}) ~ F.min({0}) | M > other
max({0}) ~ F.max({0}) | M > other
max({0}) ~ F.max({0}) | s > string
min({0}) ~ F.min({0}) | D > date
max({0}) ~ F.max({0}) | a > strings
min({0}) ~ F.min({0}) | t > struct
count({0}) ~ F.count({0}) | x > bigint
count(1) ~ F.count(F.lit(1)) | x > bigint
count(distinct {0}) ~ F.countDistinct({0}) | x > bigint
count(distinct {0}, {1}) ~ F.count_distinct({0}, {1}) | x x > bigint
sum(distinct {0}) ~ F.sum_distinct({0}) | M > other
avg(distinct {0}) | i > double
sum(case when {0} then {1} else 0 end) ~ F.sum(F.when({0}, {1}).otherwise(0)) | b M > other
sum(if({0}, 1, 0)) ~ F.sum(F.when({0}, F.lit(1)).otherwise(F.lit(0))) | b > bigint
count(case when {0} then 1 end) ~ F.count(F.when({0}, 1)) | b > bigint
round(avg({0}), {1}) ~ F.round(F.avg({0}), {1}) | M <scale> > other
round(sum({0}) / count({0}), 2) ~ F.round(F.sum({0}) / F.count({0}), 2) | M > other
(sum({0}) + max({1})) ~ (F.sum({0}) + F.max({1})) | M M > other
(sum({0}) / sum({1})) ~ (F.sum({0}) / F.sum({1})) | M M > other
cast(sum({0}) as string) ~ F.sum({0}).cast('string') | M > string
sort_array(collect_set({0})) ~ F.sort_array(F.collect_set({0})) | s > strings
sort_array(collect_list({0})) ~ F.sort_array(F.collect_list({0})) | M > other
size(collect_set({0})) ~ F.size(F.collect_set({0})) | x > int
concat_ws('|', sort_array(collect_list({0}))) ~ F.concat_ws('|', F.sort_array(F.collect_list({0}))) | s > string
max(struct({0}, {1})) ~ F.max(F.struct({0}, {1})) | i s > other
percentile_approx({0}, 0.5) ~ F.percentile_approx({0}, 0.5) | i > int
percentile({0}, 0.3) ~ F.percentile({0}, 0.3) | i > double
median({0}) ~ F.median({0}) | M > double
stddev({0}) ~ F.stddev({0}) | i > double
variance({0}) ~ F.variance({0}) | M > double
skewness({0}) ~ F.skewness({0}) | i > double
bool_and({0}) ~ F.bool_and({0}) | b > boolean
count_if({0}) ~ F.count_if({0}) | b > bigint
bit_xor({0}) ~ F.bit_xor({0}) | w > other
(max({0}) - min({0})) ~ (F.max({0}) - F.min({0})) | i > int
datediff(max({0}), min({0})) ~ F.datediff(F.max({0}), F.min({0})) | D > int
coalesce(sum({0}), 0) ~ F.coalesce(F.sum({0}), F.lit(0)) | M > other
approx_count_distinct({0}) ~ F.approx_count_distinct({0}) | x > bigint
corr({0}, {1}) ~ F.corr({0}, {1}) | i i > double
""")


def _daily(maker):
    """An aggregate of the daily stream."""
    return maker.call(maker.rng.choice(_DAILY), "decimal", 1)


def _agg(name, kind, args, condition):
    """An aggregate call."""
    return E("agg", kind, name, args, condition)


def _any(maker, name, condition, _):
    """count and the like, of anything."""
    args = {"count *": 0, "count distincts": 2}.get(name, 1)
    return _agg({"count *": "count", "count distincts": "count distinct"}.get(name, name), "bigint",
                [maker.make(maker.rng.choice(_ORDERED), 1) for _ in range(args)], condition)


def _extreme(maker, name, condition, _):
    """min and max of what has an order."""
    kind = maker.rng.choice(_ORDERED)
    return _agg(name, kind, [maker.make(kind, 1)], condition)


def _collect(maker, name, condition, _):
    """Collected values, which render sorts."""
    kind = maker.rng.choice(("string", "int", "date", "double"))
    return _agg(name, {"string": "strings", "int": "ints"}.get(kind, "other"), [maker.make(kind, 1)], condition)


def _test(maker, name, condition, _):
    """Aggregates of conditions."""
    return _agg(name, "bigint" if name == "count_if" else "boolean", [maker.condition(1)], condition)


def _by(maker, name, condition, unique):
    """max_by the unique column."""
    if not unique:
        return _any(maker, "count", condition, unique)
    kind = maker.rng.choice(_ORDERED)
    return _agg(name, kind, [maker.make(kind, 1), E("col", "int", "id")], condition)


def _corr(maker, name, condition, _):
    """Of two numbers."""
    return _agg(name, "double", [summable(maker), summable(maker)], condition)


def _of_number(maker, name, condition, _):
    """Sums and averages."""
    e = summable(maker)
    kind = e.kind if e.kind == "decimal" and name.split()[0] in ("sum", "avg") else "bigint" if name.startswith("sum") and e.kind in values.WHOLE \
        else "double"
    return _agg(name, kind, [e], condition)


def _whole(maker, name, condition, _):
    """Of the bits of a whole number."""
    return _agg(name, "bigint", [maker.make("bigint", 1)], condition)


def _text(maker, name, condition, _):
    """Of several expressions, by a text."""
    e = E("text", "other", {"sum if": "if({0}, {1}, null)", "max struct": "struct({0}, {1})"}[name],
          (maker.condition(1), summable(maker)) if name == "sum if" else (maker.make("int", 1), maker.make("string", 1)))
    return _agg(name.split()[0], "other", [e], condition)


def _percentile(maker, name, condition, _):
    """The exact percentile."""
    return _agg(name, "double", [summable(maker), E("lit", "double", value=maker.rng.choice(("0.5", "0.25", "1.0")))], condition)


_AGGREGATES = {"bit_and": _whole, "bit_or": _whole, "bit_xor": _whole, "min_by": _by, "covar_pop": _corr, "regr_slope": _corr, "any": _test,
               "percentile": _percentile, "array_agg": _collect, "sum if": _text, "max struct": _text, "count": _any, "count *": _any, "count distinct": _any, "count distincts": _any, "approx_count_distinct": _any, "min": _extreme,
               "max": _extreme, "collect_set": _collect, "collect_list": _collect, "bool_or": _test, "bool_and": _test, "count_if": _test,
               "max_by": _by, "corr": _corr}


def windowed(maker, prefix=""):
    """A random window function, over an order that ends with the unique column id."""
    rng = maker.rng
    plain = [one for one in maker.columns if one[1] in values.PLAIN]
    partition = [maker.column(one) for one in rng.sample(plain, min(len(plain), rng.choice((0, 1, 1, 2))))]
    order = [(maker.column(one), rng.choice(("asc", "desc", "asc nulls last", "desc nulls first")))
             for one in rng.sample(plain, min(len(plain), rng.choice((0, 1))))]
    order.append((E("col", "int", prefix + "id"), rng.choice(("asc", "desc"))))
    if rng.daily and rng.random() < 0.6:
        return _daily_window(maker, partition, order)
    if rng.wide and rng.random() < 0.25:
        return _wide_window(maker, partition, prefix)
    name = rng.choice(("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first", "last", "agg", "agg", "agg"))
    frame, kind = "", "int"
    if name in ("row_number", "rank", "dense_rank"):
        inner = E("call", "int", name)
    elif name in ("percent_rank", "cume_dist"):
        inner, kind = E("call", "double", name), "double"
    elif name == "ntile":
        inner = E("call", "int", name, (E("lit", "int", value=rng.choice((1, 2, 3))),))
    elif name in ("lag", "lead", "first", "last"):
        inner, kind, frame = _neighbour(maker, name)
    else:
        inner, kind, frame = _framed(maker)
    return E("over", kind, "over", (inner,), (partition, order, frame))


# Window functions whose answers stand whatever the order of rows that tie,
_TIED = daily.table("""
rank() ~ F.rank() | > int
dense_rank() ~ F.dense_rank() | > int
percent_rank() ~ F.percent_rank() | > double
cume_dist() ~ F.cume_dist() | > double
sum({0}) ~ F.sum({0}) | M > other
avg({0}) ~ F.avg({0}) | M > other
count({0}) ~ F.count({0}) | x > bigint
count(1) ~ F.count(F.lit(1)) | > bigint
min({0}) ~ F.min({0}) | x > 0
max({0}) ~ F.max({0}) | x > 0
stddev({0}) ~ F.stddev({0}) | i > double
""")
# and those that want an order of all.
_STRICT = daily.table("""
row_number() ~ F.row_number() | > int
ntile({0}) ~ F.ntile({0}) | <width> > int
lag({0}) ~ F.lag({0}) | x > 0
lag({0}, {1}) ~ F.lag({0}, {1}) | s <tiny> > string
lead({0}, {1}, {2}) ~ F.lead({0}, {1}, {2}) | i <tiny> <tiny> > int
lead({0}) ~ F.lead({0}) | D > date
first({0}) ~ F.first({0}) | x > 0
first({0}, true) ~ F.first({0}, ignorenulls=True) | x > 0
last({0}) ~ F.last({0}) | s > string
last({0}, true) ~ F.last({0}, True) | D > date
collect_list({0}) ~ F.collect_list({0}) | s > strings
nth_value({0}, {1}) ~ F.nth_value({0}, {1}) | s <index> > string
""")
_BOUNDS = {"unbounded preceding": "Window.unboundedPreceding", "2 preceding": "-2", "1 preceding": "-1", "current row": "Window.currentRow", "1 following": "1",
           "unbounded following": "Window.unboundedFollowing"}
_UNFRAMED = ("rank", "dense_rank", "percent_rank", "cume_dist", "row_number", "ntile", "lag", "lead")


def _daily_window(maker, partition, order):
    """A window by the API or in SQL: ties, frames of rows and of values, running sums."""
    rng = maker.rng
    tied = rng.random() < 0.5
    order = order[:-1] or order if tied else order
    inner = maker.call(rng.choice(_TIED if tied else _STRICT), "int", 1)
    start, end = sorted(rng.sample(range(6), 2))
    start, end, frame = list(_BOUNDS)[start], list(_BOUNDS)[end], ("", "")
    if inner.name.split("(")[0] not in _UNFRAMED and rng.random() < 0.6:
        by = "rows" if not tied else "range"
        if tied and not (len(order) == 1 and order[0][0].kind in values.WHOLE):
            start, end = rng.choice((("unbounded preceding", "current row"), ("current row", "unbounded following")))
        frame = " %s between %s and %s" % (by, start, end), ".%sBetween(%s, %s)" % (by, _BOUNDS[start], _BOUNDS[end])
    keys = [E("both", e.kind, "{0} " + how, (e,), "{0}." + how.replace(" ", "_") + "()") for e, how in order]
    numbers = ["{%d}" % i for i in range(1, 1 + len(partition) + len(keys))]
    cut = len(partition)
    text = "%%s over (%sorder by %s%s)" % ("partition by %s " % ", ".join(numbers[:cut]) if cut else "", ", ".join(numbers[cut:]), frame[0])
    api = "%%s.over(Window.%sorderBy(%s)%s)" % ("partitionBy(%s)." % ", ".join(numbers[:cut]) if cut else "", ", ".join(numbers[cut:]), frame[1])
    return E("both", inner.kind, text % "{0}", [inner] + partition + keys, api % "{0}")


def _wide_window(maker, partition, prefix):
    """A frame of values around the row's, by a number or a date; nth_value; collected values."""
    rng = maker.rng
    keys = [one for one in maker.columns if one[1] in values.WHOLE + ("decimal", "date", "double")]
    key = maker.column(rng.choice(keys)) if keys else E("col", "int", prefix + "id")
    near = ("interval 10 days", "interval 1 month") if key.kind == "date" else ("1", "5")
    frame = "range between %s preceding and %s" % (rng.choice(near + ("unbounded",)), rng.choice(("current row", near[1] + " following")))
    if rng.random() < 0.6:
        e = _of_number(maker, rng.choice(("sum", "avg")), None, False) if rng.random() < 0.6 else _extreme(maker, rng.choice(("min", "max")), None, False)
        return E("over", e.kind, "over", (e,), (partition, [(key, rng.choice(("asc", "desc")))], frame))
    order = [(E("col", "int", prefix + "id"), rng.choice(("asc", "desc")))]
    if rng.random() < 0.5:
        kind = rng.choice(("int", "string"))
        return E("over", kind, "over", (E("call", kind, "nth_value", (maker.make(kind, 1), E("lit", "int", value=2))),), (partition, order, rng.choice(_FRAMES)))
    return E("over", "other", "over", (E("text", "other", "collect_list({0})", (maker.make("int", 1),)),), (partition, order, rng.choice(_FRAMES)))


def _neighbour(maker, name):
    """lag, lead, first and last."""
    kind = maker.rng.choice(_ORDERED)
    args = [maker.make(kind, 1)]
    if name in ("lag", "lead"):
        if maker.rng.random() < 0.6:
            args.append(E("lit", "int", value=maker.rng.choice((0, 1, 2))))
            if maker.rng.random() < 0.4:
                args.append(maker.leaf(kind))
        return E("call", kind, name, args), kind, ""
    if maker.rng.random() < 0.3:
        args.append(E("lit", "boolean", value=True))
    return E("call", kind, name, args), kind, maker.rng.choice(_FRAMES)


def _framed(maker):
    """An aggregate over a frame."""
    name = maker.rng.choice(("sum", "avg", "count", "min", "max", "count *", "stddev"))
    e = _AGGREGATES.get(name, _of_number)(maker, name, None, False)
    return e, e.kind, maker.rng.choice(_FRAMES)
