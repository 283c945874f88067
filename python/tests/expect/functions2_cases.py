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


def _times(x):
    """Times with what is easily got wrong: borders, before 1970, null."""
    return x.rows("select * from values (timestamp'2024-01-01 00:03:00','a',1), (timestamp'2024-01-01 00:05:00','a',2), "
                  "(timestamp'2024-01-01 00:09:59.999999','b',3), (timestamp'1969-12-31 23:59:59','b',4), (null,'a',5) t(ts,k,v)")


def windows_of_time(x):
    """From 1970 on, also before it; rows without a time are in none; a select makes a column of it, a grouping a key."""
    df = _times(x)
    yield df.groupBy(F.window("ts", "5 minutes")).count()
    yield df.groupBy(F.window("ts", "5 minutes"), "k").agg(F.sum("v").alias("s")).select("window.start", "window.end", "k", "s")
    yield df.groupBy(F.window("ts", "5 minutes").alias("z")).agg(F.max("v"), F.first("k"))
    yield df.groupBy("k", F.window("ts", "1 week")).count().orderBy("k", "window.start")
    yield df.withColumn("w", F.window("ts", "1 hour"))
    yield df.select(F.window("ts", "1 day").start.alias("d"), "v")
    yield df.select(F.window("ts", "1 day").start)
    yield df.select(F.col("k"), F.window("ts", "5 minutes").getField("start").cast("date").alias("d"))
    yield df.select(F.window("ts", "5 minutes").getField("start").cast("date"))
    yield df.groupBy(F.window("ts", "5 minutes").start).count()
    yield df.groupBy(F.window("ts", "5 minutes").end.alias("e"), F.window("ts", "5 minutes").start.alias("s")).count()
    yield df.groupBy(F.window(F.col("ts") + F.expr("interval 1 day"), "5 minutes")).count()
    yield df.groupBy(F.window("ts", "5 minutes", startTime="1 minute")).count()
    yield df.select(F.window("ts", "1 day", "1 day", "-8 hours"))
    yield df.select(F.window("ts", "1 hour 30 minutes"))
    yield df.select(F.window("ts", "0.5 seconds"))
    yield df.select(F.window("ts", "INTERVAL 500 milliseconds"))
    yield df.groupBy(F.window("ts", "5 minutes")).pivot("k").sum("v")
    yield df.rollup(F.window("ts", "5 minutes"), "k").count()
    yield df.distinct().withColumn("w", F.window("ts", "1 hour")).filter("w.start > '2020-01-01'").select("v", "w.*")
    yield df.withColumn("window", F.window("ts", "5 minutes")).groupBy("window", "k").count()
    yield df.select(F.expr("window(ts, '5 minutes')"), F.expr("window(ts, '5 minutes').end"), "v")
    yield df.groupBy(F.expr("window(ts, '5 minutes')")).count()
    yield df.select(F.window(F.col("ts").cast("string"), "5 minutes"))
    yield df.select(F.window(F.to_date("ts"), "12 hours"))
    yield df.selectExpr("window(cast(ts as timestamp_ntz), '1 day') x").dtypes


def windows_that_slide(x):
    """A row is in several windows, the latest comes first; as many as begin in the length before."""
    df = _times(x)
    yield Ordered(df.filter("v = 1").select(F.window("ts", "10 minutes", "5 minutes"), "v"))
    yield df.select("*", F.window("ts", "10 minutes", "5 minutes", "2 minutes").alias("x"))
    yield df.select(F.window("ts", "10 minutes", "3 minutes").alias("w"), "v")
    yield df.groupBy(F.window("ts", "10 minutes", "5 minutes")).agg(F.count("*"), F.sum("v"))
    yield df.groupBy("k", F.window("ts", "1 day", "6 hours")).count()
    yield df.groupBy(F.window("ts", "5 minutes", "5 minutes", "1 minute")).count()


def windows_of_time_in_texts(x):
    """The grouped window is called window in the select list, in aggregates, HAVING and ORDER BY."""
    _times(x).createOrReplaceTempView("times2")
    for text in ("select window(ts,'5 minutes'), count(*) from times2 group by window(ts,'5 minutes')",
                 "select window, count(*) from times2 group by window(ts,'5 minutes')",
                 "select window.start, window.end as e, count(*) c from times2 group by window(ts,'5 minutes') order by c",
                 "select window(ts,'5 minutes').start s, count(*) from times2 group by window(ts,'5 minutes')",
                 "select k, window.start, sum(v) from times2 group by k, window(ts,'10 minutes','5 minutes')",
                 "select k, max(window.end) from times2 group by k, window(ts,'5 minutes')",
                 "select window.end from times2 group by window(ts,'5 minutes') having window.start > '2020-01-01'",
                 "select window(ts,'5 minutes') from times2", "select window(ts,'5 minutes').end from times2",
                 "select window(ts,300000000) from times2", "select window(ts,'5 minutes',300000000L, 60000000) from times2",
                 "select window(ts,'5 minutes') a, window(ts,'5 minutes') b from times2",
                 "select w.start, count(*) from (select window(ts,'5 minutes') w from times2) group by w.start",
                 "select count(*) from (select window(ts,'5 minutes') window from times2) group by window",
                 "select window_time(window) t, c from (select window, count(*) c from times2 group by window(ts,'5 minutes'))",
                 "select window(date'2024-01-01','1 day') x", "select window('2024-01-01 00:01:00','1 day') x", "select window(null,'5 minutes')",
                 "select sum(v) over w s from times2 window w as (partition by k order by v)"):
        yield x.rows(text)
    grouped = x.spark.table("times2").groupBy(F.window("ts", "5 minutes")).count()
    yield grouped.select(F.window_time("window"))
    yield grouped.select(F.window_time(F.col("window")).alias("t"), "count").groupBy(F.window("t", "10 minutes")).agg(F.sum("count"))


def windows_that_are_none(x):
    """What is wrong is an error of the analysis."""
    df = _times(x)
    df.createOrReplaceTempView("times2")
    for text in ("'1 month'", "'-1 minutes'", "'5 minutes','10 minutes'", "'foo'", "'1 day','1 day','30 hours'", "concat('5',' minutes')", "k",
                 "null", "interval 5 minutes"):
        yield x.error(lambda: x.rows("select window(ts, %s) from times2" % text))
    yield x.error(lambda: x.rows("select window(1, '1 day')"))
    yield x.error(lambda: df.groupBy(F.window("ts", "5 minutes"), F.window("ts", "10 minutes")).count())
    yield x.error(lambda: df.select(F.window("ts", "5 minutes"), F.window("ts", "10 minutes")))
    yield x.error(lambda: df.groupBy(F.window("ts", "5 minutes"), F.session_window("ts", "10 minutes")).count())
    yield x.error(lambda: F.window("ts", ""))
    yield x.error(lambda: F.window("ts", None))
    yield x.error(lambda: F.window("ts", "5 minutes", 5))


def sessions(x):
    """Rows whose times follow each other within the gap, the border included, among those of the other keys."""
    df = _times(x)
    yield df.groupBy(F.session_window("ts", "5 minutes")).agg(F.sum("v"))
    yield df.groupBy(F.session_window("ts", "2 minutes")).agg(F.sum("v"))
    yield df.groupBy(F.session_window("ts", "5 minutes"), "k").agg(F.sum("v").alias("s"), F.count("*"))
    yield df.groupBy("k", F.session_window(F.col("ts"), "1 hour").alias("w")).count().select("k", "w.start", "w.end", "count")
    yield df.groupBy(F.session_window("ts", "5 minutes").start).count()
    yield df.select(F.session_window("ts", "5 minutes"), "v")
    same = x.rows("select * from values (timestamp'2024-01-01 00:00:00', 1, null), (timestamp'2024-01-01 00:00:00', 2, null), "
                  "(timestamp'2024-01-01 00:00:30', 3, 0.0D), (timestamp'2024-01-01 00:00:10', 4, -0.0D) t(ts, v, k)")
    yield same.groupBy("k", F.session_window("ts", "20 seconds")).agg(F.sort_array(F.collect_list("v")).alias("l"))
    yield same.groupBy(F.session_window("ts", "19 seconds"), (F.col("v") % 2).alias("m")).count()
    df.createOrReplaceTempView("times2")
    yield x.rows("select session_window, count(*) from times2 group by session_window(ts,'2 minutes')")
    yield x.rows("select session_window(ts,'2 minutes'), k, count(*) c from times2 group by session_window(ts,'2 minutes'), k")
    yield x.rows("select session_window.start, k, count(*) c from times2 group by k, session_window(ts,'2 minutes')")
    yield x.rows("select session_window(ts,'2 minutes') from times2")


def sessions_with_a_gap_of_each_row(x):
    """A gap that is no literal."""
    yield _times(x).groupBy(F.session_window("ts", F.when(F.col("k") == "a", "1 minute").otherwise("5 minutes"))).count()


def windows_of_time_in_conditions(x):
    """Spark adds a column to the frame that it filters."""
    yield _times(x).filter(F.window("ts", "5 minutes").start > "2024-01-01").count()


def _ordered(x):
    """Rows to order windows by: numbers, dates and times, each with a null."""
    x.rows("select * from values (1,date'2024-01-01',timestamp'2024-01-01 00:00:00','a',1), (2,date'2024-01-02',timestamp'2024-01-01 12:00:00',null,2), "
           "(3,date'2024-01-04',timestamp'2024-01-03 00:00:00','c',null), (4,null,null,null,4), "
           "(5,date'2024-02-29',timestamp'2024-02-29 00:00:00','e',5) t(i,d,ts,s,n)").createOrReplaceTempView("ordered2")


def values_before_and_after_without_nulls(x):
    """lag and lead with IGNORE NULLS count the values alone; an offset of 0 is the row itself, a default stands where none is."""
    _ordered(x)
    for call in ("lag(s) ignore nulls", "lag(s,2) ignore nulls", "lead(s) ignore nulls", "lag(s,1,'z') ignore nulls", "lead(s,1,'z') ignore nulls",
                 "lag(s,0) ignore nulls", "lag(s,-1) ignore nulls", "lag(s) respect nulls", "lead(n,2,0) ignore nulls", "first_value(s) ignore nulls",
                 "last_value(s,true)", "last(s) ignore nulls", "nth_value(s,2) ignore nulls", "any_value(s) ignore nulls"):
        yield Ordered(x.rows("select i, %s over (order by i) from ordered2" % call))
    yield Ordered(x.rows("select i, lag(n) ignore nulls over (partition by s is null order by i desc) v from ordered2 order by i"))


def frames_of_intervals(x):
    """RANGE counts back from the row's own time; a row without one sees those without one; months go by the calendar."""
    _ordered(x)
    for order, frame in (("ts", "interval 12 hours preceding and current row"), ("ts", "interval 2 months preceding and current row"),
                         ("ts", "interval 1 day preceding and interval 1 day following"), ("ts", "unbounded preceding and interval 36 hours following"),
                         ("ts", "current row and interval '1 12' day to hour following"), ("ts desc", "interval 2 days preceding and current row"),
                         ("ts", "interval 2 days preceding and interval 1 days preceding"),
                         ("d", "1 preceding and current row"), ("d desc", "3 preceding and 1 following"), ("d", "interval 1 month preceding and current row"),
                         ("n", "1 preceding and 1 following"), ("n desc nulls first", "1 preceding and current row")):
        yield Ordered(x.rows("select i, count(*) over w c, sum(n) over w x, first(i) over w f from ordered2 "
                             "window w as (order by %s range between %s) order by i" % (order, frame)))
    yield x.rows("select i, count(*) over (order by ts range between interval 12 hours preceding and interval 1 hour following) from ordered2")
    yield x.rows("select i, count(*) over (order by ts range between interval 1 month preceding and current row) from ordered2")
    yield x.rows("select i, sum(n) over (partition by d is null order by ts range interval 7 days preceding) v from ordered2")
    for order, frame in (("d", "interval 1 day preceding and current row"), ("ts", "interval '1 12' day to hour preceding and interval 1 minute following")):
        yield x.error(lambda: x.rows("select count(*) over (order by %s range between %s) from ordered2" % (order, frame)))
    df = x.spark.table("ordered2")
    yield df.select("i", F.sum("n").over(Window.orderBy(F.col("ts").cast("long")).rangeBetween(-86400, 0)).alias("v"))
    yield df.select("i", F.sum("n").over(Window.orderBy("n").rangeBetween(-1, 1)))


def frames_of_fractions(x):
    """A bound that is no whole number."""
    _ordered(x)
    yield x.rows("select sum(n) over (order by n range between 1.5 preceding and current row) from ordered2")


def variables(x):
    """A setting's value stands for ${name} in every text of SQL, comments and quotes aside; nothing for one without a value."""
    for key, value in (("a.b", "x1"), ("n", 5), ("it", "it's"), ("t", "${n}")):
        x.spark.conf.set(key, value)
    for text in ("'${a.b}'", "${n}", "'${hiveconf:n}'", "'${spark:n}'", "'${sparkconf:n}'", "'${hivevar:n}'", "'${nope}'", "'${N}'", "'${t}'", "'$n'",
                 "'\\${n}'", "'$${n}'", "'${}'", '"${it}"', "'${a.b'", "'${n:7}'", "'${ n }'", "'${nope}${n}' || ${n}"):
        yield x.rows("select %s v" % text)
    yield x.error(lambda: x.rows("select '${it}' v"))
    yield x.rows("-- ${n}\nselect 1")
    yield x.rows("set q=abc")
    yield x.rows("select '${q}' v")
    yield x.spark.range(1).selectExpr("'${n}' v", "'${n}' = 5")
    yield x.spark.range(1).select(F.expr("'${n}'"))
    yield x.spark.range(9).filter("id = ${n}")
    for key in ("a.b", "n", "it", "t", "q"):
        x.spark.conf.unset(key)
    yield x.rows("select '${n}' v")


def variables_of_the_machine(x):
    """What is around the script's process."""
    yield x.rows("select '${env:HOME}' v").dtypes


def lists_and_nulls_joined(x):
    """concat of an array and a null without a type is an error; array_size of null is null, size of it -1."""
    for text in ("concat(array(1),null)", "concat(null,array(1))", "concat(array(1),cast(null as string))", "array_size(1)"):
        yield x.error(lambda: x.rows("select %s v" % text))
    yield x.rows("select concat(array(1),array('a')) a, concat(array(),array(1)) b, concat(null,null) c, array_size(null) d, size(null) e, "
                 "array_size(cast(null as array<int>)) f, concat(cast(null as array<int>),array(1)) g")
