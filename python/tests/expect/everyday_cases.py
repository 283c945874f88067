"""What scripts do every day, in small: cleaning, casting, joining, counting, deduplicating."""
import datetime
import decimal

from pyspark.sql import Row, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from tests.expect.bench import Ordered

_ORDERS = """id,customer,amount,day,status
1,Ann,10.50,2020-01-02,paid
2,bob,,2020-01-03,open
3,Ann,7,2020-02-30,paid
4,,1e2,2020-02-01,PAID
5,Bob,abc,,
6,Ann,10.50,2020-01-02,paid
"""


def _orders(x):
    return x.spark.read.csv(x.file("orders.csv", _ORDERS), header=True)


def cleaning_texts(x):
    """trim, lower, regexp_replace, when and casts that fail."""
    df = _orders(x)
    yield df.select("id", F.lower(F.trim("customer")).alias("c"), F.col("amount").cast("double").alias("a"),
                    F.col("amount").cast("decimal(10,2)").alias("m"), F.to_date("day").alias("d"),
                    F.when(F.lower("status") == "paid", True).otherwise(False).alias("p"))


def totals_by_group(x):
    """groupBy and agg with several functions, filtered and ordered."""
    df = _orders(x).withColumn("amount", F.col("amount").cast("double"))
    yield Ordered(df.groupBy(F.initcap("customer").alias("c")).agg(
        F.sum("amount").alias("total"), F.count("*").alias("n"), F.count("amount").alias("a"), F.avg("amount").alias("mean"),
        F.countDistinct("status").alias("s"), F.max("day").alias("last")).orderBy(F.desc_nulls_last("total"), "c"))


def keeping_the_latest(x):
    """row_number over a partition, and what is first of it."""
    df = _orders(x)
    latest = Window.partitionBy("customer").orderBy(F.col("day").desc_nulls_last(), F.col("id").desc())
    yield df.withColumn("n", F.row_number().over(latest)).where("n = 1").drop("n")


def duplicates(x):
    """dropDuplicates of every column but the id, distinct and counts."""
    df = _orders(x).drop("id")
    yield df.dropDuplicates()
    yield df.distinct().count()
    yield df.groupBy(*df.columns).count().filter("count > 1")


def joining_three_frames(x):
    """Left joins with what is missing filled."""
    orders, names = _orders(x), x.rows("select * from values ('Ann', 'north'), ('Bob', 'south') t(customer, region)")
    rates = x.rows("select * from values ('north', 1.10), ('south', 1.25) t(region, rate)")
    df = orders.join(names, "customer", "left").join(rates, ["region"], "left")
    yield df.select("id", "customer", F.coalesce("region", F.lit("none")).alias("r"),
                    (F.col("amount").cast("decimal(10,2)") * F.col("rate")).alias("m"))
    yield orders.join(names, F.lower(orders.customer) == F.lower(names.customer)).select(orders.id, names.customer)


def sql_over_views(x):
    """with, case, joins, subqueries and windows in one text."""
    _orders(x).createOrReplaceTempView("orders")
    yield Ordered(x.rows("""
        with paid as (select id, customer, cast(amount as decimal(10,2)) amount from orders where lower(status) = 'paid')
        select customer, count(*) n, sum(amount) total, case when sum(amount) > 15 then 'big' else 'small' end size,
               rank() over (order by sum(amount) desc) place
        from paid where id not in (select id from orders where amount is null)
        group by customer having count(*) >= 1 order by place, customer"""))


def dates_as_people_write_them(x):
    """Casts of texts to date and timestamp."""
    x.rows("select * from values ('2020-01-02'), ('2020-1-2'), (' 2020-01-02 '), ('2020-01-02 10:00'), ('2020-01-02T10:00:00Z'), "
           "('2020-01'), ('20200102'), ('02/01/2020'), ('2020-02-30'), ('2020-01-02 25:00:00'), ('2020-01-02 3:4:5'), "
           "('2020-01-02 03:04:05.1234567'), ('1577836800'), (''), ('2020-01-02x'), ('2020-01-02 x')"
           " t(s)").createOrReplaceTempView("t")
    yield x.rows("select s, cast(s as date) d, cast(s as timestamp) t, to_date(s) e, year(s) y from t")


def dates_with_patterns(x):
    """to_date and to_timestamp of columns; texts too short, too long and of another kind."""
    df = x.rows("select * from values ('02/01/2020'), ('31/12/1999'), ('x'), (null) t(s)")
    yield df.select("s", F.to_date("s", "dd/MM/yyyy"), F.date_format(F.to_date("s", "dd/MM/yyyy"), "yyyyMMdd").cast("int"))
    df = x.rows("select * from values ('20200102030405'), ('20201302030405') t(s)")
    yield df.select(F.to_timestamp("s", "yyyyMMddHHmmss"), F.unix_timestamp("s", "yyyyMMddHHmmss"))


def parts_of_dates(x):
    """year to second, differences, truncation."""
    df = x.rows("select timestamp'2020-02-29 23:59:58.5' t, date'2019-12-30' d")
    yield df.select(F.year("t"), F.month("t"), F.dayofmonth("t"), F.hour("t"), F.minute("t"), F.second("t"), F.weekofyear("d"),
                    F.dayofyear("t"), F.quarter("t"), F.datediff("t", "d"), F.date_trunc("month", "t"), F.trunc("t", "year"),
                    F.last_day("d"), F.to_date("t"), F.date_add("d", 3), F.date_sub("t", 1), F.add_months("t", -1))


def numbers_as_people_write_them(x):
    """Casts of texts with signs, points, commas and blanks."""
    x.rows("select * from values ('1'), ('-1'), ('+1'), ('1.0'), ('.5'), ('5.'), ('1,5'), ('1 000'), ('$1'), ('1%'), ('1e-2'), ('0x10'), "
           "('١'), ('NaN'), ('inf'), ('null'), ('9999999999'), ('1L'), ('1f'), ('--1'), ('\\t1\\n') t(s)").createOrReplaceTempView("t")
    yield x.rows("select s, cast(s as int) i, cast(s as bigint) l, cast(s as double) d, cast(s as decimal(10,2)) m, s + 0 p from t")


def comparing_texts(x):
    """By bytes: capitals before small letters, digits by letters."""
    df = x.rows("select * from values ('a'), ('B'), ('Z'), ('é'), ('10'), ('9'), (''), (null) t(s)")
    yield Ordered(df.orderBy("s"))
    yield df.selectExpr("max(s)", "min(s)")
    yield df.filter(F.col("s") > "Z")


def conditions_with_nulls(x):
    """!=, not, isin and ~ leave nulls out."""
    df = x.rows("select * from values (1, 'a'), (2, null), (3, 'b') t(i, s)")
    for condition in (df.s != "a", ~(df.s == "a"), df.s.isin("a", "c"), ~df.s.isin("a"), df.s.isNull() | (df.i > 2),
                      ~df.s.contains("a"), df.s.eqNullSafe("a"), ~df.s.eqNullSafe("a"), df.s.like("%a%"), df.s.startswith("b")):
        yield df.filter(condition).select("i")


def numbers_of_columns(x):
    """+, -, *, / and % of ints, longs, doubles and decimals, and their types."""
    df = x.rows("select 7 i, 3000000000L l, 2.5D d, 1.25 m, float(0.5) f, cast(3 as smallint) s")
    yield df.select(df.i / 2, df.i * df.l, df.i + df.d, df.m * df.i, df.m / df.i, df.m + df.d, df.l % df.i, df.f * df.m, df.s + 1,
                    df.s * df.s, -df.m, df.i - df.m, df.d / 0, df.i ** 2)


def sums_of_decimals(x):
    """sum adds ten digits, avg four; min and max keep the type."""
    df = x.rows("select * from values (1.10), (2.25), (null) t(m)")
    yield df.agg(F.sum("m"), F.avg("m"), F.min("m"), F.max("m"), F.sum(F.col("m") * 2), F.sum(F.col("m").cast("double")))


def rows_and_dictionaries(x):
    """createDataFrame of rows, dictionaries, tuples and with schemas."""
    yield x.spark.createDataFrame([Row(a=1, b="x"), Row(a=2, b=None)])
    yield x.spark.createDataFrame([(1, decimal.Decimal("1.5")), (2, None)], T.StructType([
        T.StructField("a", T.IntegerType(), False), T.StructField("m", T.DecimalType(5, 2))]))
    yield x.spark.createDataFrame([(datetime.date(2020, 1, 2), [Row(x=1)])], "d date, l array<struct<x:int>>")
    yield x.spark.createDataFrame(["a", "b"], "string")
    yield x.spark.createDataFrame([], "a int, b string")


def nested_columns(x):
    """Members, elements, explode and back with collect_list and struct."""
    path = x.file("a.json", '{"id":1,"items":[{"sku":"a","n":2},{"sku":"b","n":1}],"who":{"name":"Ann"}}\n{"id":2,"items":[],"who":null}\n')
    df = x.spark.read.json(path)
    yield df
    flat = df.select("id", "who.name", F.explode_outer("items").alias("item")).select("id", "name", "item.*")
    yield flat
    yield flat.groupBy("id").agg(F.collect_list(F.struct("sku", "n")).alias("items"))
    yield df.select(df.who.getField("name"), df["items"][0]["sku"], F.size("items"), F.col("items.sku"))


def running_totals(x):
    """Windows by order with lag, sums and ratios."""
    df = x.rows("select * from values ('a', 1, 10), ('a', 2, 20), ('b', 1, 5), ('b', 3, null) t(k, o, v)")
    by = Window.partitionBy("k").orderBy("o")
    yield df.select("k", "o", F.lag("v").over(by), F.lead("v", 1, -1).over(by), F.sum("v").over(by),
                    F.avg("v").over(by.rowsBetween(-1, 1)), F.round(F.col("v") / F.sum("v").over(Window.partitionBy("k")), 3),
                    F.first("v").over(by), F.count("v").over(by), F.ntile(2).over(by), F.dense_rank().over(by))


def from_csv_to_partitioned_parquet(x):
    """The commonest job of all."""
    df = _orders(x).withColumn("amount", F.col("amount").cast("double")).withColumn("year", F.year("day"))
    df.filter("amount is not null").write.mode("overwrite").partitionBy("year", "status").parquet(x.url("out"))
    yield sorted(x.files("out"))
    yield x.spark.read.parquet(x.url("out"))
    yield x.spark.read.parquet(x.url("out")).where("year = 2020 and status = 'paid'").count()


def types_of_a_schema(x):
    """A StructType when reading, and what it says afterwards."""
    schema = T.StructType([T.StructField("id", T.LongType()), T.StructField("customer", T.StringType()),
                           T.StructField("amount", T.DoubleType()), T.StructField("day", T.DateType()), T.StructField("status", T.StringType())])
    df = x.spark.read.csv(x.file("orders.csv", _ORDERS.replace("2020-02-30", "2020-02-29")), schema=schema, header=True)
    yield df
    yield df.schema.simpleString()
    yield [str(field) for field in df.schema]


def melting_and_pivoting(x):
    """unpivot, stack by union, and pivot of sums."""
    df = x.rows("select * from values ('a', 1, 2), ('b', 3, null) t(k, x, y)")
    yield df.select("k", F.lit("x").alias("n"), F.col("x").alias("v")).union(df.select("k", F.lit("y"), "y"))
    yield df.groupBy().pivot("k", ["a", "b"]).agg(F.sum("x"))


def texts_split_and_joined(x):
    """split, getItem, concat_ws, substring_index, format and positions."""
    df = x.rows("select * from values ('a-b-c'), ('a'), (''), (null) t(s)")
    yield df.select("s", F.split("s", "-").getItem(1), F.size(F.split("s", "-")), F.concat_ws("+", F.split("s", "-")),
                    F.substring_index("s", "-", 2), F.substring_index("s", "-", -1), F.instr("s", "-"), F.length("s"),
                    F.regexp_extract("s", "(\\w)-(\\w)", 2), F.translate("s", "-", "_"), F.lpad("s", 3, "*"), F.col("s").substr(1, 2))
