"""Random aggregates and window functions, each with an answer that does not depend on the order of equal rows."""
from tests.fuzz import values
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
    name = rng.choice(("count", "count *", "count distinct", "count distincts", "sum", "sum", "avg", "min", "max", "min", "max", "collect_set",
                       "collect_list", "stddev", "var_pop", "bool_or", "bool_and", "count_if", "max_by", "sum distinct", "median",
                       "avg distinct", "approx_count_distinct", "corr") + (_WIDE if rng.wide else ()))
    condition = maker.condition(1) if rng.random() < 0.12 else None
    return _AGGREGATES.get(name, _of_number)(maker, name, condition, unique)


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
