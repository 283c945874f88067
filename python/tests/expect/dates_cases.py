"""Dates, timestamps and intervals: units, zones, gaps, and how they meet."""
import contextlib
import datetime
import io

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql import types as T


def _named(x, text):
    """One frame of the expressions of a text, one a line."""
    return x.rows("select " + ",\n".join(line.strip() for line in text.strip().splitlines()))


def _shown(frame):
    """What show() prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        frame.show(truncate=False)
    return out.getvalue()


def intervals_are_shown_as_written(x):
    """A literal's units are its type's; leading units have two digits but for days."""
    yield _named(x, """
        interval '1' day
        interval 2 days 3 hours
        interval '1 02:03:04.5' day to second
        interval '02:03' hour to minute
        interval '1-2' year to month
        interval 1 year 2 months
        interval 3 months
        interval 1 week
        interval '1 day 2 hours'
        interval -1 day
        interval -'1' hour
        - interval 1 day
        interval 1.5 second
        interval '5' minute
        interval 90 minutes
        interval 5 milliseconds
        interval 1 microsecond
        interval '-1 02:03:04' day to second
        interval '30:00' minute to second
        interval '-0.5' second
        interval '2' year
        -(interval '1-1' year to month)
        array(interval 1 day, interval 1 hour)
        struct(interval '-1 00:00:01' day to second x)
        cast(interval '1' day as string)
        cast(interval '1-2' year to month as string)
        concat(interval 1 day, 'x')""")
    yield _shown(x.rows("select interval '1 02' day to hour a, interval '1-2' year to month b, array(interval -1 hour) c"))


def arithmetic_of_intervals(x):
    """Sums have all units of both; multiples are rounded half up."""
    yield _named(x, """
        interval '1' day + interval '2' hour
        interval 1 day - interval 1 hour
        interval '1' year - interval '1' month
        interval 1 day * 2
        2 * interval '1' month
        interval 1 day / 3
        interval '-1' day / 2000000000
        interval '-7' month / 2
        interval 7 month / 2
        interval 1 day * 1.5
        interval '1' month * 1.5
        interval 1 month * -1.5D
        interval 5 month / 2.0
        interval 1 day * '2'
        interval 1 day = interval 24 hours
        interval 1 day > interval 25 hours
        interval 5 month div interval 2 month
        interval 1 day div interval 7 hour
        abs(interval -1 day)
        positive(interval 1 day)
        null + interval 1 day
        interval 1 day * null
        greatest(interval 1 day, interval 25 hours)
        coalesce(null, interval 1 day)
        if(true, interval 1 day, interval '1' second)
        interval 1 day <=> null""")
    yield x.error(lambda: x.rows("select interval 1 day > interval 1 month"))
    yield x.error(lambda: x.rows("select interval 1 day / interval 1 day"))
    yield x.error(lambda: x.rows("select interval 1 day % 2"))
    yield x.error(lambda: x.rows("select interval 1 day + 1"))
    yield x.error(lambda: x.rows("select round(interval 1 day)"))


def dates_and_intervals(x):
    """date - date is an interval of days; a date moved by hours is a timestamp; months end on the last day."""
    yield _named(x, """
        date'2020-03-01' - date'2020-02-01'
        timestamp'2020-03-01 01:00:00' - timestamp'2020-02-01 00:00:00'
        timestamp'2020-03-01 01:00:00' - date'2020-02-01'
        date'2020-03-01' - timestamp'2020-02-01 00:00:00'
        '2020-03-01' - date'2020-02-01'
        date'2020-03-01' + interval '1' day
        date'2020-03-01' + interval '1' hour
        date'2020-01-31' + interval 1 month
        date'2020-02-29' - interval 1 year
        interval 1 day + date'2020-03-01'
        date'2020-03-01' - interval 1 day
        date'2020-03-01' + interval 1 week
        date'2020-03-01' - interval '1' hour
        timestamp'2020-03-01 01:00:00' + interval 1 day
        timestamp'2020-03-31 01:00:00' - interval '1' month
        timestamp'2020-03-01 01:00:00' - interval '1 02:03:04.5' day to second
        '2020-03-01' + interval 1 day
        date'2020-01-01' + make_dt_interval(1)
        date'2020-01-01' + make_ym_interval(0,1)
        null - date'2020-01-01'
        timestamp'2020-01-01' - null
        cast(interval '36' hour as bigint)
        cast(interval '1 2' day to hour as int)
        cast(interval '36' hour as interval day)
        cast(interval '1-5' year to month as interval year)
        cast(90 as interval minute)
        make_dt_interval(1, 2, 3, 4.5)
        make_dt_interval(1, null)
        make_dt_interval()
        make_ym_interval(1, 2)
        make_ym_interval(1)""")
    yield x.error(lambda: x.rows("select '2020-03-01' + interval 1 month"))
    yield x.error(lambda: x.rows("select '2020-03-01' - timestamp'2020-02-01 00:00:00'"))


def intervals_in_columns(x):
    """They are sorted, grouped, summed and collected as timedeltas."""
    df = x.rows("select * from values (1, interval '1' day, interval '3' month), (1, null, null), (2, interval '5' hour, interval '1' year), "
                "(2, interval '24' hour, interval '12' month) t(k, d, m)")
    yield df
    yield df.groupBy("k").agg(F.sum("d"), F.avg("d"), F.max("d"), F.min("m"), F.sum("m"), F.avg("m"), F.count("d"), F.collect_list("d"))
    yield df.agg(F.countDistinct("d"), F.first("m", True), F.try_sum("d"))
    yield df.orderBy("d", "m").select("d", df.d + F.expr("interval 1 second"), df.d * 2)
    yield df.filter("d >= interval 1 day").count()
    yield df.select(F.expr("date'2020-01-31' + m").alias("a"), F.expr("timestamp'2020-01-31 00:00:00' - d").alias("b"), df.d.cast("string"))
    dates = x.rows("select date'2020-05-01' a, date'2020-04-01' b, timestamp'2020-05-01 10:00:00' t")
    yield dates.select(dates.a - dates.b, dates.t - dates.a, (dates.a - dates.b).cast("int").alias("n"))
    two = x.spark.createDataFrame([(datetime.timedelta(days=1, seconds=5),), (None,)], T.StructType([T.StructField("i", T.DayTimeIntervalType())]))
    yield two.select("i", (two.i + F.lit(datetime.timedelta(hours=1))).alias("j"))


def parts_of_dates_and_intervals(x):
    """Every field of EXTRACT; seconds have their fraction."""
    yield _named(x, """
        extract(second from timestamp'2020-01-01 00:00:01.5')
        extract(yearofweek from date'2021-01-01')
        extract(dow_iso from date'2021-01-03')
        extract(dow from date'2021-01-03')
        extract(doy from date'2021-02-03')
        date_part('SECONDS', timestamp'1960-01-01 00:00:01.25')
        date_part('week', '2020-01-01')
        datepart('QTR', date'2020-04-01')
        extract(day from '2020-01-01 00:00:00')
        extract(hour from date'2020-01-01')
        extract(mins from timestamp'2020-01-01 00:07:00')
        extract(day from interval '1 02:03:04.5' day to second)
        extract(hour from interval '1 02:03:04.5' day to second)
        extract(minute from interval '-1 02:03:04.5' day to second)
        extract(second from interval '-1 02:03:04.5' day to second)
        extract(year from interval '1-2' year to month)
        extract(month from interval '-1-2' year to month)
        extract(days from date'2020-03-01' - date'2020-02-01')""")
    yield x.error(lambda: x.rows("select extract(foo from date'2020-01-01')"))
    yield x.error(lambda: x.rows("select extract(seconds from interval 1 day)"))
    df = x.rows("select timestamp'2020-01-02 03:04:05.678' t")
    yield df.select(F.date_part(F.lit("year"), "t"), F.extract(F.lit("SECOND"), "t"), F.datepart(F.lit("d"), "t"))


def timestamps_made_of_parts(x):
    """Sixty seconds are the next minute, what is no time is null; a gap moves the clock forward."""
    yield _named(x, """
        make_timestamp(2020,2,3,4,5,6.7)
        make_timestamp(2020,2,30,4,5,6)
        make_timestamp(2020,2,3,4,5,60)
        make_timestamp(2020,2,3,4,5,60.5)
        make_timestamp(2020,2,3,4,5,6,'Europe/Paris')
        make_timestamp_ltz(2020,2,3,4,5,6)
        make_timestamp_ntz(2020,2,3,4,5,6.123456)
        make_timestamp(2020,2,3,4,5,'6.5')
        make_timestamp(2020,3,29,2,30,0,'Europe/Paris')
        make_timestamp(2020,10,25,2,30,0,'Europe/Paris')
        make_timestamp(2020,1,1,24,0,0)
        make_timestamp(2020,1,1,1,0,-1)
        make_timestamp(2020,1,null,1,0,1)""")
    df = x.spark.createDataFrame([(2020, 2, 3, 4, 5, 6.5, "Asia/Tokyo")], "y int, m int, d int, h int, mi int, s double, z string")
    yield df.select(F.make_timestamp("y", "m", "d", "h", "mi", "s", "z"), F.make_timestamp_ltz("y", "m", "d", "h", "mi", "s"),
                    F.make_timestamp_ntz("y", "m", "d", "h", "mi", "s"), F.make_dt_interval("d", "h"), F.make_ym_interval("y", "m"))
    yield x.error(lambda: df.selectExpr("make_timestamp(y, m, d, h, mi, s, concat(z, 'x'))").collect())


def zones(x):
    """Regions, short names and offsets; in an overlap the first, in a gap later by the gap."""
    yield _named(x, """
        from_utc_timestamp('2020-06-01 12:00:00','Europe/Paris')
        to_utc_timestamp('2020-06-01 12:00:00','Europe/Paris')
        to_utc_timestamp('2020-03-29 02:30:00','Europe/Paris')
        to_utc_timestamp('2020-10-25 02:30:00','Europe/Paris')
        to_utc_timestamp('2020-10-25 01:30:00','Europe/Paris')
        to_utc_timestamp('2020-10-25 03:00:00','Europe/Paris')
        to_utc_timestamp('2020-03-08 02:59:59','America/New_York')
        to_utc_timestamp('2011-12-30 12:00:00','Pacific/Apia')
        from_utc_timestamp('2020-06-01 12:00:00','PST')
        from_utc_timestamp('2020-06-01 12:00:00','EST')
        from_utc_timestamp('2020-06-01 12:00:00','+02:00')
        from_utc_timestamp('2020-06-01 12:00:00','GMT+3')
        from_utc_timestamp('2020-06-01 12:00:00','+2')
        from_utc_timestamp('2020-06-01 12:00:00','+02:30:15')
        from_utc_timestamp('2020-06-01 12:00:00','Z')
        from_utc_timestamp('2020-06-01 12:00:00','UTC+1')
        from_utc_timestamp('2020-06-01 12:00:00',null)
        from_utc_timestamp(date'2020-06-01','Asia/Tokyo')
        from_utc_timestamp('1900-01-01 00:00:00','Europe/Paris')
        from_utc_timestamp('2020-06-01 12:00:00','CST6CDT')
        from_utc_timestamp('2020-06-01 12:00:00','+5:30')
        from_utc_timestamp('2020-06-01 12:00:00','-0530')
        convert_timezone('Europe/Paris','America/New_York',timestamp_ntz'2020-06-01 12:00:00')
        convert_timezone('Asia/Tokyo',timestamp_ntz'2020-06-01 12:00:00')
        convert_timezone('Asia/Tokyo','UTC','2020-06-01 12:00:00')
        convert_timezone('Europe/Paris','UTC',timestamp_ntz'2020-03-29 02:30:00')
        cast('2020-10-25 02:30:00 Europe/Paris' as timestamp)
        cast('2020-03-29 02:30:00 Europe/Paris' as timestamp)
        cast('2020-03-29 02:30:00 PST' as timestamp)
        cast('2020-03-29 02:30:00+01:30:15' as timestamp)""")
    df = x.rows("select timestamp'2020-06-01 12:00:00' t, 'Asia/Tokyo' z")
    yield df.select(F.from_utc_timestamp("t", df.z), F.to_utc_timestamp("t", "CET"), F.convert_timezone(None, df.z, "t"),
                    F.convert_timezone(F.lit("UTC"), F.lit("Asia/Kolkata"), F.lit("2020-01-01 00:00:00")))
    for zone in ("Nope", "europe/paris", "", "+19:00", " UTC"):
        named = x.spark.createDataFrame([(zone,)], "z string")
        yield x.error(lambda: named.selectExpr("from_utc_timestamp('2020-06-01 12:00:00', z)").collect())


def units_of_time(x):
    """timestampadd and timestampdiff; whole months count to the microsecond, halves are cut towards zero."""
    yield _named(x, """
        timestampadd(HOUR,1,timestamp'2020-01-01 00:00:00')
        dateadd(DAY,1,date'2020-01-01')
        date_add(MONTH,1,date'2020-01-31')
        timestampadd(QUARTER,1,'2020-01-31')
        timestampadd(WEEK,-1,timestamp_ntz'2020-01-31 00:00:00')
        timestampdiff(DAY,timestamp'2020-01-01 12:00:00',timestamp'2020-01-03 00:00:00')
        datediff(MONTH,date'2020-01-31',date'2020-02-29')
        date_diff(YEAR,'2020-01-31','2021-01-30')
        timestampdiff(SECOND,'2020-01-01','2020-01-02')
        timestampdiff(QUARTER,'2020-01-31 01:00:00','2020-04-30 01:00:00')
        timestampdiff(WEEK,'2020-01-15','2020-01-01')
        timestampadd(DAYOFYEAR,1,'2020-01-01')
        timestampadd(MILLISECOND,1500,'2020-01-01')
        timestampadd(YEAR,1.7,'2020-01-01')
        timestampdiff(MONTH,'2020-03-31','2020-02-29')
        timestampdiff(MONTH,'2020-02-29 10:00:00','2020-03-29 09:00:00')
        timestampdiff(HOUR,'2020-01-01 00:00:00','2019-12-31 23:00:01')
        timestampadd(MONTH,1,null)
        timestampdiff(HOUR,null,'2020-01-01')""")


def numbers_of_days_and_seconds(x):
    """Milliseconds and seconds before 1970 go down, not to zero."""
    yield _named(x, """
        unix_date(date'2020-01-01')
        unix_date(date'1969-12-31')
        unix_micros(timestamp'2020-01-01 00:00:00.123456')
        unix_millis(timestamp'1960-01-01 00:00:00.1236')
        unix_seconds(timestamp'1969-12-31 23:59:59.5')
        unix_date(null)
        date_from_unix_date(1)
        date_from_unix_date('1')
        timestamp_micros(1)
        timestamp_millis(-1)
        timestamp_seconds(1.5D)
        current_timezone()""")
    for wrong in ("unix_date('2020-01-01')", "timestamp_micros('1')", "timestamp_micros(1.5)", "unix_seconds('2020-01-01')",
                  "unix_micros(timestamp_ntz'2020-01-01')"):
        yield x.error(lambda: x.rows("select " + wrong))
    df = x.rows("select date'2020-01-01' d, timestamp'2020-01-01 00:00:01.5' t, 5L n")
    yield df.select(F.unix_date("d"), F.unix_micros("t"), F.unix_millis("t"), F.unix_seconds("t"), F.date_from_unix_date("n"),
                    F.timestamp_micros("n"), F.timestamp_millis("n"))


def timestamps_without_zone(x):
    """timestamp_ntz is a type of its own; a zone in its text has no effect; with a timestamp it is one."""
    yield _named(x, """
        timestamp_ntz'2020-01-01 10:00:00+05:00'
        timestamp_ltz'2020-01-01 10:00:00+05:00'
        cast('2020-01-01 10:00:00 Europe/Paris' as timestamp_ntz)
        cast('x' as timestamp_ntz)
        cast(timestamp_ntz'2020-01-01 10:00:00.5' as string)
        cast(timestamp_ntz'2020-01-01 10:00:00' as date)
        cast(date'2020-01-01' as timestamp_ntz)
        cast(timestamp'2020-01-01 10:00:00' as timestamp_ntz)
        timestamp_ntz'2020-01-01' = timestamp'2020-01-01'
        timestamp_ntz'2020-01-01' < '2020-01-02'
        coalesce(timestamp_ntz'2020-01-01', timestamp'2020-01-01')
        coalesce(timestamp_ntz'2020-01-01', date'2020-01-01')
        coalesce(timestamp_ntz'2020-01-01', 'a')
        hour(timestamp_ntz'2020-01-01 10:00:00')
        date_trunc('hour',timestamp_ntz'2020-01-01 10:20:00')
        date_format(timestamp_ntz'2020-01-01 10:00:00','HH')
        unix_timestamp(timestamp_ntz'2020-01-01 10:00:00')
        to_date(timestamp_ntz'2020-01-01 10:00:00')
        datediff(timestamp_ntz'2020-01-01','2019-01-01')
        to_timestamp_ntz('2020-01-01 00:00:00+05:00')
        to_timestamp_ntz('2020','yyyy')
        to_timestamp_ntz('x')
        to_timestamp_ltz('2020-01-01 00:00:00')
        to_timestamp_ltz('2020','yyyy')
        try_to_timestamp('foo')
        try_to_timestamp('2020-01-01','yyyy-MM-dd')
        try_to_timestamp('x','yyyy')
        timestamp_ntz'2020-03-01 00:00:00' + interval 1 day
        timestamp_ntz'2020-03-01 00:00:00' - timestamp'2020-02-01 00:00:00'
        localtimestamp() is null
        array(timestamp_ntz'2020-01-01 10:00:00')""")
    for wrong in ("cast(timestamp_ntz'2020-01-01 00:00:00' as bigint)", "cast(1 as timestamp_ntz)", "cast(timestamp_ntz'2020-01-01' as boolean)"):
        yield x.error(lambda: x.rows("select " + wrong))
    df = x.spark.createDataFrame([(datetime.datetime(2020, 1, 2, 3, 4, 5, 6),), (None,)], "t timestamp_ntz")
    yield df.select("t", df.t.cast("timestamp"), df.t.cast("string"), F.max("t").over(Window.partitionBy()).alias("m"))
    yield df.groupBy("t").count()
    yield x.rows("select timestamp_ntz'2020-01-01 10:00:00' t union all select timestamp'2020-01-01 11:00:00'")
