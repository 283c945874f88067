"""More methods of DataFrame, spark.read and df.write: which column a reference by a frame means, what readers and writers take."""
import itertools

from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql import types as T


def _outcome(make):
    """How a relation comes out: . or the letter of its error."""
    try:
        make()
        return "."
    except Exception as error:  # what it says is the answer
        text = str(error)
        return "A" if "are ambiguous" in text else "M" if "MISSING" in text else "R" if "AMBIGUOUS_REFERENCE" in text else "?"


def _relatives(sales):
    """A frame and some that are made of it."""
    return {"all": sales, "filtered": sales.filter("q > 5"), "grouped": sales.groupBy("p").agg(F.sum("q").alias("t")),
            "added": sales.withColumn("z", F.col("q") + 1), "changed": sales.withColumn("q", F.col("q") + 1),
            "union": sales.union(sales), "one": sales.select("p"), "none": sales.select((F.col("p") + 1).alias("n"))}


def _sales(x):
    return x.spark.createDataFrame([(1, 10), (1, 20), (2, 30)], "p int, q int")


def references_after_a_join_of_relatives(x):
    """df["a"] is the left side's column; where df stands on the right, too, and its column there can be used, ambiguous."""
    sales = _sales(x)
    for (m, a), (n, b) in itertools.product(_relatives(sales).items(), repeat=2):
        joins = {"cross": a.crossJoin(b)}
        if "p" in a.columns and "p" in b.columns:
            joins.update(p=a.join(b, "p"), semi=a.join(b, "p", "left_semi"))
        yield [m, n] + [how + " " + "".join(
            _outcome(lambda: joined.select(frame[c])) + _outcome(lambda: joined.filter(frame[c].isNull()))
            for frame in (a, b, sales) for c in frame.columns) for how, joined in joins.items()]


def conditions_of_joins_of_relatives(x):
    """In a condition it is the right side's column, but for df["a"] == df["a"], which compares both sides."""
    sales = _sales(x)
    for (m, a), (n, b) in itertools.product(_relatives(sales).items(), repeat=2):
        for c in ("p", "q"):
            if c in a.columns and c in b.columns:
                yield [m, n, c, "".join(map(_outcome, (
                    lambda: a.join(b, a[c] == b[c]), lambda: a.join(b, a[c] == 1), lambda: a.join(b, F.lit(1) <= b[c]),
                    lambda: a.join(b, sales[c] > 1), lambda: a.join(b, ~(a[c] == b[c])), lambda: a.join(b, a[c] != b[c]),
                    lambda: a.join(b, a[c].cast("string") == b[c].cast("string")), lambda: a.join(b, a[c] < b[c]),
                    lambda: a.join(b, a[c].eqNullSafe(b[c])), lambda: a.join(b, (a[c] == b[c]) | (b[c] == 2)))))]


def rows_of_joins_of_relatives(x):
    """The rows show which side was meant."""
    sales = _sales(x)
    filtered, totals = sales.filter("q > 15"), sales.groupBy("p").agg(F.sum("q").alias("t"))
    yield sales.join(filtered, "p").select(sales.p)
    yield sales.join(filtered, filtered.q > 1).count()
    yield sales.join(filtered, sales.p == filtered.p).count()
    yield sales.join(sales, sales.p == sales.p).count()
    yield sales.join(sales, sales.p == 1).count()
    yield sales.join(sales, ~(sales.q == sales.q)).count()
    yield sales.join(filtered, sales.q.cast("string") == filtered.q.cast("string")).count()
    yield totals.join(sales, totals.p == sales.p).select(totals.p, "q", "t")
    yield x.error(lambda: totals.join(sales, "p").select(sales.q))
    yield totals.join(sales, "p").select("q")
    yield sales.join(totals, "p").select(sales.q, totals.t).withColumn("share", F.col("q") / F.col("t"))
    yield totals.join(sales, "p").join(sales.select("p").distinct(), "p").count()


def references_into_set_operations(x):
    """The first frame's columns go on, but for those that are cast; the others are gone."""
    sales = _sales(x)
    wide = x.spark.createDataFrame([(1, 10)], "p int, q bigint")
    yield sales.union(wide).select(sales.p)
    yield sales.union(wide).filter(sales.p > 1)
    yield sales.intersect(sales).select(sales.q)
    yield wide.exceptAll(sales).select(wide.q)
    yield sales.select("q").unionByName(sales, True).select(sales.q)
    yield sales.select("p", "p").union(sales).toDF("a", "b")
    yield sales.alias("s").union(wide.alias("w")).select("s.p")
    yield sales.union(sales).join(sales, "p").select("p").distinct()
    for frame, name in ((sales, "q"), (wide, "p"), (wide, "q")):
        yield x.error(lambda: sales.union(wide).select(frame[name]))
    yield x.error(lambda: sales.alias("s").union(wide).select("s.q"))


def timestamps_without_zone_in_parquet(x):
    """They are timestamp_ntz, alone and inside of others; a schema may ask for timestamp, not the other way round."""
    with open(__file__.replace("methods2_cases.py", "local.parquet"), "rb") as file:
        url = x.file("in/local.parquet", file.read())
    yield x.spark.read.parquet(url)
    yield x.spark.read.schema("n int, us timestamp, ms timestamp, utc timestamp").parquet(url)
    yield x.spark.read.schema("us timestamp_ntz").parquet(url)
    yield x.error(lambda: x.spark.read.schema("utc timestamp_ntz").parquet(url).collect())
    frame = x.rows("select timestamp_ntz'2024-01-02 03:04:05.678901' l, timestamp'2024-01-02 03:04:05' z, "
                   "array(timestamp_ntz'1969-12-31 23:59:59', null) a, named_struct('TIMESTAMP', timestamp'2024-01-01 00:00:00', "
                   "'l', timestamp_ntz'0001-01-01 00:00:00') s, map('k', timestamp_ntz'9999-12-31 23:59:59') m")
    frame.write.parquet(x.url("out"))
    yield x.spark.read.parquet(x.url("out"))
    frame.select(F.col("z").alias("l"), "z").write.mode("append").parquet(x.url("out"))
    yield x.error(lambda: x.spark.read.option("mergeSchema", True).parquet(x.url("out")))


def nothing_in_files_is_required(x):
    """What a file's schema, or the script's, says of nulls does not count."""
    frame = x.spark.createDataFrame([(1, [1])], "a int not null, b array<int>")
    frame.write.parquet(x.url("p"))
    x.file("c/a.csv", "1,x\n")
    x.file("j/a.json", '{"a": 1}\n')
    yield frame.schema.jsonValue()
    yield x.spark.read.parquet(x.url("p")).schema.jsonValue()
    yield x.spark.read.schema(frame.schema).parquet(x.url("p")).schema.jsonValue()
    yield x.spark.read.schema("a int not null, b string").csv(x.url("c")).schema.jsonValue()
    yield x.spark.read.schema("a int not null, b string").json(x.url("j")).schema.jsonValue()
    yield x.spark.read.schema("value string not null").text(x.url("c")).schema.jsonValue()


def tests_compare_frames(x):
    """Rows in any order, floats nearly; whether nulls are allowed does not count, nor the names in rows, nor NaN."""
    try:
        from pyspark.testing.utils import assertDataFrameEqual, assertSchemaEqual
    except ImportError:  # the whole of pyspark.testing needs pandas, this part of it does not
        import importlib.util
        import pyspark
        spec = importlib.util.spec_from_file_location("pyspark_testing_utils", pyspark.__path__[0] + "/testing/utils.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assertDataFrameEqual, assertSchemaEqual = module.assertDataFrameEqual, module.assertSchemaEqual

    def told(check, *args, **options):
        try:
            return check(*args, **options)
        except Exception as error:  # what it says is the answer
            return type(error).__name__ + " " + "".join(c for c in str(error) if c not in "\033")

    frame = x.spark.createDataFrame([(1, 1.0, "x"), (2, 2.0, None)], "id int, v double, s string")
    near = x.spark.createDataFrame([(2, 2.0, None), (1, 1.0000001, "x")], "id int, v double, s string")
    far = x.spark.createDataFrame([(1, 1.5, "x"), (3, 2.0, None)], "id int, v double, s string")
    wide = x.spark.createDataFrame([(1, 1.0, "x")], "id bigint, v double, s string")
    strict = x.spark.createDataFrame([(1, 1.0, "x")], "id int not null, v double, s string")
    for pair in ((frame, near), (frame, far), (frame, wide), (frame.limit(1), strict), (frame, frame.collect()), (frame, None), (None, None),
                 (frame, 5), (frame, frame.limit(1)), (frame, [1]), ([], [Row(a=1)])):
        yield told(assertDataFrameEqual, *pair)
    yield told(assertDataFrameEqual, frame, near, checkRowOrder=True)
    yield told(assertDataFrameEqual, frame, far, rtol=1, atol=1)
    nan, inf = float("nan"), float("inf")
    for a, b in (([1.0, 2.0], [1.0, 2.000001]), ([1.0], [1.0, 2.0]), ({"k": 1.0}, {"k": 1.0000001}), ({"k": 1}, {"j": 1}), (nan, 1.0),
                 (inf, inf), (1, 1.0), (None, 1.0)):
        yield told(assertDataFrameEqual, [Row(a=a)], [Row(a=b)])
    yield told(assertDataFrameEqual, [Row(a=1, b=2)], [Row(c=1)])
    schema = T.StructType
    for a, b in ((frame.schema, wide.schema), (frame.schema, strict.schema), (frame.schema, 1), ("id int", frame.schema),
                 (schema().add("a", T.ArrayType(T.IntegerType())), schema().add("a", T.ArrayType(T.LongType()))),
                 (schema().add("a", T.MapType(T.LongType(), T.LongType())), schema().add("a", T.MapType(T.LongType(), T.StringType()))),
                 (schema().add("a", T.DecimalType(10, 2)), schema().add("a", T.DecimalType(10, 3))),
                 (schema().add("a", schema().add("x", T.LongType())), schema().add("a", schema().add("y", T.LongType()))),
                 (schema().add("a", T.LongType()), schema().add("A", T.LongType()))):
        yield told(assertSchemaEqual, a, b)


def patterns_of_csv_and_json(x):
    """The letters of Java's DateTimeFormatter, names and halves of a day too; sections in brackets may be missing."""
    x.file("c/a.csv", "03/Feb/2024,2024-02-03 04:05 PM\n3/Feb/2024,2024-02-03 04:05\n29/Feb/2023,x\n,\n")
    reader = x.spark.read.schema("d date, t timestamp").option("timestampFormat", "yyyy-MM-dd hh:mm a")
    for pattern in ("dd/MMM/yyyy", "d/MMM/yyyy", "dd/MMM/yyyy[ HH:mm]"):
        try:
            yield reader.option("dateFormat", pattern).csv(x.url("c")).collect()
        except Exception as error:  # what it is called is the answer
            yield type(error).__name__
    x.file("j/a.json", '{"d": "20240203", "t": "2024-02-03T04:05:06.12+01:00"}\n{"d": null, "t": "2024-02-03T04:05:06Z"}\n')
    yield x.spark.read.schema("d date, t timestamp").json(x.url("j"), dateFormat="yyyyMMdd", timestampFormat="yyyy-MM-dd'T'HH:mm:ss[.SS]XXX")
    x.file("i/a.csv", "2024-02-03 04:05,03.02.24\n2024-02-03 14:05,04.02.24\n")
    yield x.spark.read.csv(x.url("i"), inferSchema=True, timestampFormat="yyyy-MM-dd HH:mm", dateFormat="dd.MM.yy")
    frame = x.rows("select date'2024-02-03' d, timestamp'2024-02-03 16:05:06.789012' t")
    for n, (date, stamp) in enumerate((("EEE, d MMM yy", "h:mm a"), ("QQQ yyyy", "HH:mm:ss.SSSSSS XXX z"), ("D", "G kk'h' [ss]"), ("yyyyMMdd", "O"))):
        name = "out%d" % n
        frame.write.csv(x.url(name), dateFormat=date, timestampFormat=stamp)
        frame.write.mode("append").json(x.url(name), dateFormat=date, timestampFormat=stamp)
        yield sorted(text for texts in x.files(name).values() for text in texts)


def rows_as_json(x):
    """Without nulls, with what is inside of others; a row of nulls is {}; numbers and times as in to_json."""
    yield x.rows("select 1 a, null b, 'x\"é' `c d`, array(1, null) e, map('k', 1.50) f, named_struct('g', null, 'h', double('NaN')) s, "
                 "timestamp'2024-01-02 03:04:05' t, date'2024-01-02' u, cast('hi' as binary) w").toJSON().collect()
    yield x.rows("select cast(null as int) a").toJSON().collect()
    yield x.spark.range(3).toDF("id").toJSON().first()
    yield x.spark.range(0).toDF("id").toJSON().collect()
    yield x.rows("select 1 a").toJSON(False).first()


def overwriting_partitions_by_setting(x):
    """dynamic replaces the partitions that the frame has, by the setting or the writer's own option, which goes first."""
    frame = x.spark.createDataFrame([(1, "a"), (2, "b")], "v int, k string")
    more = x.spark.createDataFrame([(3, "b")], "v int, k string")
    for n, (setting, option) in enumerate((("static", None), ("DYNAMIC", None), ("dynamic", "static"), ("static", "dynamic"))):
        x.spark.conf.set("spark.sql.sources.partitionOverwriteMode", setting)
        url = x.url("out%d" % n)
        frame.write.partitionBy("k").csv(url)
        writer = more.write.mode("overwrite").partitionBy("k")
        (writer.option("partitionOverwriteMode", option) if option else writer).csv(url)
        yield x.spark.read.csv(url)
    x.spark.conf.unset("spark.sql.sources.partitionOverwriteMode")


def files_by_their_time(x):
    """modifiedBefore and modifiedAfter leave files out; nothing left is an error without a schema; wrong times are errors."""
    x.file("in/a.csv", "1\n")
    reader = x.spark.read
    yield reader.csv(x.url("in"), modifiedAfter="2001-01-01T00:00:00", modifiedBefore="2999-01-01T00:00:00")
    yield x.error(lambda: x.spark.read.csv(x.url("in"), modifiedBefore="2001-01-01T00:00:00"))
    yield x.spark.read.schema("a int").csv(x.url("in"), modifiedAfter="2999-01-01")
    yield x.error(lambda: x.spark.read.csv(x.url("in"), modifiedAfter="tomorrow"))
    yield x.spark.read.option("ignoreMissingFiles", True).csv(x.url("in"))
    yield x.error(lambda: x.spark.read.option("ignoreMissingFiles", True).csv(x.url("none")))
