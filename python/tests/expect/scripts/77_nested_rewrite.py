# Nested data rewritten in place: withField, dropFields, transform over arrays of structs, maps merged, to_json and back.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Row
from pyspark.sql import functions as F
from pyspark.sql.types import *

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()


def flatten(schema, prefix=""):
    for f in schema.fields:
        name = prefix + f.name
        kind = f.dataType
        if isinstance(kind, ArrayType):
            kind = kind.elementType
        if isinstance(kind, StructType):
            yield from flatten(kind, name + ".")
        else:
            yield name, f.dataType.simpleString()


def flatten_df(df):
    while True:
        structs = [f.name for f in df.schema.fields if isinstance(f.dataType, StructType)]
        arrays = [f.name for f in df.schema.fields if isinstance(f.dataType, ArrayType) and isinstance(f.dataType.elementType, StructType)]
        if structs:
            c = structs[0]
            df = df.select(*[x for x in df.columns if x != c], *[F.col(c + "." + n).alias(c + "_" + n) for n in df.schema[c].dataType.names])
        elif arrays:
            df = df.withColumn(arrays[0], F.explode_outer(arrays[0]))
        else:
            return df


clicks = spark.read.json(args["SOURCE"] + "/clicks.jsonl", mode="DROPMALFORMED").cache()
for pair in flatten(clicks.schema):
    print(*pair)
flat = flatten_df(clicks)
print(flat.columns)
flat.orderBy("event_id", "items_sku", "items_discount").show(20)
re = (clicks
      .withColumn("user", F.col("user").withField("geo.country", F.lower("user.geo.country")).withField("seen", F.lit(True)))
      .withColumn("items", F.transform("items", lambda x, i: x.withField("line", i + 1).withField("total", F.round(x["qty"] * x["price"], 2)).dropFields("discount")))
      .withColumn("total", F.aggregate(F.coalesce("items", F.array().cast("array<struct<price:double,qty:bigint,sku:string,line:int,total:double>>")), F.lit(0.0), lambda a, x: a + x["total"]))
      .withColumn("skus", F.expr("transform(items, x -> x.sku)"))
      .withColumn("expensive", F.exists("items", lambda x: x["price"] > 50))
      .withColumn("cheap", F.filter("items", lambda x: x["price"] < 50)))
re.printSchema()
re.orderBy("event_id", "total").select("event_id", "user", "total", "skus", "expensive", F.size("cheap").alias("n")).show(truncate=False)
attrs = clicks.select("event_id", F.map_concat(F.create_map(F.lit("type"), "type"), F.when(F.col("utm").isNotNull(), F.create_map(F.lit("src"), "utm.source")).otherwise(F.create_map().cast("map<string,string>"))).alias("m"))
attrs.select("event_id", "m", F.map_filter("m", lambda k, v: v.isNotNull()).alias("f"), F.transform_values("m", lambda k, v: F.concat(k, F.lit("="), v)).alias("t"), F.map_entries("m")[0]["key"].alias("k0")).orderBy("event_id").show(truncate=False)
j = clicks.dropDuplicates(["event_id"]).select("event_id", F.to_json(F.struct("user", "utm")).alias("payload"))
j.orderBy("event_id").show(3, truncate=False)
parsed = j.withColumn("p", F.from_json("payload", "user struct<id:bigint,geo:map<string,string>>, utm map<string,string>"))
parsed.select("event_id", "p.user.id", F.col("p.user.geo")["country"].alias("c"), F.explode_outer("p.utm")).orderBy("event_id", "key").show()
parsed.select("event_id", F.get_json_object("payload", "$.user.geo.city").alias("city"), F.json_tuple("payload", "user", "nope").alias("u", "n")).orderBy("event_id").show(truncate=False)
zipped = clicks.dropDuplicates(["event_id"]).select("event_id", F.arrays_zip(F.col("items.sku").alias("s"), F.col("items.qty").alias("q")).alias("z"), F.flatten(F.array("items.sku", F.array(F.lit("end")))).alias("fl"), F.array_position("items.sku", "B-2").alias("pos"), F.sequence(F.lit(1), F.size("items") + 1).alias("seq") if False else F.array_repeat("type", 2).alias("rep"))
zipped.orderBy("event_id").show(truncate=False)
r = clicks.filter("event_id = 'e4'").first()
print(r.user.geo.country, r["items"][0]["price"], r.items[0].asDict() if hasattr(r.items, "__getitem__") else "items is a method", r.asDict(recursive=True)["utm"])
re.select("event_id", "user", "items").write.mode("overwrite").json(args["TARGET"] + "/nested")
re.select("event_id", "user", "items", "skus").write.mode("overwrite").parquet(args["TARGET"] + "/nested_p")
