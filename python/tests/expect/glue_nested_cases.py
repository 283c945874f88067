"""Transforms of nested data and of choices. By hand, after AWS's documentation."""
from awsglue.dynamicframe import DynamicFrame, ResolveOption
from awsglue.transforms import (ApplyMapping, DropNullFields, Relationalize, ResolveChoice, Spigot, SplitFields, SplitRows, Unbox,
                                Union, UnnestFrame)
from tests.expect.glue_cases import _equal, _frame, _read, _same


def relationalize_pivots_arrays(x):
    """The root has a key in place of each array, and structs as columns; each array is a frame with id, index and val."""
    x.file("a.json", '{"id":"a","name":{"first":"x","last":"y"},"phones":[{"type":"fax","no":"1"},{"type":"mob","no":"2"}],'
                     '"tags":["p","q"]}\n{"id":"b","phones":[{"type":"fax","no":"3"}]}\n{"id":"c","tags":[]}\n')
    made = Relationalize.apply(frame=_read(x, "json", ["a.json"]), staging_path="s3://t/tmp", name="root")
    yield _equal(sorted(made.keys()), ["root", "root_phones", "root_tags"])
    root = made.select("root")
    yield _equal([(f["name"], f["type"]) for f in root._fields], [
        ("id", "string"), ("name.first", "string"), ("name.last", "string"), ("phones", "bigint"), ("tags", "bigint")])
    phones = made["root_phones"].toDF()
    yield _equal(phones.dtypes, [("id", "bigint"), ("index", "int"), ("phones.val.type", "string"), ("phones.val.no", "string")])
    yield _equal(made["root_tags"].toDF().dtypes, [("id", "bigint"), ("index", "int"), ("tags.val", "string")])
    root.toDF().createOrReplaceTempView("r")
    phones.createOrReplaceTempView("p")
    made["root_tags"].toDF().createOrReplaceTempView("t")
    yield _same(x.rows("select r.id, index, `phones.val.no` no from r join p on r.phones = p.id"),
                "id string, index int, no string", ("a", 0, "1"), ("a", 1, "2"), ("b", 0, "3"))
    yield _same(x.rows("select r.id, index, `tags.val` v from r join t on r.tags = t.id"),
                "id string, index int, v string", ("a", 0, "p"), ("a", 1, "q"))
    yield _same(x.rows("select id from r where phones is null"), "id string", ("c",))


def relationalize_arrays_in_arrays(x):
    """An array within an array's elements is a frame of its own, keyed from the outer array's frame."""
    x.file("a.json", '{"a":[{"b":[1,2],"c":{"d":5}},{"b":[3]}]}\n{"a":[{"b":[4]}]}\n')
    made = _read(x, "json", ["a.json"]).relationalize("t", "s3://t/tmp")
    yield _equal(sorted(made.keys()), ["t", "t_a", "t_a.val.b"])
    yield _equal(made["t_a"].toDF().dtypes, [("id", "bigint"), ("index", "int"), ("a.val.b", "bigint"), ("a.val.c.d", "int")])
    for name, view in (("t", "t"), ("t_a", "ta"), ("t_a.val.b", "tab")):
        made[name].toDF().createOrReplaceTempView(view)
    yield _same(x.rows("select t.a, ta.index, tab.index i, `a.val.b.val` v from t join ta on t.a = ta.id "
                       "join tab on ta.`a.val.b` = tab.id").drop("a"), "index int, i int, v int",
                (0, 0, 1), (0, 1, 2), (1, 0, 3), (0, 0, 4))


def relationalize_keeps_its_numbers(x):
    """Keys agree across actions."""
    x.spark.range(100).createOrReplaceTempView("ids")
    frame = _frame(x, "select id, array(id, id + 1) a from ids")
    made = frame.relationalize("r", "s3://t/tmp")
    made["r"].toDF().createOrReplaceTempView("r")
    made["r_a"].toDF().createOrReplaceTempView("ra")
    for _ in range(2):
        yield _equal(x.rows("select * from r join ra on r.a = ra.id where ra.`a.val` = r.id + ra.index").count(), 200)


def relationalize_of_flat_data(x):
    """There is the root alone."""
    made = _frame(x, "select 1 a, named_struct('x', 2) s").relationalize("r", "s3://t/tmp")
    yield _equal(list(made.keys()), ["r"])
    yield _same(made["r"], "a int, s.x int", (1, 2))


def relationalize_maps(x):
    """The keys of a map are not known."""
    yield _frame(x, "select map('a', 1) m").relationalize("r", "s3://t/tmp")


def relationalize_with_options(x):
    """Options of the staging files are no use here."""
    yield _frame(x, "select 1 a").relationalize("r", "s3://t/tmp", {"x": 1})


def unnest_structs(x):
    """Members become columns by their path; a null struct gives nulls."""
    frame = _frame(x, "select 1 a, named_struct('x', 1, 'y', named_struct('z', 'q')) s union all select 2, null")
    yield _same(UnnestFrame.apply(frame), "a int, s.x int, s.y.z string", (1, 1, "q"), (2, None, None))
    yield _same(frame.unnest(), "a int, s.x int, s.y.z string", (1, 1, "q"), (2, None, None))


def unnest_arrays(x):
    """An array of plain values stays as it is, in a struct too."""
    frame = _frame(x, "select array(1, 2) a, named_struct('l', array('p'), 'n', cast(null as array<int>)) s")
    yield _same(frame.unnest(), "a array<int>, s.l array<string>, s.n array<int>", ([1, 2], ["p"], None))


def unnest_arrays_of_structs(x):
    """AWS makes join keys of arrays, in a way it does not document."""
    yield _frame(x, "select array(named_struct('x', 1)) a").unnest()


def choices_projected_to_texts(x):
    """AWS's guide has other values converted to texts, its sample has them discarded."""
    x.file("a.json", '{"a":1}\n{"a":"x"}\n')
    yield _read(x, "json", ["a.json"]).resolveChoice(specs=[("a", "project:string")])


def rows_are_split(x):
    """All comparisons true, and the rest; null is in the rest."""
    frame = _frame(x, "select * from values (5, 'a'), (15, 'b'), (25, 'c'), (null, 'd') t(age, n)")
    made = SplitRows.apply(frame, {"age": {">": 10, "<": 20}}, "in", "out")
    yield _equal(list(made.keys()), ["in", "out"])
    yield _same(made["in"], "age int, n string", (15, "b"))
    yield _same(made["out"], "age int, n string", (5, "a"), (25, "c"), (None, "d"))
    for op, values in (("=", [15]), ("!=", [5, 25]), (">=", [15, 25]), ("<=", [5, 15])):
        first = frame.split_rows({"age": {op: 15}}, "a", "b")["a"].toDF()
        yield _equal(sorted(r.age for r in first.collect()), values)
    two = frame.split_rows({"age": {">": 1.5}, "n": {"=": "b"}}, "a", "b")
    yield _same(two["a"], "age int, n string", (15, "b"))


def rows_split_by_what_is_not_there(x):
    """An unknown field or comparator is an error."""
    frame = _frame(x, "select 1 a")
    yield _equal([x.error(lambda: frame.split_rows(d, "a", "b"))["error"] for d in (
        {"z": {"<": 1}}, {"a": {"~": 1}}, {"a": 1}, {})], ["IllegalArgumentException"] * 4)


def rows_split_by_another_type(x):
    """A text is compared with texts."""
    yield _frame(x, "select '1' a").split_rows({"a": {"<": 1}}, "a", "b")


def frames_are_merged(x):
    """Rows of the staging frame replace those with equal keys, duplicates stay, and keys of the staging frame alone
    come along."""
    source = _frame(x, "select * from values (1, 'a'), (1, 'b'), (2, 'c'), (2, 'd') t(id, v)")
    stage = _frame(x, "select * from values (2, 'x'), (3, 'y') t(id, v)")
    yield _same(source.mergeDynamicFrame(stage, ["id"]), "id int, v string", (1, "a"), (1, "b"), (2, "x"), (3, "y"))
    wide = _frame(x, "select 2 id, 'z' w")
    yield _same(source.mergeDynamicFrame(stage_dynamic_frame=wide, primary_keys=["id"]), "id int, v string, w string",
                (1, "a", None), (1, "b", None), (2, None, "z"))
    yield _same(source.mergeDynamicFrame(source, ["id", "v"]), "id int, v string", (1, "a"), (1, "b"), (2, "c"), (2, "d"))


def unions_make_choices(x):
    """A field of two types is a choice; fields that one side lacks are null."""
    made = Union.apply(_frame(x, "select 1 a, 'p' b"), _frame(x, "select 'x' a, 2.5D c"))
    yield _equal(dict(made.toDF().dtypes), {"a": "struct<int:int,string:string>", "b": "string", "c": "double"})
    yield _same(made.resolveChoice(choice="cast:string"), "a string, b string, c double", ("1", "p", None), ("x", None, 2.5))
    three = made.union(_frame(x, "select 1L a"))
    yield _same(three.resolveChoice(choice="make_cols").select_fields(["a_int", "a_long", "a_string"]),
                "a_int int, a_long bigint, a_string string", (1, None, None), (None, None, "x"), (None, 1, None))


def unions_of_nested_types(x):
    """Structs get the members of both, arrays the elements of both."""
    one = _frame(x, "select named_struct('x', 1) s, array(1) l")
    two = _frame(x, "select named_struct('y', 'q') s, array('z') l")
    made = one.union(two)
    yield _equal(made.toDF().dtypes, [("s", "struct<x:int,y:string>"), ("l", "array<struct<int:int,string:string>>")])
    yield _same(made.resolveChoice([("l[]", "cast:string")]).toDF().selectExpr("s.x", "s.y", "l[0] l"),
                "x int, y string, l string", (1, None, "1"), (None, "q", "z"))


def choices_in_structs_and_arrays(x):
    """Paths with dots, and [] after arrays; the guide's myList[].price."""
    x.file("a.json", '{"myList":[{"price":100.5},{"price":"$100.00"}],"s":{"v":1}}\n{"myList":[],"s":{"v":"t"}}\n')
    frame = _read(x, "json", ["a.json"])
    made = frame.resolveChoice(specs=[("myList[].price", "cast:double"), ("s.v", "cast:string")])
    yield _equal(made.toDF().dtypes, [("myList", "array<struct<price:double>>"), ("s", "struct<v:string>")])
    yield _same(made.toDF().selectExpr("myList[0].price p", "myList[1].price q", "s.v"), "p double, q double, v string",
                (100.5, None, "1"), (None, None, "t"))
    yield _equal(frame.resolveChoice(choice="make_struct").toDF().dtypes, [
        ("myList", "array<struct<price:struct<double:double,string:string>>>"), ("s", "struct<v:struct<int:int,string:string>>")])
    yield _equal(frame.resolveChoice(specs=[("s.v", "make_cols"), ("myList[].price", "make_cols")]).toDF().dtypes, [
        ("myList", "array<struct<price_double:double,price_string:string>>"), ("s", "struct<v_int:int,v_string:string>")])
    yield _same(frame.resolveChoice([("myList[].price", "project:double"), ("s.v", "project:int")]).toDF().selectExpr(
        "myList[0].price p", "myList[1].price q", "s.v"), "p double, q double, v int", (100.5, None, 1), (None, None, None))


def specs_leave_the_rest(x):
    """What has no spec stays a choice."""
    x.file("a.json", '{"a":1,"b":1}\n{"a":"x","b":"y"}\n')
    frame = _read(x, "json", ["a.json"]).resolveChoice(specs=[("a", "make_cols")])
    yield _equal([f["name"] for f in frame._fields], ["a_int", "a_string", "b"])
    yield _equal(frame.toDF().dtypes[2], ("b", "struct<int:int,string:string>"))


def specs_and_choice(x):
    """Both are an error; so is a field that is not there, and an unknown action."""
    frame = _frame(x, "select 1 a")
    yield _equal([x.error(lambda: frame.resolveChoice(*args))["error"] for args in (
        ([("a", "cast:int")], "make_cols"), ([("z", "cast:int")],), ([("a", "nope")],), (["a"],))],
        ["ValueError", "IllegalArgumentException", "IllegalArgumentException", "IllegalArgumentException"])


def neither_specs_nor_choice(x):
    """AWS then resolves by a schema it has parsed."""
    x.file("a.json", '{"a":1}\n{"a":"x"}\n')
    yield _read(x, "json", ["a.json"]).resolveChoice()


def splits_are_named_after_the_frame(x):
    """1 and 2 are appended to the frame's name."""
    frame = _frame(x, "select 1 a, 2 b")
    yield _equal(list(SplitFields.apply(frame, ["a"]).keys()), ["frame1", "frame2"])
    yield _equal(list(SplitRows.apply(frame, {"a": {"<": 2}}).keys()), ["frame1", "frame2"])


def casts_of_one_type(x):
    """cast works on a field of one type, too; the others leave it."""
    frame = _frame(x, "select '7' a, 1 b")
    yield _same(frame.resolveChoice([("a", "cast:long"), ("b", "make_struct")]), "a bigint, b int", (7, 1))
    yield _same(frame.resolveChoice([("b", "make_cols"), ("a", "project:string")]), "a string, b int", ("7", 1))


def choices_from_the_catalog(x):
    """match_catalog needs the catalog."""
    yield _frame(x, "select 1 a").resolveChoice(choice="match_catalog", database="d", table_name="t")


def todf_resolves(x):
    """ResolveOption: KeepAsStruct, Project, Cast."""
    x.file("a.json", '{"a":1,"b":1,"c":1}\n{"a":"x","b":"2","c":"3"}\n')
    frame = _read(x, "json", ["a.json"])
    made = frame.toDF([ResolveOption("a", "Project", "int"), ResolveOption("b", "Cast", "long"), ResolveOption("c", "KeepAsStruct")])
    yield _equal(made.dtypes, [("a", "int"), ("b", "bigint"), ("c", "struct<int:int,string:string>")])


def ddb_json_is_simplified(x):
    """Members that tell types go; maps become structs; lists of one simple type are simplified."""
    x.file("a.json", '{"Item":{"id":{"S":"k"},"n":{"N":"1"},"ok":{"BOOL":true},"tags":{"SS":["p"]},"l":{"L":[{"S":"q"}]},'
                     '"m":{"M":{"in":{"M":{"x":{"N":"2"}}}}}}}\n')
    made = _read(x, "json", ["a.json"]).simplify_ddb_json()
    yield _equal(made.toDF().dtypes, [("id", "string"), ("n", "string"), ("ok", "boolean"), ("tags", "array<string>"),
                                      ("l", "array<string>"), ("m", "struct<in:struct<x:string>>")])
    yield _equal(made.toDF().first().asDict(True), {"id": "k", "n": "1", "ok": True, "tags": ["p"], "l": ["q"], "m": {"in": {"x": "2"}}})


def ddb_json_is_unnested(x):
    """The guide's ColA to ColD."""
    x.file("a.json", '{"Item":{"ColA":{"S":"a"},"ColB":{"S":"b"},"ColC":{"N":"1"},"ColD":{"L":[]}}}\n')
    yield _equal([f["name"] for f in _read(x, "json", ["a.json"]).unnest_ddb_json()._fields], ["ColA", "ColB", "ColC", "ColD"])


def spigot_writes_the_first(x):
    """topk records as JSON; the frame comes back."""
    frame = _frame(x, "select 0 id union all select 1 union all select 2")
    yield _equal(Spigot.apply(frame, x.url("out"), {"topk": 2}).count(), 3)
    yield _equal(x.files("out"), {"PART": ['{"id":0}\n{"id":1}\n']})


def spigot_at_random(x):
    """Which records come is nobody's promise."""
    yield Spigot.apply(_frame(x, "select 1 a"), x.url("out"), {"topk": 2, "prob": 0.5})


def nulls_are_dropped_at_depth(x):
    """Fields of the null type inside structs go, too."""
    x.file("a.json", '{"a":1,"s":{"n":null,"m":2},"l":[null]}\n')
    yield _equal(DropNullFields.apply(_read(x, "json", ["a.json"])).toDF().dtypes, [("a", "int"), ("s", "struct<m:int>")])


def split_fields_by_path(x):
    """The fields named, and the rest."""
    made = SplitFields.apply(_frame(x, "select 1 a, named_struct('x', 2, 'y', 3) s"), ["a", "s.x"], "p", "q")
    yield _equal([made[k].toDF().dtypes for k in ("p", "q")], [[("a", "int"), ("s", "struct<x:int>")], [("s", "struct<y:int>")]])


def mappings_between_all_types(x):
    """Each type to each: what does not convert is null."""
    frame = _frame(x, "select '12.7' s, 12.7D d, 3000000000L l, true b, date'2020-01-02' dt, timestamp'2020-01-02 03:04:05' ts, "
                      "cast(1.25 as decimal(5,2)) m")
    yield _same(ApplyMapping.apply(frame, [("s", "string", "i", "int"), ("d", "double", "di", "int"), ("l", "long", "li", "int"),
                                           ("b", "boolean", "bs", "string"), ("dt", "date", "dts", "string"),
                                           ("ts", "timestamp", "tsd", "date"), ("m", "decimal", "ms", "string"),
                                           ("s", "string", "sm", "decimal(4,1)"), ("dt", "date", "dtt", "timestamp")]).toDF(
        ).selectExpr("i", "di", "li", "bs", "dts", "tsd", "ms", "sm", "cast(dtt as string) dtt"),
        "i int, di int, li int, bs string, dts string, tsd date, ms string, sm decimal(4,1), dtt string",
        (12, 12, -1294967296, "true", "2020-01-02", __import__("datetime").date(2020, 1, 2), "1.25",
         __import__("decimal").Decimal("12.7"), "2020-01-02 00:00:00"))
    yield _equal(isinstance(frame, DynamicFrame), True)


def choices_by_mapping(x):
    """ApplyMapping casts a choice as resolveChoice does."""
    x.file("a.json", '{"a":1}\n{"a":"2"}\n{"a":"x"}\n')
    yield _same(ApplyMapping.apply(_read(x, "json", ["a.json"]), [("a", "choice", "a", "long")]), "a bigint", (1,), (2,), (None,))
    yield _same(ResolveChoice.apply(_read(x, "json", ["a.json"]), specs=[("a", "cast:long")]), "a bigint", (1,), (2,), (None,))


def texts_are_unboxed(x):
    """A text of JSON becomes a struct in its place, of the type that all texts together have."""
    frame = _frame(x, """select 1 id, '{"a": 1, "b": {"c": "x"}}' t union all select 2, '{"a": "z", "l": [1, 2.5]}'
                         union all select 3, null""")
    made = Unbox.apply(frame, "t", "json")
    yield _equal([(f["name"], f["type"]) for f in made._fields],
                 [("id", "int"), ("t", "struct<a:choice<int,string>,b:struct<c:string>,l:array<choice<double,int>>>")])
    yield _same(made.resolveChoice(choice="cast:string").toDF().selectExpr("id", "t.a", "t.b.c", "t.l[1] l"),
                "id int, a string, c string, l string", (1, "1", "x", None), (2, "z", None, "2.5"), (3, None, None, None))
    yield _equal(made.errorsCount(), 0)


def texts_that_are_no_json(x):
    """They make error records, which hold the record."""
    frame = _frame(x, """select 1 id, '{"a": 1}' t union all select 2, 'nope' union all select 3, '[1]'""")
    made = frame.unbox("t", "json")
    yield _same(made.unnest(), "id int, t.a int", (1, 1))
    yield _equal((made.errorsCount(), made.stageErrorsCount()), (2, 2))
    errors = made.errorsAsDynamicFrame().toDF()
    yield _same(errors.selectExpr("error.dynamicRecord.id", "error.dynamicRecord.t", "error.callsite.site"),
                "id int, t string, site string", (2, "nope", "unbox"), (3, "[1]", "unbox"))
    strict = frame.unbox("t", "json", stageThreshold=1, info="texts")
    yield x.error(strict.count)["error"] == "Py4JJavaError"


def nested_texts_are_unboxed(x):
    """A path goes into structs; big numbers, unicode and nulls come out as the JSON reader has them."""
    frame = _frame(x, """select named_struct('p', '{"n": 12345678901, "u": "\u00e9\u4e16", "z": null, "d": 1e3, "t": true}', 'q', 1) s""")
    made = frame.unbox("s.p", "json").toDF()
    yield _same(made.selectExpr("s.q", "s.p.n", "s.p.u", "s.p.d", "s.p.t"), "q int, n bigint, u string, d double, t boolean",
                (1, 12345678901, "\u00e9\u4e16", 1000.0, True))


def unboxing_what_is_no_text(x):
    """A number has no JSON in it, and a field must be there."""
    frame = _frame(x, "select 1 a, 'x' b")
    yield _equal([x.error(lambda: frame.unbox(p, "json"))["error"] for p in ("a", "z")], ["IllegalArgumentException"] * 2)


def unboxing_other_formats(x):
    """CSV in a field."""
    yield _frame(x, "select '1,2' a").unbox("a", "csv", separator=",")


def unboxing_nothing(x):
    """No record has an object."""
    yield _frame(x, "select 'x' a").unbox("a", "json")


def fields_inside_arrays(x):
    """AWS documents what a path through an array means for resolveChoice and drop_fields alone."""
    frame = _frame(x, "select array(named_struct('x', 1, 'y', 2)) l, 3 b")
    for call in (lambda: frame.select_fields(["l.x"]), lambda: frame.rename_field("l.x", "l.z"),
                 lambda: frame.apply_mapping([("l.x", "int", "x", "int")])):
        try:
            call()
            yield _equal("done", "refused")
        except NotImplementedError as err:
            yield _equal("array" in str(err), True)
    yield _equal(frame.apply_mapping([("l", "array", "m", "array")]).toDF().dtypes, [("m", "array<struct<x:int,y:int>>")])


def fields_dropped_inside_arrays(x):
    """A path goes through an array, as the guide's friends.age; null arrays and null elements stay."""
    frame = _frame(x, "select array(named_struct('x', 1, 'y', array(named_struct('p', 2, 'q', 3))), null) l union all select null")
    yield _same(frame.drop_fields(["l.x"]).toDF().selectExpr("size(l) n", "l[0].y[0].p", "l[1] is null z"),
                "n int, l[0].y[0].p int, z boolean", (2, 2, True), (-1, None, True))
    made = frame.drop_fields(["l.y.q", "l.nope", "l.x.z"])
    yield _equal(made.toDF().dtypes, [("l", "array<struct<x:int,y:array<struct<p:int>>>>")])
    yield _equal(frame.drop_fields(["l.x", "l.y.p"]).toDF().dtypes, [("l", "array<struct<y:array<struct<q:int>>>>")])


def the_only_member_is_dropped(x):
    """What is left of its struct is not documented."""
    yield _frame(x, "select named_struct('x', 1) s, 2 b").drop_fields(["s.x"])


def paths_into_maps(x):
    """Whether a map's key is a field is not documented."""
    yield _frame(x, "select map('k', 1) m, 2 b").drop_fields(["m.k"])


def structs_cast_to_text(x):
    """How Glue spells a struct as a text is not documented."""
    yield _frame(x, "select named_struct('x', 1) s").resolveChoice([("s", "cast:string")])


def paths_in_structs(x):
    """Deep members, names with dots in backticks, unknown paths, null structs."""
    frame = _frame(x, "select named_struct('a', named_struct('b', 1, 'c', 2), 'd', 3) s, 4 `p.q` union all select null, 5")
    yield _equal(frame.drop_fields(["s.a.b"]).toDF().dtypes, [("s", "struct<a:struct<c:int>,d:int>"), ("p.q", "int")])
    yield _equal(frame.drop_fields(["`p.q`", "s.nope", "nope.x"]).toDF().dtypes, [("s", "struct<a:struct<b:int,c:int>,d:int>")])
    yield _equal(frame.rename_field("s.a.b", "s.a.z").toDF().dtypes[0], ("s", "struct<a:struct<z:int,c:int>,d:int>"))
    yield _equal(frame.rename_field("`p.q`", "r").toDF().dtypes[1], ("r", "int"))
    yield _same(frame.select_fields(["s.a.c", "`p.q`"]).unnest(), "s.a.c int, p.q int", (2, 4), (None, 5))
    yield _same(frame.apply_mapping([("s.a.b", "int", "t.u.v", "long"), ("`p.q`", "int", "t.w", "string")]).unnest(),
                "t.u.v bigint, t.w string", (1, "4"), (None, "5"))


def joins_by_several_keys(x):
    """Keys of different names and types; null equals nothing; an empty side gives nothing."""
    left = _frame(x, "select * from values (1, 'a'), (2, 'b'), (null, 'c') t(k, v)")
    right = _frame(x, "select * from values (1L, 'a', 10), (2L, 'x', 20), (null, 'c', 30) t(id, v, w)")
    yield _same(left.join(["k", "v"], ["id", "v"], right), "k int, v string, id bigint, .v string, w int", (1, "a", 1, "a", 10))
    yield _same(left.join("k", "id", right.split_rows({"id": {">": 5}}, "x", "y")["x"]).select_fields(["k"]), "k int")
    yield x.error(lambda: left.join(["k", "v"], ["id"], right))["error"] == "AnalysisException"


def columns_that_clash(x):
    """make_cols beside a column that has the name already."""
    x.file("a.json", '{"a":1,"a_int":5}\n{"a":"x"}\n')
    yield _read(x, "json", ["a.json"]).resolveChoice(choice="make_cols")


def unions_of_clashing_names(x):
    """Which of two fields of one name is meant cannot be told."""
    yield DynamicFrame.fromDF(x.rows("select 1 a, 2 a"), x.glue, "f").union(_frame(x, "select 1 a"))
