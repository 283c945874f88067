"""Conditions on partition columns: what they exclude is not read, and what is read is the same as without them."""
from pyspark.sql import Window
from pyspark.sql import functions as F

BROKEN = "this is no file of the format\n"


def _parquet(x, name="in"):
    """Four partitions, one of them null, and a fifth whose file cannot be read."""
    x.rows("select * from values (1, 10, '1'), (2, 20, '2'), (3, 30, null), (4, 40, '3'), (5, 50, '1') t(id, v, k)") \
        .coalesce(1).write.partitionBy("k").parquet(x.url(name))
    x.file(name + "/k=9/broken.parquet", BROKEN)
    return x.spark.read.parquet(x.url(name))


def _days(x):
    """Two folders deep, as CSV; a file of a day in the future is of fewer columns and no matter."""
    for day, hour, text in (("2024-02-28", "01", "a,1\nb,2\n"), ("2024-02-29", "02", "c,3\n"), ("2024-03-01", "10", "d,4\n"),
                            ("__HIVE_DEFAULT_PARTITION__", "10", "e,5\n")):
        x.file("days/day=%s/hour=%s/a.csv" % (day, hour), text)
    return x.spark.read.schema("name string, n int, day date, hour string").csv(x.url("days"))


def excluded_files_are_not_opened(x):
    """A file of an excluded partition may be broken."""
    df = _parquet(x)
    yield df.where("k = 1").orderBy("id")
    yield df.where("k < 9").orderBy("id")
    yield df.filter(F.col("k").isin(1, 3)).orderBy("id")
    yield df.filter(df.k.isNull() | (df.k == 2)).orderBy("id")
    yield df.where("k between 2 and 3 and v > 20").orderBy("id")
    yield df.where("k <=> null").orderBy("id")
    yield df.where("not (k = 1) and k <> 9").orderBy("id")
    yield df.where("cast(k as string) like '_' and k % 2 = 0").orderBy("id")
    yield df.where("k + 1 = 2.0").count()
    yield df.where("k = '1'").orderBy("id")
    yield df.where("k = 1").filter("v > 10").select("id")
    yield df.where("false").count()
    yield df.where("k = 77").count()
    yield df.where("(k = 1 and v = 10) or (k = 2 and v = 20)").where("k < 9").orderBy("id")


def what_stands_between(x):
    """Names, computed columns, sorts, unions and groups between the partitions and the condition."""
    df = _parquet(x)
    yield df.withColumnRenamed("k", "z").where("z = 1").orderBy("id")
    yield df.withColumn("twice", F.col("k") * 2).where("twice = 4")
    yield df.select((F.col("k").cast("string")).alias("s"), "id").alias("q").where("q.s in ('1', '2')").orderBy("id")
    yield df.sort(F.desc("id")).where("k = 1")
    yield df.where("k < 3").union(df.where("k = 3")).where("k > 1").orderBy("id")
    yield df.unionByName(df.select("k", "v", "id")).where("k = 2").orderBy("id")
    yield df.groupBy("k").agg(F.sum("v").alias("s")).where("k = 1")
    yield df.groupBy("k").agg(F.sum("v").alias("s")).where("k <= 3 and s > 20").orderBy("k")
    yield df.select("k").distinct().where("k < 5").orderBy("k")
    df.createOrReplaceTempView("t")
    yield x.spark.sql("select id, k from (select *, k as kk from t) where kk = 3")
    yield x.spark.sql("with c as (select k, count(*) n from t where k < 9 group by k) select * from c where n > 1")
    yield df.select("id", F.explode(F.array("v", "id")).alias("e"), "k").where("k = 2").orderBy("e")


def what_must_not_be_passed(x):
    """A window, a limit and one row of several look at rows that the condition leaves out."""
    for k, ids in ((1, (1, 4)), (2, (2, 5)), (3, (3, 6))):
        x.file("w/k=%d/a.csv" % k, "".join("%d\n" % i for i in ids))
    df = x.spark.read.schema("id int, k int").csv(x.url("w"))
    ranked = df.withColumn("r", F.row_number().over(Window.orderBy("id"))).withColumn("all", F.count("*").over(Window.partitionBy()))
    yield ranked.where("k = 2").orderBy("id")
    yield ranked.where("k = 2 and r > 2").orderBy("id")
    yield df.orderBy("id").limit(3).where("k = 3")
    yield df.groupBy().agg(F.max("k").alias("k")).where("k = 1")
    yield df.rollup("k").count().where("k is null")
    yield df.orderBy("id").dropDuplicates(["id"]).where("k = 2").count()
    yield df.agg(F.collect_set("k").alias("k")).where("size(k) = 3").count()


def joins_over_partitions(x):
    """Which side a condition may leave rows out of depends on the kind of the join."""
    df = _parquet(x).where("k is null or k < 9")
    names = x.rows("select * from values (1, 'one'), (2, 'two'), (5, 'five') n(k, name)")
    other = df.select(F.col("k").alias("k2"), F.col("id").alias("id2"))
    yield df.join(names, "k").where("k = 1").orderBy("id")
    for how in ("inner", "left", "right", "full", "left_semi", "left_anti"):
        yield df.join(names, (df.k == names.k) & (df.k == 1), how).orderBy("id")
        yield df.join(other, (df.k == other.k2) & (other.k2 == 2), how).orderBy("id")
    for how in ("left", "right", "full"):
        joined = df.join(other, df.id == other.id2, how)
        yield joined.where("k = 1").orderBy("id")
        yield joined.where("k2 is null or k2 = 3").orderBy("id")
    yield df.alias("a").join(df.alias("b"), F.col("a.id") == F.col("b.id")).where("a.k = 1 and b.k = 1").select("a.id", "b.v").orderBy("id")
    yield df.crossJoin(names.select("name")).where("k = 2 and name = 'one'")


def days_and_hours(x):
    """Dates against texts, dates and computed ones; a folder's 01 as the text that it is."""
    df = _days(x)
    for text in ("day = '2024-02-29'", "day >= date'2024-02-29'", "day between '2024-02-28' and '2024-02-29'", "year(day) = 2024 and month(day) = 2",
                 "day < current_date()", "day = current_date()", "date_trunc('month', day) = '2024-03-01'", "hour = '01'", "hour = 1", "hour = '1'",
                 "hour < '10'", "day is null", "day <=> date'2024-03-01'", "coalesce(day, date'2024-02-28') = '2024-02-28'",
                 "day = 'not a day'", "hour in ('01', '10') and day is not null", "concat(day, 'T', hour) = '2024-03-01T10'",
                 "day > '2024-02-28' or n = 2", "day = to_date('20240229', 'yyyyMMdd')"):
        yield df.where(text).orderBy("n")


def inferred_partitions(x):
    """Types that are inferred of all folders, in spite of those that are excluded."""
    for value in ("1", "01", "1.50", "-0.0", "x"):
        x.file("mixed/p=%s/a.txt" % value, "of %s\n" % value)
    texts = x.spark.read.text(x.url("mixed"))
    yield texts.where("p = '1'")
    yield texts.where("p = 1").orderBy("value")
    yield texts.where("p < 'a'").orderBy("value")
    for value in ("1", "2.5", "-0.0"):
        x.file("doubles/p=%s/a.txt" % value, "of %s\n" % value)
    doubles = x.spark.read.text(x.url("doubles"))
    yield doubles.where("p = 0")
    yield doubles.where("p >= 1").orderBy("p")
    yield doubles.groupBy("p").count().where("p = 0")
    yield doubles.select("p").distinct().where("cast(p as string) = '0.0'").count()


def json_in_partitions(x):
    """With a schema the excluded files are not read; without one every file tells of columns."""
    x.file("j/k=a%20b/1.json", '{"id": 1, "v": "x"}\n')
    x.file("j/k=c/1.json", '{"id": 2, "w": 3}\n')
    yield x.spark.read.schema("id int, v string, k string").json(x.url("j")).where("k = 'a b'")
    yield x.spark.read.json(x.url("j")).where("k = 'c'")


def python_beside_partitions(x):
    """A Python function beside the condition is called for the rows of the kept partitions alone."""
    df = _parquet(x)

    @F.udf("int")
    def tenth(v):
        return v // 10
    yield df.where((tenth("v") == 5) & (F.col("k") == 1))
    yield df.withColumn("t", tenth("v")).where("k = 2")
    yield df.where("k = 1").select(tenth("id"), "k").orderBy("k", F.col("tenth(id)"))


def subqueries_over_partitions(x):
    """Conditions inside of a subquery, and conditions that need one."""
    _parquet(x).createOrReplaceTempView("t")
    x.rows("select * from values (1), (2) w(k)").createOrReplaceTempView("w")
    yield x.spark.sql("select (select max(v) from t where k = 1) m")
    yield x.spark.sql("select k from w where exists (select 1 from t where t.k = 2 and w.k = t.k)")
    yield x.spark.sql("select k from w where k in (select k from t where k < 2)")
    yield x.spark.sql("select id from t where k in (select k from w) and k < 9 order by id")


def kept_rows(x):
    """cache() keeps all rows of what it stands on; a condition above is one on them."""
    df = _parquet(x).where("k is null or k < 9").cache()
    yield df.where("k = 1").orderBy("id")
    yield df.count()
    yield df.where("k is null")


def overwriting_what_is_read(x):
    """Reading one partition of a path is reading the path."""
    df = _parquet(x).where("k = 1")
    yield "error" in x.error(lambda: df.write.mode("overwrite").parquet(x.url("in")))


def broken_files_that_are_read(x):
    """Without the condition, and where it does not exclude, the broken file fails."""
    df = _parquet(x)
    yield "error" in x.error(lambda: df.where("k > 1").collect())
    yield "error" in x.error(lambda: df.where("v > 1").collect())
    yield "error" in x.error(lambda: df.where("k = 9").collect())


def names_of_kept_files(x):
    """input_file_name() of the files of the partitions that are left."""
    df = _parquet(x).where("k < 9")
    named = df.withColumn("f", F.regexp_extract(F.input_file_name(), "k=[^/]*", 0))
    yield named.orderBy("id")
    yield named.where("k = 1").orderBy("id")
    yield named.where("f = 'k=2'")


def one_of_each_before_the_condition(x):
    """dropDuplicates of some columns keeps a row before a condition above looks at it."""
    df = x.rows("select * from values (1, 'a', -0.0d), (2, 'a', 1d), (3, 'b', 0d), (null, 'c', 1d), (4, 'c', 2d) t(k, s, d)").coalesce(1)
    first = df.dropDuplicates(["s"])
    yield first.where("k = 2").select("s")
    yield first.where("k = 4").count()
    yield first.where("k is null")
    yield first.where("k < 4").orderBy("s")
    yield first.join(x.rows("select 2 as k"), "k")
    yield df.dropDuplicates(["d"]).where("s = 'b'").select("k")
    yield df.orderBy(F.desc("k")).dropDuplicates(["s"]).where("k in (1, 3)")
    yield df.dropDuplicates(["S", "d"]).orderBy("k")


def names_with_escapes(x):
    """Each percent-escape in the name of a folder is one character, also where they spell UTF-8."""
    for name in ("%C3%A9", "a%20b", "b%3Dc", "%2", "%zz"):
        x.file("esc/s=%s/a.json" % name, '{"a": 1}\n')
    df = x.spark.read.schema("a int").json(x.url("esc"))
    yield df.selectExpr("a", "s", "length(s)").orderBy("s")
    yield df.where("length(s) = 2").orderBy("s")
