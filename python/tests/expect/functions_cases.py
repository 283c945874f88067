"""Functions: nulls, positions, patterns and orders."""
from pyspark.sql import Window
from pyspark.sql import functions as F

from tests.expect.bench import Ordered


def concat_with_null_is_null(x):
    """concat gives null, concat_ws leaves nulls out."""
    yield x.rows("select concat('a', null) a, concat_ws(',', 'a', null, 'b') b, 'a' || null c, concat_ws(null, 'a') d")


def collecting_skips_nulls(x):
    """collect_list, array_agg and collect_set have no nulls, and are empty for none."""
    df = x.rows("select * from values (1, 'a'), (1, null), (1, 'a'), (2, null) t(k, v)")
    yield df.groupBy("k").agg(F.collect_list("v").alias("l"), F.collect_set("v").alias("s"), F.expr("array_agg(v)").alias("a"))


def regexp_replace_replaces_all(x):
    """Every match; $1 is a group."""
    yield x.rows("select regexp_replace('a1b22', '[0-9]+', '#') a, regexp_replace('abc', '(b)(c)', '$2$1') b, "
                 "regexp_replace('aaa', 'a', '') c, regexp_replace('a.b.c', '.', '-') d, regexp_replace('x', 'x', '\\\\$') e")


def regexp_extract_takes_group_1(x):
    """Without a number group 1; no match gives the empty string, not null."""
    yield x.rows("select regexp_extract('abc123', '([a-z]+)([0-9]+)') a, regexp_extract('abc', 'x(y)', 1) b, "
                 "regexp_extract('abc', 'b', 0) c, regexp_extract('ac', 'a(b)?c', 1) d, regexp_extract(null, '(a)') e")


def regexp_extract_without_the_group(x):
    """A group that the pattern has not is an error."""
    df = x.spark.read.csv(x.file("a.csv", "abc\n"))
    yield x.error(lambda: df.selectExpr("regexp_extract(_c0, 'b', 1)"))


def split_takes_a_pattern(x):
    """split by a regular expression, with empty parts at the end."""
    yield x.rows("select split('a.b', '.') a, split('a.b', '\\\\.') b, split('a|b', '\\\\|') c, split('a,b,,', ',') d, "
                 "split('a1b2', '[0-9]') e, split('', ',') f")


def split_with_a_limit(x):
    """The last part is the rest."""
    yield x.rows("select split('a,b,c', ',', 2) h, split('a,b,,', ',', 0) i")


def split_by_nothing(x):
    """A pattern that matches the empty text parts the letters."""
    yield x.rows("select split('a|b', '|') a, split('abc', '') b")


def lookahead(x):
    """Java has lookahead and back references."""
    yield x.rows("select regexp_replace('price100', '(?<=price)100', '200') a")


def lookahead_in_rlike(x):
    """Also as a condition."""
    yield x.rows("select 'foobar' rlike 'foo(?=bar)' a")


def arrays_begin_at_0_and_element_at_at_1(x):
    """a[0] is the first, element_at(a, 1) as well; beyond the end is null."""
    yield x.rows("select a[0] b, a[3] c, a[-1] d, element_at(a, 1) e, element_at(a, -1) f, element_at(a, 4) g "
                 "from (select array(1, 2, 3) a)")
    df = x.rows("select array(1, 2) a, map('k', 1) m")
    yield df.select(df.a[0], df.a.getItem(1), df.m["k"], df.m["l"])


def element_at_0_is_an_error(x):
    """There is no element 0."""
    df = x.spark.read.csv(x.file("a.csv", "abc\n"))
    yield x.error(lambda: df.selectExpr("element_at(array(_c0), 0)"))


def weeks_begin_on_sunday(x):
    """dayofweek of a Sunday is 1, weekday of a Monday 0."""
    yield x.rows("select dayofweek(date'2020-01-05') a, dayofweek(date'2020-01-06') b, weekday(date'2020-01-06') c, "
                 "weekofyear(date'2021-01-03') d, date_trunc('week', timestamp'2020-01-05 10:00:00') e, "
                 "date_format(date'2020-01-05', 'E') f")


def substring_from_0(x):
    """0 counts as 1; negative positions count from the end, and a length may begin before the text."""
    yield x.rows("select substring('hello', 0, 3) a, substring('hello', 1, 3) b, substring('hello', -3, 2) c, "
                 "substring('hello', -10, 7) d, substring('hello', 2) e, substring('hello', 9) f, substring('hello', 2, -1) g")


def count_distinct_of_pairs(x):
    """A pair with a null is not counted."""
    df = x.rows("select * from values (1, 'a'), (1, 'a'), (1, null), (null, 'b'), (2, 'a') t(a, b)")
    yield df.agg(F.countDistinct("a", "b"), F.count_distinct("b"), F.count("a"), F.count("*"), F.count(F.lit(None)))
    df.createOrReplaceTempView("t")
    yield x.rows("select count(distinct a, b), count(a, b), count(distinct a) filter (where b = 'a') from t")


def initcap_of_words(x):
    """Words are what blanks part; the rest of a word is made small."""
    yield x.rows("select initcap('hello wORLD') a, initcap('foo-bar o''neil') b, initcap('éa') c, initcap('a\\tb') d")


def datediff_is_end_before_start(x):
    """datediff(end, start), and the API's too."""
    yield x.rows("select datediff('2020-03-01', '2020-02-01') a, date_diff('2020-02-01', '2020-03-01') b")
    yield x.spark.range(1).select(F.datediff(F.lit("2020-03-01"), F.lit("2020-02-01")).alias("a"))


def nulls_come_first(x):
    """Ascending order has nulls first, descending last, unless asked otherwise; windows, too."""
    df = x.rows("select * from values (2), (null), (1) t(a)")
    yield Ordered(df.orderBy("a"))
    yield Ordered(df.orderBy(F.desc("a")))
    yield Ordered(df.orderBy(F.col("a").asc_nulls_last()))
    yield Ordered(df.orderBy(F.col("a").desc_nulls_first()))
    yield df.select("a", F.row_number().over(Window.orderBy("a")).alias("r"))
    df.createOrReplaceTempView("t")
    yield Ordered(x.rows("select a from t order by a desc nulls first"))


def least_and_greatest_skip_nulls(x):
    """Only all nulls give null."""
    yield x.rows("select greatest(1, null, 3) a, least(null, 2) b, greatest(cast(null as int), null) c")


def nulls_in_conditions(x):
    """not in with a null keeps nothing; <=> compares nulls; null = null is null."""
    yield x.rows("select 1 not in (2, null) a, null <=> null b, null = null c, 1 in (1, null) d, true or null e, "
                 "false and null f, not null g")


def aggregates_of_nothing(x):
    """sum of no rows is null, count 0; min and max skip nulls."""
    yield x.rows("select sum(a), count(a), max(a), avg(a), collect_list(a), stddev(a) from values (1) t(a) where a > 1")
    yield x.rows("select sum(a), count(a), count(*), min(a), stddev(a), variance(a) from values (1), (null) t(a)")


def rounding(x):
    """round, bround, floor and ceil and their types."""
    yield x.rows("select round(2.5) a, round(-2.5D) b, bround(2.5D) c, round(1.005D, 2) d, round(125, -1) e, "
                 "round(1.255, 2) f, floor(-1.5) g, ceil(1.2D) h, round(2.675D, 2) i")


def dates_move_by_months(x):
    """The last day stays within the month."""
    yield x.rows("select add_months('2020-01-31', 1) a, add_months('2020-02-29', 12) b, last_day('2020-02-03') c, "
                 "next_day('2020-01-05', 'Mon') d, months_between('2020-03-31', '2020-02-29') e, "
                 "date'2020-01-31' + interval 1 month f, trunc('2020-05-17', 'Q') g, date_add('2020-02-28', 2) h, "
                 "months_between('2020-03-15 12:00:00', '2020-02-10') i")


def unix_times(x):
    """Seconds since 1970, in UTC."""
    yield x.rows("select unix_timestamp('2020-01-05 10:20:30') a, from_unixtime(0) b, from_unixtime(1578219630, 'yyyy') c, "
                 "unix_timestamp('x') d, timestamp_seconds(1.5) e")


def texts_are_padded_and_trimmed(x):
    """lpad cuts, trim takes blanks alone, length counts letters."""
    yield x.rows("select lpad('abc', 2, 'x') a, lpad('a', 3) b, rpad('ab', 5, 'xy') c, trim('\\ta ') d, "
                 "length('é😀') e, upper('ß') f, instr('abc', 'c') g, locate('z', 'abc') h, reverse('abc') i, "
                 "translate('abc', 'ab', 'x') j, ascii('é') k, repeat('a', -1) l")


def like_escapes(x):
    """% and _ are escaped by a backslash; . is itself."""
    yield x.rows("select 'a%c' like 'a\\\\%c' a, 'abc' like 'a\\\\%c' b, 'a.c' like 'a_c' c, 'abc' like 'a.c' d, "
                 "'A' ilike 'a' e, 'a\\nb' like 'a%b' f")


def functions_of_columns_named_by_text(x):
    """A text is a column in most functions, a literal in some."""
    df = x.rows("select 'a,b' s, 2 n")
    yield df.select(F.upper("s"), F.split("s", ","), F.lpad("s", 5, "0"), F.concat("s", F.lit("-"), "n"),
                    F.when(F.col("n") > 1, "n").otherwise("s"), F.coalesce("s", F.lit("x")), F.round("n", 1))


def window_frames(x):
    """With an order the frame ends at the current row's equals, without it is the whole partition."""
    df = x.rows("select * from values ('a', 1, 10), ('a', 1, 20), ('a', 2, 30), ('b', 1, 40) t(k, o, v)")
    by = Window.partitionBy("k")
    yield df.select("k", "o", "v", F.sum("v").over(by.orderBy("o")).alias("s"), F.sum("v").over(by).alias("t"),
                    F.sum("v").over(by.orderBy("v").rowsBetween(Window.unboundedPreceding, Window.currentRow)).alias("u"),
                    F.rank().over(by.orderBy("o")).alias("r"), F.last("v").over(by.orderBy("v")).alias("l"))


def sorting_arrays(x):
    """sort_array puts nulls first, descending last; array_distinct keeps one null."""
    yield x.rows("select sort_array(a) b, sort_array(a, false) c, array_distinct(a) d, array_max(a) e, size(a) f, "
                 "array_contains(a, 3) g, array_contains(a, 9) h, size(cast(null as array<int>)) i, array_join(a, ',') j "
                 "from (select array(3, null, 1, 3, null) a)")


def exploding(x):
    """explode drops rows without elements, explode_outer keeps them."""
    df = x.rows("select * from values (1, array('a', null)), (2, array()), (3, null) t(i, a)")
    yield df.select("i", F.explode("a"))
    yield df.select("i", F.explode_outer("a").alias("e"))
    yield df.select("i", F.posexplode("a"))


def higher_order_functions(x):
    """transform, filter and aggregate with lambdas."""
    yield x.rows("select transform(array(1, 2), v -> v + 1) a")


def json_in_columns(x):
    """from_json, to_json and get_json_object."""
    yield x.rows("select get_json_object('{\"a\":{\"b\":1}}', '$.a.b') a")


def parsing_json(x):
    """from_json with a schema."""
    yield x.rows("select from_json('{\"a\":1}', 'a int') a")


def writing_json(x):
    """to_json of a struct."""
    yield x.rows("select to_json(named_struct('a', 1, 'b', cast(null as int))) a")


def numbers_of_rows(x):
    """monotonically_increasing_id begins at 0."""
    yield x.spark.range(3).select("id", F.monotonically_increasing_id().alias("m"))


def names_of_files(x):
    """input_file_name is the file of a row."""
    df = x.spark.read.csv(x.file("a.csv", "x\n"))
    yield df.select(F.element_at(F.split(F.input_file_name(), "/"), -1).alias("n"))


def random_numbers(x):
    """rand lies between 0 and 1, and a seed gives the same again."""
    df = x.spark.range(100).select(F.rand(42).alias("r"))
    yield df.filter("r < 0 or r >= 1").count()
    yield df.agg(F.countDistinct("r"))


def the_time_of_a_query(x):
    """current_timestamp and current_date are the same in one query."""
    df = x.spark.range(2).select(F.current_timestamp().alias("t"), F.current_timestamp().alias("u"))
    yield df.filter("t = u").count()
    yield x.rows("select current_date() = cast(current_timestamp() as date) a")


def hashes(x):
    """md5, sha2, hash and xxhash64 of values."""
    yield x.rows("select md5('a') a, sha2('a', 256) b, sha1('a') c, base64('ab') d, hex(255) e")


def spark_hashes(x):
    """hash is Murmur3 with Spark's seed."""
    yield x.rows("select hash('a', 1) a, xxhash64('a') b, crc32('a') c")


def names_of_results(x):
    """Columns without a name are called as Spark calls them."""
    df = x.rows("select 1 a, 'x' b")
    yield df.select(F.col("a") + 1, F.upper("b"), -df.a, df.a.cast("string"), F.lit(2), df.a == 1, F.when(df.a > 0, 1),
                    df.b.isNull(), ~(df.a > 1), df.a.isin(1, 2), F.concat("b", F.lit("c")), df.b.substr(1, 1))
    yield df.groupBy("b").agg(F.sum("a"), F.count("*"), F.countDistinct("a"), F.avg(df.a * 2), F.max("a").alias("m"))


def unknown_functions(x):
    """A function that is none is an error."""
    yield x.error(lambda: x.rows("select nosuch(1)"))


def pivots(x):
    """A column for each value, null where there is none."""
    df = x.rows("select * from values ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 3), ('b', null, 4) t(k, p, v)")
    yield df.groupBy("k").pivot("p").sum("v")
    yield df.groupBy("k").pivot("p", ["y", "z"]).agg(F.sum("v").alias("s"), F.count("v").alias("c"))


def percentiles(x):
    """percentile_approx gives a value of the column, percentile between them."""
    yield x.rows("select percentile_approx(a, 0.5) b from values (1), (2), (3), (4) t(a)")


def statistics(x):
    """stddev and variance are of samples; of one row they are null. The last digit depends on
    the order of rows, in Spark, too."""
    df = x.rows("select * from values (1), (2), (4) t(a)")
    yield df.agg(*(F.round(f("a"), 12) for f in (F.stddev, F.variance, F.stddev_pop, F.var_pop, F.median)))
    yield df.filter("a = 1").selectExpr("stddev(a)", "variance(a)", "stddev_pop(a)")


def first_and_last(x):
    """first takes nulls unless told to ignore them."""
    df = x.rows("select * from values (1, null), (2, 'a'), (3, null) t(i, v)").orderBy("i").coalesce(1)
    yield df.agg(F.first("v").alias("a"), F.first("v", True).alias("b"), F.last("v").alias("c"),
                 F.last("v", ignorenulls=True).alias("d"))


def formatted_numbers(x):
    """format_number and format_string."""
    yield x.rows("select format_number(1234567.891, 2) a, format_string('%05d %s', 42, 'x') b")


def sequences(x):
    """sequence of numbers and dates."""
    yield x.rows("select sequence(1, 3) a, sequence(date'2020-01-30', date'2020-02-01') b")


def maps(x):
    """Keys and values of maps; a key that is missing is null."""
    yield x.rows("select map('a', 1, 'b', 2) a, map_keys(map('a', 1)) b, map('a', 1)['z'] c, size(map('a', 1)) d, "
                 "map_values(map('a', null)) e")
