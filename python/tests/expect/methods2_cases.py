"""More methods of DataFrame, spark.read and df.write: which column a reference by a frame means, what readers and writers take."""
import itertools

from pyspark.sql import functions as F


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
