"""The methods of DataFrame, Column, GroupedData and the session, as scripts call them."""
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
