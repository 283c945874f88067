"""Functions that scripts use seldom: names of files, windows of time, frames of ranges, numbers as text, CSV in columns."""
from pyspark.sql import Window
from pyspark.sql import functions as F

from tests.expect.bench import Ordered


def _folder(x):
    """A folder of files with partitions, read as CSV; and an expression of the last two parts of a file's name."""
    x.file("d/p=a b/f 1+%é#ü[1].csv", "1\n2\n")
    x.file("d/p=a b/zz.csv", "1\n3\n")
    x.file("d/p=2/x&y=z;~!.csv", "4\n")
    return x.spark.read.csv(x.url("d"))


_TAIL = "substring_index(f, '/', -2)"


def names_of_files(x):
    """A URI, percent-encoded but for letters of any alphabet; it goes through filters, columns and unions."""
    df = _folder(x)
    named = df.withColumn("f", F.input_file_name())
    yield named.selectExpr("_c0", "p", _TAIL)
    yield df.select(F.input_file_name()).dtypes
    yield named.select("f").schema.json()
    yield df.filter("_c0 > 1").select("_c0").withColumn("f", F.input_file_name()).selectExpr("_c0", _TAIL + " g")
    yield df.union(df).select(F.input_file_name().alias("f")).selectExpr(_TAIL + " g")
    yield df.filter(F.input_file_name().contains("zz")).select("_c0")
    yield df.select("_c0", F.explode(F.array(F.lit(1), F.lit(2))).alias("e")).withColumn("f", F.input_file_name()).selectExpr("_c0", "e", _TAIL + " g")
    yield df.coalesce(1).select(F.element_at(F.split(F.input_file_name(), "/"), -1).alias("n"), F.upper(F.col("p")))
    yield named.withColumn("g", F.input_file_name()).filter("f = g").count()


def names_of_files_as_groups(x):
    """Grouped by, and as a column of what is grouped; inside of an aggregate it is an error."""
    df = _folder(x)
    yield df.groupBy(F.input_file_name().alias("f")).agg(F.count("*").alias("n"), F.max("_c0")).selectExpr(_TAIL + " g", "*").drop("f")
    yield df.withColumn("f", F.input_file_name()).groupBy("f").count().selectExpr(_TAIL + " g", "count")
    df.createOrReplaceTempView("files2")
    yield x.spark.sql("select substring_index(input_file_name(), '/', -1) f, count(*) n from files2 group by 1")
    yield x.spark.sql("select distinct substring_index(input_file_name(), '/', -1) f from files2 where p = '2'")
    yield x.error(lambda: df.agg(F.max(F.input_file_name())))


def names_of_files_by_format(x):
    """The same for Parquet, JSON and text; a Python function takes it as it takes any column."""
    df = x.spark.range(3)
    for form in ("parquet", "json", "csv"):
        df.write.format(form).save(x.url(form))
        yield x.spark.read.format(form).load(x.url(form)).select(F.input_file_name().alias("f")) \
            .selectExpr("substring_index(substring_index(f, '/', -2), '/', 1) g", "f like '%%.%s'" % form)
    x.file("t/a.txt", "l\n\nm")
    cut = F.udf(lambda s: s.rsplit("/", 1)[1])
    yield x.spark.read.text(x.url("t")).select("value", cut(F.input_file_name()).alias("g"))
    yield x.spark.read.option("header", True).option("inferSchema", True).csv(x.file("u/h.csv", "a,b\n1,x\n")).filter("a = 1") \
        .select("*", F.input_file_name().alias("f")).selectExpr("a", "b", _TAIL + " g")


def rows_of_no_file(x):
    """An empty text for rows that are made."""
    yield x.spark.range(2).select("id", F.input_file_name())
    yield x.spark.createDataFrame([(1,)], ["a"]).withColumn("f", F.input_file_name())
    yield x.rows("select input_file_name()")


def names_of_files_after_a_shuffle(x):
    """Empty in Spark, which nobody wants."""
    df = _folder(x)
    yield df.groupBy("_c0").count().withColumn("f", F.input_file_name())


def names_of_files_of_cached_rows(x):
    """Empty in Spark."""
    df = _folder(x).select("_c0")
    named = df.withColumn("f", F.input_file_name())
    df.cache()
    yield named
