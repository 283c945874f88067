"""Glue's own: what has no public original. Each case says itself what must come out, after AWS's documentation; an
answer is True when it does."""
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import (ApplyMapping, DropFields, DropNullFields, Filter, Join, Map, RenameField, ResolveChoice,
                                SelectFields)
from tests.expect.bench import answer


class Differs(AssertionError):
    """What came out is not what must."""


def _same(frame, columns, *rows):
    """Whether a frame (of either kind) has these columns, "a string, b int", and rows in any order."""
    got = answer(frame.toDF() if isinstance(frame, DynamicFrame) else frame)
    want = {"columns": columns.split(", ") if columns else [], "rows": sorted(map(repr, rows))}
    if got != want:
        raise Differs("got %s, want %s" % (got, want))
    return True


def _equal(got, want):
    """Whether two values are equal."""
    if got != want:
        raise Differs("got %r, want %r" % (got, want))
    return True


def _read(x, kind, paths, format_options=None, **connection):
    """create_dynamic_frame.from_options of paths of the case."""
    return x.glue.create_dynamic_frame.from_options(
        "s3", dict({"paths": [x.url(path) for path in paths]}, **connection), kind, format_options or {})


def _frame(x, sql):
    """The DynamicFrame of an SQL text."""
    return DynamicFrame.fromDF(x.rows(sql), x.glue, "frame")


def csv_is_all_strings(x):
    """from_options types nothing, and an empty field is an empty string."""
    x.file("a.csv", "a,b,c\n1,,2020-01-02\n")
    yield _same(_read(x, "csv", ["a.csv"], {"withHeader": True}), "a string, b string, c string", ("1", "", "2020-01-02"))


def csv_without_header(x):
    """Columns are col0, col1."""
    x.file("a.csv", "x,y\n")
    yield _same(_read(x, "csv", ["a.csv"]), "col0 string, col1 string", ("x", "y"))


def csv_quotes_off(x):
    """quoteChar -1 makes quotes ordinary."""
    x.file("a.csv", '"a|b"\n')
    yield _same(_read(x, "csv", ["a.csv"], {"quoteChar": -1, "separator": "|"}), "col0 string, col1 string", ('"a', 'b"'))


def csv_skip_first(x):
    """skipFirst leaves out the first line and names nothing."""
    x.file("a.csv", "a,b\n1,2\n")
    yield _same(_read(x, "csv", ["a.csv"], {"skipFirst": True}), "col0 string, col1 string", ("1", "2"))


def csv_ragged_rows_are_error_records(x):
    """They leave the frame, and the run goes on."""
    x.file("a.csv", "a,b\n1,2\n3\n4,5,6\n")
    yield _same(_read(x, "csv", ["a.csv"], {"withHeader": True}), "a string, b string", ("1", "2"))


def errors_as_dynamic_frame(x):
    """The error records can be counted."""
    x.file("a.csv", "a,b\n1,2\n3\n")
    yield _equal(_read(x, "csv", ["a.csv"], {"withHeader": True}).errorsCount(), 1)


def json_ints_and_longs(x):
    """Whole numbers are int where they fit, else long; the order of fields is kept."""
    x.file("a.json", '{"b":1,"a":3000000000}\n')
    yield _same(_read(x, "json", ["a.json"]), "b int, a bigint", (1, 3000000000))


def json_of_several_types_is_a_choice(x):
    """An int and, after 30,000 records, a string: choice, which toDF makes a struct of."""
    x.file("a.json", '{"a":1}\n' * 30000 + '{"a":"x"}\n')
    frame = _read(x, "json", ["a.json"])
    yield _equal(frame.toDF().dtypes, [("a", "struct<int:int,string:string>")])
    yield _equal(ResolveChoice.apply(frame, specs=[("a", "cast:string")]).toDF().filter("a = 'x'").count(), 1)


def json_path(x):
    """jsonPath $[*] takes the elements of an array."""
    x.file("a.json", '[{"a":1},{"a":2}]')
    yield _same(_read(x, "json", ["a.json"], {"jsonPath": "$[*]"}), "a int", (1,), (2,))


def json_path_of_a_member(x):
    """jsonPath of a member."""
    x.file("a.json", '{"records":[{"a":1},{"a":2}]}')
    yield _same(_read(x, "json", ["a.json"], {"jsonPath": "$.records[*]"}), "a int", (1,), (2,))


def a_catalog_table_with_bad_rows(x):
    """A bigint column of the catalog with bad rows is choice<long,string>."""
    yield _equal(x.glue.create_dynamic_frame.from_catalog(database="d", table_name="t").count(), 0)


def choices_become_columns(x):
    """make_cols gives a_int and a_string."""
    x.file("a.json", '{"a":1}\n{"a":"x"}\n')
    yield _same(ResolveChoice.apply(_read(x, "json", ["a.json"]), choice="make_cols"), "a_int int, a_string string",
                (1, None), (None, "x"))


def choices_are_cast_and_projected(x):
    """cast takes every value over, project those of the type alone."""
    x.file("a.json", '{"a":1}\n{"a":"2"}\n{"a":"x"}\n')
    frame = _read(x, "json", ["a.json"])
    yield _same(frame.resolveChoice(specs=[("a", "cast:int")]), "a int", (1,), (2,), (None,))
    yield _same(frame.resolveChoice(specs=[("a", "project:int")]), "a int", (1,), (None,), (None,))


def choices_become_structs(x):
    """make_struct gives a struct with a member for each type."""
    x.file("a.json", '{"a":1}\n{"a":"x"}\n')
    yield _equal(_read(x, "json", ["a.json"]).resolveChoice(choice="make_struct").toDF().dtypes,
                 [("a", "struct<int:int,string:string>")])


def mappings_of_four(x):
    """A column is picked, cast and renamed; a value that cannot be cast is null; others are dropped."""
    frame = _frame(x, "select '1' a, 'x' b, 2 c union all select 'y', 'z', 3")
    yield _same(ApplyMapping.apply(frame, [("a", "string", "n", "long"), ("c", "int", "c", "string")]), "n bigint, c string",
                (1, "2"), (None, "3"))


def mappings_of_two_and_three(x):
    """Two: source and target; three: source, type, target."""
    frame = _frame(x, "select 1 a, 'x' b")
    yield _same(ApplyMapping.apply(frame, [("a", "n"), ("b", "string", "m")]), "n int, m string", (1, "x"))


def mappings_ignore_case(x):
    """The source is found whatever its case; the target is as written."""
    yield _same(ApplyMapping.apply(_frame(x, "select 1 `Id`"), [("ID", "int", "Key", "int")]), "Key int", (1,))


def mappings_with_dots(x):
    """A dot goes into a struct; backticks protect it; a target with a dot makes a struct."""
    frame = _frame(x, "select named_struct('x', 1) s, 2 `p.q`")
    yield _same(ApplyMapping.apply(frame, [("s.x", "int", "x", "int"), ("`p.q`", "int", "pq", "int")]), "x int, pq int", (1, 2))


def mappings_that_nest(x):
    """A target with a dot makes a struct."""
    frame = _frame(x, "select 1 a, 2 b")
    yield _equal(ApplyMapping.apply(frame, [("a", "int", "s.a", "int"), ("b", "int", "s.b", "int")]).toDF().dtypes,
                 [("s", "struct<a:int,b:int>")])


def mappings_of_what_is_not_there(x):
    """A source that is in no record gives no column."""
    yield _same(ApplyMapping.apply(_frame(x, "select 1 a"), [("a", "int", "a", "int"), ("z", "int", "z", "int")]), "a int", (1,))


def filters_drop_on_three_errors(x):
    """KeyError, ValueError and TypeError drop the record."""
    frame = _frame(x, "select '1' a union all select 'x' union all select null")
    yield _same(Filter.apply(frame, lambda r: int(r["a"]) > 0), "a string", ("1",))
    yield _same(Filter.apply(frame, lambda r: r["nope"] > 0), "a string")


def filters_with_other_errors(x):
    """Another exception makes an error record, which leaves the frame without failing the run."""
    frame = _frame(x, "select 1 a union all select 0")
    yield _same(Filter.apply(frame, lambda r: 1 / r["a"] > 0), "a int", (1,))


def maps_of_records(x):
    """Map gives what the function returns."""
    yield _same(Map.apply(_frame(x, "select 1 a"), lambda r: dict(r, b=2)), "a int, b int", (1, 2))


def maps_that_return_nothing(x):
    """None or {} makes an error record."""
    yield _same(Map.apply(_frame(x, "select 1 a"), lambda r: None), "")


def thresholds_of_0_never_fail(x):
    """0 is no bound."""
    frame = _frame(x, "select 1 a")
    yield _same(ApplyMapping.apply(frame, [("a", "int", "a", "int")], stageThreshold=0, totalThreshold=0), "a int", (1,))


def thresholds(x):
    """More error records than the threshold fail the run."""
    frame = _frame(x, "select 1 a")
    yield _same(ApplyMapping.apply(frame, [("a", "int", "a", "int")], stageThreshold=1), "a int", (1,))


def null_fields_are_dropped_by_type(x):
    """DropNullFields drops a field of the null type, not one whose values happen to be null."""
    x.file("a.json", '{"a":1,"b":null}\n')
    yield _same(DropNullFields.apply(_read(x, "json", ["a.json"])), "a int", (1,))
    frame = _frame(x, "select 1 a, cast(null as string) b")
    yield _same(DropNullFields.apply(frame), "a int, b string", (1, None))


def joins_rename_a_clash(x):
    """A name that both frames have gets a dot before it on the right."""
    left, right = _frame(x, "select 1 id, 'l' v"), _frame(x, "select 1 id, 'r' v")
    yield _same(Join.apply(left, right, "id", "id"), "id int, v string, .id int, .v string", (1, "l", 1, "r"))


def fields_are_selected_and_dropped(x):
    """SelectFields, DropFields and RenameField; a path that is not there is no error."""
    frame = _frame(x, "select 1 a, 2 b, named_struct('x', 3, 'y', 4) s")
    yield _same(SelectFields.apply(frame, ["b", "nope"]), "b int", (2,))
    yield _same(DropFields.apply(frame, ["s.x", "nope"]).toDF().select("a", "b", "s.y"), "a int, b int, y int", (1, 2, 4))
    yield _same(RenameField.apply(frame, "a", "z").select_fields(["z"]), "z int", (1,))


def partition_columns_are_not_added(x):
    """from_options reads the files alone: their folders key=value make no columns."""
    x.file("d/p=1/a.json", '{"a":1}\n')
    yield _same(_read(x, "json", ["d"], recurse=True), "a int", (1,))


def folders_below_need_recurse(x):
    """Without recurse this level only; data does not match data2."""
    x.file("data/a.json", '{"a":1}\n')
    x.file("data/s/b.json", '{"a":2}\n')
    x.file("data2/c.json", '{"a":3}\n')
    yield _same(_read(x, "json", ["data"]), "a int", (1,))
    yield _same(_read(x, "json", ["data"], recurse=True), "a int", (1,), (2,))


def exclusions_are_a_json_text(x):
    """A list of patterns in a text."""
    x.file("d/a.json", '{"a":1}\n')
    x.file("d/b.json", '{"a":2}\n')
    yield _same(_read(x, "json", ["d"], exclusions='["**/b.json"]'), "a int", (1,))


def sinks_append(x):
    """Writing twice gives both."""
    frame = _frame(x, "select 1 a")
    for _ in range(2):
        x.glue.write_dynamic_frame.from_options(frame, "s3", {"path": x.url("out")}, "json")
    yield _equal(x.files("out"), {"PART": ['{"a":1}\n', '{"a":1}\n']})


def sinks_write_nothing_for_no_rows(x):
    """A frame without rows writes no file."""
    frame = _frame(x, "select 1 a where false")
    x.glue.write_dynamic_frame.from_options(frame, "s3", {"path": x.url("out")}, "json")
    yield _equal(x.files("out"), {})


def sinks_partition(x):
    """partitionKeys make folders, and leave the files."""
    frame = _frame(x, "select 1 a, 'x y' p")
    x.glue.write_dynamic_frame.from_options(frame, "s3", {"path": x.url("out"), "partitionKeys": ["p"]}, "json")
    yield _equal(x.files("out"), {"p=x y/PART": ['{"a":1}\n']})


def parquet_of_several_types_is_a_choice(x):
    """Files whose column has two types."""
    x.rows("select 1 a, 2 b").write.parquet(x.url("d/one"))
    x.rows("select 'x' a, 3 c").write.parquet(x.url("d/two"))
    frame = _read(x, "parquet", ["d"], recurse=True)
    yield _equal(dict(frame.toDF().dtypes), {"a": "struct<int:int,string:string>", "b": "int", "c": "int"})
