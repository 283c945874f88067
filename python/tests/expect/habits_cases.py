"""What scripts written for a real Glue take for granted: frames joined with what was made of them, offsets in date
patterns, the long names of formats."""
from pyspark.sql import functions as F


def _columns(make):
    """The names that a frame has, or the class of the error."""
    try:
        return make().columns
    except Exception as error:  # what it is called is the answer
        return type(error).__name__


def a_frame_is_joined_with_what_was_made_of_it(x):
    """df["a"] is ambiguous only if df itself is part of the right side, where its columns stand anew."""
    sales = x.spark.createDataFrame([("A", "2023-12-29", 5), ("B", "2023-12-30", 1)], "p string, dt string, q int")
    grid = sales.select("p").distinct().crossJoin(x.spark.range(2).toDF("day"))
    joined = grid.join(sales, grid.p == sales.p, "left")
    totals = sales.groupBy("p").agg(F.sum("q").alias("t"))
    yield joined.select(grid.p, "day", "q").orderBy(grid.p, "day")
    yield {
        "right": _columns(lambda: joined.select(sales.p)),
        "both": _columns(lambda: joined.select(grid.p, sales.p)),
        "left_of_totals": _columns(lambda: totals.join(sales, sales.p == totals.p).select(totals.p)),
        "right_of_totals": _columns(lambda: totals.join(sales, sales.p == totals.p).select(sales.p)),
        "filtered": _columns(lambda: joined.filter(sales.p.isNull())),
    }


def a_column_of_a_frame_is_dropped_after_a_join(x):
    """drop takes the column with df's own identity, which is the left one, and never says ambiguous."""
    sales = x.spark.createDataFrame([("A", 5), ("B", 1)], "p string, q int")
    totals = sales.groupBy("p").agg(F.sum("q").alias("t"))
    for right in (sales.p, totals.p):
        yield sales.join(totals, sales.p == totals.p).drop(right).orderBy("t")
    yield totals.join(sales, sales.p == totals.p).drop(sales.p).orderBy("t")
    other = x.spark.createDataFrame([("z",)], "p string")
    yield sales.drop(other.p).columns


def offsets_in_date_patterns(x):
    """Z takes +hhmm, X also Z and the hours alone, XXX a colon; other texts are null, up to 18 hours count."""
    texts = ["+0130", "-0000", "+01:30", "-05:30", "Z", "-05", "+18:00", "+1800", "+1801", "+1900", "+0160", "z", "", None]
    frame = x.spark.createDataFrame([("2024-01-01 10:00:00 " + t if t is not None else None,) for t in texts], "v string")
    for pattern in ("Z", "ZZZ", "XX", "XXX"):
        pattern = "yyyy-MM-dd HH:mm:ss " + pattern
        yield frame.select("v", F.to_timestamp("v", pattern).cast("string"), F.unix_timestamp("v", pattern), F.to_date("v", pattern))
    log = x.spark.createDataFrame([("01/Mar/2024:06:20:20 +0130",), ("",)], "v string")
    yield log.select(F.to_timestamp("v", "dd/MMM/yyyy:HH:mm:ss Z").alias("t"))
    web = x.spark.createDataFrame([("2024-01-01T00:00:00-05:30",), ("2024-01-01T00:00:00Z",)], "v string")
    yield web.select(F.to_timestamp("v", "yyyy-MM-dd'T'HH:mm:ssXXX").alias("t"))
    yield web.select(*[F.date_format(F.lit("2024-03-01 04:05:06").cast("timestamp"), "HH:mm " + p).alias(p) for p in (
        "Z", "ZZ", "ZZZ", "X", "XX", "XXX")])


def formats_have_long_names(x):
    """AWS's own sample reads com.databricks.spark.csv."""
    x.file("in/a.csv", "id,name\n1,a\n2,b\n")
    yield x.spark.read.format("com.databricks.spark.csv").option("header", "true").option("inferSchema", "true").load(x.url("in"))
    x.spark.range(2).write.format("com.databricks.spark.csv").save(x.url("out"))
    yield x.spark.read.csv(x.url("out")).orderBy("_c0")
