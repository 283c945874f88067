"""Aggregates and windows: what they give of nothing, of nulls, of NaN, and which element they choose."""
from pyspark.sql import Window
from pyspark.sql import functions as F

_PAIRS = ("values (1, 'cx', 1D, 1D), (2, 'cx', 2D, 1D), (3, 'cx', 3D, 1D), (4, 'cy', 1D, 1D), (5, 'cy', 1D, 2D), (6, 'cy', 1D, 3D), "
          "(7, 'one', 1D, 1D), (8, 'none', null, 1D), (9, 'some', 1D, 1D), (10, 'some', 3D, 2D), (11, 'some', 4D, 3D), "
          "(12, 'some', null, 7D), (13, 'some', 9D, null), (14, 'nan1', 1D, double('NaN')), (15, 'inf', double('inf'), 1D), "
          "(16, 'inf', 1D, 2D), (17, 'nan', 1D, double('NaN')), (18, 'nan', 2D, 5D) t(i, k, y, x)")


def moments_of_numbers_that_are_none(x):
    """NaN and infinity give NaN, one value gives null for samples, a constant has neither shape nor correlation."""
    df = x.rows("select * from " + _PAIRS)
    names = ("stddev", "stddev_pop", "variance", "var_pop", "skewness", "kurtosis")
    yield df.groupBy("k").agg(*(F.round(F.expr("%s(%s)" % (f, c)), 10).alias(f + c) for f in names for c in "yx"))
    yield df.groupBy("k").agg(*(F.round(F.expr("%s(y, x)" % f), 10).alias(f) for f in ("corr", "covar_pop", "covar_samp")))
    yield df.groupBy("k").agg(F.skewness("x").alias("s"), F.kurtosis("x").alias("k2")).filter("k = 'cy'")


def regressions(x):
    """regr_r2 is 1 where x is constant and null where y is."""
    df = x.rows("select * from " + _PAIRS)
    names = ("count", "avgx", "avgy", "slope", "intercept", "r2", "sxx", "sxy", "syy")
    yield df.groupBy("k").agg(*(F.round(F.expr("regr_%s(y, x)" % f), 10).alias(f) for f in names))
    yield df.selectExpr("regr_count(y, x)", "regr_avgx(y, x)").limit(0)
    yield df.filter("k = 'some'").agg(F.regr_count("y", "x"), F.regr_slope("y", "x"), F.regr_sxx("y", F.col("x")))


def exact_percentiles(x):
    """Between two values percentile goes by distance; strings are numbers; a frequency repeats a value."""
    df = x.rows("select * from values (1, 1, '1', 2), (1, 2, '2.5', 1), (1, 4, 'x', 0), (2, 10, null, null), (2, null, '7', 3) t(k, v, s, f)")
    yield df.groupBy("k").agg(F.expr("percentile(v, 0.3)"), F.expr("percentile(v, array(0, 0.25, 1))"), F.expr("percentile(s, 0.5)"),
                              F.expr("percentile(v, 0.5, f)"), F.expr("percentile(v, 0.9, 3)"), F.expr("median(v)"))
    yield df.agg(F.percentile("v", 0.1), F.percentile("v", [0.1, 0.9], 2), F.median("v"), F.expr("percentile(distinct v, 0.5)"),
                 F.expr("median(v) filter (where v > 1)"), F.expr("percentile(v, 0.5) filter (where v > 99)"))
    yield x.rows("select percentile(d, 0.5) a, median(d) b, percentile(d, 1) c, percentile(1.5, 0.5) d "
                 "from values (1D), (double('NaN')), (3D) t(d)")
    yield df.filter("v > 99").agg(F.median("v"), F.percentile("v", [0.5]), F.percentile("v", 0.5))
    yield df.select("v", F.percentile("v", 0.5).over(Window.partitionBy("k")).alias("p"), F.median("v").over(Window.partitionBy("k")))


def percentiles_out_of_range(x):
    """A percentage lies between 0 and 1, an accuracy is positive."""
    df = x.rows("select 1 v")
    yield x.error(lambda: df.selectExpr("percentile(v, 1.5)"))
    yield x.error(lambda: df.selectExpr("percentile_approx(v, -0.5)"))
    yield x.error(lambda: df.selectExpr("percentile_approx(v, 0.5, 0)"))
    yield x.error(lambda: df.selectExpr("percentile_approx(v, 0.5, -1)"))
    yield x.error(lambda: df.selectExpr("percentile(v, 0.5, -1)").collect())


def approximate_percentiles_are_elements(x):
    """percentile_approx gives an element of the column's type; a small accuracy gives one that is near only."""
    df = x.rows("select * from values (1, 1.5D, date'2020-01-01', timestamp'2020-01-01 01:02:03.5', 1.25), "
                "(2, double('NaN'), date'2020-03-01', timestamp'1960-01-01 00:00:00', 2.50), (3, null, null, null, null), "
                "(10, -1D, date'1960-05-05', timestamp'2021-01-01 00:00:00', 7.75) t(i, d, t, u, m)")
    yield df.select(*(F.percentile_approx(c, 0.5).alias(c) for c in ("i", "d", "t", "u", "m")))
    yield df.select(F.percentile_approx("i", [0.0, 0.25, 0.5, 0.75, 1.0]), F.percentile_approx("t", [0.1, 0.9], 100),
                    F.approx_percentile("i", 0.3, F.lit(50)), F.expr("approx_percentile(i, 0.5)"))
    yield df.filter("i > 99").select(F.percentile_approx("i", 0.5).alias("a"), F.percentile_approx("i", [0.5]).alias("b"))
    yield x.rows("select percentile_approx(cast(i as tinyint), 0.5) a, percentile_approx(cast(i as bigint), 0.5) b, "
                 "percentile_approx(cast(i as float), 0.5) c, percentile_approx(string(i), 0.5) d, percentile_approx(distinct i % 2, 0.5) e "
                 "from values (1), (2), (3) t(i)")


def approximate_percentiles_of_many(x):
    """The summary of Greenwald and Khanna, for several sizes and accuracies."""
    for n in (1, 2, 7, 100, 1000, 20000, 120000):
        df = x.spark.range(0, n, 1, 1).selectExpr("(id * 7919) % 104729 v")
        yield df.agg(*(F.percentile_approx("v", [0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0], a).alias("a%d" % a)
                       for a in (3, 10, 100, 1000, 10000)))


def bits_of_groups(x):
    """bit_and and its kind keep the type and skip nulls."""
    df = x.rows("select * from values (1, cast(6 as tinyint), 12L), (1, cast(3 as tinyint), null), (2, null, null) t(k, a, b)")
    yield df.groupBy("k").agg(F.bit_and("a"), F.bit_or("a"), F.bit_xor("a"), F.expr("bit_and(b)"), F.expr("bit_or(distinct b)"))
    yield x.error(lambda: df.selectExpr("bit_and('a')"))


def modes_and_products(x):
    """mode is the most frequent value, product multiplies as doubles."""
    df = x.rows("select * from values (1, 2, 'a'), (1, 2, 'b'), (1, null, 'b'), (1, 3, 'c'), (2, null, null) t(k, v, s)")
    yield df.groupBy("k").agg(F.mode("v"), F.mode("s"), F.product("v"))
    yield df.select(F.mode("s").over(Window.partitionBy("k")).alias("m"))


def sums_that_try(x):
    """try_sum and try_avg are null where the sum overflows."""
    df = x.rows("select * from values (1, 9223372036854775807L, 1.5D), (1, 1L, null), (2, 5L, double('NaN')), (3, null, null) t(k, v, d)")
    yield df.groupBy("k").agg(F.try_sum("v"), F.try_avg("v"), F.try_sum("d"), F.try_avg("d"), F.expr("try_sum(cast(v as int))"))
    yield df.agg(F.try_sum(F.expr("cast(v as decimal(38,0)) * 10000000000000000000")).alias("s"), F.try_avg(F.expr("1.5")))


def counts_of_distinct_values(x):
    """The deviation of approx_count_distinct is not in its name, and is at most 0.39."""
    df = x.rows("select * from values (1), (2), (2), (null) t(v)")
    yield df.agg(F.approx_count_distinct("v"), F.approx_count_distinct("v", 0.1), F.expr("approx_count_distinct(v, 0.05)"))
    yield x.error(lambda: df.selectExpr("approx_count_distinct(v, 0.5)"))


def random_numbers(x):
    """A seed gives Spark's own numbers; a filter before them leaves no holes; the same in every action."""
    df = x.spark.range(600)
    yield df.select("id", F.rand(42), F.randn(42), F.rand(-7), F.expr("rand(0)"), F.expr("randn(3L)"), F.expr("random(5)"), F.expr("rand(null)")) \
        .filter("id < 5 or id % 97 = 0")
    yield df.filter("id > 1").select("id", F.rand(42).alias("r")).limit(3)
    yield df.filter(F.rand(42) > 0.5).agg(F.count("*"), F.sum("id"))
    yield df.select("id", F.rand(42).alias("r"), F.rand(42).alias("s")).filter("r != s").count()
    yield df.orderBy(F.rand(42)).limit(4)
    yield df.limit(4).withColumn("r", F.rand(9)).withColumn("q", F.col("r") * 2 + F.col("r")).orderBy("r").select("q")
    other = df.withColumn("r", F.rand())
    yield other.exceptAll(other).count()
    yield other.filter("r >= 1 or r < 0").count()
    yield df.select(F.randn(5).alias("r")).agg(F.countDistinct("r"))
    kept = df.withColumn("r", F.rand()).cache()
    yield kept.join(kept, ["id", "r"]).count()
    yield x.error(lambda: df.agg(F.sum(F.rand(42))))
    yield x.error(lambda: df.select(F.expr("rand('a')")))
    yield df.selectExpr("rand()").columns


def numbers_of_rows(x):
    """monotonically_increasing_id counts the rows that are left where it stands, from 0 in one partition."""
    df = x.spark.range(10)
    yield df.filter("id % 3 = 0").select("id", F.monotonically_increasing_id().alias("m"), F.spark_partition_id())
    yield df.withColumn("m", F.monotonically_increasing_id()).filter("id > 6")
    yield df.orderBy(F.desc("id")).withColumn("m", F.monotonically_increasing_id()).filter("m < 3")
    yield df.select(F.monotonically_increasing_id()).limit(2)
    yield df.withColumn("m", F.monotonically_increasing_id()).withColumn("n", F.monotonically_increasing_id() + F.col("m")).agg(F.sum("n"))
    yield df.filter(F.monotonically_increasing_id() < 2)


def nulls_are_ignored(x):
    """IGNORE NULLS behind the call, in groups and over windows; RESPECT NULLS is the default."""
    x.rows("select * from values (1, 1, null), (1, 2, 'a'), (1, 3, null), (1, 4, 'b'), (2, 1, null) t(k, o, v)").createOrReplaceTempView("t")
    over = "over (partition by k order by o)"
    yield x.rows("select k, o, first(v) ignore nulls %s, last(v) ignore nulls %s, nth_value(v, 2) ignore nulls %s, nth_value(v, 2) respect nulls %s, "
                 "any_value(v) ignore nulls %s, first_value(v) respect nulls %s from t" % ((over,) * 6))
    yield x.rows("select k, first_value(v) ignore nulls, last_value(v) ignore nulls, any_value(v) ignore nulls from (select * from t order by o) group by k")
    df = x.spark.table("t")
    by = Window.partitionBy("k").orderBy("o")
    yield df.select("k", "o", F.nth_value("v", 2).over(by), F.nth_value("v", 1, True).over(by), F.last("v", True).over(by))
