"""Types: sums, casts, decimals, times and texts of values."""
import datetime
import decimal

from tests.expect.bench import Ordered


def sum_of_integers_is_a_bigint(x):
    """Also in the file, with every digit."""
    df = x.rows("select sum(a) s from values (9007199254740993L), (0L) t(a)")
    yield df
    df.write.parquet(x.url("out"))
    yield x.spark.read.parquet(x.url("out"))


def casts_to_integers_truncate(x):
    """12.7 becomes 12, -12.7 becomes -12; from text, too."""
    yield x.rows("select cast(12.7D as int) a, cast(-12.7 as int) b, cast('12.7' as int) c, cast('-0.9' as bigint) d, "
                 "cast(12.5BD as tinyint) e")


def texts_that_are_no_numbers(x):
    """0x1A, 1_000 and 1e3 are null as integers; 1e3 is a double."""
    yield x.rows("select cast('0x1A' as int) a, cast('1_000' as int) b, cast('1e3' as int) c, cast('1e3' as double) d, "
                 "cast(' 12 ' as int) e, cast('' as int) f, cast('1,000' as double) g, cast('1d' as double) h, "
                 "cast('+5' as int) i, cast('Infinity' as double) j")


def texts_as_booleans(x):
    """t, yes and 1 are true; on is null."""
    yield x.rows("select cast('t' as boolean) a, cast('yes' as boolean) b, cast('1' as boolean) c, cast('on' as boolean) d, "
                 "cast('TRUE' as boolean) e, cast('0' as boolean) f")


def offsets_of_times_count(x):
    """+02:00 moves the time to UTC."""
    yield x.rows("select cast('2020-01-02T03:04:05+02:00' as timestamp) a, cast('2020-01-02 03:04:05Z' as timestamp) b, "
                 "cast('2020-01-02 03:04:05.5-01:30' as timestamp) c")


def zones_by_name(x):
    """A name of the zone database is taken."""
    yield x.rows("select cast('2020-01-02 03:04:05 Europe/Berlin' as timestamp) d")


def offsets_by_pattern(x):
    """XXX is an offset with a colon."""
    yield x.rows("select to_timestamp('2020-01-02 03:04:05 -01:30', 'yyyy-MM-dd HH:mm:ss XXX') c")


def offsets_without_a_colon(x):
    """-0130 is the letter Z."""
    yield x.rows("select to_timestamp('2020-01-02 03:04:05 -0130', 'yyyy-MM-dd HH:mm:ss Z') c")


def int96_timestamps(x):
    """Spark writes INT96; times of long ago and of microseconds come back as they were."""
    with open(__file__.replace("types_cases.py", "int96.parquet"), "rb") as file:
        path = x.file("a.parquet", file.read())
    yield Ordered(x.spark.read.parquet(path))


def times_in_parquet(x):
    """What is written is read again."""
    df = x.rows("select timestamp'2020-01-02 03:04:05.123456' a, timestamp'1900-01-01 00:00:00' b, date'1582-10-15' c, "
                "cast(1.10 as decimal(10,2)) d, cast('x' as binary) e, cast(1 as tinyint) f, float(0.1) g, "
                "array(named_struct('h', 1)) i, map('j', 1) k")
    df.write.parquet(x.url("out"))
    yield x.spark.read.parquet(x.url("out"))


def java_patterns(x):
    """Patterns of date_format and to_timestamp are Java's."""
    yield x.rows("select date_format(timestamp'2020-01-05 13:04:05.678', 'yyyy-MM-dd hh:mm:ss a') a, "
                 "date_format(timestamp'2020-01-05 13:04:05.678', \"dd MMM yy'T'HH.SSS\") b, "
                 "date_format(date'2020-01-05', 'EEEE d MMMM, D') c, "
                 "to_date('5/1/2020', 'd/M/yyyy') d, to_timestamp('05-Jan-2020 1 PM', 'dd-MMM-yyyy h a') e")


def patterns_that_parse_nothing(x):
    """A text that the pattern does not fit is null."""
    yield x.rows("select to_date('x', 'yyyy-MM-dd') a, to_timestamp('2020-13-01', 'yyyy-MM-dd') b")


def patterns_of_spark_2_fail(x):
    """A text that only Spark 2's parser took is an error, not null."""
    df = x.spark.read.csv(x.file("a.csv", "2020-1-5\n"))
    yield x.error(lambda: df.selectExpr("to_date(_c0, 'yyyy-MM-dd')"))


def weeks_in_patterns_fail(x):
    """Y and w of old patterns are errors."""
    yield x.error(lambda: x.rows("select date_format(date'2020-01-05', 'YYYY-ww')"))


def python_numbers(x):
    """lit(1.5) is double, 1.5 in SQL is decimal; whole numbers are int or bigint by size."""
    from pyspark.sql import functions as F
    one = x.spark.range(1)
    yield one.select(F.lit(1.5).alias("a"), F.expr("1.5").alias("b"), F.lit(1).alias("c"), F.lit(3000000000).alias("d"),
                     (F.lit(1.5) * F.expr("1.5")).alias("e"), F.lit(decimal.Decimal("1.50")).alias("f"))


def decimal_arithmetic(x):
    """Precision and scale of +, *, / and % of decimals."""
    yield x.rows("select a + b c, a - b d, a * b e, a / b f, a % b g from "
                 "(select cast(10.25 as decimal(10,2)) a, cast(3.1 as decimal(5,1)) b)")


def decimals_of_38_digits(x):
    """Scale is lost before digits are; what does not fit is null."""
    yield x.rows("select a * a b, a / 3 c, a + a d, cast(a as decimal(10,2)) e from "
                 "(select cast('12345678901234567890.123456789' as decimal(38,9)) a)")


def averages(x):
    """avg of integers is double, of decimals decimal with four more digits."""
    yield x.rows("select avg(a) c, avg(b) d, sum(b) e from values (1, 1.10), (2, 2.25) t(a, b)")


def integers_wrap(x):
    """int + int, bigint + bigint, multiplication and negation wrap; casts to less do, too."""
    yield x.rows("select 2147483647 + 1 a, 9223372036854775807L + 1 b, 2147483647 * 2 c, -(-2147483648) d, "
                 "cast(300 as tinyint) e, cast(3000000000L as int) f, abs(cast(-128 as tinyint)) g")


def sums_wrap(x):
    """The sum of two large bigints wraps."""
    yield x.rows("select sum(a) b from values (9223372036854775807L), (1L) t(a)")


def sums_of_decimals_overflow(x):
    """Past 38 digits the sum is null."""
    yield x.rows("select sum(a) b from (select cast('99999999999999999999999999999999999999' as decimal(38,0)) a "
                 "from (select explode(array(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))))")


def doubles_to_integers_saturate(x):
    """1e20 as int is the largest int, NaN is 0."""
    yield x.rows("select cast(1e20D as int) a, cast(-1e20D as bigint) b, cast(double('NaN') as int) c, "
                 "cast(1e20D as tinyint) d")


def division_by_zero_is_null(x):
    """Of integers, doubles and decimals, / and % and div."""
    yield x.rows("select 1 / 0 a, 1.5D / 0 b, 1.5 / 0 c, 5 % 0 d, 5 div 0 e, 0D / 0 f, mod(5.5, 0) g")


def division_of_integers(x):
    """/ is double, div is bigint, % has the sign of the dividend."""
    yield x.rows("select 5 / 2 a, 5 div 2 b, -7 % 3 c, -7 div 2 d, pmod(-7, 3) e, 1 / 3 f")


def doubles_as_text(x):
    """1.0E10, 1.0, 1.0E-5, Infinity, NaN, -0.0."""
    yield x.rows("select cast(1e10D as string) a, cast(1D as string) b, cast(1e-5D as string) c, "
                 "cast(double('Infinity') as string) d, cast(double('NaN') as string) e, cast(-0D as string) f, "
                 "cast(1234567.5D as string) g, cast(12345678.5D as string) h, cast(float(0.1) as string) i, "
                 "cast(0.001D as string) j, concat(1.5D, '') k")


def other_values_as_text(x):
    """Decimals, booleans, times, arrays, structs and maps."""
    yield x.rows("select cast(1.10 as string) a, cast(true as string) b, "
                 "cast(timestamp'2020-01-02 03:04:05.120' as string) c, cast(array(1, null) as string) d, "
                 "cast(named_struct('x', 1, 'y', 'z') as string) e, cast(map('k', 1.50) as string) f, "
                 "cast(cast(0.0000001 as decimal(10,8)) as string) g")


def texts_are_compared_with_numbers(x):
    """stringcol = 1 casts the text to int, and is null where it is no number."""
    df = x.rows("select * from values ('1'), ('1.0'), ('x'), (null), (' 1') t(s)")
    df.createOrReplaceTempView("t")
    yield x.rows("select s, s = 1 a, s = 1.0 b, s > 0 c, s = 1L d, s in (1, 2) e from t")
    yield df.filter(df.s == 1)


def dates_are_compared_with_texts(x):
    """A text is cast to the date or time."""
    yield x.rows("select date'2020-01-02' = '2020-01-02' a, date'2020-01-02' > '2020' b, "
                 "timestamp'2020-01-02 00:00:00' = '2020-01-02' c, date'2020-01-02' = timestamp'2020-01-02 00:00:00' d, "
                 "date'2020-01-02' > 'x' e")


def texts_in_arithmetic(x):
    """A text is a double there; one that is no number gives null."""
    yield x.rows("select '5' + 3 a, '5' * '2' b, 'x' + 1 c, '10' / 4 d, '7' % 4 e, -'3' f")


def branches_have_one_type(x):
    """coalesce, case, if and union find the type that takes all."""
    yield x.rows("select coalesce(1, 2.5) a, if(true, 1, 'x') b, case when false then 1L else 1.5D end c, "
                 "coalesce(cast(null as date), timestamp'2020-01-02 03:04:05') d, array(1, 2.5, null) e")
    yield x.rows("select 1 a union all select 1.5 union all select null")


def rows_of_python_values(x):
    """createDataFrame: int is bigint, float double, and what the schema says otherwise."""
    yield x.spark.createDataFrame(
        [(1, 1.5, "a", True, datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5, 6), decimal.Decimal("1.5"),
          b"b", [1, None], {"k": 1.5})], list("abcdefghij"))
    yield x.spark.createDataFrame([{"b": 1, "a": "x"}, {"a": "y"}])
    yield x.error(lambda: x.spark.createDataFrame([(1,), ("x",)], ["a"]))
    yield x.error(lambda: x.spark.createDataFrame([(None,)], ["a"]))
    yield x.error(lambda: x.spark.createDataFrame([("x",)], "a int"))


def nan_equals_itself(x):
    """NaN = NaN, NaN is the largest, and one group."""
    df = x.rows("select * from values (double('NaN')), (double('NaN')), (1D), (double('Infinity')), (null) t(a)")
    yield Ordered(df.orderBy("a"))
    yield df.groupBy("a").count()
    yield df.filter("a = double('NaN')").selectExpr("count(*)")
    yield df.selectExpr("max(a)", "min(a)")


def casts_of_times(x):
    """Seconds to time and back, dates to time, a time to date."""
    yield x.rows("select cast(1.5D as timestamp) a, cast(0 as timestamp) b, cast(timestamp'2020-01-02 03:04:05.9' as bigint) c, "
                 "cast(timestamp'2020-01-02 03:04:05.5' as double) d, cast(date'2020-01-02' as timestamp) e, "
                 "cast(timestamp'1969-12-31 23:59:59.5' as bigint) f, cast('2020-1-2' as date) g, cast('2020' as date) h, "
                 "cast('2020-01-02 03' as timestamp) i")
