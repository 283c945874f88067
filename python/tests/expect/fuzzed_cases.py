"""What the fuzzer found: each case was a difference from Spark, and is mended."""
from pyspark.sql import functions as F

from tests.expect.bench import Ordered


def order_by_a_constant_column(x):
    """A column of a literal is no position in ORDER BY, and no error."""
    df = x.rows("select * from values (2, 'x'), (1, 'y') t(a, b)").withColumn("c", F.lit(1)).withColumn("e", F.lit("z"))
    yield Ordered(df.orderBy("c", "b"))
    yield Ordered(df.orderBy("e", F.desc("c"), F.desc("a")))
    yield Ordered(x.rows("select a, b from (select a, b, 2 c from values (2, 'x'), (1, 'y') t(a, b)) order by c, a"))


def sorting_keeps_the_sign_of_zero(x):
    """Both zeros are equal to a sort, a partition and a rank, and stay what they are."""
    x.rows("select * from values (cast('-0.0' as double), 1), (1D, 2), (0D, 3), (cast('NaN' as double), 4) t(d, i)").createOrReplaceTempView("z")
    yield Ordered(x.rows("select d from z order by d, i"))
    yield Ordered(x.rows("select d, i, count(1) over (partition by d) n, rank() over (order by d) r from z order by i"))


def small_and_large_doubles_as_decimals(x):
    """A double counts as the digits it shows, rounded half up, also where they have an exponent."""
    yield x.rows("select cast(cast('1.0E-5' as float) as decimal(20,4)) a, cast(1e-5D as decimal(10,4)) b, cast(4.9999e-5D as decimal(10,4)) c, "
                 "cast(5e-5D as decimal(10,4)) d, cast(1.5e15D as decimal(20,1)) e, cast(1e20D as decimal(38,2)) f, "
                 "cast(1.5e-10D as decimal(38,20)) g, cast(0D as decimal(5,2)) h, cast(cast('NaN' as double) as decimal(5,2)) i, "
                 "cast(123456.789D as decimal(38,20)) j, cast(-99.995D as decimal(4,2)) k")


def nulls_in_functions_of_text(x):
    """A null argument gives null even where another one decides the answer; the position of locate counts as 0."""
    yield x.rows("select locate('a', 'ab', null) a, locate(null, 'a') b, locate('', null) c, instr(null, '') d, substring_index(null, '', 1) e, "
                 "replace('a', '', null) f, lpad(null, -1, 'x') g, lpad('a', -1, null) h, rpad('a', null, 'x') i, left('a', null) j, "
                 "repeat('a', null) k, space(null) l, right(null, 0) m, locate('', 'ab', 5) n")
    yield x.rows("select substring(s, n, m), repeat(s, n), left(s, n), right(s, n), substring(s, n) from values ('abc', -2, 1), (null, 1, 1), "
                 "('abc', null, 2), ('', 0, 0), ('abc', 2, -1), ('aéb', 4, 2147483647), ('abc', -4, 2147483647), ('abc', 0, null) t(s, n, m)")


def dates_as_numbers(x):
    """A date is no number and no boolean: null."""
    yield x.rows("select cast(d as int) i, cast(d as double) f, cast(d as decimal(5,2)) m, cast(d as boolean) b, cast(d as bigint) l "
                 "from values (date'2020-01-01'), (null) t(d)")


def whole_division_of_doubles(x):
    """div takes whole numbers and decimals alone."""
    yield x.rows("select 7 div 2, 7 div 2.5, -7L div 2Y, 7 div 0")
    for text in ("7 div 2.5D", "'7' div 2", "cast(7 as float) div cast(2 as float)"):
        yield x.error(lambda: x.rows("select " + text))


def conditions_are_booleans(x):
    """A text or null is no condition, but in HAVING."""
    df = x.rows("select 'true' b, date'2020-01-01' d")
    for text in ("b", "d", "null", "1"):
        yield x.error(lambda: df.filter(text))
    for text in ("case when 'true' then 1 end", "if('a', 1, 2)", "not 'true'", "'true' and true", "count_if('true')", "bool_or('true')"):
        yield x.error(lambda: x.rows("select " + text))
    yield x.rows("select not null, null and true, true or null, if(null, 1, 2)")
    yield x.rows("select a from values (1), (0) t(a) group by a having 'true'")


def sets_of_maps(x):
    """A map cannot be compared, wherever it stands."""
    df = x.rows("select array(map('a', 1)) m, 1 i")
    for call in (df.distinct, lambda: df.intersect(df), lambda: df.subtract(df), lambda: df.dropDuplicates(["m"])):
        yield x.error(call)
    yield df.union(df).count()
    yield df.dropDuplicates(["i"]).count()


def names_of_casts(x):
    """A column that is only cast keeps its name; cast twice it does in the select of a frame, not in SQL. A cast to a
    type with parts never shows."""
    x.rows("select '1' s, named_struct('f', 1) st, array(1) a").createOrReplaceTempView("t")
    df = x.spark.table("t")
    texts = ("cast(s as int)", "cast(cast(s as int) as string)", "cast(st.f as string)", "cast(cast(st.f as string) as int)",
             "cast(a as array<bigint>)", "cast(st as struct<g:int>)", "cast(upper(cast(s as int)) as string)", "cast(1 as string)")
    yield df.selectExpr(*texts).columns
    yield [x.rows("select %s from t" % text).columns for text in texts]
    yield df.select(df.s.cast("int").cast("string"), F.col("st.f").cast("string").cast("int"), df.a[0].cast("string")).columns


def negative_and_minus(x):
    """The function and the sign have names of their own."""
    yield x.rows("select negative(3.50), -(1 + 1), - cast('3' as int), +2, positive(2)")
    yield x.rows("select 1 a").select(F.negative("a"), -F.col("a"), F.negate("a")).columns


def empty_maps(x):
    """map() is a map of nothing."""
    yield x.rows("select cast(map() as map<string,int>) m, size(map()) n")


def totals_of_nothing(x):
    """CUBE and ROLLUP of no rows have no total; no keys at all have one."""
    x.rows("select 1 a where false").createOrReplaceTempView("e")
    yield x.rows("select a, count(1) n from e group by cube(a)")
    yield x.spark.table("e").rollup("a").count()
    yield x.rows("select count(1) n from e")


def filled_decimals_may_be_null(x):
    """na.fill of a decimal casts, which may fail: the column stays nullable."""
    df = x.rows("select cast(a as decimal(5,2)) m, a from values (1), (null) t(a)").na.fill(0)
    yield [(field.name, field.nullable) for field in df.schema.fields]
    yield df


def decimals_without_whole_digits(x):
    """A decimal whose digits are all after the point has a zero before it as text."""
    yield x.rows("select cast(0.05 as string) a, cast(cast(-0.5 as decimal(1,1)) as string) b, concat(0.05, '') c, "
                 "cast(cast(0.05 as decimal(38,38)) as string) d, cast(0.00 as string) e, cast(array(0.05) as string) f")


def dates_past_9999_as_texts(x):
    """They have a sign, as Java writes them."""
    yield x.rows("select cast(date_add(date'9999-12-31', 1) as string) d, cast(timestamp'9999-12-31 23:59:59.5' as string) t, "
                 "cast(timestamp'9999-12-31 23:59:59.5' + interval 1 second as string) u, year(date_add(date'9999-12-31', 1)) y")


def members_named_by_keys(x):
    """struct() names what is taken of a map by a literal key after the key."""
    yield x.rows("select struct(map('a', 1)['a'], array(1)[0], named_struct('f', 1).f) s")


def extremes_of_floats(x):
    """least and greatest keep the sign of a zero."""
    yield x.rows("select least(cast(42.375 as float), cast('-0.0' as float)) a, greatest(cast(-1 as float), cast('-0.0' as float)) b, "
                 "least(cast('NaN' as float), cast(1 as float)) c, greatest(cast('NaN' as float), null, cast(1 as float)) d")


def schemas_given_to_a_reader_are_nullable(x):
    """Whatever the script's schema says."""
    from pyspark.sql import types as T
    schema = T.StructType([T.StructField("a", T.IntegerType(), False), T.StructField("b", T.StringType(), False)])
    df = x.spark.read.schema(schema).csv(x.file("a.csv", "1,x\n,\n"))
    yield [field.nullable for field in df.schema.fields]
    yield df


def defaults_of_lag(x):
    """lag and lead have the type of their value, which the default is cast to."""
    yield x.rows("select lag(round(0.50), 1, 0.00) over (order by i) a, lag(i, 1, 2.5) over (order by i) b, lag(i, 1, 'x') over (order by i) c, "
                 "lead(s, 1, 1) over (order by i) d, lag(1Y, 1, 300) over (order by i) e, lag(1.5, 1, 2) over (order by i) f, lead(i, 1) over (order by i) g "
                 "from values (1, 'a'), (2, 'b') t(i, s)")


def backslashes_in_quoted_csv(x):
    """What is written between quotes has each escape doubled, not only one before a quote."""
    values = ["\\", "a\\", "\\b", "a\\\\", "\\\\\\\"", "a\\,b", "a,b\\", "\\\"\\", "\"\\", "x\\\\\"y\\", "a\"b\\c", "\\\n", "C:\\x, y"]
    df = x.spark.createDataFrame([(value, i) for i, value in enumerate(values)], "s string, i int")
    for name, write, read in (("q", {"quoteAll": True}, {}), ("n", {}, {}), ("e", {"escape": "\""}, {"escape": "\""}),
                              ("x", {"escape": "|", "quoteAll": True}, {"escape": "|"}), ("u", {"escapeQuotes": False}, {})):
        df.write.options(**write).csv(x.url(name))
        yield x.files(name)
        yield x.spark.read.options(**read).csv(x.url(name))
    yield x.spark.read.csv(x.file("r.csv", '"\\\\","1"\n"a\\\\","2"\n"\\\\b","3"\n"a\\\\\\"b","4"\n"\\b","5"\n"a\\b\\\\c",6\n"\\\\\\\\",7\n'))


def partitions_of_nulls_alone(x):
    """A partition column whose values are all null is of type void."""
    x.rows("select 1 a, cast(null as int) k, 'x' s, 2 l").write.partitionBy("k", "l").parquet(x.url("n"))
    df = x.spark.read.parquet(x.url("n"))
    yield df
    yield df.filter("k is null and l = 2").selectExpr("a", "coalesce(k, l) c", "cast(k as string) t", "k = 1 e")
    yield x.error(lambda: df.write.parquet(x.url("m")))
    yield x.error(lambda: df.write.csv(x.url("m")))
    x.rows("select * from values (1, cast(null as int)), (2, 5) t(a, k)").write.partitionBy("k").csv(x.url("o"))
    yield x.spark.read.csv(x.url("o"))
    yield x.spark.read.schema("_c0 int, k string").csv(x.url("o"))


def whole_numbers_against_decimals(x):
    """A decimal literal that a whole number is compared with becomes a whole one, which the name shows; one past every
    bigint decides alone, also for null."""
    from decimal import Decimal
    x.rows("select * from values (3, 3L, 3Y, 3S, 3.5), (4, 4L, 4Y, 4S, 4.0), (-3, -3L, -3Y, -3S, 0.1), (null, null, null, null, null) t(i, l, t, s, d)"
           ).createOrReplaceTempView("w")
    df = x.spark.table("w")
    sides = ("i", "l", "t", "s", "d", "i + 1", "cast(i as bigint)", "length('abc')", "3", "cast(i as double)")
    for value in ("3.5", "-3.5", "3.0", "3.50", "0.0", "-0.5", "127.5", "2147483647.5", "99999999999999999999.5", "-99999999999999999999", "1.5 + 2",
                  "cast(3.5 as decimal(5,2))", "3.5D", "'3.5'", "9223372036854775807.5", "-9223372036854775808.0", "0.010BD"):
        yield Ordered(df.orderBy("i").selectExpr(*["%s %s %s" % (side, sign, value) for side in sides[:5] for sign in ("<", ">", "<=", ">=", "=", "<=>")],
                                                 *["%s %s %s" % (value, sign, side) for side in sides[4:] for sign in ("<", ">", "<=", ">=", "<>")]))
    yield df.selectExpr("i between 1.5 and 2.5", "i in (3.5)", "not i < 3.5", "if(i < 3.5, 1, 2)", "i < - 3.5", "i < +3.5", "i < null", "i % 2 < 1.5")
    yield df.select(df.i < 3.5, df.i < Decimal("3.5"), F.when(df.i >= Decimal("3.5"), 1), F.lit(Decimal("2.5")) > df.l)
    yield x.rows("select i > 3.5, count(1) > 1.5 from w group by i > 3.5 having max(i) < 99999999999999999999.5")
    yield df.filter("i < 99999999999999999999.5").count(), df.filter("i > 99999999999999999999.5").count(), df.filter("99999999999999999999.5 <> i").count()


def literals_in_decimal_arithmetic(x):
    """A literal is as wide as its digits, a tinyint as wide as its type."""
    yield x.rows("select -1.00 - -7Y a, 1.00 + 7S b, 1.00 * 7Y c, 7L - 1.00 d, 1.00 / 7Y e, 1.00 % 7Y f, 1.00 div 7Y g, 1.00 + 7 h, 7Y + 1.0 i, "
                 "greatest(1.00, 7Y) j, coalesce(1.00, 7S) k, if(true, 1.00, 7) l, 1.00 = 7Y m")


def pivots_without_rows(x):
    """Where no row is of a pivot value, all of the expression is null; but where one of the values is no number or boolean, each
    aggregate is that of no rows, and first and last pass over nulls."""
    df = x.rows("select * from values ('g', 0, 'b', 'p'), ('g', 1, 'a', null), ('g', 2, 'a', 'q'), ('g', 7, 'b', 'r'), ('h', 5, 'b', null) t(g, i, s, v)")
    pivot = df.groupBy("g").pivot("s", ["a", "z"])
    for text in ("collect_list(i)", "sort_array(collect_set(i))", "size(collect_list(i))", "count(i)", "coalesce(sum(i), 0)", "coalesce(max(v), '-')",
                 "concat_ws(',', collect_list(v))", "cast(count(1) as string)", "if(count(1) = 0, 'none', 'some')", "coalesce(bool_or(i > 1), false)",
                 "struct(count(1) n, max(i) m)", "array(count(i))", "first(i)", "first(v)", "last(v)", "first(v, true)", "count(1) filter (where i > 1)",
                 "sum(i) filter (where i > 1)", "collect_list(i) filter (where i > 1)", "max(struct(i, v)).v", "cast(sum(i) as decimal(10,2))",
                 "percentile(i, 0.5)", "count(1) + 1", "max(v)", "max_by(v, i)"):
        yield pivot.agg(F.expr(text))
    yield pivot.agg(F.count("i").alias("n"), F.max("v").alias("m"), F.first("v").alias("f"), F.sum("i").alias("s"), F.expr("median(i)").alias("d"))
    yield pivot.agg(F.count("i").alias("n"), F.first("i").alias("f"), F.expr("median(i)").alias("d"))
    yield pivot.agg(F.expr("count(distinct i)").alias("n"), F.collect_list("v").alias("l"), F.expr("percentile_approx(i, 0.5)").alias("p"))
    yield df.groupBy().pivot("s", ["a", "z"]).agg(F.collect_list("i"))


def decimals_of_long_exponents(x):
    """A text with a small exponent is zero, a zero with a large one counts as many digits; past Java's exponents it is no number."""
    texts = ("1e-300", "1e-400", "0e-9999", "1e400", "0e400", "0e30", "0e37", "0e38", "000e37", "0.00e39", "0.00e40", "1e-99999999999", "5e-11",
             "1.5e-2147483647", "1e-101", "1.2.3e-500", "1e", "e5", "1e+2", "+1.5E-1", "1.5.2", ".", "1.", "--1", "-0e5", "9.99e2", "-")
    yield x.rows("select s, cast(s as decimal(10,2)) a, cast(s as decimal(38,12)) + 1 b from values %s t(s)" % ", ".join("('%s')" % text for text in texts))
    yield x.rows("select cast(d as decimal(5,0)), cast(d as decimal(38,10)), cast(cast(d as float) as decimal(10,1)) "
                 "from values (-2.5E-300D), (1.7E308D), (-1E-30D), (9.0E-6D), (5E-1D) t(d)")


def whole_division_without_limits(x):
    """The least bigint by -1 wraps; div stands over windows, subqueries and dates as text."""
    yield x.rows("select l div -1, l div -1Y, -1 div l, l div 0, l div null from values (cast('-9223372036854775808' as bigint)), (7L), (null) t(l)")
    yield x.rows("select (max(64L) over ()) div 10, (select max(id) from range(5)) div 2, "
                 "case when date'1900-03-01' rlike 'x|y' then 7S end div 2S, cast(max(X'62') over () as string), cast((select X'63') as string) from range(2)")


def dates_that_there_are_not(x):
    """make_date gives null for them, also over a window."""
    yield x.rows("select cast(make_date(a, b, c) as string), make_date(a, max(b) over (), c) is null from values (2020, 13, 1), (2021, 2, 29), (2020, 2, 29), "
                 "(10000, 1, 1), (2020, 0, 1), (2020, 1, 0), (2020, 12, 31), (null, 1, 1), (2020, 4, 31), (1900, 2, 29), (2020, -1, 1) t(a, b, c)")


def times_of_anything(x):
    """to_date takes any plain value as a text, to_timestamp numbers as seconds."""
    yield x.rows("select to_date(5), to_date(2020), to_date(cast(null as int)), to_timestamp(5), to_date(2020L), to_date(5.5D), to_date(true), "
                 "to_timestamp(true), to_date(X'32303230'), to_timestamp(X'32303230'), to_date(null), to_timestamp(null), to_timestamp(2020.5), to_timestamp(5.5D), "
                 "to_timestamp(3Y), to_date(timestamp'2020-01-02 03:04:05'), to_timestamp(date'2020-01-02')")
    for text in ("to_date(array(1))", "to_timestamp(map(1, 2))", "to_date(struct(1))", "unix_timestamp(5)", "unix_timestamp(true)", "unix_timestamp(1.5)",
                 "to_unix_timestamp(5L)"):
        yield x.error(lambda: x.rows("select " + text))


def zeros_of_keys_and_sets(x):
    """A key of both zeros shows as the positive one, a constant as it is; EXCEPT ALL and INTERSECT ALL make it positive, too."""
    zero = "cast('-0.0' as double)"
    for text in ("select d, count(*) from (select {0} d from range(2)) group by d", "select distinct id, d from (select id, {0} d from range(2))",
                 "select id, d, count(*) from (select id, {0} d from range(2)) group by cube(id, d)",
                 "select d, count(*) from (select {0} + 0 * id d from range(2)) group by d", "select {0} d from range(2) union select 0D",
                 "select {0} d from range(2) except select 1D", "select {0} d from range(2) intersect select 0D", "select {0} d from range(2) except select 0D",
                 "select {0} d from range(2) intersect all select 0D", "select {0} d from range(2) except all select 1D",
                 "select array({0} + 0 * id) d from range(2) except all select array(1D)", "select {0} + 0 * id d from range(2) intersect select 0D",
                 "select 0D d from range(2) intersect select {0} + 0 * id from range(2)", "select struct({0} + 0 * id) d from range(2) except select struct(0D)",
                 "select cast('-2.5E-300' as float) d from range(2) group by cast('-2.5E-300' as float)",
                 "select coalesce({0}, 1D) d from range(2) group by coalesce({0}, 1D)", "select d from (select if(id > 5, 1D, {0}) d from range(2)) group by d"):
        yield x.rows(text.format(zero))


def rounding_of_small_doubles(x):
    """A double that shows with an exponent is rounded by its digits, too."""
    yield x.rows("select d, round(d, 5), round(d, 2), round(d, 9), round(d, 1), round(d), round(d, 12), round(d, 20), bround(d, 2), bround(d, 5), round(d, -1), "
                 "round(cast(d as float), 3), round(cast(d as float), 5) from values (9.01E-18D), (9.0E-6D), (5E-6D), (4.9E-6D), (-0.00005D), (0D), "
                 "(123456789012.345D), (1E14D), (99999999999999.95D), (1.005D), (2.675D), (0.001D), (0.0009995D), (5.0E-4D), (-9.9E-10D), (1E20D), "
                 "(double('NaN')), (double('-Infinity')), (null) t(d)")


def lines_like_the_header(x):
    """Types are found in the lines that are not the very first one's text; with multiLine in all but each file's first."""
    for name, text in (("a", "-7,x\n-7,x\n"), ("b", "1,2\n3,4\n1,2\n5,z\n"), ("c", "n,m\n1,2\nn,m\n3,4\n")):
        url = x.file(name + ".csv", text)
        for multi in (False, True):
            df = x.spark.read.options(header=True, inferSchema=True, multiLine=multi).csv(url)
            yield df
    x.file("two/1.csv", "a,b\n1,2\n3,4\n5,6\n")
    x.file("two/2.csv", "A,b\n7,8\n")
    yield x.spark.read.options(header=True, inferSchema=True).csv(x.url("two"))


def groupings_of_one_row(x):
    """Constants grouped over an aggregate of all rows: Spark's optimizer groups the rows below."""
    yield x.rows("select count(*), max(1), sum(1) from (select sum(a) s from values (1) t(a) where a > 5)")
    yield x.rows("select max(s) from (select sum(a) s from values (1) t(a) where a > 5)")
    yield x.rows("select max(1), count(distinct 2) from (select sum(a) s from values (1) t(a))")
    yield x.rows("select 1 from (select count(*) from values (1) t(a) where a > 5 having count(*) = 0) group by 'a'")


def groupings_of_no_row(x):
    """The same where that makes a difference."""
    yield x.rows("select max(1) from (select sum(a) s from values (1) t(a) where a > 5)")


def types_that_meet_in_inferred_columns(x):
    """Two values of one CSV column meet in a type; a bigint and a text are no bigint."""
    values = ("1", "9999999999", "99999999999999999999", "1.5", "2020-01-01", "2020-01-01 10:00:00", "true", "abc", "", "NaN", "1e3", "-")
    for one in values:
        text = ",".join("c%d" % i for i in range(len(values))) + "\n" + ",".join([one] * len(values)) + "\n" + ",".join(values) + "\n"
        name = "v%d.csv" % values.index(one)
        yield x.spark.read.options(header=True, inferSchema=True).csv(x.file(name, text))
        yield x.spark.read.options(header=True, inferSchema=True, multiLine=True, preferDate=False).csv(x.url(name))


def floor_and_ceil_to_a_scale(x):
    """All become decimals first, a double one of 15 digits after the point; the scale may be negative, or more than there are digits."""
    yield x.rows("select ceil(3.14159D, 2), ceil(3.14159, 2), ceil(-3.14159, 2), ceil(5, -1), ceil(123.45, -1), floor(3.14159, 2), floor(-3.14159, 2), "
                 "floor(5, -1), ceil(5, 0), ceil(2.5, 0), ceil(2.5D, 0), ceil(1L, 3), ceil(cast(1.5 as float), 1), ceil('1.55', 1), ceil(null, 1), ceil(99.99, 1), "
                 "ceil(99.99, -2), ceil(99.99, 5), floor(99.99, -3), ceiling(1.234, 2), floor(-0.001, 2), ceil(-0.009, 2), floor(7Y, -1), ceil(-15S, -1)")
    yield x.rows("select ceil(a, 2), floor(a, 1), floor(a, -1), ceil(cast(a as float), 3), floor(cast(a as decimal(20, 6)), 4) from values (1.005D), (double('NaN')), "
                 "(1E30D), (double('-Infinity')), (-2.675D), (1.0E-10D), (-1.0E-10D), (123456.789D), (null) t(a)")
    for text in ("ceil(1.5, i)", "ceil(1.5, null)", "floor(1.5, 1L)", "ceil(1.5, '1')", "floor(array(1), 1)"):
        yield x.error(lambda: x.rows("select %s from values (1) t(i)" % text))


def names_of_correlated_subqueries(x):
    """A subquery's name lists the columns around it that it uses, as often as it does."""
    x.rows("select 1 k, 2 i, 3 j").createOrReplaceTempView("t")
    for text in ("(select max(z.k) from t z where z.k = u.k)", "(select max(z.k) from t z where z.k = u.k and z.i = u.i)",
                 "(select max(z.k) from t z where z.i = u.i and z.k = u.i)", "(select max(z.k) from t z where z.i = u.i + 1)",
                 "(select max(z.k) from (select * from t z where z.i = u.i) z where z.k = u.k)", "coalesce((select min(z.k) from t z where z.i = u.i), 3) + 1",
                 "exists(select 1 from t z where z.i = u.i)", "u.k in (select z.k from t z where z.i = u.i)", "exists(select 1 from t z)",
                 "(select count(*) from t z where z.j <=> u.j)", "(select max(z.k) from t z)"):
        yield x.rows("select %s from t u" % text)


def names_of_maps_from_json(x):
    """A map that from_json reads is called entries."""
    yield x.rows("select from_json('{}', 'map<string,int>'), from_json('{}', 'a int'), from_json('[]', 'array<int>'), "
                 "from_json('{\"a\":1}', 'map<string,int>').a, upper(from_json('{\"a\":1}', 'map<string,string>')['a'])")


def percentiles_of_decimals_in_summary(x):
    """summary finds them as doubles, whose digits it shows."""
    df = x.rows("select cast(m as decimal(14,2)) m, i from values (0.00, 1), (10000000.00, 2), (1234567890.12, 3), (0.50, 4), (99.90, 5), (0.01, 6) t(m, i)")
    for i in range(1, 7):
        yield df.filter("i = %d" % i).summary("25%", "max", "mean")
    yield df.summary("50%", "min")


def names_of_units(x):
    """A unit of time keeps the case it is written in."""
    yield x.rows("select datediff(week, timestamp'2020-01-01', timestamp'2021-01-01'), datediff(WEEK, timestamp'2020-01-01', timestamp'2021-01-01'), "
                 "timestampadd(Month, 1, date'2020-01-01'), dateadd(day, 1, date'2020-01-01'), timestampdiff(day, date'2020-01-01', date'2021-01-01'), "
                 "date_add(hour, 2, timestamp'2020-01-01')")


def predicates_do_not_chain(x):
    """Nothing but AND and OR may follow IS, IN, LIKE and BETWEEN, whose right sides take in a comparison."""
    for text in ("a is true is true", "a is null is null", "a is null = true", "a in (true) is true", "a in (true) in (true)", "true is distinct from a is true",
                 "a between true and true is true", "'x' like 'y' like 'z'", "'x' not like 'x' is null", "1 in (1) = true"):
        yield x.error(lambda: x.rows("select %s from values (true) t(a)" % text))
    yield x.rows("select not a is true, true = a is null, a = true is not false, (a is true) is true, a is distinct from 1 = 1, a between true and 2 = 2, "
                 "'x' like 'x' = 'x', 'true' rlike 'a' = 'a', 1 not in (1) and a from values (true), (null) t(a)")


def nanvl_of_floats(x):
    """A float where both are, or the second is null; else a double."""
    yield x.rows("select nanvl(f, f), nanvl(f, null), nanvl(f, 2D), nanvl(1, f), nanvl('1', f), nanvl(f, '1'), nanvl(f, 1.5), nanvl(null, f), nanvl(2L, 2D), "
                 "nanvl(1.5, 2.5) from values (float('nan')), (float(1.5)), (null) t(f)")
    yield x.error(lambda: x.rows("select nanvl(true, 1)"))


def correlation_of_a_column_with_itself(x):
    """It is 1 to the last digit, so that groups by it are one; of one pair, or of a constant, it is null."""
    yield x.rows("select c, count(*) from (select corr(a, a) c from values (1, 1), (1, 3), (2, 2), (2, 5), (2, 6), (3, 1), (4, 7), (4, 7), (5, null) t(k, a) "
                 "group by k) group by c order by c")
    yield x.rows("select k, a, round(corr(a, b) over (partition by k order by a), 9) c from values (1, 1, 2.5D), (1, 3, 4D), (1, 4, null), (1, 9, 1D), (2, 1, 1D) t(k, a, b) order by k, a")


def powers_of_one(x):
    """To no number, or to infinity, they are no number."""
    yield x.rows("select pow(a, b) from values (1D, double('NaN')), (1D, double('Infinity')), (-1D, double('-Infinity')), (double('NaN'), 0D), (1D, 1e300D), (1D, null), "
                 "(0.5D, double('Infinity')), (2D, double('-Infinity')), (-1D, 3D), (0D, -1D), (-0D, -3D) t(a, b)")
    yield x.rows("select power(1, double('NaN')), pow(1, double('-Infinity'))")


def decimals_as_floats(x):
    """The float that is nearest to the decimal."""
    yield x.rows("select cast(d as float) from values (-0.00039370078740157), (0.1), (1234567.8910111213), (0.30000001192092897), (99999999999999.99), (null) t(d)")
    yield x.rows("select cast(a / (b / 0.05) as float) from values (-1S, 127Y), (7S, 3Y) t(a, b)")
