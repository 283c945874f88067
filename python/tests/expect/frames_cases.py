"""Frames and files: names, orders of columns, folders and modes."""
import datetime

from pyspark.sql import functions as F
from pyspark.sql import types as T

from tests.expect.bench import Ordered


def joins_keep_both_names(x):
    """Equal names stay equal, and naming one is ambiguous; a join by name has it once."""
    left, right = x.rows("select 1 id, 'l' v"), x.rows("select 1 id, 'r' v")
    both = left.join(right, left.id == right.id)
    yield both
    yield both.select(left.v, right.v)
    yield x.error(lambda: both.select("id"))
    yield left.join(right, "id")
    yield both.drop(right.id)


def outer_joins_by_name(x):
    """The column of a full join by name takes the side that has it."""
    left, right = x.rows("select * from values (1, 'l'), (2, 'm') t(id, a)"), x.rows("select * from values (2, 'r'), (3, 's') t(id, b)")
    for how in ("inner", "left", "right", "outer", "left_semi", "left_anti"):
        yield left.join(right, "id", how)
    yield left.crossJoin(right)


def joins_skip_nulls(x):
    """null equals nothing, except with <=>."""
    left, right = x.rows("select * from values (1), (null) t(a)"), x.rows("select * from values (1), (null) t(b)")
    yield left.join(right, left.a == right.b)
    yield left.join(right, left.a.eqNullSafe(right.b))
    yield left.join(right, left.a == right.b, "left_anti")


def joins_of_a_frame_with_itself(x):
    """Aliases tell the sides apart."""
    df = x.rows("select * from values (1, 2), (2, 3) t(a, b)")
    yield df.alias("l").join(df.alias("r"), F.col("l.b") == F.col("r.a")).select("l.a", "r.b")


def names_keep_their_case(x):
    """Columns are found whatever their case, and called as they were asked for or made."""
    df = x.rows("select 1 `Id`, 2 `NAME`")
    yield df.select("ID", "name")
    yield df.select("*")
    yield df.withColumn("id", F.lit(9))
    yield df.withColumnRenamed("ID", "key")
    yield df.drop("iD")
    yield df.filter("iD = 1").selectExpr("id as a")
    yield x.error(lambda: df.select("nope"))


def names_with_dots_and_blanks(x):
    """Backticks protect them."""
    df = x.rows("select 1 `a.b`, 2 `c d`, named_struct('e', 3) s")
    yield df.select("`a.b`", "c d", "s.e", F.col("s")["e"].alias("f"))
    yield x.error(lambda: df.select("a.b"))


def union_is_by_position(x):
    """Names are the left's, equal rows stay, types widen."""
    left, right = x.rows("select 1 a, 'x' b"), x.rows("select 2L b, 'y' a union all select 1, 'x'")
    yield left.union(right)
    yield left.unionByName(x.rows("select 'z' B, 3 A"))
    yield left.unionByName(x.rows("select 4 a, 5 c"), allowMissingColumns=True)
    yield x.error(lambda: left.union(x.rows("select 1")))
    yield x.error(lambda: left.unionByName(x.rows("select 1 a, 2 c")))


def sets_of_rows(x):
    """distinct, intersect, subtract and exceptAll; nulls are equal there."""
    left, right = x.rows("select * from values (1), (1), (null), (2) t(a)"), x.rows("select * from values (1), (null) t(a)")
    yield left.distinct()
    yield left.intersect(right)
    yield left.subtract(right)
    yield left.exceptAll(right)
    yield left.dropDuplicates(["a"])


def parquet_of_different_schemas(x):
    """Without mergeSchema the columns are those of one file; with it those of all."""
    x.rows("select 1 a, 'x' b").write.parquet(x.url("d/k=1"))
    x.rows("select 2 a, 1.5D c").write.parquet(x.url("d/k=2"))
    yield x.spark.read.option("mergeSchema", "true").parquet(x.url("d"))
    yield x.spark.read.schema("a int, c double, k int").parquet(x.url("d"))


def parquet_of_different_types(x):
    """int and string cannot be merged."""
    x.rows("select 1 a").write.parquet(x.url("d/k=1"))
    x.rows("select 'x' a").write.parquet(x.url("d/k=2"))
    yield x.error(lambda: x.spark.read.option("mergeSchema", "true").parquet(x.url("d")))


def parquet_finds_columns_by_name(x):
    """Whatever their order and case."""
    x.rows("select 1 `A`, 2 b").write.parquet(x.url("d"))
    yield x.spark.read.schema("b int, a int, c string").parquet(x.url("d"))


def empty_partition_values(x):
    """'' and null are __HIVE_DEFAULT_PARTITION__, and read as null."""
    x.rows("select * from values (1, ''), (2, null), (3, 'x') t(a, p)").write.partitionBy("p").json(x.url("out"))
    yield sorted(x.files("out"))
    yield x.spark.read.json(x.url("out"))


def partition_values_are_escaped(x):
    """Blanks and accents are not, / : = % and quotes are."""
    x.rows("select * from values (1, 'a b'), (2, 'é'), (3, 'a/b:c=d%e'), (4, '\"q\"'), (5, '#?{}') t(a, p)").write.partitionBy(
        "p").json(x.url("out"))
    yield sorted(x.files("out"))
    yield x.spark.read.json(x.url("out"))


def partition_values_are_typed(x):
    """01 is int 1, dates are dates, mixed ones strings."""
    x.file("d/n=01/d=2020-01-02/m=1/l=3000000000/f=1.5/a.csv", "x\n")
    x.file("d/n=2/d=2020-01-03/m=x/l=1/f=2/a.csv", "y\n")
    yield x.spark.read.csv(x.url("d"))


def partition_columns_leave_the_files(x):
    """They stand in the folders' names alone, and come last when read."""
    x.rows("select 'x' p, 1 a, 2 q, 3 b").write.partitionBy("p", "q").csv(x.url("out"), header=True)
    yield x.files("out")
    yield x.spark.read.csv(x.url("out"), header=True, inferSchema=True)


def partition_dates_and_numbers(x):
    """Dates, doubles and booleans in folders' names."""
    x.rows("select 1 a, date'2020-01-02' d, 1.50 f, true b, 1e10D g").write.partitionBy("d", "f", "b", "g").json(x.url("out"))
    yield sorted(x.files("out"))


def every_column_a_partition_is_refused(x):
    """A file needs a column."""
    yield x.error(lambda: x.rows("select 1 a").write.partitionBy("a").json(x.url("out")))
    yield x.error(lambda: x.rows("select 1 a").write.partitionBy("nope").json(x.url("out")))


def hidden_files_are_skipped(x):
    """Names that begin with _ or ., and files without bytes."""
    for name in ("_b.json", ".c.json", "_SUCCESS", "_x/d.json"):
        x.file("d/" + name, '{"a":0}\n')
    x.file("d/e.json", "")
    x.file("d/a.json", '{"a":1}\n')
    yield x.spark.read.json(x.url("d"))


def folders_are_not_prefixes(x):
    """data does not match data2."""
    x.file("data/a.json", '{"a":1}\n')
    x.file("data2/b.json", '{"a":2}\n')
    yield x.spark.read.json(x.url("data"))
    yield x.spark.read.json([x.url("data"), x.url("data2")])
    yield x.spark.read.json(x.url("data*"))


def folders_below(x):
    """Not read, unless they are partitions or recursiveFileLookup says so."""
    x.file("d/a.json", '{"a":1}\n')
    x.file("d/s/b.json", '{"a":2}\n')
    yield x.spark.read.json(x.url("d"))
    yield x.spark.read.option("recursiveFileLookup", "true").json(x.url("d"))


def paths_that_are_not_there(x):
    """Reading one fails at once."""
    yield x.error(lambda: x.spark.read.json(x.url("nope")))
    yield x.error(lambda: x.spark.read.csv(x.url("nope/*.csv")))


def writing_needs_a_free_path(x):
    """The default mode fails when the path exists; ignore keeps, append adds, overwrite replaces."""
    df = x.rows("select 1 a")
    df.write.json(x.url("out"))
    yield x.error(lambda: df.write.json(x.url("out")))
    df.write.mode("ignore").json(x.url("out"))
    yield x.files("out")
    x.rows("select 2 a").write.mode("append").json(x.url("out"))
    yield x.files("out")
    x.rows("select 3 a").write.mode("overwrite").json(x.url("out"))
    yield x.files("out")


def overwriting_what_is_read_fails(x):
    """A path cannot be read and overwritten at once. (Spark has lost its files then; the engine keeps them.)"""
    x.rows("select 1 a").write.parquet(x.url("d"))
    df = x.spark.read.parquet(x.url("d"))
    yield "error" in x.error(lambda: df.write.mode("overwrite").parquet(x.url("d")))


def overwriting_replaces_every_partition(x):
    """Static overwrite removes the folders that get no rows."""
    x.rows("select * from values (1, 'x'), (2, 'y') t(a, p)").write.partitionBy("p").json(x.url("out"))
    x.rows("select 3 a, 'x' p").write.mode("overwrite").partitionBy("p").json(x.url("out"))
    yield x.files("out")


def empty_frames_write(x):
    """A frame without rows writes a header, an empty file of JSON, a Parquet file with the schema."""
    df = x.rows("select 1 a, 'x' b where false")
    df.write.csv(x.url("csv"), header=True)
    df.write.json(x.url("json"))
    df.write.parquet(x.url("parquet"))
    yield x.files("csv")
    yield x.files("json")
    yield x.spark.read.parquet(x.url("parquet"))


def compressed_output(x):
    """gzip by option; the files are known by their names again."""
    df = x.rows("select 1 a")
    df.write.option("compression", "gzip").json(x.url("json"))
    yield sorted(x.files("json"))
    yield x.spark.read.json(x.url("json"))


def other_compressions(x):
    """bzip2 for text."""
    x.rows("select 1 a").write.csv(x.url("csv"), compression="bzip2")
    yield sorted(x.files("csv"))


def parquet_files_are_snappy(x):
    """The name says the codec."""
    x.rows("select 1 a").write.parquet(x.url("out"))
    x.rows("select 1 a").write.option("compression", "gzip").parquet(x.url("gz"))
    yield sorted(x.files("out")) + sorted(x.files("gz"))


def parquet_keeps_names_and_nested_types(x):
    """Names with blanks, structs, arrays of null, maps and empty arrays."""
    x.rows("select 1 `a b`, named_struct('x', cast(null as int), 'y', array(1)) s, array(cast(null as string)) l, map('k', named_struct('z', 1.5D)) m, "
           "cast(array() as array<int>) e").write.parquet(x.url("out"))
    yield x.spark.read.parquet(x.url("out"))


def columns_of_no_type_are_not_written(x):
    """void is refused by Parquet, also within a struct or an array; JSON takes it."""
    yield x.error(lambda: x.rows("select null a").write.parquet(x.url("out")))
    yield x.error(lambda: x.rows("select named_struct('x', null) a").write.parquet(x.url("out")))
    yield x.error(lambda: x.rows("select array(null) a").write.parquet(x.url("out")))
    x.rows("select 1 a, named_struct('x', null) b").write.json(x.url("out"))
    yield x.files("out")


def functions_of_python(x):
    """A UDF's value of another type than it promised is null."""
    f = F.udf(lambda v: v, T.IntegerType())
    yield x.rows("select 1 a, 'x' b").select(f("a").alias("a"), f("b").alias("b"))


def functions_of_python_that_fail(x):
    """A UDF's exception fails the action."""
    f = F.udf(lambda v: 1 // 0, T.IntegerType())
    yield x.error(lambda: x.rows("select 1 a").select(f("a")))


def cached_frames_stay(x):
    """A cached frame gives the same rows in two actions, also where a file has gone."""
    df = x.rows("select * from values (1), (2) t(a)").cache()
    yield df.count()
    yield df
    df.unpersist()


def frames_without_rows(x):
    """first is None, take is [], isEmpty is true, aggregates give one row."""
    df = x.rows("select 1 a where false")
    yield df.first()
    yield df.take(2)
    yield df.isEmpty()
    yield df.agg(F.sum("a"), F.count("a"))
    yield df.groupBy("a").count()


def order_and_limit(x):
    """limit after orderBy keeps the first; orderBy of several columns and directions."""
    df = x.rows("select * from values (1, 'b'), (2, 'a'), (3, 'b') t(a, b)")
    yield Ordered(df.orderBy("b", F.desc("a")))
    yield Ordered(df.orderBy(["b", "a"], ascending=[False, True]).limit(2))
    yield Ordered(df.sort(F.col("a").desc()).limit(1))


def filling_and_dropping_nulls(x):
    """fillna by type of the value, dropna by any, all, and how many."""
    df = x.rows("select * from values (1, 'x', 1.5D), (null, null, null), (2, null, double('NaN')) t(a, b, c)")
    yield df.fillna(0)
    yield df.fillna("?")
    yield df.fillna({"a": 7, "c": 2.5})
    yield df.dropna()
    yield df.dropna("all")
    yield df.dropna(thresh=2)
    yield df.replace("x", "y").replace([1, 2], [10, 20])


def columns_are_added_and_replaced(x):
    """withColumn of an old name keeps its place; a column can use the one it replaces."""
    df = x.rows("select 1 a, 2 b")
    yield df.withColumn("a", F.col("a") + 1).withColumn("c", F.col("a") * 10)
    yield df.select("*", (F.col("a") + F.col("b")).alias("s"), F.lit(None).alias("n"))
    yield df.withColumns({"b": F.lit("x"), "d": F.col("b")})
    yield df.toDF("x", "y")
    yield x.error(lambda: df.withColumn("z", F.col("nope")))


def groups_of_nulls(x):
    """null is a group of its own."""
    df = x.rows("select * from values (1, null), (2, null), (3, 'a') t(v, k)")
    yield df.groupBy("k").agg(F.sum("v"), F.count("*"))
    yield df.groupBy(F.col("k").isNull().alias("n")).agg(F.max("v").alias("m"))
    yield df.rollup("k").sum("v")


def schemas_to_the_letter(x):
    """The text of printSchema."""
    df = x.spark.read.schema("a int, s struct<x:array<decimal(3,2)>,y:map<string,date>>, t timestamp").json(x.file("a.json", "{}"))
    yield _printed(df.printSchema)
    yield _printed(df.select("s.x", F.lit(1).alias("n"), F.col("a") + 1, F.coalesce("a", F.lit(0)).alias("c")).printSchema)


def rows_to_the_letter(x):
    """The text of show."""
    df = x.rows("select 1 a, 'a long text of more than twenty letters' b, null c, 1e10D d, array(1, null) e, "
                "named_struct('x', 'y') f, map('k', 1.50) g, timestamp'2020-01-02 03:04:05.600' h, true i, '日本' j")
    yield _printed(df.show)
    yield _printed(lambda: df.show(truncate=False))
    yield _printed(lambda: df.show(1, 5, True))


def rows_of_python(x):
    """Rows by name and place."""
    row = x.rows("select 1 a, named_struct('b', 'x') s, map('k', array(1, null)) m, date'2020-01-02' d").first()
    yield repr(row)
    yield [row.a, row["s"].b, row[2]["k"], row.asDict(True), row.d == datetime.date(2020, 1, 2)]


def random_numbers_stay_in_a_cache(x):
    """rand of a cached frame is the same in two actions."""
    df = x.spark.range(3).select(F.rand().alias("r")).cache()
    yield sorted(df.collect()) == sorted(df.collect())


def splitting_files(x):
    """coalesce(1) and repartition change no rows."""
    df = x.spark.range(10)
    yield df.repartition(3).coalesce(1)
    df.coalesce(1).write.csv(x.url("out"))
    yield x.files("out")


def texts_by_line(x):
    """spark.read.text gives a column value."""
    yield Ordered(x.spark.read.text(x.file("a.txt", "a\n\nb\n")))


def orc_files(x):
    """ORC."""
    x.rows("select 1 a").write.orc(x.url("out"))
    yield x.spark.read.orc(x.url("out"))


def methods_are_no_columns(x):
    """A name that DataFrame has not is an AttributeError."""
    yield x.error(lambda: x.spark.range(1).nosuch)


def views(x):
    """SQL over views; a view that is not there is an error."""
    x.rows("select 1 a").createOrReplaceTempView("v")
    yield x.rows("select * from V")
    yield x.error(lambda: x.rows("select * from nosuch"))
    yield x.error(lambda: x.rows("select * frm v"))


def _printed(call):
    """What a call prints."""
    import contextlib
    import io
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        call()
    return out.getvalue()


def members_meet_by_name_in_unions(x):
    """unionByName looks into structs and arrays of structs, in any order and case, and not into maps; what is missing is
    null where that is allowed. union goes by the place of members, whatever their names."""
    pairs = [("struct<a:int,b:string>", "struct<a:int,c:double>"), ("struct<a:int,b:int>", "struct<B:bigint,a:int>"),
             ("struct<a:int,b:int>", "struct<b:int>"), ("struct<b:int>", "struct<a:int,b:int>"),
             ("struct<a:int,x:struct<p:int,q:int>>", "struct<x:struct<r:int,p:int>,a:int>"),
             ("array<struct<a:int,b:int>>", "array<struct<b:int,c:int>>"), ("array<struct<a:int,b:int>>", "array<struct<b:int,a:int>>"),
             ("array<array<struct<a:int>>>", "array<array<struct<b:int>>>"), ("map<int,struct<a:int,b:int>>", "map<int,struct<b:int,a:int>>"),
             ("struct<a:int,b:array<struct<x:int>>>", "struct<b:array<struct<y:int>>>"), ("struct<a:int>", "int")]

    def frame(kind, text):
        return x.rows("select from_json('%s', 's %s') v" % (text, kind)).select("v.s").union(x.rows("select cast(null as %s)" % kind))

    def text(kind):
        inner = '{"a": 1, "b": 2, "B": 3, "c": 4, "x": %s, "q": 6}'
        value = inner % ('{"p": 7, "q": 8, "r": 9}' if "x:struct" in kind else "5")
        if "map" in kind:
            return '{"s": {"1": %s}}' % value
        value = value.replace('"b": 2', '"b": [{"x": 10, "y": 11}]') if "b:array" in kind else value
        depth = len(kind.split("struct")[0].split("array<")) - 1
        return '{"s": %s}' % ("[" * depth + value + "]" * depth if "struct" in kind else "12")

    for left, right in pairs:
        for missing in (False, True):
            yield x.error(lambda: frame(left, text(left)).unionByName(frame(right, text(right)), allowMissingColumns=missing))
        yield x.error(lambda: frame(left, text(left)).union(frame(right, text(right))))
    one = x.rows("select named_struct('a', 1, 'b', 2) s")
    for other in ("named_struct('b', 5, 'a', 6)", "named_struct('b', 5, 'c', 'x')", "named_struct('a', null, 'z', 1)", "null"):
        made = one.unionByName(x.rows("select %s s" % other), allowMissingColumns=True)
        yield made.schema.json()
        yield made
    yield one.unionAll(x.rows("select named_struct('x', 1, 'y', 2) s")).distinct()
    yield x.error(lambda: one.subtract(x.rows("select named_struct('x', 1, 'y', 2) s")))
