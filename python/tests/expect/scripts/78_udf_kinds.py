# Every kind of Python function: lambda, decorator, class, closure, partial, by name in SQL, with arrays, structs, maps, dates.
import sys
import datetime
import functools
import re
from decimal import Decimal
from typing import Optional
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Row
from pyspark.sql import functions as F
from pyspark.sql.functions import udf, col, struct, array, create_map, lit
from pyspark.sql.types import *

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a,b", Decimal("1.50"), datetime.date(2023, 1, 31), [1, 2, None], {"x": 1}, 1.5, True), (2, None, None, None, None, None, None, None), (3, "", Decimal("-2.25"), datetime.date(2024, 2, 29), [], {}, float("nan"), False)],
                           "id int, s string, d decimal(10,2), dt date, xs array<int>, m map<string,int>, f double, b boolean")


class Tagger:
    def __init__(self, words):
        self.words = words
        self.pattern = re.compile("|".join(words))

    def __call__(self, s):
        return None if s is None else len(self.pattern.findall(s))


def power(x, n):
    return None if x is None else float(x) ** n


def split_it(s: Optional[str]):
    return s.split(",") if s else None


cube = functools.partial(power, n=3)
outer = {"offset": 10}
add_offset = udf(lambda x: x + outer["offset"], LongType())
spark.udf.register("tagger", Tagger(["a", "b"]).__call__, IntegerType())
registered = spark.udf.register("cube", lambda x: cube(x), DoubleType())
month_end = udf(lambda d: d and (d.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1), DateType())
minmax = udf(lambda xs: (min([x for x in xs if x is not None], default=None), max([x for x in xs if x is not None], default=None)) if xs is not None else None, "struct<lo:int,hi:int>")
invert = udf(lambda m: {v: k for k, v in m.items()} if m is not None else None, MapType(IntegerType(), StringType()))
row_text = udf(lambda r: "%s/%s" % (r.id, r["s"]))
wrong = udf(lambda s: s, IntegerType())
number = udf(lambda d: d * 2 if d is not None else None, DecimalType(12, 2))
stamp = udf(lambda d: datetime.datetime(d.year, d.month, d.day, 12) if d else None, TimestampType())
rows = udf(lambda s: [Row(w=w, n=len(w)) for w in (s or "").split(",")], ArrayType(StructType([StructField("w", StringType()), StructField("n", IntegerType())])))
binary = udf(lambda s: s.encode() if s is not None else None, BinaryType())
flag = udf(lambda b, f: bool(b) and f == f, BooleanType())
out = df.select("id", add_offset("id").alias("off"), month_end("dt").alias("eom"), minmax("xs").alias("mm"), invert("m").alias("inv"), row_text(struct("id", "s")).alias("rt"), wrong("s").alias("wrong"), wrong("f").alias("wrong2"), wrong("id").alias("right"))
out.printSchema()
out.show(truncate=False)
df.select(number("d").alias("n"), stamp("dt").alias("st"), rows("s").alias("rows"), binary("s").alias("bin"), flag("b", "f").alias("fl"), registered("d").alias("cube")).show(truncate=False)
df.createOrReplaceTempView("t")
spark.sql("select id, tagger(s) as tags, cube(f) as c from t where coalesce(tagger(s), 0) >= 0 order by id").show()
exploded = df.withColumn("w", F.explode(udf(split_it, ArrayType(StringType()))("s")))
exploded.select("id", "w").show()
df.filter(udf(lambda s: s is not None and len(s) > 0, BooleanType())(col("s"))).select("id").show()
df.groupBy(udf(lambda x: "odd" if x % 2 else "even")("id").alias("k")).agg(F.sum("id").alias("t"), F.first("s", ignorenulls=True).alias("s")).orderBy("k").show()
print(df.orderBy(udf(lambda x: -x, IntegerType())("id")).select("id").collect())
joined = df.alias("a").join(df.alias("b"), udf(lambda x: x + 1, IntegerType())(col("a.id")) == col("b.id"))
joined.select("a.id", "b.id").show()
nested = udf(lambda s: s.upper() if s else s)(udf(lambda s: s + "!" if s else s)(col("s")))
print([r[0] for r in df.select(nested).collect()], df.select(nested).columns)
nondet = udf(lambda: 42, IntegerType()).asNondeterministic()
print(df.select(nondet().alias("n")).distinct().collect(), add_offset.returnType, row_text.deterministic if hasattr(row_text, "deterministic") else None)
kw = udf(lambda x, y=5: x + y, IntegerType())
df.select(kw("id").alias("one"), kw("id", lit(100)).alias("two")).show()
pandas_ok = True
out.write.mode("overwrite").json(args["TARGET"] + "/out")
