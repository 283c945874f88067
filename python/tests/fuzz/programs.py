"""Batches: frames and programs over them, and the Python lines that a program is."""
import random

from tests.fuzz import calls, chains, forms, queries, trips, values, wide
from tests.fuzz.exprs import Maker
from tests.fuzz.render import python, sql

# Programs over the same frames.
PROGRAMS = 25

# The columns that a frame may have beside id and k: (name, kind, tame).
_COLUMNS = (("i", "int", True), ("i2", "int", True), ("l", "bigint", True), ("sh", "smallint", True), ("ti", "tinyint", True),
            ("d", "double", True), ("w", "double", False), ("f", "float", False), ("m", "decimal", True), ("s", "string", False),
            ("S2", "string", False), ("a b", "string", False), ("b", "boolean", False), ("dt", "date", False), ("ts", "timestamp", False),
            ("bin", "binary", False), ("arr", "strings", False), ("ia", "ints", False), ("mp", "map", False), ("st", "struct", False))


# The first seed of the wide stream, which knows more functions and calls. Programs of smaller seeds stay what they were.
WIDE = 1_000_000

# The first seed of the daily stream, which has beside what scripts do every day, by the API and in SQL.
DAILY = 2_000_000

# The columns that a frame of the daily stream may have beside.
_MORE = (("d5", "dec5", True), ("d20", "dec20", False), ("d38", "dec38", False), ("d10", "dec10", True), ("sa", "structs", False))


class Stream(random.Random):
    """A seed's random numbers, and whether it is of the wide stream, and of the daily one."""

    def __init__(self, seed):
        super().__init__(seed)
        self.wide, self.daily = seed >= WIDE, seed >= DAILY


def batch(seed):
    """The frames and programs of a seed."""
    rng = Stream(seed)
    tables = [_table(rng, "t%d" % i) for i in range(3)]
    return {"tables": tables, "programs": [_program(rng, tables) for _ in range(PROGRAMS)]}


def _table(rng, name):
    """A random frame: id is unique, k has few values and nulls."""
    columns = [("id", "int", True), ("k", "int", True)] + (
        rng.sample(_COLUMNS + _MORE, rng.randint(10, 16)) if rng.daily else rng.sample(_COLUMNS, rng.randint(4, 9)))
    count = rng.choice((0, 1, 5, 8, 8, 12))
    rows = []
    for i in range(count):
        if rows and rng.random() < 0.15:
            rows.append([str(i + 1)] + rng.choice(rows)[1:])
            continue
        rows.append([str(i + 1), rng.choice(("NULL", "1", "2", "3", "1"))] + [
            values.cell(rng, kind, 0.2, tame) for _, kind, tame in columns[2:]])
    return {"name": name, "columns": columns, "rows": rows}


def _program(rng, tables):
    """One program: a projection in SQL or Python, a chain of calls, a query, or a trip through files."""
    if rng.daily and rng.random() < 0.2:
        return forms.form(rng, tables)
    if rng.daily and rng.random() < 0.15:
        return trips.daily(rng, tables)
    roll = rng.random()
    if roll < 0.25:
        table = rng.choice(tables)
        maker = Maker(rng, table["columns"])
        items = [(maker.make(maker.plain_kind(), 3), None) for _ in range(rng.randint(2, 6))]
        step = {"do": "select", "items": items, "sql": rng.random() < 0.5}
        return {"via": "api", "source": table["name"], "steps": [step], "ordered": False}
    if roll < 0.6:
        return chains.chain(rng, tables)
    if roll < 0.95:
        query = queries.query(rng, tables)
        return {"via": "sql", "query": query, "ordered": bool(query["order"])}
    return trips.trip(rng, tables)


def setup(tables):
    """The lines that make the views of a batch."""
    lines = []
    for table in tables:
        names = ["x%d" % i for i in range(len(table["columns"]))]
        casts = ", ".join("cast(%s as %s) as `%s`" % (x, values.TYPES.get(kind, kind), name)
                          for x, (name, kind, _) in zip(names, table["columns"]))
        rows = table["rows"] or [["NULL"] * len(names)]
        text = "select %s from values %s as v(%s)%s" % (casts, ", ".join("(%s)" % ", ".join(row) for row in rows), ", ".join(names),
                                                        "" if table["rows"] else " where false")
        lines.append("spark.sql(%r).createOrReplaceTempView(%r)" % (text, table["name"]))
    return lines


def lines(program):
    """The Python lines of a program; the last one leaves its frame in df."""
    if program["via"] == "sql":
        return ["df = spark.sql(%r)" % queries.text(program["query"])]
    if program["via"] == "form":
        return ["df = spark.sql(%r)" % program["form"].format(*map(sql, program["args"]))]
    out = ["df = spark.table(%r)" % program["source"]]
    for step in program["steps"]:
        out += STEPS[step["do"]](step)
    return out


def _exprs(step):
    """The expressions of a step, in Python, with their names."""
    return ["%s.alias(%r)" % (python(e), name) if name else python(e) for e, name in step["items"]]


def _select(step):
    """select or selectExpr."""
    if step.get("sql"):
        return ["df = df.selectExpr(%s)" % ", ".join(repr(sql(e)) for e, _ in step["items"])]
    return ["df = df.select(%s)" % ", ".join(_exprs(step))]


def _filter(step):
    """filter by a Column or a text."""
    e = step["items"][0][0]
    return ["df = df.filter(%s)" % (repr(sql(e)) if step["text"] else python(e))]


def _join_on(step):
    """A join by a condition, of a table whose columns are renamed first."""
    renames = ", ".join("F.col(%r).alias(%r)" % (("`%s`" % old) if " " in old else old, new) for old, new in step["names"])
    return ["other = spark.table(%r).select(%s)" % (step["with"], renames),
            "df = df.join(other, %s, %r)" % (python(step["items"][0][0]), step["how"])]


def _group(step):
    """groupBy, rollup or cube, and agg."""
    return ["df = df.%s(%s).agg(%s)" % (step["by"], ", ".join(map(repr, step["keys"])), ", ".join(_exprs(step)))]


def _set(step):
    """A set operation."""
    out = ["other = df.filter(%s)" % python(step["items"][0][0]), "df = df.%s(other)" % step["name"]]
    return out + (["df = df.withColumnRenamed('id', 'c_id')"] if step["rename"] else [])


def _sort(step):
    """orderBy with directions."""
    keys = ["%s.%s()" % (python(e), how) for e, how in step["keys"] + step["rest"]]
    return ["df = df.orderBy(%s)" % ", ".join(keys)]


STEPS = {
    **wide.STEPS, **calls.STEPS,
    "select": _select, "filter": _filter, "joinOn": _join_on, "group": _group, "set": _set, "sort": _sort,
    "withColumn": lambda s: ["df = df.withColumn(%r, %s)" % (s["items"][0][1], python(s["items"][0][0]))],
    "drop": lambda s: ["df = df.drop(%r)" % s["name"]],
    "rename": lambda s: ["df = df.withColumnRenamed(%r, %r)" % (s["name"], s["to"])],
    "distinct": lambda s: ["df = df.%s()" % s["by"]],
    "join": lambda s: ["df = df.join(spark.table(%r), %r, %r)" % (s["with"], s["on"], s["how"])],
    "pivot": lambda s: ["df = df.groupBy(%r).pivot(%r, %r).agg(%s)" % (s["key"], s["on"], s["among"], python(s["items"][0][0]))],
    "fill": lambda s: ["df = df.fillna(%r, subset=%r)" % (s["value"], s["subset"])],
    "dropna": lambda s: ["df = df.dropna(how=%r, thresh=%r, subset=%r)" % (s["how"], s["thresh"], s["subset"])],
    "replace": lambda s: ["df = df.replace(%r, %r)" % (s["old"], s["new"])],
    "explode": lambda s: ["df = df.select(%s)" % ", ".join([repr(n) for n in s["kept"]] + [
        "F.%s(%r).alias(%r)" % (s["by"], s["name"], s["to"])])],
    "limit": lambda s: ["df = df.limit(%d)" % s["n"]],
    "trip": lambda s: ["df.write.mode('overwrite')%s.%s(BASE + %r)" % (s["write"], s["format"], s["path"]),
                       "df = spark.read%s.%s(BASE + %r)" % (s["read"], s["format"], s["path"])],
}
