"""Dates and times read and written by the patterns of Java's DateTimeFormatter."""
from pyspark.sql import functions as F

# Texts by the pattern to read them by; each gives a time or null.
READ = {
    "yyyy-MM-dd": ["2020-02-03", "2020-02-30", "2020-13-01", "2020-13-1", "20200203", "+2020-02-03", "-2020-02-03", "+12020-02-03",
        "2020/02/03", "", "0000-01-01", "abc", "2020-02", "2020-00-01", "2020-01-00", "2020-+1-01", "2020--1-01"],
    "yyyy-M-d": ["2020-2-3", "2020-02-03", "2020-002-003", "2020-2-30", "2020--2-3", "2020-+2-3", "2020-13-1"],
    "yyyyMMdd": ["20200203", "2020020", "202002031", "2020-02-03", "120200203", "+120200203", "20201301"],
    "yyyyMMddHHmmss": ["20200203040506", "202002030405067"],
    "yyyyMMddHHmmssSSS": ["20200203040506"],
    "yyMMdd": ["200203", "990203", "2002031"],
    "yy-M-d": ["20-2-3", "99-2-3"],
    "dd/MM/yyyy": ["03/02/2020", "31/02/2020", "03-02-2020"],
    "MM/dd/yyyy HH:mm": ["02/03/2020 04:05", "02/03/2020 24:00"],
    "d MMM yyyy": ["3 Feb 2020", "03 feb 2020", "3 FEB 2020", "3 Febr 2020", "3 02 2020", "3 xyz 2020", "31 Feb 2020"],
    "d MMMM yyyy": ["3 February 2020", "3 FEBRUARY 2020", "3 May 2020"],
    "MMM d, yyyy": ["Sep 5, 2021", "Sept 5, 2021", "May 5, 2021", "may 5, 2021"],
    "LLL d": ["Feb 3"],
    "LLLL yyyy": ["February 2020"],
    "MMM-yy": ["Jan-20", "JAN-99", "Jan 20"],
    "dd-MMM-yyyy": ["01-JAN-2020"],
    "h:mm a": ["1:05 PM", "12:00 AM", "12:00 pm", "0:05 AM", "13:05 PM", "1:05PM", "01:05 PM", "1:05 P", "1:05 P.M."],
    "hh:mm a": ["01:05 PM", "13:05 AM", "00:05 AM"],
    "K:mm a": ["0:05 PM", "11:05 AM", "12:05 AM"],
    "k:mm": ["24:05", "0:05", "1:05", "25:00"],
    "HH:mm a": ["13:05 PM", "13:05 AM", "01:05 PM"],
    "h:mm": ["1:05", "12:05", "13:05"],
    "a": ["PM", "AM", "am", "xm"],
    "yyyy-MM-dd hh:mm:ss a": ["2020-02-03 04:05:06 PM", "2020-02-03 16:05:06 PM"],
    "yyyy-MM-dd'T'HH:mm:ss": ["2020-02-03T04:05:06", "2020-02-03t04:05:06", "2020-02-03 04:05:06"],
    "yyyy-MM-dd'T'HH:mm:ss'Z'": ["2020-02-03T04:05:06Z", "2020-02-03T04:05:06z", "2020-02-03T04:05:06"],
    "yyyy-MM-dd HH:mm:ss.SSS": ["2020-02-03 04:05:06.1", "2020-02-03 04:05:06.123", "2020-02-03 04:05:06.1234", "2020-02-03 04:05:06.",
        "2020-02-03 04:05:06"],
    "yyyy-MM-dd HH:mm:ss.SSSSSS": ["2020-02-03 04:05:06.1", "2020-02-03 04:05:06.123456", "2020-02-03 04:05:06.1234567"],
    "yyyy-MM-dd HH:mm:ss.SSSSSSSSS": ["2020-02-03 04:05:06.123456789", "2020-02-03 04:05:06.1234567"],
    "HHmmssS": ["0405061", "040506"],
    "ss.S": ["01.5"],
    "yyyy-MM-dd HH:mm:ss[.SSS][XXX]": ["2020-02-03 04:05:06", "2020-02-03 04:05:06.5", "2020-02-03 04:05:06+02:00",
        "2020-02-03 04:05:06.123Z", "2020-02-03 04:05:06.123z", "2020-02-03 04:05:06."],
    "yyyy[-MM[-dd]]": ["2020", "2020-02", "2020-02-03", "2020-", "2020-2", "2020-02-3"],
    "[yyyy-MM-dd][dd/MM/yyyy]": ["2020-02-03", "03/02/2020", "2020-02-0303/02/2020", "2020-02-0303/02/2021"],
    "X": ["Z", "+02", "+0230", "-05", "+2", "z", "+19", "-18", "+1801"],
    "XX": ["+0200", "+02", "Z", "+02:00"],
    "XXX": ["+02:00", "+0200", "Z", "-00:00", "+02:60", "+24:00"],
    "XXXX": ["+020030", "+0200"],
    "XXXXX": ["+02:00:30", "+02:00"],
    "x": ["+00", "Z", "+02", "-0530"],
    "xx": ["+0000", "+0200", "+00"],
    "xxx": ["+00:00", "+02:00", "Z"],
    "Z": ["+0000", "+0200", "Z", "-0530", "+02:00"],
    "ZZZZ": ["GMT", "GMT+02:00", "GMT-05:30", "GMT+2"],
    "ZZZZZ": ["Z", "+02:00", "+02:00:30"],
    "O": ["GMT", "GMT+2", "GMT+02:00", "GMT-5:30", "UTC", "UTC+2", "gmt+2"],
    "OOOO": ["GMT+02:00", "GMT", "GMT+2"],
    "VV": ["UTC", "Europe/Paris", "+02:00", "Z", "GMT", "UTC+02:00", "America/Argentina/Buenos_Aires", "UT", "US/Pacific"],
    "z": ["UTC", "GMT", "PST", "EST", "CDT", "MST", "CET", "JST", "Europe/Paris", "+02:00", "Z", "utc", "pst", "MSK", "UT", "KST"],
    "yyyy-MM-dd HH:mm:ss z": ["2020-07-03 04:05:06 UTC", "2020-07-03 04:05:06 PST", "2020-07-03 04:05:06 PDT",
        "2020-07-03 04:05:06 Europe/Paris", "2020-07-03 04:05:06 CET"],
    "yyyy-MM-dd HH:mm:ssZ": ["2020-02-03 04:05:06+0200", "2020-02-03 04:05:06+02:00"],
    "dd/MMM/yyyy:HH:mm:ss Z": ["10/Oct/2000:13:55:36 -0700", "10/oct/2000:13:55:36 -0700"],
    "y": ["2020", "20", "-5", "+5", "0"],
    "yyy": ["2020", "020"],
    "yyyyy": ["02020", "12020"],
    "yyyy G": ["2020 AD", "0005 BC", "2020 ad", "0000 AD"],
    "yyyy-MM-dd GGGG": ["2020-02-03 Anno Domini"],
    "yyyy-MM-dd G": ["0044-03-15 BC", "2020-02-03 AD"],
    "M": ["1", "13", "0", "-1", "012"],
    "dd": ["31", "32", "00"],
    "d": ["29", "31"],
    "MM-dd": ["02-29", "02-30", "04-31"],
    "HH": ["24", "23"],
    "H": ["5", "05", "24"],
    "mm": ["60", "59"],
    "s": ["60"],
    "yyyy-MM-dd yyyy": ["2020-02-03 2020"],
    "H h": ["13 1", "13 2"],
    "''yyyy": ["'2020"],
    "yyyy''": ["2020'"],
    "ééyyyy": ["éé2020", "ÉÉ2020"],
    "yyyy%MM": ["2020%02"],
    "Md": ["0203"],
    "MMdd": ["0203", "203"],
    "Mdd": ["203", "1203"],
    "HHmm": ["0405", "405", "24:05"],
    "yyyy.MM.dd": ["2020.02.03"],
    "MM": ["-1"],
    "D": ["34"],
    "yyyy-DDD": ["2020-034"],
    "v": ["UTC"],
    "vvvv": ["UTC"],
    "k a": ["1 AM"],
    "[yyyy": ["2020"],
    "S": ["1", ""],
    "": ["", "x"],
}

# What only the reader of Spark 2 takes: Spark 3 fails, and does not choose.
LEGACY = [
    ("yyyy-MM-dd", "2020-2-3"), ("yyyy-MM-dd", "2020-02-03 10:00"), ("yyyy-MM-dd", " 2020-02-03"), ("yyyyMMdd", "2020 2 3"),
    ("dd/MM/yyyy", "03/02/20"), ("d MMM yyyy", "3 February 2020"), ("hh:mm a", "1:05 PM"), ("XXX", "Zx"), ("yyyy G", "2020 Anno Domini"),
    ("yyyy-MM-dd HH:mm:ss.SSS", "2020-02-03 04:05:06.1234"), ("MMM d, yyyy", "September 5, 2021"),
]

# Patterns that write a time.
WRITE = ("y yy yyy yyyy yyyyy M MM MMM MMMM L LL LLL LLLL d dd D DD DDD E EE EEE EEEE F Q QQ QQQ QQQQ q qq qqq qqqq a h hh K KK k kk H HH m mm s "
         "ss S SS SSS SSSS SSSSSS SSSSSSSSS VV v vvvv z zz zzz zzzz O OOOO X XX XXX XXXX XXXXX x xx xxx xxxx xxxxx Z ZZ ZZZ ZZZZ ZZZZZ G GG GGGG g "
         "yyyy'Gy' [yyyy] [yyyy yyyy[-MM[-dd]] '' 'a''b' yyyy%d ééé dd''MM yyyy-MM-dd'T'HH:mm:ss.SSSXXX EEE,dd-MMM-yyyy").split()

# Patterns that are none: of Spark 2 only, or of nobody.
WRONG = "MMMMM ddd EEEEE FF aa hhh HHH SSSSSSSSSS V zzzzz OO XXXXXX ZZZZZZ GGGGG n A N p B Y w W u e c r yyyy] yyyy' { T yyyyyyyyyyy".split()


def patterns_that_write(x):
    """Letters count; names are English; years beyond four digits have a sign; the zone is UTC."""
    df = x.rows("select timestamp'2020-02-03 04:05:06.123456' t union all select timestamp'1969-12-31 23:59:59.9' union all "
                "select timestamp'0001-01-01 00:00:00' union all select timestamp'2021-09-30 12:00:00' union all "
                "select timestamp_seconds(327422437200) union all select null")
    yield df.select(*[F.date_format("t", pattern).alias("p%d" % i) for i, pattern in enumerate(WRITE)])
    yield x.rows("select date_format(date'2020-02-03', 'EEEE HH') a, from_unixtime(-1, 'MMM d, h:mm a') b, from_unixtime(1.9) c, "
                 "date_format('x', 'y') d, date_format(timestamp'2020-01-01', null) e, date_format(timestamp'2020-01-01', '') f")


def patterns_that_write_by_column(x):
    """A pattern may be another in each row."""
    df = x.spark.createDataFrame([(p,) for p in WRITE] + [(None,)], "p string")
    yield df.select("p", F.expr("date_format(timestamp'2020-02-03 16:05:06.123456', p)").alias("r"))


def patterns_that_read(x):
    """Numbers have the digits that the letters ask for, names any case, nothing may follow; what is missing is of 1970."""
    pairs = [(pattern, text) for pattern, texts in READ.items() for text in texts]
    df = x.spark.createDataFrame(pairs, "p string, s string")
    yield df.select("p", "s", F.expr("to_timestamp(s, p)").alias("r"))
    yield df.select("p", "s", F.expr("to_date(s, p)").alias("r"), F.expr("unix_timestamp(s, p)").alias("u"))
    yield df.select("p", "s", F.expr("to_timestamp_ntz(s, p)").alias("r"), F.expr("try_to_timestamp(s, p)").alias("t"))


def patterns_in_functions(x):
    """The same from Python, with literal patterns."""
    df = x.spark.createDataFrame([("3 Feb 2020", "02/03/2020 01:05 PM", "2020-02-03T04:05:06.5+02:00", None)], "a string, b string, c string, d string")
    yield df.select(F.to_date("a", "d MMM yyyy"), F.to_timestamp("b", "MM/dd/yyyy hh:mm a"), F.to_timestamp("c", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"),
                    F.unix_timestamp("b", "MM/dd/yyyy hh:mm a"), F.to_date("d", "yyyy"))


def patterns_of_spark_2(x):
    """Where only the old reader would have taken the text, the query fails."""
    for pattern, text in LEGACY:
        df = x.spark.createDataFrame([(pattern, text)], "p string, s string")
        yield x.error(lambda: df.selectExpr("to_timestamp(s, p)").collect())
        yield x.error(lambda: df.select(F.to_timestamp("s", pattern)).collect())


def patterns_that_are_none(x):
    """Letters that Spark does not take, too many of them, open quotes."""
    df = x.rows("select timestamp'2020-02-03 04:05:06' t, '2020' s")
    for pattern in WRONG:
        yield x.error(lambda: df.select(F.date_format("t", pattern)).collect())
    for pattern in ("E", "F", "Q", "q", "u", "YYYY", "n", "aa"):
        yield x.error(lambda: df.select(F.to_timestamp("s", pattern)).collect())
