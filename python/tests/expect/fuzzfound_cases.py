"""What the fuzzer's later streams found: each case was a difference from Spark, and is mended."""
from pyspark.sql import functions as F

_NINES = "99999999999999999999"


def sums_past_the_digits(x):
    """A sum of decimals that needs more than 38 digits is null, and so is what is made of it; in a window only where it is too large."""
    x.rows("select * from values (cast('%s.999999999999999999' as decimal(38,18))), (1.5), (-3) t(d)" % _NINES).createOrReplaceTempView("nines")
    yield x.rows("select sum(d), avg(d), try_sum(d), sum(d) is null, sum(d) + 1L, sum(d) * 2, sum(distinct d), sum(d) > 0, max(d) + max(d) from nines where d > 0")
    yield x.rows("select d, sum(d) over (order by d) a, sum(d) over (order by d desc) b, sum(d) over (order by d) + 1 c from nines")
    yield x.rows("select sum(d), avg(d) from (select cast('9999999999999999999999999999' as decimal(28,0)) d from range(20))")


def whole_division_wraps(x):
    """The quotient of div is a bigint: its low bits, and null past 38 digits."""
    yield x.rows("select a div b, a div 1, -a div 7, a div 0 from values (cast('99999999999999999999999999999999999999' as decimal(38,0)), 0.01), "
                 "(18446744073709551617, 1), (9223372036854775808, 1), (-9223372036854775809, 1.0), (null, 1) t(a, b)")
    yield x.rows("select 1.5 div 0.4 a, -7.5 div 2 b, cast(-1 as decimal(38,0)) div 1 c")


def booleans_against_one_and_zero(x):
    """A boolean that is compared with a literal 1 or 0 is the boolean itself, or its negation, by name too; but where groupBy names it."""
    df = x.rows("select * from values (true, 1), (null, 2), (false, 3) t(b, i)")
    df.createOrReplaceTempView("truths")
    yield x.rows("select 1L = b, b = 1, 1Y = b, 1S = b, 1.0 = b, b = 1BD, 1D = b, 0 = b, b = 0L, b <=> 1, 0 <=> b, b <> 1, 0 != b, 2 = b, b = 1.00, b = -1, b <=> 2, "
                 "b = true, b = 0.0, b = cast(1 as int), b = i, b = 1F, b = null, b <=> null from truths")
    yield df.select(df.b == 1, df.b != 0, df.b.eqNullSafe(0), df.b == df.i, F.when(df.b == 1, "y").otherwise("n"), (df.b == 0).alias("z"))
    yield df.groupBy(df.b == 1).count()
    yield x.rows("select b = 1, count(*) from truths group by b = 1")
    yield x.rows("select i from truths where b = 1")
    yield x.rows("select i from truths where not (b <=> 0)")


def names_of_range_frames(x):
    """What precedes is named otherwise where the bound is cast to the type of the order."""
    yield x.rows("select sum(a) over (order by b range between 1 preceding and 5 following), sum(a) over (order by d range between 2 preceding and 1 preceding), "
                 "sum(a) over (order by i range between 1 preceding and 5 following), sum(a) over (order by s range between 1 preceding and current row), "
                 "sum(a) over (order by m range between 1 preceding and unbounded following), sum(a) over (order by t range between 1 preceding and current row), "
                 "sum(a) over (order by b rows between 1 preceding and current row) from values (1L, 1L, 1D, 1, 1S, 1.5, date'2020-01-01') t(a, b, d, i, s, m, t)")


def members_of_cast_arrays(x):
    """The cast of an array is seen in the name of a member of its elements, and nowhere else."""
    yield x.rows("select cast(null as struct<f:int>).f, cast(null as array<struct<f:int>>).f, cast(array() as array<int>), cast(null as array<int>)[0]")


def years_that_the_old_reader_cannot_count(x):
    """A text that the pattern does not take is null, too, where the old reader's year has no microseconds."""
    yield x.rows("select to_date(s, 'yyyy') a, unix_timestamp(s, 'yyyy') b, to_timestamp(s, 'yyyyMM') c from values ('20210131'), ('999999'), ('2021') t(s)")


def empty_texts_in_csv(x):
    """What stands for an empty text is quoted like any other, unless it is two quotes itself; a text of blanks alone is empty, too."""
    df = x.rows("select 1 k, '' s, '  ' t, 'a' u, cast(null as string) v")
    for quote in ("\"", "'"):
        for empty in (None, "E", "", "x'y", 'x"y', "x,y", '""', "''"):
            for everything in (True, False):
                options = {"quote": quote, "quoteAll": everything}
                if empty is not None:
                    options["emptyValue"] = empty
                name = "empty-%d-%s-%s" % (ord(quote), "".join("%02x" % ord(c) for c in empty or "-"), everything)
                df.write.mode("overwrite").options(**options).csv(x.url(name))
                yield x.files(name)


def days_and_orders_that_must_be(x):
    """date_add takes days of no wider type than int, or a constant text of an integer; nth_value must have an order, whatever its frame."""
    df = x.rows("select date'2020-01-01' d, id l, 2 i, 3S s, 4Y y, string(id) t, 1.0 m, 1.5D f from range(2)")
    for days in ("l", "pmod(l, 1000)", "i", "s", "y", "t", "m", "f", "5L", "'7'", "'x'", "'1.5'", "null", "cast(null as bigint)", "pmod(i, 1000)", "1.0"):
        yield x.error(lambda: df.selectExpr("date_add(d, %s) a" % days))
        yield x.error(lambda: df.selectExpr("date_sub(d, %s) a" % days))
    for over in ("", "partition by s", "rows between 2 preceding and 1 preceding", "order by s", "order by l rows between 2 preceding and 1 following"):
        yield x.error(lambda: df.selectExpr("nth_value(l, 2) over (%s) a" % over))
    yield x.error(lambda: df.selectExpr("first_value(i) over () a"))
