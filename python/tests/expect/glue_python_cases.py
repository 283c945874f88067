"""Filter, Map and mapPartitions of DynamicFrames with Python functions: types, error records, null and missing fields.
By hand, after AWS's documentation."""
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import Filter, Map
from tests.expect.glue_cases import Differs, _equal, _frame, _read, _same


def filters_see_dicts(x):
    """A record is a dict, a struct inside one too; what is not asked for keeps its type and value."""
    frame = _frame(x, "select 1Y a, named_struct('b', 'x', 'c', array(1, 2)) s, DATE '2020-01-02' d, 1.10BD m union all "
                      "select 2Y, named_struct('b', 'y', 'c', array(3)), DATE '2021-01-02', 2.20BD")
    kept = Filter.apply(frame=frame, f=lambda r: r["s"]["b"] == "y" and len(r["s"]["c"]) == 1 and r["d"].year == 2021)
    yield _equal(kept.toDF().dtypes, frame.toDF().dtypes)
    yield _equal([row.a for row in kept.toDF().collect()], [2])
    yield _equal(frame.filter(lambda r: "nope" in r).count(), 0)


def filters_make_error_records(x):
    """Any exception but KeyError, ValueError and TypeError; thresholds count them."""
    frame = _frame(x, "select * from values (0, 'a'), (1, 'b'), (2, 'c') t(n, s)")
    kept = Filter.apply(frame, lambda r: 1 / r["n"] > 0.6, info="ratio")
    yield _same(kept, "n int, s string", (1, "b"))
    yield _equal((kept.errorsCount(), kept.stageErrorsCount()), (1, 1))
    error = kept.errorsAsDynamicFrame().toDF().head().error
    yield _equal((error.msg, error.callsite.site, error.callsite.info, tuple(error.dynamicRecord)),
                 ("ZeroDivisionError: division by zero", "filter", "ratio", (0, "a")))
    yield _equal("ZeroDivisionError" in error.stackTrace, True)
    try:
        Filter.apply(frame, lambda r: [][r["n"]], stageThreshold=2).count()
    except Exception as err:
        yield _equal("3 error records" in str(err), True)
    else:
        raise Differs("a threshold of 2 let 3 error records pass")


def filters_of_choices(x):
    """A field of several types has the value it has."""
    x.file("a.json", '{"a":1,"b":1}\n{"a":"x","b":2}\n')
    frame = _read(x, "json", ["a.json"])
    yield _equal(frame.filter(lambda r: isinstance(r["a"], str)).toDF().count(), 1)
    yield _equal(frame.filter(lambda r: r["a"] == 1).toDF().select("b").head()[0], 1)


def maps_keep_types(x):
    """A field keeps its type where the values fit; a new one has that of its values."""
    frame = _frame(x, "select 1L a, 2 b, 'x' c, 1.10BD d, DATE '2020-01-02' e, named_struct('p', 1L) s, array(1L) l")

    def change(r):
        r["a"] = r["a"] + 1
        r["b"] = 2 ** 40
        r["c"] = 7
        r["s"]["p"] = 5
        r["s"]["q"] = "new"
        r["l"] = [1, 2]
        r["i"], r["j"], r["f"], r["t"], r["o"], r["m"] = 1, 2 ** 40, 1.5, "t", True, {"k": [{"z": 1}, {"y": "w"}]}
        return r
    yield _equal(Map.apply(frame, change).toDF().dtypes, [
        ("a", "bigint"), ("b", "bigint"), ("c", "int"), ("d", "decimal(3,2)"), ("e", "date"), ("s", "struct<p:bigint,q:string>"),
        ("l", "array<bigint>"), ("i", "int"), ("j", "bigint"), ("f", "double"), ("t", "string"), ("o", "boolean"),
        ("m", "struct<k:array<struct<z:int,y:string>>>")])
    row = Map.apply(frame, change).toDF().head()
    yield _equal(repr(row.m), "Row(k=[Row(z=1, y=None), Row(z=None, y='w')])")
    yield _equal(repr(tuple(row)[:7]),
                 "(2, 1099511627776, 7, Decimal('1.10'), datetime.date(2020, 1, 2), Row(p=5, q='new'), [1, 2])")


def maps_of_several_types(x):
    """They are a choice."""
    frame = _frame(x, "select id n from range(3)")
    mapped = Map.apply(frame, lambda r: {"n": r["n"], "v": ["text", 1, 2 ** 40][r["n"]]})
    yield _equal(mapped.toDF().dtypes, [("n", "bigint"), ("v", "struct<int:int,long:bigint,string:string>")])
    yield _same(mapped.resolveChoice(specs=[("v", "cast:string")]), "n bigint, v string", (0, "text"), (1, "1"), (2, "1099511627776"))


def maps_make_error_records(x):
    """None, {} and exceptions; the others go on."""
    frame = _frame(x, "select id n from range(5)")

    def f(r):
        return [r, None, {}, dict(r, k=[][1] if r["n"] == 3 else 1), {"n": 9}][r["n"]]
    mapped = frame.map(f, info="odd")
    yield _same(mapped, "n bigint", (0,), (9,))
    yield _equal((mapped.errorsCount(), mapped.stageErrorsCount()), (3, 3))
    yield _equal(sorted((e.error.msg, e.error.callsite.site, e.error.dynamicRecord.n) for e in mapped.errorsAsDynamicFrame().toDF().collect()),
                 [("IndexError: list index out of range", "map", 3), ("the function gave no record", "map", 1),
                  ("the function gave no record", "map", 2)])
    yield _equal(Filter.apply(mapped, lambda r: True).errorsCount(), 3)


def maps_without_fields(x):
    """Fields that no record has are gone; one that is null here and there stays."""
    frame = _frame(x, "select * from values (1, 'a', null), (2, null, 5) t(n, s, z)")

    def drop(r):
        del r["n"]
        return r
    yield _same(Map.apply(frame, drop), "s string, z int", ("a", None), (None, 5))
    yield _same(Map.apply(frame, lambda r: {"w": r.get("z") or 0}), "w int", (0,), (5,))


def maps_of_many_records(x):
    """More than one message holds."""
    frame = _frame(x, "select id n, repeat('x', 40) s from range(30000)")
    mapped = Map.apply(frame, lambda r: dict(r, m=r["n"] * 2))
    yield _same(mapped.toDF().groupBy().sum("n", "m"), "sum(n) bigint, sum(m) bigint", (449985000, 899970000))
    yield _equal(Filter.apply(mapped, lambda r: r["m"] % 3 == 0).count(), 10000)


def partitions_of_records(x):
    """mapPartitions sees all records as one iterator."""
    frame = _frame(x, "select id n from range(4)")
    yield _same(frame.mapPartitions(lambda rs: ({"m": r["n"] + 1} for r in rs)), "m int", (1,), (2,), (3,), (4,))
    yield _same(frame.mapPartitionsWithIndex(lambda i, rs: [{"i": i, "n": sum(r["n"] for r in rs)}]), "n bigint, i int", (6, 0))


def frames_of_rdds(x):
    """from_rdd takes an RDD of rows."""
    rdd = x.spark.sparkContext.parallelize([(1, "a"), (2, "b")])
    frame = x.glue.create_dynamic_frame.from_rdd(rdd, "frame", "n int, s string")
    yield _equal(isinstance(frame, DynamicFrame), True)
    yield _same(frame, "n int, s string", (1, "a"), (2, "b"))
    yield _same(x.glue.create_dynamic_frame_from_rdd(rdd.map(lambda r: {"k": r[0]}), "frame"), "k bigint", (1,), (2,))
