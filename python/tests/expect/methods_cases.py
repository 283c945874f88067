"""The methods of DataFrame, Column, GroupedData and the session, as scripts call them."""
import collections
import decimal

from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from tests.expect.bench import Ordered


def _frame(x):
    """Numbers, texts, NaN, booleans and nulls."""
    return x.spark.createDataFrame(
        [(1, "a", 1.5, None, True), (2, "b", float("nan"), 3, False), (None, "c", -2.0, 4, None),
         (5, None, None, None, True)], "id int, s string, d double, n bigint, b boolean")


def describes(x):
    """Numbers and texts only, statistics as texts, columns that are neither, frames without rows."""
    df = _frame(x)
    yield Ordered(df.describe())
    yield Ordered(df.describe("id", "s"))
    yield Ordered(df.describe(["d"]))
    yield Ordered(df.describe("b"))
    yield Ordered(df.limit(0).describe())
    yield Ordered(df.select("b").describe())
    yield Ordered(df.select(F.lit(1).cast("decimal(10,2)").alias("dec"), F.lit("7").alias("t")).describe())
    yield Ordered(df.select("id", "s").summary("stddev", "count"))
    yield Ordered(df.select("id", "s").summary("count_distinct", "max"))
    yield x.error(lambda: df.summary("foo"))


def summaries(x):
    """Percentiles are elements; of texts they are those of the numbers in them."""
    df = _frame(x)
    yield Ordered(df.summary())
    yield Ordered(df.summary("count", "min", "25%", "mean", "75.5%", "max"))
    yield Ordered(x.spark.createDataFrame([("10",), ("9",), ("x",)], ["t"]).summary("50%", "mean", "min"))


def correlations(x):
    """Nulls count as 0, what is not a number is an error, no rows give NaN and 0."""
    df = _frame(x)
    yield df.corr("id", "n")
    yield df.stat.corr("id", "d")
    yield df.cov("id", "n")
    yield df.stat.cov("n", "id")
    yield df.limit(0).cov("id", "n")
    yield df.limit(0).corr("id", "n")
    yield x.error(lambda: df.corr("id", "n", "spearman"))
    yield x.error(lambda: df.corr("id", "s"))
    yield x.error(lambda: df.cov("id", "s"))


def crosstabs(x):
    """Nulls are the text null, the columns are in order of text, pairs that are not there count 0."""
    df = _frame(x)
    yield df.crosstab("s", "id")
    yield df.crosstab("id", "b")
    yield df.stat.crosstab("d", "n")


def quantiles(x):
    """Elements, as doubles; nulls and NaN left out; columns without values; wrong arguments."""
    df = _frame(x)
    yield df.approxQuantile("id", [0.0, 0.25, 0.5, 1.0], 0.0)
    yield df.stat.approxQuantile(["id", "d", "n"], [0.5], 0.0)
    yield df.limit(0).approxQuantile("id", [0.5], 0.0)
    yield x.error(lambda: df.approxQuantile("s", [0.5], 0.1))
    yield x.error(lambda: df.approxQuantile("id", [1.5], 0.0))
    yield x.error(lambda: df.approxQuantile("id", 0.5, 0.0))
    yield x.error(lambda: df.approxQuantile("id", [0.5], -1.0))


def unpivots(x):
    """Nulls stay; all that are no ids; columns as names and Columns; types that do not meet."""
    df = _frame(x)
    yield df.unpivot("id", ["d", "n"], "var", "val")
    yield df.select("id", "n", "d").unpivot("id", None, "var", "val")
    yield df.melt(["id", "s"], ["n"], "x", "y")
    yield df.unpivot([], ["id", "n"], "x", "y")
    yield df.unpivot(F.col("id"), [F.col("n"), "id"], "x", "y")
    yield df.unpivot(F.col("id") + 1, ["n"], "x", "y")
    yield x.error(lambda: df.unpivot("id", [], "x", "y"))
    yield x.error(lambda: df.unpivot("id", ["s", "n"], "x", "y"))
    yield x.error(lambda: df.select("id").unpivot("id", None, "x", "y"))


def schemas_to_fit(x):
    """By name in any case, wider and narrower numbers, new columns, what must not be null."""
    df = _frame(x)
    field, struct = T.StructField, T.StructType
    yield df.to(struct([field("d", T.DoubleType()), field("ID", T.LongType()), field("zz", T.StringType())]))
    yield df.to(struct([field("id", T.ShortType())]))
    yield df.to(struct([field("id", T.StringType())]))
    yield x.error(lambda: df.to(struct([field("zz", T.StringType(), False)])))
    yield x.error(lambda: df.to(struct([field("id", T.IntegerType(), False)])))
    yield x.error(lambda: df.to(struct([field("s", T.IntegerType())])))


def columns_by_pattern(x):
    """Whole names, case aside; a text without backticks is a name; nothing matches."""
    df = _frame(x)
    yield df.select(df.colRegex("`[id]`"))
    yield df.select(df.colRegex("`(id)?+.+`"))
    yield df.select(df.colRegex("id"))
    yield df.select(df.colRegex("`D|S`"), "n")
    yield df.select(df.colRegex("`zz`")).columns


def splits(x):
    """All rows, none twice, and as many frames as weights; wrong weights."""
    df = x.spark.range(1000)
    parts = df.randomSplit([0.5, 0.3, 0.2], seed=3)
    ids = [row.id for part in parts for row in part.collect()]
    yield [len(parts), len(ids), len(set(ids))]
    yield all(100 < part.count() < 600 for part in parts)
    yield [row.id for row in df.randomSplit([1.0])[0].collect()] == list(range(1000))
    again = df.randomSplit([0.5, 0.5], seed=9)[0].collect()
    yield again == df.randomSplit([0.5, 0.5], seed=9)[0].collect()
    yield x.error(lambda: df.randomSplit([-1.0, 2.0]))
    yield x.error(lambda: df.randomSplit([0.0]))
    yield x.error(lambda: df.randomSplit([]))


def strata(x):
    """Shares of 0 and 1 are exact, values that are not named are left out; wrong shares."""
    df = _frame(x)
    yield df.sampleBy("s", {"a": 1.0, "b": 0.0}).select("s")
    yield df.stat.sampleBy(F.col("id"), {1: 1.0, 5: 1}, 3).select("id", "s")
    yield 20 < x.spark.range(100).withColumn("k", F.lit("a")).sampleBy("k", {"a": 0.5}, 1).count() < 80
    yield x.error(lambda: df.sampleBy("s", {"a": 2.0}))
    yield x.error(lambda: df.sampleBy("id", {None: 1.0}))


def orders_of_aggregates(x):
    """agg({...}) gives its columns in the order of the JVM's maps, small and large."""
    df = _frame(x)
    yield df.agg({"id": "max", "*": "count"})
    yield df.groupBy("b").agg({"id": "sum", "d": "avg"})
    yield df.agg({"id": "min", "s": "max", "d": "min", "n": "sum"})
    yield df.agg({"id": "min", "s": "max", "d": "min", "n": "sum", "b": "max"})
    wide = df.selectExpr("id alpha", "id beta", "id gamma", "id delta", "id Epsilon", "id zeta", "id theta_7", "id k8")
    yield wide.agg({name: "max" for name in wide.columns})
    yield wide.agg({name: "max" for name in wide.columns[:3]})
    yield x.error(lambda: df.groupBy("b").agg({"id": "foo"}))
    yield x.error(lambda: df.groupBy("b").agg())


def groups(x):
    """Functions without columns take the numbers; pivots with values that are not there; wrong columns."""
    df = _frame(x)
    yield df.groupBy("b").sum()
    yield df.groupBy("b").avg("id", "n")
    yield df.groupBy("b").count()
    yield df.groupBy().count()
    yield df.groupBy("b").min()
    yield df.groupBy("b").pivot("s").sum("id")
    yield df.groupBy("b").pivot("s", ["a", "zz"]).agg(F.sum("id"), F.max("n").alias("m"))
    yield df.groupBy("b").pivot("s", ["a"]).count()
    yield df.groupBy("id", F.col("n") + 1).count()
    yield x.error(lambda: df.groupBy("b").max("s"))
    yield x.error(lambda: df.groupBy("b").agg(F.sum("id"), "x"))
    yield x.error(lambda: df.groupBy(1).count())


def selections(x):
    """No columns, stars, positions, lists, wrong arguments."""
    df = _frame(x)
    yield df.select()
    yield df.select([])
    yield df.selectExpr("id + 1 as x", "*")
    yield df.select("*", (F.col("id") + 1).alias("q"))
    yield df.filter("id > 1 and s is not null")
    yield df[["id"]]
    yield df[df.id > 1]
    yield x.error(lambda: df.select(1))
    yield x.error(lambda: df.filter(1))
    yield x.error(lambda: df["zz"])
    yield x.error(lambda: df[5])
    yield x.error(lambda: df.nosuch)
    yield x.error(lambda: df.hint(1))
    yield x.error(lambda: df.dropDuplicates("id"))
    yield x.error(lambda: df.dropDuplicates(["zz"]))
    yield df.dropDuplicates([]).count()


def first_and_last_rows(x):
    """Numbers of rows that are 0 and negative, frames without rows."""
    df = _frame(x)
    yield df.tail(2)
    yield df.head(0)
    yield df.first()
    yield df.limit(0).first()
    yield df.isEmpty()
    yield df.offset(2)
    yield x.error(lambda: df.limit(-1).collect())
    yield x.error(lambda: df.take(-1))
    yield x.error(lambda: df.head(-1))
    yield x.error(lambda: df.offset(-1).collect())


def sorts_and_checkpoints(x):
    """One partition is sorted as a whole; what is kept stays."""
    df = _frame(x).coalesce(1)
    yield Ordered(df.sortWithinPartitions("id", ascending=False))
    yield Ordered(df.sortWithinPartitions(F.desc("id"), "s"))
    yield df.localCheckpoint()


def global_views(x):
    """global_temp in SQL, in table() and in the catalog; names in use."""
    df = _frame(x)
    df.createGlobalTempView("gv_one")
    yield x.spark.table("global_temp.gv_one").select("id")
    yield x.rows("select gv_one.id from global_temp.gv_one where s = 'a'")
    yield x.error(lambda: df.createGlobalTempView("gv_one"))
    df.select("s").createOrReplaceGlobalTempView("gv_one")
    yield x.rows("select * from GLOBAL_TEMP.GV_ONE")
    yield x.error(lambda: x.spark.table("gv_one"))
    yield [t.name for t in x.spark.catalog.listTables("global_temp") if t.database == "global_temp"]
    yield x.spark.catalog.dropGlobalTempView("gv_one")
    yield x.spark.catalog.dropGlobalTempView("gv_one")
    yield x.error(lambda: x.spark.table("global_temp.gv_one"))


def catalogs(x):
    """Views that Python made and that SQL made, patterns, columns, what is not there."""
    _frame(x).createOrReplaceTempView("first_view")
    x.rows("create temp view Second_View as select 1 a")
    catalog = x.spark.catalog
    yield [(t.name, t.tableType, t.isTemporary, t.namespace) for t in catalog.listTables()]
    yield [t.name for t in catalog.listTables(pattern="sec*")]
    yield catalog.tableExists("second_view")
    yield catalog.tableExists("nosuch")
    yield [(c.name, c.dataType, c.nullable) for c in catalog.listColumns("first_view")]
    yield catalog.databaseExists("default")
    yield catalog.currentDatabase()
    yield catalog.dropTempView("second_view")
    yield [t.name for t in catalog.listTables()]
    yield x.error(lambda: catalog.setCurrentDatabase("nosuch"))


def parameters(x):
    """Markers by name and by position, of every kind of value, in views of frames; those without a value."""
    spark = x.spark
    spark.range(5).createOrReplaceTempView("numbers")
    yield spark.sql("select id from numbers where id > :least and id < :most", args={"least": 1, "most": 4})
    yield spark.sql("select :a a, :b b, :c c", args={"a": "x'y", "b": 1.5, "c": None})
    yield spark.sql("select id from numbers where id = ? or id = ?", args=[1, 3])
    yield spark.sql("select id from {df} where id > {n}", df=spark.range(4), n=2)
    yield spark.sql("select ? + ?, '?', ':x'", args=[1, 2])
    yield x.error(lambda: spark.sql("select :a", args={"b": 1}))
    yield x.error(lambda: spark.sql("select id from numbers limit :n", args={"n": 2}).count())


def settings_in_sql(x):
    """SET with and without a value, keys that nobody set."""
    yield x.rows("set spark.sql.shuffle.partitions = 1")
    yield x.rows("SET spark.sql.shuffle.partitions")
    yield x.rows("set my.own.key=3 ")
    yield x.spark.conf.get("my.own.key")
    yield x.rows("set spark.sql.nosuch.key")
    yield x.rows("set time zone 'UTC'")


def names_in_groups(x):
    """groupBy and agg name what they get before it is known: members of structs, casts, functions called by name."""
    df = _nested(x)
    for key in [df.s.q, F.col("s.q"), F.col("s")["q"], F.col("a")[0], df.m.k, df.id.cast("int"), F.expr("cast(id as int)"),
                df.id.alias("z").cast("int"), F.col("t").cast("string").cast("date"), F.upper(df.s.q.cast("string")),
                F.expr("upper(s.q)"), F.ceil("id"), F.ceil("id") + 1, F.expr("ceil(id) + 1"), F.expr("sqrt(id) + 1"),
                F.sqrt("id") + 1, df.s.q + 1, F.expr("if(id > 1, 2, 3)"), F.expr("if(id > 1, 2, 3) + 1"), df["s.q"],
                df["s.q"].cast("string"), F.expr("int(id)"), F.when(df.s.q > 1, "x"), F.to_date("t")]:
        yield [df.groupBy(key).count().columns[0], df.rollup(key).count().columns[0], df.select(key).columns[0]]
    yield df.groupBy(df.id.cast("int")).pivot("t", ["x"]).count()
    yield df.groupBy(F.col("id").cast("string"), "t").agg(F.count("*").alias("n"))
    dotted = x.spark.createDataFrame([(1, 2)], ["a.b", "x y"])
    yield dotted.groupBy(F.col("`a.b`") + 1).agg(F.max("`a.b`"), F.max(dotted["`a.b`"]), F.max("x y"))


def names_of_aggregates(x):
    """Members, aliases and casts inside of aggregates; functions of two names."""
    df = _nested(x)
    for item in [F.max(df.s.q), F.max("s.q"), F.max(df["s.q"]), F.sum(F.col("id").alias("w")), F.max(F.ceil("id")),
                 F.max(F.expr("sqrt(id)")), F.expr("max(sqrt(id))"), F.sum(F.when(df.s.q > 1, 1).otherwise(0)),
                 F.max("id").cast("int"), F.max("id").alias("x y").cast("int"), F.array_agg("id"), F.max(F.curdate()),
                 F.max(F.now()), F.max(F.regexp("t", F.lit("x"))), F.max(F.dateadd(F.current_date(), 1)),
                 F.max(F.expr("if(id > 1, 2, 3)")), F.max(F.floor("id")), F.max(F.position(F.lit("x"), "t"))]:
        yield [df.groupBy("id").agg(item).columns[1], df.select(item).columns[0]]
    yield df.groupBy("id").agg(F.col("id").cast("int")).columns


def aliases_inside(x):
    """An alias inside of an expression is part of its name; a cast of one keeps it."""
    df = _nested(x)
    yield df.select(df.id.alias("x y").cast("string"), F.lit(1).alias("k").cast("string"), -df.id.alias("n"), df.id.alias("n") + 1)
    yield df.select(F.upper(df.t.alias("a.b")), df["s.q"] + 1, df["s.q"].cast("string"), F.struct(df["s.q"]))
    yield df.select(F.expr("id as foo").cast("string"), F.expr("cast(id as int)").cast("string"), F.array(df.id.alias("1")))
    yield df.select(df.id.alias("a").alias("b"), df.id.cast("string").alias("c").cast("int"))


def _nested(x):
    """A number, a struct, an array, a map and a text."""
    return x.spark.range(1).selectExpr("id", "named_struct('q', 1) s", "array(1) a", "map('k', 2) m", "'x' t")


def texts_of_columns(x):
    """repr of what Column's methods make."""
    a, b = F.col("a"), F.col("b")
    yield [repr(one) for one in [
        a + b, 1 - a, a ** 2, 2 ** a, 5 % a, ~a, -a, a & b, a | b, a != b, a.eqNullSafe("x"), a.isin([1, 2]), a.isin([]), a == None,  # noqa: E711
        a.between(1, b), a.contains("x"), a.like("x%"), a.ilike("x"), a.rlike("x"), a.substr(1, 2), a[0], a["k"], a[b], a[1:3],
        a.k, a.getField("x"), a.alias("z z"), a.alias("1"), a.alias("x", "y"), a.cast("array<int>"), a.cast(T.DecimalType(5, 2)),
        a.desc(), a.asc_nulls_last(), a.isNull(), a.withField("x", b), a.dropFields("x"), a.bitwiseXOR(3), F.lit(None), F.lit(1.5),
        F.lit(1e20), F.lit(b"ab"), F.lit("it's"), F.lit([1, 2]), F.col("a.b"), F.col("t.*"), F.when(a > 1, b).when(a < 0, 1).otherwise(None),
        F.count("*"), F.now(), F.regexp(a, b), F.lit(-0.0), F.lit(float("nan")), F.first("a", True), F.to_date(a, "y")]]
    for call in [lambda: a.when(b, 1), lambda: a.otherwise(1), lambda: bool(a), lambda: 1 in a, lambda: list(a), lambda: a.substr(1, b),
                 lambda: a[1:3:2], lambda: a.cast(1), lambda: a.over(1), lambda: a.withField("x", 1), lambda: hash(a), lambda: a.__foo__,
                 lambda: a.like(b), lambda: a.rlike(b)]:
        yield x.error(call)


def rows_of_python(x):
    """Rows by name and by position, makers of rows, equality, nesting, pickling."""
    import pickle
    row = Row(a=1, b=[Row(c=2)], d={"k": Row(e=3)}, f=(Row(g=4),))
    yield [row, row.asDict(), row.asDict(True), "a" in row, 1 in row, 1 in Row(1), row["a"], row[0:1], len(row), row.__fields__]
    yield [Row("a", "b"), Row("a", "b")(1, 2), Row("a", "b")(1), Row("a", "a")(1, 2).asDict(), Row(), Row(**{"a b": 1})]
    yield [Row(a=1) == Row(b=1), Row(a=1) == (1,), hash(Row(a=1)) == hash((1,)), Row(a=1) < Row(a=2), Row(a=1) + Row(b=2)]
    yield [pickle.loads(pickle.dumps(row)) == row, pickle.loads(pickle.dumps(Row("a", "b"))), pickle.loads(pickle.dumps(row)).__fields__]
    for call in [lambda: row.zz, lambda: row["zz"], lambda: row[9], lambda: Row(1, 2).asDict(), lambda: Row(1, a=2), lambda: Row("a")(1, 2),
                 lambda: Row(1).__fields__, lambda: setattr(row, "a", 2)]:
        yield x.error(call)


def _made(x, *args, **kwargs):
    """The types and rows of createDataFrame, or its error."""
    def make():
        df = x.spark.createDataFrame(*args, **kwargs)
        return df.schema, df.collect()
    return x.error(make)


def frames_of_dicts_and_rows(x):
    """Fields by name and by position; names laid over the sorted keys of dicts; objects."""
    pair = collections.namedtuple("pair", "y x")
    yield _made(x, [{"b": 1, "a": "x"}])
    yield _made(x, [{"b": 1}, {"a": 2}])
    yield _made(x, [{"b": 1, "a": 2}], ["x", "y"])
    yield _made(x, [{"b": 1, "a": 2}], "a long, b long")
    yield _made(x, [Row(b=1, a=2), Row(a=3, b=4)])
    yield _made(x, [Row(b=1, a=2)], "a int, b int")
    yield _made(x, [pair(1, 2)])
    yield _made(x, [(1, 2)], ["a"])
    yield _made(x, [(1, 2)], ["a", "a"])
    yield _made(x, [{"a": {"b": 1}}, {"a": {"c": 2.5}}])
    yield _made(x, [Row(a=[Row(b=1), Row(b=None)])])
    yield _made(x, [Row("a", "b")(1, 2)])
    yield _made(x, [Row(1, 2)])
    for rows in [[{"a": None}], [()], [], [None], 5, "abc", [1, 2], [Row(a=Row(b=1)), Row(a=Row(b=[1]))]]:
        yield _made(x, rows)


def values_that_do_not_fit(x):
    """Inferred from several rows, and not verified: other classes are null, whole numbers wrap; verified: errors."""
    D = decimal.Decimal
    for rows in [[(1,), ("x",)], [(True,), ("x",)], [([1, None],)], [({"a": 1, "b": "x"},)], [(2 ** 63,)], [(D("1.5"),)],
                 [(1,), (1.5,)], [(True,), (1,)], [([1, 1.5],)], [([],)], [({"a": None},)], [(1.5,), (None,)], [(1.5,), ("x",)]]:
        yield _made(x, rows, ["a"])
    for value, kind in [("1", "int"), (1.7, "int"), (1, "double"), (1, "string"), (1, "boolean"), ("x", "boolean"), (2 ** 40, "int"),
                        (128, "byte"), (1, "decimal(5,2)"), ([1, "x"], "array<int>")]:
        yield _made(x, [(value,)], "x " + kind, verifySchema=False)
        yield _made(x, [(value,)], "x " + kind)
    for value, kind in [(D("1.555"), "decimal(5,2)"), (D("NaN"), "decimal(5,2)"), (D("1.555"), "decimal(38,18)"), (1.1, "float"), (1e300, "float"),
                        (True, "string"), (1.5, "string"), ({None: 1}, "map<string,int>"), ({1: 1}, "map<string,int>"), ((1, 2), "array<int>"),
                        ((1,), "struct<b:int>"), ({"b": 1}, "struct<b:int>"), ((1, 2), "struct<b:int>"), (None, "int not null")]:
        yield _made(x, [(value,)], "x " + kind)
    for rows, kind in [([1, None], "int"), ([1.0], "int"), ([(1,)], "int"), ([1], "a int"), ([], "a int"), ([(1, 2)], "a int")]:
        yield _made(x, rows, kind)


def types_in_json_and_texts(x):
    """Names, JSON and back, of every type; DDL texts."""
    types = [T.NullType(), T.CharType(3), T.StringType(), T.VarcharType(3), T.BinaryType(), T.BooleanType(), T.DateType(), T.TimestampType(),
             T.TimestampNTZType(), T.DecimalType(), T.DecimalType(5, 2), T.DoubleType(), T.FloatType(), T.ByteType(), T.IntegerType(),
             T.LongType(), T.ShortType(), T.DayTimeIntervalType(), T.DayTimeIntervalType(0, 1), T.YearMonthIntervalType(0),
             T.ArrayType(T.IntegerType(), False), T.MapType(T.StringType(), T.ArrayType(T.LongType())),
             T.StructType([T.StructField("a b", T.DecimalType(3, 1), False, {"k": 1})]), T.StructType()]
    for one in types:
        yield [one.typeName(), one.simpleString(), one, one.json(), T._parse_datatype_json_string(one.json()) == one]
    for text in ["int", "a int", "a: int, `b c` array<struct<d:string>>", "decimal(5 , 2)", "timestamp_ntz", "interval hour to minute",
                 "a int not null comment 'q'", "1a int", "struct<>", "char(3)", ""]:
        yield T._parse_datatype_string(text)
    for text in ["nope", "a", "a.b int", "array<>", "map<int>", "array<int", "a int,", "char", "decimal(40,2)", "decimal(5,6)"]:
        yield x.error(lambda: T._parse_datatype_string(text))
