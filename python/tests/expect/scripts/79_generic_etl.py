"""A configuration-driven job: sources, steps and sinks come from JSON; steps are looked up by name."""
import json
import sys
import logging
from typing import Any, Callable, Dict, List
from awsglue.utils import getResolvedOptions
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

logging.basicConfig(stream=sys.stderr, level=logging.INFO)
LOG = logging.getLogger("generic_etl")
CONFIG = json.loads("""
{"sources": [
   {"name": "products", "format": "csv", "options": {"header": "true"}, "path": "products.csv"},
   {"name": "clicks", "format": "json", "options": {"mode": "DROPMALFORMED"}, "path": "clicks.jsonl"}],
 "steps": [
   {"do": "cast", "on": "products", "args": {"price": "decimal(10,2)", "valid_from": "date"}, "as": "p1"},
   {"do": "latest", "on": "p1", "args": {"keys": ["sku"], "by": "valid_from"}, "as": "p2"},
   {"do": "explode", "on": "clicks", "args": {"column": "items", "prefix": "item_", "keep": ["event_id", "type"]}, "as": "lines"},
   {"do": "join", "on": "lines", "args": {"with": "p2", "keys": [["item_sku", "sku"]], "how": "left"}, "as": "joined"},
   {"do": "derive", "on": "joined", "args": {"margin": "round(item_price - price, 2)", "level": "split(category, '>')[0]", "depth": "size(split(category, '>'))"}, "as": "derived"},
   {"do": "rename", "on": "derived", "args": {"item_sku": "sku_code", "nothing_here": "x"}, "as": "out"},
   {"do": "sql", "on": "out", "args": {"query": "select level, count(*) as n, sum(item_qty) as qty, sort_array(collect_set(type)) as types from {on} group by level"}, "as": "report"}],
 "sinks": [
   {"from": "out", "format": "parquet", "path": "out", "mode": "overwrite", "partition_by": ["level"]},
   {"from": "report", "format": "json", "path": "report", "mode": "overwrite", "partition_by": []}]}
""")


class Engine:
    registry: Dict[str, Callable] = {}

    def __init__(self, spark: SparkSession, source: str, target: str):
        self.spark, self.source, self.target = spark, source, target
        self.frames: Dict[str, DataFrame] = {}

    @classmethod
    def step(cls, name):
        def deco(fn):
            cls.registry[name] = fn
            return fn
        return deco

    def run(self, config: Dict[str, Any]) -> List[str]:
        done = []
        for s in config["sources"]:
            self.frames[s["name"]] = self.spark.read.format(s["format"]).options(**s["options"]).load(f"{self.source}/{s['path']}")
        for s in config["steps"]:
            df = self.frames[s["on"]]
            self.frames[s["as"]] = self.registry[s["do"]](self, df, s)
            done.append("%s -> %s %s" % (s["do"], s["as"], self.frames[s["as"]].columns))
        for s in config["sinks"]:
            w = self.frames[s["from"]].write.format(s["format"]).mode(s["mode"])
            if s.get("partition_by"):
                w = w.partitionBy(*s["partition_by"])
            w.save(f"{self.target}/{s['path']}")
        return done


@Engine.step("cast")
def cast(engine, df, s):
    return df.select(*[F.col(c).cast(s["args"][c]).alias(c) if c in s["args"] else F.col(c) for c in df.columns])


@Engine.step("latest")
def latest(engine, df, s):
    keys, by = s["args"]["keys"], s["args"]["by"]
    top = df.groupBy(*keys).agg(F.max(by).alias(by))
    return df.join(top, keys + [by], "inner")


@Engine.step("explode")
def explode(engine, df, s):
    a = s["args"]
    flat = df.select(*a["keep"], F.explode(a["column"]).alias("_x"))
    fields = flat.schema["_x"].dataType.names
    return flat.select(*a["keep"], *[F.col("_x." + f).alias(a["prefix"] + f) for f in fields])


@Engine.step("join")
def join(engine, df, s):
    other = engine.frames[s["args"]["with"]]
    on = [df[l] == other[r] for l, r in s["args"]["keys"]]
    return df.join(other, on, s["args"]["how"])


@Engine.step("derive")
def derive(engine, df, s):
    return df.withColumns({k: F.expr(v) for k, v in s["args"].items()})


@Engine.step("rename")
def rename(engine, df, s):
    return df.withColumnsRenamed(s["args"])


@Engine.step("sql")
def sql(engine, df, s):
    df.createOrReplaceTempView("_" + s["on"])
    return engine.spark.sql(s["args"]["query"].format(on="_" + s["on"]))


if __name__ == "__main__":
    args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
    engine = Engine(SparkSession.builder.getOrCreate(), args["SOURCE"], args["TARGET"])
    for line in engine.run(CONFIG):
        print(line)
    engine.frames["out"].orderBy("event_id", "sku_code", "item_qty", F.col("item_discount")).show(50, False)
    engine.frames["report"].withColumn("types", F.sort_array("types")).orderBy("level").show(truncate=False)
    print(json.dumps(json.loads(engine.frames["out"].schema.json())["fields"][:4]))
