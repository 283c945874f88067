"""Records what real Spark answers to the cases of this folder, as expect.json for the Go test.

Run with pyspark 3.5.6 and Java 17:  python expect.py
The Go test replays the same cases on the engine. cases.sql holds one SQL text a line; cases.json holds relations of
the plan protocol, which node() below turns into DataFrame calls.
"""
import base64
import datetime
import decimal
import json
import math
import os

import pyspark
from pyspark.sql import DataFrame, SparkSession, Window, functions as F

HERE = os.path.dirname(os.path.abspath(__file__))


def cell(v):
    """Encodes a value as a cell of plan.Rows."""
    if isinstance(v, float) and not math.isfinite(v):
        return "NaN" if math.isnan(v) else "Infinity" if v > 0 else "-Infinity"
    if isinstance(v, decimal.Decimal):
        return format(v, "f")
    if isinstance(v, datetime.datetime):
        return v.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0")
    if isinstance(v, datetime.date):
        return v.isoformat()
    if isinstance(v, (bytes, bytearray)):
        return base64.b64encode(bytes(v)).decode()
    if isinstance(v, dict):
        return [[cell(k), cell(x)] for k, x in v.items()]
    if isinstance(v, (list, tuple)):
        return [cell(x) for x in v]
    return v


def value(t, v):
    """Decodes a cell of plan.Rows into what createDataFrame takes for a type."""
    kind = t.typeName()
    if v is None:
        return None
    if kind in ("double", "float"):
        return float(v)
    if kind == "decimal":
        return decimal.Decimal(v)
    if kind == "date":
        return datetime.date.fromisoformat(v)
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(v)
    if kind == "binary":
        return bytearray(base64.b64decode(v))
    if kind == "array":
        return [value(t.elementType, x) for x in v]
    if kind == "map":
        return {value(t.keyType, k): value(t.valueType, x) for k, x in v}
    if kind == "struct":
        return tuple(value(f.dataType, x) for f, x in zip(t.fields, v))
    return v


def frame(spark, spec):
    """Makes a DataFrame of literal rows."""
    from pyspark.sql.types import StructField, StructType, _parse_datatype_string
    schema = StructType([StructField(f["name"], _parse_datatype_string(f["type"]), f["nullable"]) for f in spec["schema"]])
    return spark.createDataFrame([value(schema, r) for r in spec["rows"]], schema)


class Programs:
    """Runs plan nodes through the DataFrame API."""

    def __init__(self, spark, frames):
        self.spark, self.frames = spark, frames

    def node(self, n):
        ins = [self.node(i) for i in n.get("inputs", [])]
        df = ins[0] if ins else None
        kind = n["kind"]
        if kind == "table":
            return self.frames[n["name"]]
        if kind == "values":
            return frame(self.spark, n["values"])
        if kind == "range":
            return self.spark.range(n.get("start", 0), n["end"], n.get("step", 1))
        if kind == "sql":
            return self.spark.sql(n["text"])
        if kind == "project":
            return df.select(*self.exprs(n["exprs"]))
        if kind == "with_columns":
            return df.withColumns({e["name"]: self.expr(e["args"][0]) for e in n["exprs"]})
        if kind == "rename":
            for r in n["renames"]:
                df = df.withColumnRenamed(r["old"], r["new"])
            return df
        if kind == "drop":
            return df.drop(*n["names"])
        if kind == "filter":
            return df.filter(self.expr(n["condition"]))
        if kind == "aggregate":
            keys = self.exprs(n.get("exprs", []))
            grouped = getattr(df, n.get("group_kind") or "groupBy")(*keys)
            return grouped.agg(*self.exprs(n["aggs"]))
        if kind == "pivot":
            pivot_values = [json_lit(e) for e in n.get("pivot_values", [])] or None
            return df.groupBy(*self.exprs(n["exprs"])).pivot(n["pivot"]["name"], pivot_values).agg(*self.exprs(n["aggs"]))
        if kind == "join":
            on = n.get("names") or (self.expr(n["condition"]) if n.get("condition") else None)
            return df.join(ins[1], on, n.get("how", "inner")) if on is not None else df.crossJoin(ins[1])
        if kind == "union":
            return df.union(ins[1])
        if kind == "union_by_name":
            return df.unionByName(ins[1], allowMissingColumns=n.get("allow_missing", False))
        if kind == "intersect":
            return df.intersectAll(ins[1]) if n.get("all") else df.intersect(ins[1])
        if kind == "except":
            return df.exceptAll(ins[1]) if n.get("all") else df.subtract(ins[1])
        if kind == "distinct":
            return df.dropDuplicates(n["names"]) if n.get("names") else df.distinct()
        if kind == "sort":
            return df.orderBy(*self.exprs(n["exprs"]))
        if kind == "limit":
            return df.limit(n["limit"])
        if kind == "drop_na":
            return df.na.drop(thresh=n["threshold"], subset=n.get("names"))
        if kind == "fill_na":
            return df.na.fill(n["fill"], subset=n.get("names")) if not isinstance(n["fill"], dict) else df.na.fill(n["fill"])
        if kind == "to_df":
            return df.toDF(*n["names"])
        if kind == "alias":
            return df.alias(n["name"])
        raise ValueError(kind)

    def exprs(self, es):
        return [self.expr(e) for e in es]

    def expr(self, e):
        kind, args = e["kind"], e.get("args", [])
        if kind == "col":
            return F.col(e["name"])
        if kind == "star":
            return F.col(e.get("name", "") + ".*" if e.get("name") else "*")
        if kind == "sql":
            return F.expr(e["text"])
        if kind == "lit":
            return F.lit(json_lit(e)) if e["type"] in ("int", "string", "double", "boolean") else F.lit(json_lit(e)).cast(e["type"])
        if kind == "alias":
            return self.expr(args[0]).alias(e["name"])
        if kind == "cast":
            return self.expr(args[0]).cast(e["type"])
        if kind == "sort":
            column = self.expr(args[0])
            return column.desc() if e.get("descending") else column.asc()
        if kind == "call":
            a = [self.expr(x) for x in args]
            binary = {"+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "%": "__mod__", "=": "__eq__",
                      "!=": "__ne__", "<": "__lt__", ">": "__gt__", "<=": "__le__", ">=": "__ge__", "and": "__and__", "or": "__or__"}
            if e["name"] in binary:
                return getattr(a[0], binary[e["name"]])(a[1])
            if e["name"] == "not":
                return ~a[0]
            if e["name"] == "count" and e.get("distinct"):
                return F.countDistinct(*a)
            return getattr(F, e["name"])(*a)
        raise ValueError(kind)


def json_lit(e):
    return e["value"]


def answer(df, show):
    out = {"schema": [{"name": f.name, "type": f.dataType.simpleString(), "nullable": f.nullable} for f in df.schema.fields],
           "rows": [[cell(v) for v in r] for r in df.collect()]}
    if show:
        out["show"] = df._jdf.showString(show.get("n", 20), show.get("truncate", 20), show.get("vertical", False))
    return out


def attempt(f):
    try:
        return f()
    except Exception as err:  # every exception is an expectation
        text = getattr(err, "desc", None) or str(err)
        while getattr(err, "__cause__", None) is not None:
            err = err.__cause__
        return {"error": type(err).__name__, "message": text.split(";")[0][:2000]}


def main():
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
             .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    with open(os.path.join(HERE, "frames.json")) as f:
        frames = {name: frame(spark, spec) for name, spec in json.load(f).items()}
    for name, df in frames.items():
        df.createOrReplaceTempView(name)
    programs = Programs(spark, frames)
    cases = {}
    with open(os.path.join(HERE, "cases.sql")) as f:
        for line in f.read().splitlines():
            if line.strip() and not line.startswith("--"):
                cases[line] = attempt(lambda: answer(spark.sql(line), None))
    with open(os.path.join(HERE, "cases.json")) as f:
        for case in json.load(f):
            cases[case["name"]] = attempt(lambda: answer(programs.node(case["node"]), case.get("show")))
    with open(os.path.join(HERE, "expect.json"), "w") as f:
        json.dump({"pyspark": pyspark.__version__, "cases": cases}, f, indent=0, ensure_ascii=False, allow_nan=False)
        f.write("\n")


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    main()
