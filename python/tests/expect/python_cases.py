"""Python functions inside the engine: what they are called with, what becomes of what they return, where they stand."""
import datetime
import decimal

from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from tests.expect.bench import Ordered

VALUES = [
    None, True, 1, 300, -129, 2 ** 31, 2 ** 40 + 7, 2 ** 63, -(2 ** 63), 1.5, float("nan"), float("-inf"), -0.0, 1e300,
    decimal.Decimal("1.25"), decimal.Decimal("-123.455"), decimal.Decimal("0E-7"), "abc", "12", "", "é€😀", b"ab",
    b"\xff\x00", bytearray(b"x"), datetime.timedelta(seconds=5), [1, 2], ["a", None], [1.5, 2], [], [[1], [2, None]],
    {"a": 1}, {1: 2}, {"b": "x", "a": 1, "zz": None}, 1j, (1, "x"),
]


def _returned(x, declared, values):
    """A frame of a function that returns each of the values."""
    f = F.udf(lambda i: values[i], declared)
    return Ordered(x.spark.range(len(values)).select(f("id").alias("v")))


def returned_scalars(x):
    """A value of another class is null without a word: an int for a double, a text for an int; whole numbers wrap."""
    for declared in ("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(7,2)", "decimal(5,0)",
                     "decimal(20,8)", "void"):
        yield _returned(x, declared, VALUES)


def returned_texts(x):
    """Other values become the text of Java: true, 1.0E300, [1, null], {a=1}."""
    plain = [v for v in VALUES if not isinstance(v, (bytes, bytearray, tuple, complex, datetime.timedelta))]
    yield _returned(x, "string", plain)
    yield _returned(x, "string", [{"k": [1, {"n": None}]}, {"q": 1.0, "p": True, "k": 0, "j": "x"}, decimal.Decimal("1E+3"),
                                  decimal.Decimal("-0"), 1e-5, 123456789.125, {33: 1, 1: 2}])


def returned_binaries(x):
    """A text is its UTF-8."""
    yield _returned(x, "binary", VALUES)


def returned_lists(x):
    """Tuples are lists, too, and bytes are signed numbers; elements follow the same rules."""
    for declared in ("array<int>", "array<string>", "array<double>", "array<array<int>>"):
        yield _returned(x, declared, [v for v in VALUES if v != ["a", None] or declared != "x"])


def returned_maps(x):
    """A dict arrives as a HashMap, in the order of Java's hashes."""
    words = "the quick brown fox jumps over lazy dog and more words here to fill it up".split()
    maps = [{"b": 1, "a": 2, "hello": 3, "world": None}, {w: i for i, w in enumerate(words)}, {}, {2 ** 40: 1, 5: 2, -1: 3}, None, 5]
    for made in ("map<string,int>", "map<string,string>"):
        f = F.udf(lambda i: maps[i], made)
        frame = x.spark.range(len(maps)).select(f("id").alias("m"))
        yield Ordered(frame.select("m"))
        yield Ordered(frame.select(F.map_keys("m"), F.map_values("m")))
    yield _returned(x, "map<int,int>", [{1: 2, 300: 4, 17: 5}])
    yield _returned(x, "map<boolean,double>", [{True: 2.5, False: 4}])


def returned_structs(x):
    """By name from a dict or an object, by position from a tuple, list or Row, whatever its names."""
    values = [None, {"a": 1, "b": "x"}, {"a": "1"}, {}, (1, "x"), [2, 3], Row(a=1, b="x"), Row(b="x", a=1), {"b": 2, "c": 3}]
    yield _returned(x, "a int, b string", values)
    yield _returned(x, "struct<a:int,b:date>", [(1, datetime.date(2020, 1, 2)), (1, None, 3), {"b": datetime.datetime(2021, 5, 6, 7)}])
    yield _returned(x, T.StructType([T.StructField("a", T.ArrayType(T.StructType([T.StructField("n", T.LongType())])))]),
                    [([{"n": 1}, (2,), None],), {"a": None}])
    for wrong in (1, "x", {1}, (1, 2, 3), (1,), ()):
        yield x.error(lambda: _returned(x, "a int, b string", [wrong]).frame.collect())


def returned_times(x):
    """Dates and timestamps are made in Python: a wrong class raises there."""
    day, time = datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5, 678)
    zoned = time.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    yield _returned(x, "date", [day, time, zoned, None, datetime.date(1, 1, 1), datetime.date(9999, 12, 31)])
    yield _returned(x, "timestamp", [time, zoned, None, datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)])
    yield _returned(x, "array<date>", [[day, None], (time,), []])
    yield _returned(x, "array<timestamp>", [[time, None], [zoned]])
    yield _returned(x, "map<string,date>", [{"a": day}, None])
    for declared in ("date", "timestamp"):
        for wrong in ("2020-01-02", 1, True, [1]):
            yield x.error(lambda: _returned(x, declared, [wrong]).frame.collect())
    yield x.error(lambda: _returned(x, "timestamp", [day]).frame.collect())


def returned_too_large(x):
    """A decimal that does not fit fails; so does a map with a null key."""
    yield x.error(lambda: _returned(x, "decimal(3,2)", [decimal.Decimal("1E+3")]).frame.collect())
    yield x.error(lambda: _returned(x, "int", [1 / 1, 1 // 0 if False else None]).frame.collect())


def arguments(x):
    """What a function is given: Python's own objects, Rows for structs, None for null."""
    df = x.rows("select * from values (true, 1Y, 2S, 3, 4L, 1.5F, 2.5D, 1.10BD, 's', X'6162', DATE '2020-01-02', "
                "TIMESTAMP '2020-01-02 03:04:05.000678', array(1, null), map('a', 1), named_struct('p', 1, 'q', 'x')), "
                "(null, null, null, null, null, null, null, null, null, null, null, null, null, null, null) "
                "t(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)")
    shown = F.udf(lambda *values: "; ".join("%s %r" % (type(v).__name__, v) for v in values))
    yield df.select(shown(*df.columns).alias("v"))
    nested = F.udf(lambda s: "%r %r" % (s, s.asDict(True)))
    yield x.rows("select named_struct('a', array(named_struct('b', map(1, DATE '2020-01-02')))) s").select(nested("s").alias("v"))
    yield x.spark.range(2).select(F.udf(lambda: "none")().alias("v"), shown(F.lit(None), F.lit(float("nan"))).alias("w"))


def forms_of_udf(x):
    """As a function, as a decorator with and without a type, of a class with __call__, of a partial."""
    import functools

    @F.udf
    def bare(v):
        return v

    @F.udf("int")
    def typed(v):
        return v + 1

    @F.udf(returnType=T.LongType())
    def named(v):
        """Says so."""
        return v + 2

    class Adder:
        def __init__(self, n):
            self.n = n

        def __call__(self, v):
            return v + self.n
    df = x.spark.range(2)
    yield df.select(bare("id"), typed(df.id), named(F.col("id") + 1), F.udf(Adder(5), "bigint")("id"),
                    F.udf(functools.partial(lambda a, b: a * b, 3), T.LongType())("id"), F.udf(lambda v: v)("id"))
    yield [named.__name__, named.__doc__, named.returnType, bare.returnType, typed.returnType, typed.deterministic, typed.evalType,
           repr(bare("id")), repr(F.udf(lambda: 1)())]
    yield typed.asNondeterministic().deterministic
    yield x.error(lambda: F.udf(3)("id"))
    yield x.error(lambda: F.udf(lambda v: v, 3))
    yield x.error(lambda: bare(3))
    yield x.error(lambda: bare(v="id"))


def names_of_columns(x):
    """A call is called as it is written."""
    f = F.udf(lambda *v: 1, "int")
    g = x.spark.udf.register("g", lambda v: v, "bigint")
    df = x.spark.range(1)
    yield df.select(f("id", F.col("id") + 1, F.lit("x")), g("id"), g(g("id")) + 1, F.when(g("id") > 0, 1).otherwise(g("id")),
                    -g("id"), g("id").cast("int"), g("id").alias("a")).columns
    t = x.rows("select 1 a, 'x' s, array(1, 2) r, DATE '2020-01-01' d, true b")
    for e in (F.col("a").isNull(), F.col("a").isNotNull(), ~F.col("b"), F.col("a").isin(1, 2), -F.col("a"), F.lit(1.5), F.lit(None),
              F.lit(datetime.date(2020, 1, 1)), F.upper(F.col("a").cast("string")), (F.col("a") + 1).cast("double") * 2,
              F.expr("a is null or b"), F.col("r")[0], F.size("r"), F.col("s").startswith("x"), F.coalesce("a", F.lit(1)),
              F.max(F.col("a").cast("long")), F.countDistinct("a"), F.col("a") != 1, F.col("s").like("x%")):
        yield t.select(f(e)).columns
    yield df.groupBy(g("id")).agg(F.sum(g("id")), F.max(g("id")).alias("m")).columns
    yield df.withColumn("b", g("id")).columns


def registered_functions(x):
    """By name in SQL, case aside; a later registration takes the place of the one before."""
    x.spark.udf.register("plus", lambda a, b: a + b, "bigint")
    x.spark.udf.register("shout", lambda s: None if s is None else s.upper() + "!")
    twice = F.udf(lambda v: v * 2, "int")
    again = x.spark.udf.register("twice", twice)
    x.rows("select * from values (1, 'a'), (2, null), (null, 'c') t(n, s)").createOrReplaceTempView("t")
    yield x.rows("select plus(n, 1), PLUS(2, n) as p, shout(s), shout('x') from t where n is not null")
    yield x.rows("select s, twice(n) t2 from t where twice(coalesce(n, 0)) >= 2 order by twice(coalesce(n, 0)) desc")
    yield x.rows("select twice(coalesce(n, 5)) k, count(*) c, sum(twice(coalesce(n, 1))) s from t group by twice(coalesce(n, 5)) having sum(twice(coalesce(n, 1))) > 2")
    yield x.rows("select case when twice(1) = 2 then shout(s) else 'no' end v from t")
    yield x.spark.range(2).select(again(F.col("id").cast("int")), F.call_udf("twice", F.col("id").cast("int")), F.expr("twice(3)"))
    x.spark.udf.register("twice", lambda v: str(v))
    yield x.rows("select twice(7)")
    yield x.error(lambda: x.spark.udf.register("other", twice, "int"))
    yield x.error(lambda: x.rows("select no_such_function(1)"))
    yield x.error(lambda: x.spark.range(1).select(F.call_udf("no_such_function", "id")))


def places_of_calls(x):
    """In every clause of a frame, and in one another."""
    f, g = F.udf(lambda v: v + 1, "bigint"), F.udf(lambda v: "k%d" % (v % 2))
    df = x.spark.range(6)
    yield df.withColumn("a", f("id")).withColumn("b", f("a")).withColumn("a", f(F.col("a") + F.col("b")))
    yield df.select(f(f(f("id"))).alias("v"), f("id") + f("id") * 2)
    yield df.filter(f("id") > 3).filter("id < 5")
    yield df.filter((f("id") > 3) & (F.col("id") < 5) | (g("id") == "k0"))
    yield df.groupBy(g("id").alias("k")).agg(F.sum(f("id")).alias("s"), F.collect_list(f("id")).alias("l"), f(F.max("id")).alias("m"))
    yield df.groupBy(g("id")).count()
    yield Ordered(df.orderBy(g("id").desc(), -f("id")))
    yield df.agg(F.max(f("id")))
    yield df.select("id", F.explode(F.udf(lambda v: list(range(v)), "array<int>")("id")).alias("e"))
    yield df.select(F.when(f("id") > 3, g("id")).otherwise("small").alias("v"))
    yield df.select(g("id").alias("k")).distinct()
    yield df.select(g("id").alias("k")).union(df.select(F.col("id").cast("string")))
    yield df.select("id", g("id").alias("k")).join(x.rows("select 'k1' k, 9 n"), "k")
    yield Ordered(df.select(f("id").alias("v")).limit(2))


def calls_and_windows(x):
    """Over a window's value, and in its partition, order and argument."""
    from pyspark.sql import Window
    f, k = F.udf(lambda v: v * 10, "bigint"), F.udf(lambda v: v % 2, "bigint")
    df = x.spark.range(4)
    yield df.select("id", f(F.row_number().over(Window.orderBy(F.col("id").desc())).cast("bigint")).alias("n"))
    yield df.select("id", F.sum(f("id")).over(Window.partitionBy(k("id")).orderBy(f("id"))).alias("s"))


def calls_in_joins(x):
    """A condition over one side's columns is computed there."""
    f = F.udf(lambda v: v + 1, "bigint")
    left, right = x.spark.range(4), x.spark.range(6).withColumnRenamed("id", "r")
    yield left.join(right, f(left.id) == right.r)
    yield left.join(right, f(left.id) == f(right.r), "left")
    yield left.join(right, f(left.id) == right.r, "left_anti")


def filters_before_calls(x):
    """What needs no function is tested first, wherever it stands: the function never sees the null."""
    strict = F.udf(lambda v: v + 1, "int")
    df = x.rows("select * from values (1), (null), (3) t(a)")
    yield df.filter((strict("a") > 1) & F.col("a").isNotNull())
    yield df.withColumn("b", strict("a")).filter("a is not null")
    yield df.filter("a is not null").withColumn("b", strict("a")).filter("b > 2")
    yield x.error(lambda: df.filter(strict("a") > 1).collect())


def columns_nobody_reads(x):
    """A function whose value is not used is not called."""
    broken = F.udf(lambda v: 1 // 0, "int")
    df = x.spark.range(3).withColumn("bad", broken("id")).withColumn("good", F.col("id") + 1)
    yield df.count()
    yield df.select("good")
    yield df.drop("bad").filter("good > 1")
    yield df.groupBy("good").count()
    yield x.error(lambda: df.collect())


def cached_calls(x):
    """The rows of a kept frame are made once."""
    df = x.spark.range(5).withColumn("v", F.udf(lambda v: v * v, "bigint")("id")).cache()
    yield df.count()
    yield df.filter("v > 3").select("v")
    yield df.join(df.select("id", F.col("v").alias("w")), "id")


def exceptions(x):
    """They end the action, with their own traceback."""
    @F.udf("int")
    def broken(v):
        return [][v]
    df = x.spark.range(1).select(broken("id"))
    yield x.error(lambda: df.collect())
    yield x.error(lambda: df.show())
    yield x.error(lambda: df.write.parquet(x.url("broken")))
    try:
        df.collect()
    except Exception as err:
        lines = [line for line in str(err).splitlines() if line.strip()]
        yield [lines[0].strip(), lines[1], lines[-1], type(err).__module__]
    yield x.spark.range(2).count()


def captured_variables(x):
    """A function keeps the values that its variables have when it is used for the first time."""
    df = x.spark.range(2)
    for n in (10, 20):
        f = F.udf(lambda v: v + n, "bigint")
        df = df.withColumn("c%d" % n, f("id"))
    n = 1000
    yield df
    table = {"k": 1}
    g = F.udf(lambda v: table["k"] + v, "bigint")
    first = x.spark.range(1).select(g("id").alias("v"))
    table["k"] = 2
    yield first
    seen = []
    x.spark.range(3).select(F.udf(lambda v: seen.append(v) or v, "bigint")("id")).collect()
    yield seen


def many_rows(x):
    """More rows than one message holds, there and back."""
    f = F.udf(lambda v: "x" * (v % 50), "string")
    df = x.spark.range(60000).select("id", f("id").alias("s"))
    yield df.agg(F.sum(F.length("s")), F.count("s"), F.sum("id"))
    yield len(df.collect())
    rows = [(i, "r%d" % i, [i], {"k": i}) for i in range(50000)]
    made = x.spark.createDataFrame(rows, "a int, b string, c array<int>, d map<string,int>")
    yield made.agg(F.sum("a"), F.count("b"), F.sum(F.col("c")[0]), F.sum(F.col("d")["k"]))
    yield [row[0] for row, _ in zip(made.orderBy(F.col("a").desc()).toLocalIterator(), range(3))]


def rows_one_by_one(x):
    """foreach and foreachPartition, for what they do elsewhere."""
    total, count = x.spark.sparkContext.accumulator(0), x.spark.sparkContext.accumulator(0)
    df = x.spark.range(5)
    df.foreach(lambda row: total.add(row.id))

    def part(rows):
        for row in rows:
            count.add(1)
    df.foreachPartition(part)
    yield [total.value, count.value]
    yield x.error(lambda: df.foreach(lambda row: 1 // 0))


def dicts_in_rows(x):
    """createDataFrame's dicts arrive in the order of Java's hashes, too."""
    df = x.spark.createDataFrame([({"b": 1, "a": 2, "hello": 3},), ({"zz": 1, "y9": 2},)], "m map<string,int>")
    yield Ordered(df.select(F.map_keys("m"), F.map_values("m")))


def maps_of_rows(x):
    """collect() and functions see the entries of a map in the order of Java's hashes, whatever order it is shown in."""
    df = x.rows("select map('b', 1, 'a', 2, 'hello', 3, 'world', 4) m, map(2L, 'x', 1L, 'y', 1099511627776L, 'z', -1L, 'w') n, "
                "map(DATE '2020-01-02', 1, DATE '1969-12-31', 2, DATE '2000-01-01', 3) d, map(true, 1, false, 2) b, "
                "map(1.5D, 1, 0.1D, 2, -2.5D, 3) f, map(TIMESTAMP '2020-01-02 03:04:05', 1, TIMESTAMP '1999-01-01 00:00:00', 2) t")
    yield df
    yield df.select(*[F.udf(lambda m: repr(list(m)))(c) for c in df.columns])
    yield x.rows("select map('one', 1, 'two', 2, 'three', 3, 'four', 4, 'five', 5, 'six', 6, 'seven', 7) m")


def lazy_pipelines(x):
    """map, flatMap, filter, mapPartitions and their like; nothing runs before an action."""
    sc = x.spark.sparkContext
    r = sc.parallelize([3, 1, 2, 3], 1)
    calls = sc.accumulator(0)
    mapped = r.map(lambda v: calls.add(1) or v * 2)
    yield calls.value
    yield [mapped.collect(), calls.value, mapped.count(), calls.value]
    yield r.flatMap(lambda v: [v] * v).collect()
    yield r.filter(lambda v: v > 1).map(str).collect()
    yield r.mapPartitions(lambda vs: [sum(vs)]).collect()
    yield r.mapPartitionsWithIndex(lambda i, vs: ((i, v) for v in vs)).collect()
    yield [r.glom().collect(), r.keyBy(lambda v: v % 2).collect(), r.zipWithIndex().collect(), r.getNumPartitions()]
    yield [r.zip(r.map(lambda v: -v)).collect(), r.cartesian(sc.parallelize("ab", 1)).collect()]
    yield [r.union(sc.parallelize([9], 1)).collect(), (r + r).count(), sc.union([r, r]).collect()]
    yield [sorted(r.distinct().collect()), sorted(r.intersection(sc.parallelize([3, 1, 7], 1)).collect()),
           sorted(r.subtract(sc.parallelize([1], 1)).collect())]
    yield [sc.range(5).collect(), sc.range(2, 8, 3).collect(), sc.emptyRDD().collect()]
    words = {"n": 1}
    held = sc.parallelize([words], 1)
    words["n"] = 2
    yield [held.collect(), held.map(lambda d: d.update(n=d["n"] + 5) or d).collect(), held.collect()]


def actions_of_rdds(x):
    """What gives values, also of nothing."""
    sc = x.spark.sparkContext
    r, none = sc.parallelize([3, 1, 2, 3], 1), sc.emptyRDD()
    yield [r.take(2), r.first(), r.top(2), r.takeOrdered(2), r.top(1, key=lambda v: -v), r.count(), r.isEmpty(), none.isEmpty()]
    yield [r.reduce(lambda a, b: a - b), r.fold(0, lambda a, b: a + b), r.sum(), r.min(), r.max(), r.mean(), r.max(key=lambda v: -v)]
    yield r.aggregate((0, 0), lambda a, v: (a[0] + v, a[1] + 1), lambda a, b: (a[0] + b[0], a[1] + b[1]))
    yield [round(r.variance(), 9), round(r.stdev(), 9), round(r.sampleStdev(), 9), round(r.sampleVariance(), 9), r.stats().count()]
    yield [sorted(r.countByValue().items()), none.sum(), none.collect(), none.count(), none.take(3)]
    yield [list(r.toLocalIterator()), r.sortBy(lambda v: v).collect(), r.sortBy(lambda v: v, ascending=False).collect()]
    for call in (none.first, lambda: none.reduce(lambda a, b: a), none.max, lambda: r.map(lambda v: v // 0).collect(),
                 lambda: r.reduce(lambda a, b: a // 0), lambda: r.zip(r.filter(lambda v: v > 1)).collect()):
        yield x.error(call)


def pairs_by_key(x):
    """Everything that takes (key, value) pairs."""
    sc = x.spark.sparkContext
    p = sc.parallelize([("a", 1), ("b", 2), ("a", 3)], 1)
    q = sc.parallelize([("a", "x"), ("c", "y")], 1)
    add = lambda a, b: a + b
    yield [sorted(p.reduceByKey(add).collect()), sorted(p.reduceByKeyLocally(add).items()), sorted(p.foldByKey(0, add).collect())]
    yield sorted((k, sorted(v)) for k, v in p.groupByKey().collect())
    yield sorted((k, list(v), len(v)) for k, v in p.groupByKey().collect())
    yield sorted((k, sorted(v)) for k, v in sc.parallelize(range(5), 1).groupBy(lambda v: v % 2).collect())
    yield sorted(p.aggregateByKey((0, 0), lambda a, v: (a[0] + v, a[1] + 1), lambda a, b: (a[0] + b[0], a[1] + b[1])).collect())
    yield sorted(p.combineByKey(lambda v: [v], lambda a, v: a + [v], add).collect())
    yield [p.mapValues(lambda v: v * 10).collect(), p.flatMapValues(range).collect(), p.keys().collect(), p.values().collect()]
    yield [p.collectAsMap(), dict(p.countByKey()), p.lookup("a"), p.sortByKey().collect(), p.sortByKey(False).keys().collect()]
    yield [sorted(p.join(q).collect()), sorted(p.leftOuterJoin(q).collect(), key=repr), sorted(p.rightOuterJoin(q).collect(), key=repr)]
    yield sorted(p.fullOuterJoin(q).collect(), key=repr)
    yield sorted((k, list(a), list(b)) for k, (a, b) in p.cogroup(q).collect())
    yield [sorted(p.subtractByKey(q).collect()), sorted((k, [list(g) for g in gs]) for k, gs in p.groupWith(q, p).collect())]


def rdds_and_frames(x):
    """df.rdd gives Rows; createDataFrame and toDF take them back, inferring from the first rows."""
    sc = x.spark.sparkContext
    df = x.rows("select * from values (1, 'a', array(1, 2), map('k', 1)), (2, null, null, null) t(n, s, l, m)")
    yield sorted(df.rdd.collect(), key=repr)
    yield sorted(df.rdd.map(lambda row: (row.n + 1, row["s"], row[2], row.asDict()["n"])).collect(), key=repr)
    yield df.rdd.map(lambda row: (row.n, row.s)).toDF(["x", "y"])
    yield df.rdd.map(lambda row: Row(a=row.n, b=[row.s])).toDF()
    yield df.rdd.toDF()
    yield x.spark.createDataFrame(df.rdd.map(lambda row: (row.n, row.s)), "x int, y string")
    yield x.spark.createDataFrame(df.rdd, df.schema)
    yield sc.parallelize([(None, 1), ("x", 2), (3, None)], 1).toDF(["p", "q"])
    yield sc.parallelize([("x", 1), (None, 2.5), (3, None), (4, 5, 6)], 1).map(lambda v: v[:2]).toDF(["p", "q"])
    yield sc.parallelize([{"b": 1, "a": "x"}, {"a": "y", "b": 2}], 1).toDF()
    yield sc.parallelize([1, 2], 1).map(lambda v: (v,)).toDF(["v"])
    yield x.spark.createDataFrame(sc.parallelize([1, 2], 1), T.LongType())
    yield x.spark.createDataFrame(sc.parallelize([1, 2], 1), "int")
    for call in (lambda: sc.parallelize([1, 2], 1).toDF(), lambda: sc.emptyRDD().toDF(), lambda: sc.parallelize([(None,)], 1).toDF(),
                 lambda: x.spark.createDataFrame(sc.parallelize([("x",)], 1), "v int").collect(),
                 lambda: x.spark.createDataFrame(sc.parallelize([(1, 2)], 1), "v int").collect()):
        yield x.error(call)


def shared_values(x):
    """Broadcast values and accumulators, also of a kind of the script's own."""
    from pyspark import AccumulatorParam

    class Sets(AccumulatorParam):
        def zero(self, value):
            return set()

        def addInPlace(self, value1, value2):
            value1.update(value2)
            return value1
    sc = x.spark.sparkContext
    table, seen, total = sc.broadcast({1: "one", 2: "two"}), sc.accumulator(set(), Sets()), sc.accumulator(0.5)
    names = F.udf(lambda v: table.value.get(v, "?"))
    yield x.spark.range(3).select(names("id").alias("v"))

    def visit(v):
        seen.add({v % 2})
        total.add(v)
    sc.parallelize(range(4), 1).foreach(visit)
    total += 1
    yield [sorted(seen.value), total.value, table.value[1]]
    yield x.error(lambda: sc.accumulator("text"))


def lines_of_text(x):
    """textFile gives lines."""
    x.file("in/a.txt", "one two\ntwo\n\nthree")
    sc = x.spark.sparkContext
    lines = sc.textFile(x.url("in/a.txt"))
    yield lines.collect()
    counts = lines.flatMap(lambda line: line.split()).map(lambda w: (w, 1)).reduceByKey(lambda a, b: a + b)
    yield sorted(counts.collect())
    yield sorted(sc.textFile(x.url("in")).collect())


def more_places_of_calls(x):
    """Subqueries, common table expressions, views, unions, pivots, generators, lists of columns."""
    x.spark.udf.register("dbl", lambda v: None if v is None else v * 2, "bigint")
    x.spark.udf.register("tag", lambda v: "t%s" % v)
    x.rows("select * from values (1L, 'a'), (2L, 'b'), (3L, 'a') t(n, k)").createOrReplaceTempView("t")
    yield x.rows("with c as (select dbl(n) d, k from t) select k, sum(d) s, max(tag(d)) m from c group by k order by k")
    yield x.rows("select n from t where n in (select dbl(n) from t)")
    yield x.rows("select n, (select max(dbl(n)) from t) m from t")
    yield x.rows("select distinct tag(length(k)) from t union all select tag(n) from t where dbl(n) > 4")
    yield x.rows("select a.n, b.n m from t a join t b on dbl(a.n) = b.n")
    yield x.rows("select k, count(*) filter (where dbl(n) > 2) c from t group by k")
    yield x.rows("select dbl(n) as d, d + 1 as e from t")
    yield x.rows("select n from t order by dbl(n) desc limit 2")
    yield x.rows("select tag(k) from t group by tag(k) having count(*) > 1")
    yield x.rows("select sum(dbl(n)) over (partition by tag(k) order by n) s from t")
    yield x.rows("select dbl(row_number() over (order by n)) r from t")
    yield x.rows("select case when n > 1 then dbl(n) else tag(n) end v from t")
    df = x.spark.table("t")
    dbl, tag = F.udf(lambda v: v * 2, "bigint"), F.udf(lambda v: "t%s" % v)
    yield df.groupBy("k").pivot("n").agg(F.first(tag("n")))
    yield df.withColumn("d", dbl("n")).dropDuplicates(["k"]).select("k")
    yield df.withColumn("d", dbl("n")).na.fill(0).select("d")
    yield df.withColumn("d", F.udf(lambda v: v if v > 1 else None, "bigint")("n")).na.drop().select("d")
    yield df.select([tag(c).alias(c) for c in df.columns])
    yield df.select(F.struct(dbl("n").alias("p"), tag("n").alias("q")).alias("s")).select("s.p", "s.q")
    yield df.select(F.array(dbl("n"), F.col("n")).alias("l"), F.coalesce(dbl("n"), F.lit(0)), tag("n").isNull(), tag("k").like("t%"))
    point = F.udf(lambda v: (v, "p%d" % v), "x bigint, y string")
    yield df.select(point("n").alias("p")).select("p.x", "p.y", "p.*")
    yield df.withColumn("p", point("n")).filter("p.x > 1").groupBy("p.y").count()
    yield df.select("n", point("n")["y"].alias("y")).sort(point("n")["x"].desc())
    yield df.select(F.explode(F.udf(lambda v: {"k%d" % v: v}, "map<string,bigint>")("n")))
    yield df.join(df.select("n", tag("n").alias("t")), "n").join(df.groupBy("k").agg(F.sum(dbl("n")).alias("s")), "k")
    yield df.union(df.select(dbl("n"), tag("k"))).filter(F.col("n") > 3)
    yield df.select(dbl("n")).subtract(df.select("n")).intersect(x.rows("select 4L v"))


def calls_are_written(x):
    """Frames with functions go into files."""
    df = x.spark.range(4).select("id", F.udf(lambda v: "p%d" % (v % 2))("id").alias("k"), F.udf(lambda v: [v], "array<bigint>")("id").alias("l"))
    df.write.partitionBy("k").json(x.url("out"))
    yield x.spark.read.json(x.url("out")).select("id", "k", "l")
    df.coalesce(1).write.parquet(x.url("parquet"))
    yield x.spark.read.parquet(x.url("parquet"))


def volatile_functions(x):
    """asNondeterministic: every place that calls it does; equal calls of others are one."""
    f = F.udf(lambda v: 1, "int").asNondeterministic()
    df = x.spark.range(3)
    yield df.select(f("id").alias("a"), f("id").alias("b"))
    yield df.filter(f("id") > 0).count()
    yield x.error(lambda: df.groupBy(f("id")).count().collect())


def objects_and_modules(x):
    """Functions that use classes, modules, other functions and defaults of the script's."""
    import re

    pattern = re.compile(r"(\d+)")

    def digits(s, default="none"):
        found = pattern.search(s)
        return found.group(1) if found else default

    def fact(n):
        return 1 if n < 2 else n * fact(n - 1)

    class Table:
        names = {1: "one"}

        @staticmethod
        def name(v):
            return Table.names.get(v, "many")

        def method(self, v):
            return "m%d" % v
    df = x.rows("select * from values ('a12b', 3L), ('x', 1L) t(s, n)")
    yield df.select(F.udf(digits)("s").alias("d"), F.udf(fact, "bigint")("n").alias("f"), F.udf(Table.name)("n").alias("t"),
                    F.udf(Table().method)("n").alias("m"), F.udf(lambda s, n: s * n)("s", "n").alias("r"),
                    F.udf(str.upper)("s").alias("u"), F.udf(len, "int")("s").alias("l"))
