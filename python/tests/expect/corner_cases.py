"""Corners: values at the ends of their types, texts of many alphabets, and calls in their rarer forms."""
from pyspark.sql import Window
from pyspark.sql import functions as F

from tests.expect.bench import Ordered


def csv_inference_of_odd_numbers(x):
    """Signs, leading zeros, blanks, thousands, exponents, infinities and booleans in capitals."""
    path = x.file("a.csv", 'a,b,c,d,e,f,g,h,i\n007,+1, 1,"1,000",True,1.,NaN,1e400,-0\n010,-1,2,"2,000",FALSE,.5,1,1,5\n')
    yield x.spark.read.csv(path, header=True, inferSchema=True)


def csv_inference_of_times(x):
    """Dates and times in the forms Spark knows; one that is none makes a string. A time alone is of the present day."""
    path = x.file("a.csv", "2020-01-02,2020-01-02 03:04:05,2020-01-02T03:04:05.123Z,03:04,2020/01/02,2020-1-2,2020-01-02T03:04:05+01:00\n"
                           "2020-01-03,2020-01-03,2020-01-02T03:04:05,05:06,2020/01/03,2020-1-3,2020-01-02\n")
    frame = x.spark.read.csv(path, inferSchema=True)
    yield "%s" % frame.dtypes
    yield frame.selectExpr("_c0", "_c1", "_c2", "date_format(_c3, 'HH:mm') _c3", "_c4", "_c5", "_c6")
    yield frame.filter("to_date(_c3) = current_date()").count()


def csv_inference_with_null_values(x):
    """nullValue does not count; a column of nulls alone is a string."""
    path = x.file("a.csv", "1,NA,NA\nNA,NA,x\n")
    yield x.spark.read.csv(path, inferSchema=True, nullValue="NA")


def csv_files_of_several_widths(x):
    """Without a header the first line says how many columns there are; inference looks at all files."""
    x.file("d/a.csv", "1,2,3\n4,5,6\n7,8,9\n1,1,1\n")
    x.file("d/b.csv", "x\n")
    yield x.spark.read.csv(x.url("d"), inferSchema=True)


def csv_of_odd_separators(x):
    """Tabs, and quotes that begin in the middle of a value."""
    yield x.spark.read.csv(x.file("a.csv", 'a"b"\tc\n"d\te"\tf\n'), sep="\t")
    yield x.spark.read.csv(x.file("b.csv", 'a^b|c\n^d|e^|f\n'), sep="|", quote="^")


def json_of_odd_numbers(x):
    """-0, exponents and what is too large."""
    yield x.spark.read.json(x.file("a.json", '{"a":-0,"b":1e2,"c":1E-400,"d":-1.0,"e":123456789012345678901234567890}\n'))


def json_keys(x):
    """Keys with dots, blanks and none at all, accents and escapes."""
    df = x.spark.read.json(x.file("a.json", '{"a.b":1,"c d":2,"é":3,"\\u0066":4,"G":{"h.i":5}}\n'))
    yield df
    yield df.select("`a.b`", "c d", "G.`h.i`")


def json_of_arrays_and_objects(x):
    """Arrays of objects with different keys, arrays of arrays, arrays and objects in one column."""
    path = x.file("a.json", '{"a":[{"x":1},{"y":"z"}],"b":[[1],[2.5]],"c":[1]}\n{"a":[],"b":[[]],"c":{"k":1}}\n{"a":null,"b":null,"c":"t"}\n')
    yield Ordered(x.spark.read.json(path))


def json_lines_of_no_object(x):
    """Numbers, texts and null as records."""
    yield Ordered(x.spark.read.json(x.file("a.json", '{"a":1}\n7\n"s"\nnull\n[]\ntrue\n')))


def limits_of_integers(x):
    """The ends of every type, and one past them."""
    df = x.rows("select cast(127 as tinyint) b, cast(32767 as smallint) s, 2147483647 i, 9223372036854775807L l")
    yield df.select(df.b + df.b, df.s * df.s, df.i + df.i, df.l + df.l, df.l * 2, -df.l - 2, df.i * 2, df.b.cast("int") + 1,
                    (df.i + 1).cast("tinyint"), F.abs(-df.l - 1))


def doubles_and_floats(x):
    """Floats among doubles and decimals, comparisons of 0.1, and as text."""
    df = x.rows("select float(0.1) f, 0.1D d, 0.1 m, float(16777217) g, 1e15D h, 1e16D i, 123456789.0D j, float(1e10) k")
    yield df.select(df.f == df.d, df.d == df.m, df.f.cast("double"), df.f + df.d, df.g, df.h.cast("string"), df.i.cast("string"),
                    df.j.cast("string"), df.k.cast("string"), df.d.cast("float"), df.d.cast("decimal(3,2)"), df.f.cast("string"))


def decimals_to_other_types(x):
    """Casts round half up or truncate; what does not fit is null."""
    df = x.rows("select 12.565 a, -12.565 b, 99999.99 c")
    yield df.select(df.a.cast("decimal(4,2)"), df.b.cast("decimal(4,1)"), df.c.cast("decimal(4,2)"), df.a.cast("int"), df.b.cast("bigint"),
                    df.c.cast("tinyint"), df.a.cast("double"), df.a.cast("string"), df.a.cast("boolean"), F.round("a", 1), F.bround("a", 2),
                    F.ceil("a"), F.floor("b"), F.abs("b"), F.round("c", -2))


def booleans_as_other_types(x):
    """true is 1; numbers but 0 are true."""
    df = x.rows("select true t, false f, cast(null as boolean) n, 2 i, 0.0D z")
    yield df.select(df.t.cast("int"), df.f.cast("string"), df.n.cast("int"), df.i.cast("boolean"), df.z.cast("boolean"), df.t & df.n,
                    df.f & df.n, df.t | df.n, ~df.n, df.t > df.f, F.when(df.n, 1).otherwise(2))


def letters_of_many_alphabets(x):
    """Lengths, parts, cases and padding of texts beyond ASCII."""
    df = x.rows("select * from values ('straße'), ('ÉCOLE'), ('日本語'), ('a😀b'), ('İ'), ('ﬁ') t(s)")
    yield df.select("s", F.length("s"), F.lower("s"), F.substring("s", 2, 2), F.reverse("s"), F.lpad("s", 7, "é"), F.initcap("s"),
                    F.instr("s", "b"), F.translate("s", "é😀", "e!"), F.hex(F.col("s").cast("binary")), F.md5("s"), F.base64(F.col("s").cast("binary")))


def patterns_of_many_kinds(x):
    """Case, word ends, classes, greed, alternatives and line ends."""
    df = x.rows("select 'Foo bar-12 baz' s, 'a\\nb' t")
    yield df.select(F.regexp_replace("s", "(?i)foo", "x"), F.regexp_extract("s", "\\b(\\w+)$", 1), F.regexp_replace("s", "[^a-z]+", "_"),
                    F.regexp_extract("s", "(o+?)(o*)", 2), F.col("s").rlike("^foo"), F.col("s").rlike("(?i)^foo"), F.regexp_replace("s", "(a)(r|z)", "$2$1"),
                    F.regexp_extract("s", "\\d+", 0), F.regexp_replace("t", "\\s", " "), F.col("t").rlike("a.b"), F.split("s", "[ -]"),
                    F.regexp_replace("s", "", "."), F.regexp_extract("s", "(x)?Foo", 1))


def texts_searched(x):
    """contains, startswith, endswith, like with nulls and empty texts."""
    df = x.rows("select * from values ('abc', 'b'), ('abc', ''), ('', ''), (null, 'a'), ('abc', null), ('a_c', '_') t(s, p)")
    yield df.select("s", "p", F.col("s").contains(F.col("p")), F.col("s").startswith(F.col("p")), F.col("s").endswith("c"),
                    F.expr("instr(s, p)"), F.expr("locate(p, s)"), F.expr("replace(s, p, 'X')"), F.col("s").like("a\\_c"),
                    F.expr("s like concat('%', p, '%')"))


def separators_of_columns(x):
    """A separator that differs by row."""
    df = x.rows("select * from values ('abc', 'b'), ('a-c', '-') t(s, p)")
    yield df.select(F.expr("concat_ws(p, s, 'z')"))


def separators_of_columns_in_lists(x):
    """Also where a list is joined."""
    df = x.rows("select * from values ('abc', 'b'), ('a-c', '-') t(s, p)")
    yield df.select(F.expr("substring_index(s, p, 1)"))


def dates_at_their_ends(x):
    """Leap days, ends of months, the years 2 and 9999, before 1970 and before the Gregorian calendar."""
    df = x.rows("select * from values (date'0002-01-01'), (date'1582-10-04'), (date'1900-02-28'), (date'1969-12-31'), (date'2000-02-29'), "
                "(date'9999-12-31'), (null) t(d)")
    yield df.select("d", F.year("d"), F.dayofweek("d"), F.weekofyear("d"), F.last_day("d"), F.date_add("d", -1), F.datediff("d", F.lit("1970-01-01")),
                    F.trunc("d", "MM"), F.add_months("d", -12), F.unix_timestamp("d"), F.date_format("d", "yyyy-MM-dd"), F.quarter("d"))


def times_at_their_ends(x):
    """Fractions, before 1970, truncation and differences."""
    df = x.rows("select * from values (timestamp'1969-12-31 23:59:59.999999'), (timestamp'2020-03-29 02:30:00'), (timestamp'1900-01-01 00:00:00.5') t(t)")
    yield df.select("t", F.col("t").cast("bigint"), F.col("t").cast("double"), F.second("t"), F.date_trunc("second", "t"), F.date_trunc("day", "t"),
                    F.unix_timestamp("t"), F.date_format("t", "HH:mm:ss.SSSSSS"), F.col("t").cast("string"), F.to_date("t"),
                    F.expr("t + interval 1 hour"), F.expr("t - interval 2 days"), F.months_between("t", F.lit("2020-01-01")))


def intervals(x):
    """Months, days and hours added to dates and times."""
    yield x.rows("select date'2020-02-29' + interval 1 year a, date'2020-01-31' + interval 1 month b, date'2020-01-01' - interval 1 day c, "
                 "timestamp'2020-01-01 00:00:00' + interval '1' day d, date_add(date'2020-01-01', 10) e, date'2020-01-10' - 9 f")


def differences_of_dates(x):
    """A date less a date is an interval of days."""
    yield x.rows("select date'2020-03-01' - date'2020-02-01' a")


def aggregates_in_their_rarer_forms(x):
    """agg with a dictionary, count of several, sums of conditions, distinct sums, min and max of texts and dates."""
    df = x.rows("select * from values ('a', 1, date'2020-01-01'), ('a', 2, null), ('b', 2, date'2019-01-01'), (null, null, null) t(k, v, d)")
    yield df.groupBy("k").agg({"v": "max"})
    yield df.groupBy("k").max("v")
    yield df.agg(F.sum(F.when(F.col("v") > 1, 1).otherwise(0)), F.sum(F.col("v").isNull().cast("int")), F.sum_distinct("v"), F.min("k"), F.max("d"),
                 F.expr("count(k, v)"), F.expr("count_if(v > 1)"), F.expr("max(v) filter (where k = 'a')"), F.avg("v"))
    yield df.groupBy("k").count().orderBy("count", "k").select("count")
    yield df.groupBy(F.col("v") % 2).agg(F.first("d", True))
    yield df.cube("k", "v").count()
    yield df.groupBy("k").agg(F.max_by("v", "d"), F.min_by("v", "d"), F.bool_or(F.col("v") > 1))


def windows_in_their_rarer_forms(x):
    """Ranges by value, frames that end before the row, ntile of few, lag with a default of another row."""
    df = x.rows("select * from values ('a', 1, 10), ('a', 3, 20), ('a', 4, null), ('b', 2, 5) t(k, o, v)")
    by = Window.partitionBy("k").orderBy("o")
    yield df.select("k", "o", F.sum("v").over(by.rangeBetween(-1, 0)), F.sum("v").over(by.rowsBetween(Window.unboundedPreceding, -1)),
                    F.max("v").over(by.rowsBetween(1, Window.unboundedFollowing)), F.ntile(3).over(by), F.lag("v", 2, 0).over(by),
                    F.percent_rank().over(by), F.cume_dist().over(by), F.last("v", True).over(by), F.collect_list("v").over(by))
    yield df.select("k", F.row_number().over(Window.partitionBy("k").orderBy(F.col("v").desc())).alias("r"), "v")


def joins_in_their_rarer_forms(x):
    """Several keys, conditions that are no equality, keys of other types, an empty side, full joins with conditions."""
    left, right = x.rows("select * from values (1, 'x', 5), (2, 'y', 6), (null, 'z', 7) t(a, b, c)"), x.rows(
        "select * from values (1, 'x', 3), (2, 'n', 9), (null, 'z', 1) t(a, b, d)")
    yield left.join(right, ["a", "b"])
    yield left.join(right, ["a", "b"], "full_outer")
    yield left.join(right, (left.a == right.a) & (left.c > right.d), "left")
    yield left.join(right, left.c < right.d).select(left.a, right.a)
    yield left.join(right.withColumn("a", F.col("a").cast("string")), "a")
    yield left.join(right.filter("false"), "a", "left")
    yield left.join(right, left.a == right.a, "full").select(left.b, right.b)
    yield left.join(F.broadcast(right), "a", "leftanti")


def conditions_in_their_rarer_forms(x):
    """between, isin of columns and nulls, when without otherwise, nested when, coalesce and nullif."""
    df = x.rows("select * from values (1, 5, 'a'), (5, 1, null), (null, 2, 'b') t(a, b, s)")
    yield df.select(F.col("a").between(F.col("b"), 9), F.col("a").isin(F.col("b"), 1), F.when(df.a > 2, "big").when(df.a.isNull(), None).otherwise(df.s),
                    F.when(df.s == "a", df.a), F.expr("nullif(a, 1)"), F.expr("case s when 'a' then 1 when null then 2 end"), F.greatest("a", "b"),
                    F.coalesce("s", F.col("a").cast("string"), F.lit("z")), F.expr("a in (1, null)"), F.expr("if(a > b, a, b)"), F.expr("nvl2(s, a, b)"))


def replacing_values(x):
    """replace with lists, dictionaries and None; fillna of another type; dropna of some columns."""
    df = x.rows("select * from values (1, 'a', true), (2, null, null), (null, 'b', false) t(i, s, b)")
    yield df.replace({1: 9}).replace("a", None)
    yield df.replace(["a", "b"], ["x", "y"], "s")
    yield df.fillna("n").fillna(True)
    yield df.fillna(1.7, subset=["i"])
    yield df.na.drop(subset=["s"])
    yield df.na.fill({"s": "q", "i": 3})


def orders_of_mixed_columns(x):
    """Booleans, dates, and expressions; ties by a second key."""
    df = x.rows("select * from values (true, date'2020-01-02', 'b'), (false, null, 'B'), (null, date'2019-01-01', 'a') t(b, d, s)")
    yield Ordered(df.orderBy("b"))
    yield Ordered(df.orderBy(F.col("d").desc_nulls_first()))
    yield Ordered(df.orderBy(F.lower("s"), F.desc("s")))
    yield Ordered(df.orderBy(F.col("s").isNull(), F.length("s"), "s").limit(2))


def nested_updates(x):
    """Members of structs are set and dropped; maps and arrays built from columns."""
    df = x.rows("select named_struct('a', 1, 'b', 'x') s, array(3, 1, 2) l, map('k', 1) m")
    yield df.select(F.struct(F.col("s.a"), F.lit(2).alias("c")).alias("t"), F.array_contains("l", 2), F.array("s.a", F.lit(5)), F.create_map(F.lit("z"), F.col("s.b")),
                    F.col("l")[F.size("l") - 1], F.array_distinct(F.concat("l", F.array(F.lit(3)))), F.flatten(F.array("l", "l")), F.map_keys("m"), F.col("m")["k"] + 1)
    yield df.select("*", F.explode("m"))


def structs_are_updated(x):
    """withField and dropFields."""
    df = x.rows("select named_struct('a', 1, 'b', 'x') s")
    yield df.select(F.col("s").withField("c", F.lit(2)).alias("s"))


def sql_in_its_rarer_forms(x):
    """Nested queries, correlated ones, having without group, limits, aliases in group by, unions of different names."""
    x.rows("select * from values (1, 'a', 10), (2, 'a', 20), (3, 'b', 5), (4, null, null) t(id, k, v)").createOrReplaceTempView("t")
    yield x.rows("select k, n from (select k, count(*) n from t group by k) where n > 1 or k is null")
    yield x.rows("select id from t a where v = (select max(v) from t b where b.k = a.k)")
    yield x.rows("select k as kk, sum(v) from t group by kk order by kk")
    yield x.rows("select id from t union select v from t where v < 6 order by id limit 3")
    yield x.rows("select id, v, sum(v) over (partition by k order by id rows between unbounded preceding and current row) s from t")
    yield x.rows("select distinct k from t where k like '_' or k is null")
    yield x.rows("select t.*, case when v is null then 'none' when v >= 10 then 'big' else 'small' end size from t order by 1 desc")
    yield x.rows("select a.id, b.id from t a full join t b on a.id = b.id + 2")
    yield x.rows("select count(*), count(v), sum(v) / count(v), min(k), string(max(v)) from t")
    yield x.rows("select coalesce(k, '-') k, count(*) from t group by coalesce(k, '-') having count(*) = 1")
    yield x.rows("with c as (select * from t where v > 4) select id from c a where v = (select max(v) from c b where b.k = a.k)")
    yield x.rows("select id from t a where exists (select 1 from t b where b.k = a.k and b.id <> a.id)")
    yield x.rows("select id, (select count(*) from t b where b.id < a.id) n from t a")
    yield x.rows("select id from t where v > (select avg(v) from t) or id in (select id from t where k is null)")


def rows_in_lists(x):
    """Pairs in a list of pairs."""
    x.rows("select * from values (1, 'a'), (2, 'a'), (3, 'b') t(id, k)").createOrReplaceTempView("t")
    yield x.rows("select * from t where (id, k) in ((1, 'a'), (3, 'b'))")


def texts_to_numbers_in_files(x):
    """Columns of a file cast, added up, and written with their types."""
    df = x.spark.read.csv(x.file("a.csv", "k,v\na,1.10\nb,2.2\na,x\n"), header=True)
    made = df.groupBy("k").agg(F.sum(F.col("v").cast("decimal(10,2)")).alias("m"), F.sum("v").alias("d"), F.max("v").alias("t"))
    yield made
    made.orderBy("k").write.json(x.url("out"))
    yield x.files("out")
    made.orderBy("k").write.csv(x.url("csv"), header=True)
    yield x.files("csv")


def partitions_of_many_types(x):
    """Null, negative, decimal and time values in folders' names, and what is read of them."""
    df = x.rows("select * from values (1, -1, timestamp'2020-01-02 03:04:05', 1.50), (2, null, timestamp'2020-01-02 03:04:05.5', 2.00) t(a, p, q, r)")
    df.write.partitionBy("p", "q", "r").json(x.url("out"))
    yield sorted(x.files("out"))
    yield x.spark.read.json(x.url("out"))


def filters_on_partitions(x):
    """A condition on a partition column and on a column of the files."""
    x.rows("select * from values (1, 'x'), (2, 'y'), (3, 'x') t(a, p)").write.partitionBy("p").parquet(x.url("out"))
    df = x.spark.read.parquet(x.url("out"))
    yield df.filter("p = 'x' and a > 1")
    yield df.groupBy("p").count()
    yield x.spark.read.parquet(x.url("out/p=y"))
    yield x.spark.read.option("basePath", x.url("out")).parquet(x.url("out/p=y"))


def texts_of_doubles(x):
    """Java before 19 does not always print the shortest digits: of powers of two, large numbers and the smallest. A float
    counts as large from 2^24."""
    doubles = ("0x1.609c721070b0fp+57 0x1.4e3a6d9b3ce44p+57 0x1.e83852e6db67ap+56 0x1.0b6b74f4e824ep+59 "
               "0x1.bab8da2cc3135p+58 0x1.9cba01be10407p+59 0x1.4a4ca1280173ep+62 0x1.375df784d8e40p+60 "
               "0x1.b1ebb21688645p+60 0x1.185a588b8330dp+58 0x1.653b8bec1aa6ep+60 0x1.383785424e863p+56 "
               "0x1.364ab8fa4d493p+61 0x1.b11d4c36ff604p+57 0x1.7599c0c422a55p+59 0x1.6ea15f3ca42ccp+62 "
               "0x1.87fe74a6f990bp+57 0x1.0cee0d820469ep+58 0x1.a602573153276p+56 0x0.000000000000cp-1022 "
               "0x1.5cd5949ceed9bp+60 0x0.0000000000001p-1022 0x1.0da879e33e346p+60 0x1.7253c482d810fp+61 "
               "0x1.9b09334cf14bep+55 0x1.c3659e1477838p+520 0x1.90f30a0e5c2b7p+198 0x0.0001f49a562b9p-1022 "
               "0x1.74debde654167p+69 0x0.0016d20ecd4dbp-1022 0x0.000007949f6fap-1022 0x1.5b30f66369a6cp+238 "
               "0x1.c45969b406d00p+58 0x1.a43a8a6e692d3p+882 0x1.3d8777bcd1bdfp+67 0x1p-1074 0x1p-1017 "
               "0x0.00000000000cap-1022 0x1.52d02c7e14af6p+76 0x1p+63")
    floats = ("0x1.b4108e0000000p+104 0x1.9a40a20000000p+70 -0x1.f31f2e0000000p+113 -0x1.cb33620000000p+120 "
               "0x1.f8e8320000000p+106 -0x1.8ab59e0000000p+76 0x1.99a1ca0000000p+105 0x1.868e5e0000000p+104 "
               "0x1.03be640000000p+61 0x1.f0cb040000000p+99 -0x1.b28bfc0000000p+108 -0x1.82facc0000000p+59 "
               "0x1.90a2440000000p+67 -0x1.9999040000000p+62 -0x1.7dbb1e0000000p+121 0x1.7b7cfa0000000p+65 "
               "0x1.dfe2720000000p+70 0x1.eb23740000000p+93 -0x1.56c3000000000p+102 0x1.590a160000000p+125 "
               "0x1.3c31080000000p+56 0x1.dfada80000000p+54 0x1.0b54200000000p+93 -0x1.db05420000000p+74 "
               "-0x1.bf17fc0000000p+120 0x1.6876f20000000p+107 -0x1.9630b00000000p+116 -0x1.7b69560000000p+79 "
               "0x1.c866f20000000p+57 0x1.9f39320000000p+60 -0x1.1ae3e00000000p+116 0x1.2339a60000000p+78 "
               "0x1.164f5a0000000p+119 -0x1.b32b900000000p+63 0x1.a011e60000000p+94 0x1.f399b2p+62 0x1p-149 0x1p+63 "
               "0x1.f9a478p-51")
    for numbers, kind in ((doubles, "double"), (floats, "float")):
        frame = x.spark.createDataFrame([(float.fromhex(one),) for one in numbers.split()], "x " + kind)
        yield frame.selectExpr("cast(x as string) text", "to_json(struct(x)) json")
