"""pandas: frames to and from it, and Python functions over Series and DataFrames."""
import datetime
import decimal
import warnings
from typing import Iterator, Tuple, Union

from tests.expect.bench import Ordered

warnings.filterwarnings("ignore", category=UserWarning)
warnings.filterwarnings("ignore", category=FutureWarning)
warnings.filterwarnings("ignore", category=DeprecationWarning)

EVERY = ("a tinyint, b smallint, c int, d bigint, e float, f double, g boolean, h string, i date, j timestamp, "
         "k decimal(12,3), l binary, m array<int>, n map<string,int>, o struct<x:int,y:string>")
FULL = (1, 2, 3, 4, 1.5, 2.5, True, "s", datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5, 678901),
        decimal.Decimal("1.500"), bytearray(b"\x00z"), [1, None], {"k": 1, "j": None}, (7, None))
NONE = (None,) * 15


def _shape(frame):
    """A pandas DataFrame as an answer: its names, dtypes and values with their classes."""
    columns = ["%s %s" % (name, kind) for name, kind in zip(frame.columns, frame.dtypes)]
    rows = [[_value(frame.iloc[r, c]) for c in range(len(frame.columns))] for r in range(len(frame))]
    return {"columns": columns, "rows": rows, "index": repr(frame.index)}


def _value(value):
    """A value with its class."""
    if isinstance(value, (list, tuple)):
        return "%s%r" % (type(value).__name__, [_value(part) for part in value])
    return "%s %r" % (type(value).__name__, value.tolist() if type(value).__name__ == "ndarray" else value)


def to_pandas_of_every_type(b):
    """Whole numbers and booleans with nulls change their dtype, dates stay objects, timestamps are nanoseconds; a frame
    without rows has the dtypes of the schema."""
    for rows in ([FULL], [FULL, NONE], [NONE], []):
        yield _shape(b.spark.createDataFrame(rows, EVERY).toPandas())


def to_pandas_of_special_values(b):
    """NaN and null are one in doubles, large whole numbers lose digits next to a null, names may come twice."""
    yield _shape(b.rows("select * from values (double('NaN'), 1.0f), (null, null), (double('Infinity'), -0.0f) t(a, b)").toPandas())
    yield _shape(b.rows("select * from values (9007199254740993L), (null) t(a)").toPandas())
    yield _shape(b.rows("select 1 as a, 'x' as a, null as n, timestamp_ntz'2020-01-02 03:04:05' t").toPandas())
    yield _shape(b.rows("select interval '1 02:03:04.5' day to second i union all select null").toPandas())
    yield _shape(b.rows("select '' a, 'é😀' b union all select null, 'x'").toPandas())
    yield b.error(lambda: b.rows("select timestamp'1600-01-01 00:00:00' t").toPandas())
    yield b.error(lambda: b.rows("select timestamp'9999-12-31 00:00:00' t union all select null").toPandas())
    yield _shape(b.rows("select date'0001-01-01' t").toPandas())


def to_pandas_of_nested_values(b):
    """Timestamps inside are Timestamps of pandas, structs are Rows, maps dicts, arrays lists."""
    yield _shape(b.rows("select array(timestamp'2020-01-01 01:02:03', null) a, named_struct('t', timestamp'2020-01-01', 'a', array(1)) s, "
                        "map('k', timestamp'2020-01-01') m, array(named_struct('x', 1), null) n, map(1, array(1.5d)) q").toPandas())
    yield _shape(b.rows("select array(array(1), null) a, array(date'2020-01-01') d, array(1.5bd) e").toPandas())


def to_pandas_with_arrow(b):
    """With Arrow structs are dicts, and arrays are NumPy's."""
    b.spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    try:
        for rows in ([FULL], [FULL, NONE], []):
            yield _shape(b.spark.createDataFrame(rows, EVERY).toPandas())
        yield _shape(b.rows("select array(timestamp'2020-01-01 01:02:03', null) a, array(named_struct('x', 1), null) n, "
                            "map('k', timestamp'2020-01-01') m, array(array(1), null) q, null z").toPandas())
    finally:
        b.spark.conf.unset("spark.sql.execution.arrow.pyspark.enabled")


def from_pandas(b):
    """The types come from the values: NaN is no null, None is one, NaT is null, the index does not count."""
    import numpy
    import pandas
    frame = pandas.DataFrame({
        "a": [1, 2], "b": [1.5, float("nan")], "c": ["x", None], "d": pandas.to_datetime(["2020-01-01 01:02:03.456789", None]),
        "e": [True, False], "f": [datetime.date(2020, 1, 2), None], "g": [[1, 2], []], "h": [{"k": 1}, {}],
        "i": pandas.to_timedelta(["1 day", "2 hours"])}, index=[5, 6])
    yield Ordered(b.spark.createDataFrame(frame))
    frame = pandas.DataFrame({1: numpy.array([1, 2], dtype="int8"), "b c": numpy.array([1, 2], dtype="float32"),
                              "u": numpy.array([1, 2], dtype="uint8")})
    yield Ordered(b.spark.createDataFrame(frame))
    yield Ordered(b.spark.createDataFrame(frame, ["x", "y", "z"]))
    yield Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": pandas.Categorical(["x", "y", "x"])})))
    moments = pandas.to_datetime(["2020-01-01 12:00:00", "2020-07-01 12:00:00"])
    yield Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": moments.tz_localize("America/New_York"), "b": moments})))


def from_pandas_with_a_schema(b):
    """Values are held to the schema as Python's own are: NaN is no int, and 1 is no double."""
    import pandas
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", None]})
    yield Ordered(b.spark.createDataFrame(frame, "a int, b string"))
    yield Ordered(b.spark.createDataFrame(frame, "p bigint, q string"))
    yield b.error(lambda: b.spark.createDataFrame(frame, "a double, b string"))
    yield b.error(lambda: b.spark.createDataFrame(frame, "a int, b string, c int").collect())
    yield b.error(lambda: b.spark.createDataFrame(pandas.DataFrame({"a": [1, None]}), "a int"))
    yield b.error(lambda: b.spark.createDataFrame(pandas.DataFrame({"a": [300]}), "a tinyint"))
    yield b.error(lambda: b.spark.createDataFrame(pandas.DataFrame({"a": [None, None]})))
    yield b.error(lambda: b.spark.createDataFrame(pandas.DataFrame({"a": []})))
    yield b.spark.createDataFrame(pandas.DataFrame({"a": []}), "a int")
    nested = pandas.DataFrame({"s": [{"x": 1, "y": "a"}, None], "m": [{"k": 1}, {}], "a": [[1], None],
                               "t": [[pandas.Timestamp("2020-01-01")], []]})
    yield Ordered(b.spark.createDataFrame(nested, "s struct<x:int,y:string>, m map<string,int>, a array<int>, t array<timestamp>"))


def from_pandas_with_odd_values(b):
    """A column of objects may hold several classes; pandas has nulls of its own."""
    import numpy
    import pandas
    for values in (["x", float("nan")], [1, "x"], [1, 2.5], [decimal.Decimal("1.5"), None], [numpy.int32(1), numpy.int32(2)],
                   [True, None], [b"x", None], [datetime.datetime(2020, 1, 1), None]):
        yield b.error(lambda values=values: Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": pandas.Series(values, dtype=object)}))))
    yield b.error(lambda: Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")}))))
    yield b.error(lambda: Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": pandas.array(["x", None], dtype="string")}))))
    yield b.error(lambda: Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": pandas.array(["x", "y"], dtype="string")}))))


def from_pandas_with_arrow(b):
    """With Arrow NaN is null, and the types come from the dtypes."""
    import numpy
    import pandas
    b.spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    try:
        frame = pandas.DataFrame({
            "a": [1, 2], "b": [1.5, float("nan")], "c": ["x", None], "d": pandas.to_datetime(["2020-01-01 01:02:03.456789", None]),
            "e": [True, False], "f": [datetime.date(2020, 1, 2), None], "g": [[1, 2], []], "h": numpy.array([1, 2], dtype="int16"),
            "i": pandas.array([1, None], dtype="Int64"), "j": pandas.Categorical(["x", "y"]), "k": [decimal.Decimal("1.5"), None]})
        yield Ordered(b.spark.createDataFrame(frame))
        yield Ordered(b.spark.createDataFrame(frame[["a", "b"]], "x int, y float"))
        yield Ordered(b.spark.createDataFrame(frame[["a", "b"]], ["x", "y"]))
        yield b.error(lambda: Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": [1, "x"]}))))
        yield Ordered(b.spark.createDataFrame(pandas.DataFrame({"a": [1, 2]}), "a string"))
    finally:
        b.spark.conf.unset("spark.sql.execution.arrow.pyspark.enabled")


def scalar(b):
    """A function over Series: names, nulls as NaN, NaN as null, whole numbers that wrap, doubles that are cut."""
    import pandas as pd
    from pyspark.sql import functions as F
    df = b.rows("select * from values (1, 'a', 1.5d), (2, 'b', null), (null, null, double('NaN')) t(i, s, d)")

    @F.pandas_udf("double")
    def plus(a: pd.Series, c: pd.Series) -> pd.Series:
        return a + c
    yield df.select("s", plus("i", "d"), plus(df.i, F.lit(1)).alias("one"), plus(F.col("i") + 1, "d"))
    upper = F.pandas_udf(lambda s: s.str.upper(), "string")
    yield df.select(upper("s"), upper(upper("s")), F.length(upper("s")))
    yield df.filter(plus("i", "d") > 2).select("i")
    yield df.withColumn("x", plus("i", "i")).groupBy("x").count()
    one = F.pandas_udf(lambda s: s + 1, "int")
    yield df.select(one("d"), one("i"), one(F.lit(2147483647)), one(one("d")))
    text = F.pandas_udf(lambda s: s.map(str), "string")
    yield df.select(text("i"), text("d"))
    yield df.orderBy(plus("i", "i").desc()).select("i")


def scalar_dtypes(b):
    """What dtype a function sees of each type, with and without nulls."""
    import pandas as pd
    from pyspark.sql import functions as F

    @F.pandas_udf("string")
    def shown(s: pd.Series) -> pd.Series:
        kinds = s.map(lambda value: "%s %r" % (type(value).__name__, value.tolist() if hasattr(value, "tolist") else value))
        return str(s.dtype) + " " + kinds

    @F.pandas_udf("string")
    def members(s: pd.DataFrame) -> pd.Series:
        return pd.Series(["%s %s" % (list(s.columns), [str(kind) for kind in s.dtypes])] * len(s))
    for rows in ([FULL], [FULL, NONE]):
        df = b.spark.createDataFrame(rows, EVERY)
        yield df.select(*[shown(name) for name in df.columns[:-1]], members("o"))
    yield b.rows("select array(timestamp'2020-01-01') a, array(named_struct('x', 1)) n, map('k', array(1)) m, null z").select(
        shown("a"), shown("n"), shown("m"))


def scalar_results(b):
    """What becomes of a result of each type: of several dtypes, of objects, and of what does not fit."""
    import pandas as pd
    from pyspark.sql import functions as F
    df = b.spark.range(2)
    moment = pd.Timestamp("2020-01-02 03:04:05.678901")
    for kind, make in (
            ("tinyint", lambda s: s + 300), ("int", lambda s: s + 2.7), ("bigint", lambda s: s == 1), ("double", lambda s: s == 1),
            ("boolean", lambda s: s), ("string", lambda s: s), ("float", lambda s: s / 3), ("int", lambda s: s.map(str)),
            ("date", lambda s: pd.Series([datetime.date(2020, 1, 2), None])), ("date", lambda s: pd.Series([moment, pd.NaT])),
            ("timestamp", lambda s: pd.Series([moment, pd.NaT])), ("timestamp", lambda s: pd.Series([moment, pd.NaT]).dt.tz_localize("Asia/Tokyo")),
            ("timestamp", lambda s: pd.Series([datetime.datetime(2020, 1, 1), None], dtype=object)), ("timestamp", lambda s: s),
            ("decimal(5,2)", lambda s: pd.Series([decimal.Decimal("1.5"), None])), ("decimal(5,2)", lambda s: s),
            ("decimal(3,2)", lambda s: pd.Series([decimal.Decimal("12345.5"), None])),
            ("binary", lambda s: pd.Series([b"x", None])), ("binary", lambda s: pd.Series(["x", None])),
            ("array<int>", lambda s: pd.Series([[1, 2], None])), ("array<double>", lambda s: s.map(lambda v: [v, None])),
            ("array<timestamp>", lambda s: pd.Series([[moment], []])), ("map<string,int>", lambda s: pd.Series([{"b": 1, "a": None}, {}])),
            ("string", lambda s: pd.Series(pd.Categorical(["x", "y"]))), ("int", lambda s: pd.Series([1, None], dtype="Int64")),
            ("int", lambda s: s.to_numpy()), ("int", lambda s: [1, 2]), ("int", lambda s: 5), ("int", lambda s: s[:1]), ("int", lambda s: None)):
        yield b.error(lambda kind=kind, make=make: df.select(F.pandas_udf(make, kind)("id").alias(kind)))


def scalar_structs(b):
    """A struct comes as a DataFrame, and goes as one: by name, or by place where no name is a text."""
    import pandas as pd
    from pyspark.sql import functions as F
    df = b.rows("select named_struct('x', id, 'y', cast(id as string)) s, id from range(3)")

    @F.pandas_udf("struct<p:bigint,q:string>")
    def turned(s: pd.DataFrame, n: pd.Series) -> pd.DataFrame:
        return pd.DataFrame({"q": s["y"] + "!", "p": s["x"] + n, "more": 1})
    yield df.select(turned("s", "id").alias("t")).select("t.p", "t.q", "t")
    place = F.pandas_udf(lambda s: pd.DataFrame({0: s, 1: s.map(str)}), "p int, q string")
    yield df.select(place("id"))
    for make in (lambda s: pd.DataFrame({"p": s}), lambda s: s, lambda s: pd.DataFrame({0: s}), lambda s: pd.DataFrame(index=range(3))):
        yield b.error(lambda make=make: df.select(F.pandas_udf(make, "p int, q string")("id").alias("t")))


def scalar_iterators(b):
    """An iterator of batches, or of tuples of them; its state goes on from batch to batch."""
    import pandas as pd
    from pyspark.sql import functions as F

    @F.pandas_udf("bigint")
    def running(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        total = 0
        for batch in batches:
            yield batch.cumsum() + total
            total += batch.sum()

    @F.pandas_udf("bigint")
    def sizes(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        for batch in batches:
            yield pd.Series([len(batch)] * len(batch))

    @F.pandas_udf("string")
    def joined(batches: Iterator[Tuple[pd.Series, pd.Series]]) -> Iterator[pd.Series]:
        for one, two in batches:
            yield one.map(str) + two
    df = b.spark.range(0, 25000, 1, 1)
    yield df.select(running("id").alias("x")).selectExpr("count(1)", "max(x)", "sum(x)", "count(distinct x)")
    yield df.select(sizes("id").alias("x")).groupBy("x").count()
    yield df.limit(3).select(joined("id", F.lit("z")), running("id"), sizes(running("id")), running(running("id")))

    def late(batches):
        for batch in list(batches):
            yield batch

    def short(batches):
        for batch in batches:
            yield batch[1:]

    def stopped(batches):
        yield next(batches)

    def many(batches):
        for batch in batches:
            yield batch
            yield batch

    def none(batches):
        return 5

    def wrong(batches):
        for batch in batches:
            yield 1
    for function in (late, short, stopped, many, none, wrong):
        yield b.error(lambda function=function: df.select(F.pandas_udf(function, "bigint", F.PandasUDFType.SCALAR_ITER)("id").alias("x"))
                      .selectExpr("count(1)", "sum(x)"))


def batches_are_of_ten_thousand(b):
    """A function sees batches of 10000 rows, or of as many as a setting says."""
    import pandas as pd
    from pyspark.sql import functions as F
    size = F.pandas_udf(lambda s: pd.Series([len(s)] * len(s)), "int")
    df = b.spark.range(0, 23456, 1, 1)
    yield df.select(size("id").alias("x")).groupBy("x").count()
    b.spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "7000")
    try:
        yield df.select(size("id").alias("x")).groupBy("x").count()
        yield df.mapInPandas(lambda frames: (pd.DataFrame({"x": [len(frame)]}) for frame in frames), "x int")
        yield df.groupBy(F.lit(1)).applyInPandas(lambda frame: pd.DataFrame({"x": [len(frame)]}), "x int")
    finally:
        b.spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")


def chains(b):
    """A function over another's value gets what that one gave, not what its type makes of it."""
    import pandas as pd
    from pyspark.sql import functions as F
    seen = F.pandas_udf(lambda s: pd.Series([str(s.dtype)] * len(s)), "string")
    half = F.pandas_udf(lambda s: s / 2, "int")
    df = b.spark.range(3)
    yield df.select(seen(half("id")), half("id"), half(half("id")), seen(half("id") + 0), seen(F.col("id")))
    yield df.select(half("id").alias("h")).select(seen("h"), half("h"))
    plain = F.udf(lambda v: v * 2, "bigint")
    yield df.select(half(plain("id")), plain(half("id")))


def group_aggregates(b):
    """A function from the Series of a group to one value; nulls are in it, other aggregates beside it are an error."""
    import pandas as pd
    from pyspark.sql import functions as F
    df = b.rows("select * from values ('a', 1, 1.5d), ('a', 2, null), ('b', null, 3.0d), (null, 4, double('NaN')) t(k, i, d)")

    @F.pandas_udf("double")
    def mean(v: pd.Series) -> float:
        return v.mean()

    @F.pandas_udf("string")
    def both(v: pd.Series, w: pd.Series) -> str:
        return "%s %s %d" % (v.dtype, w.dtype, len(v))
    yield df.groupBy("k").agg(mean("i"), both("i", "d").alias("x"), (mean("d") + 1).alias("y"))
    yield df.agg(mean("i"), both("k", "i"))
    yield df.select(mean("i"))
    yield df.groupBy((F.col("i") > 1).alias("big")).agg(mean("d"), both("k", "d"))
    yield df.filter("false").groupBy("k").agg(mean("i"))
    yield b.error(lambda: df.filter("false").agg(both("i", "d")))
    yield b.error(lambda: df.groupBy("k").agg(mean("i"), F.sum("i")))
    yield b.error(lambda: df.groupBy("k").agg(mean(mean("i"))))
    listed = F.pandas_udf(lambda v: list(v), "array<int>", F.PandasUDFType.GROUPED_AGG)
    yield df.filter("k = 'a'").groupBy("k").agg(listed("i"))
    for kind, make in (("int", lambda v: None), ("int", lambda v: 2.7), ("string", lambda v: 5), ("double", lambda v: float("nan")),
                       ("date", lambda v: datetime.date(2020, 1, 1)), ("int", lambda v: v)):
        yield b.error(lambda kind=kind, make=make: df.groupBy("k").agg(F.pandas_udf(make, kind, F.PandasUDFType.GROUPED_AGG)("i").alias("x")))
    b.spark.udf.register("pd_mean", mean)
    df.createOrReplaceTempView("t")
    yield b.rows("select k, pd_mean(i) m from t group by k having pd_mean(i) > 1")
    yield b.rows("select pd_mean(i + 1) from t")


def windows(b):
    """Over a window: whole partitions, running ones, frames of rows and of values; the order of the rows is the window's."""
    import pandas as pd
    from pyspark.sql import Window
    from pyspark.sql import functions as F
    df = b.rows("select * from values ('a', 3, 1.5d), ('a', 1, null), ('a', 2, 4.0d), ('b', 9, 3.0d), (null, 4, 1.0d), (null, 4, 2.0d) t(k, i, d)")

    @F.pandas_udf("double")
    def mean(v: pd.Series) -> float:
        return v.mean()

    @F.pandas_udf("string")
    def shown(v: pd.Series, w: pd.Series) -> str:
        return "%s %s %s" % (v.tolist(), w.dtype, v.index.tolist())
    by = Window.partitionBy("k")
    yield df.select("k", "i", mean("d").over(by))
    yield df.select("k", "i", mean("d").over(by).alias("m"), (mean("i").over(by) - F.col("i")).alias("x"))
    yield df.select(mean("d").over(Window.partitionBy()))
    yield df.select("k", "i", "d", shown("i", "d").over(by.orderBy("i", "d")).alias("x"))
    yield df.select("k", "i", "d", shown("i", "d").over(by.orderBy(F.desc("i"), "d").rowsBetween(-1, 1)).alias("x"))
    yield df.select("k", "i", "d", shown("i", "d").over(by.orderBy("i", "d").rowsBetween(1, 2)).alias("x"))
    yield df.select("k", "i", "d", shown("i", "d").over(by.orderBy("i").rangeBetween(-1, 0)).alias("x")).filter("k is not null")
    yield df.select("k", "i", "d", shown("i", "d").over(by.orderBy("i", "d").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)).alias("x"))
    yield df.withColumn("m", mean("d").over(by)).filter("m > 2").select("k", "i")


def map_in_pandas(b):
    """All rows, batch by batch; what comes out may be longer or shorter, by name or by place."""
    import pandas as pd
    df = b.spark.createDataFrame([(1, "a", 1.5), (2, None, None), (None, "c", 2.5)], "i int, s string, d double")

    def some(frames):
        for frame in frames:
            yield frame[frame.i == 1]

    def twice(frames):
        for frame in frames:
            yield pd.concat([frame, frame])
            yield frame.head(0)

    def dtypes(frames):
        for frame in frames:
            yield pd.DataFrame({"x": ["%s %s" % pair for pair in frame.dtypes.items()]})

    def place(frames):
        for frame in frames:
            yield pd.DataFrame([[1, "x"], [2, None]])
    yield df.mapInPandas(some, df.schema)
    yield df.mapInPandas(twice, "d double, i bigint, s string")
    yield df.mapInPandas(dtypes, "x string")
    yield df.mapInPandas(place, "n bigint, t string")
    yield df.mapInPandas(lambda frames: [], "n bigint")
    yield df.filter("i < 0").mapInPandas(twice, df.schema)
    yield df.mapInPandas(some, df.schema).filter("i = 1").select("s").union(df.select("s"))
    yield b.spark.range(0, 30000, 1, 1).mapInPandas(lambda frames: (next(frames) for _ in range(1)), "id bigint").selectExpr("count(1)", "max(id)")
    for make in (lambda frames: 5, lambda frames: [1], lambda frames: iter([pd.DataFrame({"x": [1]})]), lambda frames: iter([pd.DataFrame([[1, 2, 3]])]),
                 lambda frames: iter([pd.DataFrame([[1, 2, 3]], columns=["n", "t", "z"])]), lambda frames: 1 / 0,
                 lambda frames: iter([pd.DataFrame({"n": ["x"], "t": ["y"]})])):
        yield b.error(lambda make=make: df.mapInPandas(make, "n bigint, t string"))
    yield b.error(lambda: df.mapInPandas(some, "int"))
    every = b.spark.createDataFrame([FULL, NONE], EVERY)
    yield every.mapInPandas(lambda frames: frames, EVERY)
    yield every.mapInPandas(dtypes, "x string")


def map_in_arrow(b):
    """As map_in_pandas, with record batches."""
    import pyarrow as pa
    df = b.spark.createDataFrame([(1, "a", 1.5), (2, None, None)], "i int, s string, d double")

    def some(batches):
        for batch in batches:
            yield batch.filter(pa.compute.equal(batch.column(0), 1))

    def shown(batches):
        for batch in batches:
            yield pa.RecordBatch.from_pydict({"x": [str(field) for field in batch.schema]})
    yield df.mapInArrow(shown, "x string")
    every = b.spark.createDataFrame([FULL, NONE], EVERY)
    yield every.mapInArrow(lambda batches: batches, EVERY)
    yield every.mapInArrow(shown, "x string")
    yield b.error(lambda: df.mapInArrow(lambda batches: [5], "x string"))
    yield b.error(lambda: df.mapInArrow(lambda batches: 5, "x string"))


def groups(b):
    """One group at a time, sorted by its key; the function may want the key."""
    import pandas as pd
    from pyspark.sql import functions as F
    df = b.rows("select * from values ('a', 1, 1.5d), ('b', 2, null), ('a', null, 3.0d), (null, 4, double('NaN')), (null, 5, 0.0d) t(k, i, d)")

    def centred(frame):
        return frame.assign(d=frame.d - frame.d.mean())

    def keyed(key, frame):
        return pd.DataFrame([[repr(tuple(type(part).__name__ for part in key)), str(key), len(frame), ",".join(frame.columns)]])
    yield Ordered(df.groupBy("k").applyInPandas(centred, "k string, i int, d double"))
    yield Ordered(df.groupBy("k").applyInPandas(keyed, "t string, v string, n int, c string"))
    yield Ordered(df.groupBy("k", F.col("i") > 1).applyInPandas(keyed, "t string, v string, n int, c string"))
    yield Ordered(df.groupBy("i", "d").applyInPandas(keyed, "t string, v string, n int, c string"))
    yield df.groupBy().applyInPandas(keyed, "t string, v string, n int, c string")
    yield df.filter("false").groupBy().applyInPandas(keyed, "t string, v string, n int, c string")
    yield df.filter("false").groupBy("k").applyInPandas(centred, df.schema)
    yield Ordered(df.groupBy("k").applyInPandas(lambda frame: frame.head(0), df.schema))
    yield Ordered(df.groupBy("k").applyInPandas(lambda frame: pd.DataFrame(), df.schema))
    yield Ordered(df.groupBy("k").apply(F.pandas_udf(centred, df.schema, F.PandasUDFType.GROUPED_MAP)))
    yield df.groupBy(F.to_date(F.lit("2020-01-02")).alias("day"), F.lit(1.5).cast("decimal(5,2)")).applyInPandas(keyed, "t string, v string, n int, c string")
    yield df.groupBy(F.to_timestamp(F.lit("2020-01-02")).alias("t"), F.lit(True)).applyInPandas(keyed, "t string, v string, n int, c string")
    for make in (lambda frame: 5, lambda frame: frame[["k"]], lambda frame: frame.assign(z=1), lambda frame: pd.DataFrame([[1]]), lambda: 1,
                 lambda a, c, d: 1, lambda frame: frame.rename(columns={"k": "z"}), lambda frame: next(iter([]))):
        yield b.error(lambda make=make: df.groupBy("k").applyInPandas(make, df.schema))
    yield b.error(lambda: df.groupBy("nope").applyInPandas(centred, df.schema))
    yield b.error(lambda: df.groupBy("k").apply(F.pandas_udf(lambda s: s, "int")))


def groups_of_numbers(b):
    """NaN is one group, and so are both zeros; groups may be larger than a batch, and keep their order."""
    import pandas as pd
    df = b.rows("select * from values (double('NaN'), 1), (-0.0d, 2), (0.0d, 3), (double('NaN'), 4), (null, 5), (1.0d, 6) t(k, i)")
    yield Ordered(df.groupBy("k").applyInPandas(lambda key, frame: pd.DataFrame([[str(key[0]), sorted(frame.i)]]), "k string, i array<int>"))
    large = b.spark.range(0, 30000, 1, 1).selectExpr("id", "id % 2 k")

    def summed(key, frame):
        return pd.DataFrame([[key[0], len(frame), frame.id.iloc[0], frame.id.is_monotonic_increasing, str(frame.index)]])
    yield Ordered(large.groupBy("k").applyInPandas(summed, "k bigint, n int, first bigint, ordered boolean, i string"))


def cogroups(b):
    """Two frames side by side: either group may be empty, with the dtypes that it has then."""
    import pandas as pd
    one = b.rows("select * from values ('a', 1), ('b', 2), ('a', null), (null, 3) t(k, i)")
    two = b.rows("select * from values ('b', 1.5d, 'x'), ('z', 2.5d, 'y'), (null, null, 'n') t(k, d, s)")

    def both(left, right):
        return pd.DataFrame([[len(left), len(right), str(left.dtypes.tolist()), str(right.dtypes.tolist()), ",".join(left.columns), ",".join(right.columns)]])

    def keyed(key, left, right):
        return pd.DataFrame([[str(key), len(left), len(right)]])

    def merged(left, right):
        return left.merge(right, on="k")[["k", "i", "s"]]
    yield Ordered(one.groupBy("k").cogroup(two.groupBy("k")).applyInPandas(both, "l int, r int, lt string, rt string, lc string, rc string"))
    yield Ordered(one.groupBy("k").cogroup(two.groupBy("k")).applyInPandas(keyed, "k string, l int, r int"))
    yield Ordered(one.groupBy("k").cogroup(two.groupBy("k")).applyInPandas(merged, "k string, i int, s string"))
    yield b.error(lambda: one.groupBy("k").cogroup(two.groupBy("k")).applyInPandas(lambda left: left, "k string"))
    yield b.error(lambda: one.groupBy("k").cogroup(two.groupBy("k")).applyInPandas(lambda left, right: left, "k string"))
    yield one.filter("false").groupBy("k").cogroup(two.groupBy("k")).applyInPandas(keyed, "k string, l int, r int")


def kinds(b):
    """Which hints make which kind, and which none."""
    import pandas as pd
    from pyspark.sql import functions as F

    def hinted(takes, gives):
        def function(v):
            return v
        function.__annotations__ = dict({"v": takes} if takes else {}, **{"return": gives} if gives else {})
        return function
    for takes, gives in ((pd.Series, pd.Series), (pd.DataFrame, pd.Series), (Union[pd.Series, pd.DataFrame], pd.DataFrame), (pd.Series, float),
                         (Iterator[pd.Series], Iterator[pd.Series]), (Iterator[Tuple[pd.Series, ...]], Iterator[pd.Series]),
                         (Iterator[Tuple[pd.Series, pd.DataFrame]], Iterator[pd.DataFrame]), (None, pd.Series), (pd.Series, None),
                         (int, pd.Series), (pd.Series, Iterator[pd.Series]), (Iterator[pd.Series], pd.Series), (int, int)):
        yield b.error(lambda takes=takes, gives=gives: F.pandas_udf(hinted(takes, gives), "int").evalType)
    yield b.error(lambda: F.pandas_udf(lambda: 1, "int"))
    yield b.error(lambda: F.pandas_udf(lambda v: v))
    yield b.error(lambda: F.pandas_udf(lambda v: v, "nope"))
    yield b.error(lambda: F.pandas_udf(lambda v: v, "int", 999))
    yield b.error(lambda: F.pandas_udf(lambda v: v, "int", F.PandasUDFType.GROUPED_MAP))
    made = F.pandas_udf(returnType="bigint")(lambda v: v)
    yield [str(made.returnType), made.evalType, made.deterministic, made.__name__, made.asNondeterministic().deterministic]
    yield b.spark.range(2).select(F.pandas_udf("bigint", F.PandasUDFType.SCALAR)(lambda v: v)("id"))


def registered(b):
    """A pandas_udf for SQL."""
    import pandas as pd
    from pyspark.sql import functions as F
    made = b.spark.udf.register("pd_plus", F.pandas_udf(lambda v: v + 1, "bigint"))
    yield b.rows("select pd_plus(id), pd_plus(pd_plus(id)) x from range(3) where pd_plus(id) > 1")
    yield b.spark.range(2).select(made("id"), F.expr("pd_plus(id)"), F.call_udf("pd_plus", "id"))


def captured(b):
    """A function keeps what it refers to, and raises its own errors."""
    import pandas as pd
    from pyspark.sql import functions as F
    factor = 2
    times = F.pandas_udf(lambda v: v * factor, "bigint")
    column = times("id")
    factor = 3
    yield b.spark.range(3).select(column)

    @F.pandas_udf("bigint")
    def failing(v: pd.Series) -> pd.Series:
        raise ValueError("mine")
    yield b.error(lambda: b.spark.range(3).select(failing("id")))
    yield b.error(lambda: b.spark.range(3).select(F.pandas_udf(lambda v: next(iter([])), "int")("id")))


def rows_of_no_rows(b):
    """What a function makes before it takes any rows, Spark makes for each partition."""
    import pandas as pd
    yield b.spark.range(0, 3, 1, 1).mapInPandas(lambda frames: iter([pd.DataFrame({"n": [1]})]), "n bigint")


def chains_through_projections(b):
    """Spark puts projections into one: a function over a column that another makes gets what that one gave."""
    from pyspark.sql import functions as F
    seen = F.udf(lambda v: type(v).__name__, "string")
    half = F.udf(lambda v: v / 2, "int")
    df = b.spark.range(3)
    yield df.select(half("id").alias("h")).select(seen("h"), "h")
    yield df.withColumn("h", half("id")).withColumn("s", seen("h")).withColumn("t", seen("s"))
    yield df.withColumn("h", half("id")).filter("id > 1").alias("x").select(seen("x.h"))
    yield df.withColumn("h", half("id")).filter(seen("h") == "float")
    yield df.withColumn("h", half("id")).groupBy(seen("h").alias("s")).count()
    yield df.withColumn("h", half("id")).select(seen(F.col("h") + 1), seen(F.col("h")))
    yield df.withColumn("h", half("id")).distinct().select(seen("h"))
    yield df.withColumn("h", half("id")).orderBy("id").select(seen("h"))
    yield df.withColumn("h", half("id")).limit(2).select(seen("h"))
    yield df.withColumn("h", half.asNondeterministic()("id")).select(seen("h"))
    yield df.withColumn("h", half("id")).union(df.withColumn("h", half("id"))).select(seen("h"))
    two = F.udf(lambda x, y: "%s %s" % (type(x).__name__, type(y).__name__), "string")
    yield df.withColumn("h", half("id")).select(two("h", "id"))
    yield df.withColumn("h", half("id")).selectExpr("h as g", "id").select(seen("g"), two("g", "g"))
    yield df.withColumn("h", half("id")).agg(F.max(seen("h")))
    yield df.select(F.struct(half("id").alias("h")).alias("s")).select(seen("s.h"))
