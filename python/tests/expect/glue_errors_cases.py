"""Error records of DynamicFrames: how they are counted, looked at, and how many fail a run. By hand, after AWS's
documentation."""
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import (ApplyMapping, DropFields, DropNullFields, ErrorsAsDynamicFrame, Join, RenameField,
                                SelectFields, SplitFields, Union)
from tests.expect.glue_cases import _equal, _frame, _read, _same

# The example of the developer guide: the second record is malformed, which swallows the third.
_GUIDE = ('{"id": 1, "name": "george", "surname": "washington", "height": 178}\n'
          '{"id": 2, "name": "benjamin", "surname": "franklin",\n'
          '{"id": 3, "name": "alexander", "surname": "hamilton", "height": 171}\n'
          '{"id": 4, "name": "john", "surname": "jay", "height": 190}\n')

# One good record and two bad ones.
_BAD = '{"a":1}\nno\n{"a":\n'


def the_example_of_the_guide(x):
    """Two of four records are valid, and there is one error record."""
    x.file("a.json", _GUIDE)
    frame = _read(x, "json", ["a.json"])
    yield _same(frame, "id int, name string, surname string, height int",
                (1, "george", "washington", 178), (4, "john", "jay", 190))
    yield _equal(frame.errorsCount(), 1)
    error = frame.errorsAsDynamicFrame().toDF().head()["error"].asDict()
    yield _equal([name for name in ("callsite", "msg", "stackTrace", "input", "bytesread", "source") if name in error],
                 ["callsite", "msg", "stackTrace", "input", "bytesread", "source"])
    yield _equal(list(error["callsite"].asDict()), ["site", "info"])


def error_records_of_json(x):
    """Message, text and file of a line that is no object."""
    x.file("a.json", '{"a":1}\nno\n')
    frame = _read(x, "json", ["a.json"])
    yield _equal((frame.count(), frame.errorsCount(), frame.stageErrorsCount()), (1, 1, 1))
    error = frame.errorsAsDynamicFrame().toDF().head().error
    yield _equal((error.input, error.bytesread, error.source), ("no", 2, x.url("a.json")))
    yield _equal(bool(error.msg), True)


def error_records_of_csv(x):
    """A row with too few or too many values."""
    x.file("a.csv", "a,b\n1,2\n3\n4,5,6\n")
    frame = _read(x, "csv", ["a.csv"], {"withHeader": True})
    yield _same(frame, "a string, b string", ("1", "2"))
    errors = ErrorsAsDynamicFrame.apply(frame)
    yield _equal(sorted((r.error.msg, r.error.input) for r in errors.toDF().collect()),
                 [("1 values for 2 columns", "3"), ("3 values for 2 columns", "4,5,6")])
    yield _equal((errors.count(), errors.errorsCount()), (2, 0))


def a_frame_without_errors(x):
    """Counts are 0, and the frame of errors has no rows."""
    frame = _frame(x, "select 1 a")
    yield _equal((frame.errorsCount(), frame.stageErrorsCount(), frame.errorsAsDynamicFrame().count()), (0, 0, 0))
    frame.assertErrorThreshold()
    yield True


def transforms_carry_error_records(x):
    """They go along with every frame made of the one that has them; none is of the later stage."""
    x.file("a.json", _BAD)
    frame = _read(x, "json", ["a.json"])
    other = _frame(x, "select 1 a, 'x' b")
    for made in (ApplyMapping.apply(frame, [("a", "int", "n", "long")]), SelectFields.apply(frame, ["a"]),
                 DropFields.apply(frame, ["z"]), RenameField.apply(frame, "a", "b"), DropNullFields.apply(frame),
                 Join.apply(frame, other, "a", "a"), Union.apply(frame, other), Union.apply(other, frame),
                 SplitFields.apply(frame, ["a"], "x", "y")["x"]):
        yield _equal((made.errorsCount(), made.stageErrorsCount(), made.errorsAsDynamicFrame().count()), (2, 0, 2))


def error_records_of_two_sources(x):
    """A join or union has those of both."""
    x.file("a.json", _BAD)
    x.file("b.json", '{"a":1,"c":2}\n!\n')
    one, two = _read(x, "json", ["a.json"]), _read(x, "json", ["b.json"])
    yield _equal(Join.apply(one, two, "a", "a").errorsCount(), 3)
    yield _equal(sorted(r.error.input for r in Union.apply(one, two).errorsAsDynamicFrame().toDF().collect()),
                 ["!", "no", '{"a":'])


def a_dataframe_has_none(x):
    """They stay behind at toDF."""
    x.file("a.json", _BAD)
    frame = DynamicFrame.fromDF(_read(x, "json", ["a.json"]).toDF(), x.glue, "f")
    yield _equal((frame.errorsCount(), frame.errorsAsDynamicFrame().count()), (0, 0))


def thresholds_fail_the_run(x):
    """More error records than totalThreshold fail the run when the frame is evaluated, also below other transforms and
    as a DataFrame; as many do not, and 0 never does."""
    x.file("a.json", _BAD)
    frame = _read(x, "json", ["a.json"])
    for most, fails in ((0, False), (1, True), (2, False), (3, False)):
        made = frame.apply_mapping([("a", "int", "a", "int")], info="casts", totalThreshold=most)
        for call in (made.count, made.assertErrorThreshold, made.toDF().collect,
                     made.rename_field("a", "b").count):
            try:
                call()
                yield _equal(fails, False)
            except Exception as err:
                yield _equal((fails, type(err).__name__, "2 error records" in str(err), "casts" in str(err)),
                             (True, "Py4JJavaError", True, True))


def stage_thresholds_are_of_the_stage(x):
    """A transform that makes no error records stays below any stageThreshold."""
    x.file("a.json", _BAD)
    frame = _read(x, "json", ["a.json"])
    yield _equal(frame.select_fields(["a"], stageThreshold=1).count(), 1)


def thresholds_are_numbers(x):
    """A text or a negative number is an error."""
    frame = _frame(x, "select 1 a")
    for wrong in ("1", -1, 0.5):
        yield x.error(lambda: frame.select_fields(["a"], stageThreshold=wrong))["error"] == "IllegalArgumentException"


def more_error_records_than_are_kept(x):
    """The count stays exact; the records cannot be had."""
    x.file("a.json", '{"a":1}\n' + "x\n" * 10001)
    frame = _read(x, "json", ["a.json"])
    yield _equal((frame.count(), frame.errorsCount()), (1, 10001))
    frame.errorsAsDynamicFrame()


def json_paths(x):
    """Records at a path: members, elements, wildcards; of every value in the file, whatever stands around."""
    x.file("a.json", '{"meta": {"records": 1, "s": "}]"}, "a": {"b": [{"x": 1}, {"x": 2}]}, "c": {"x": 9}}\n'
                     '{"a": {"b": [{"x": 3}]}}\n{"a": {"b": 5}}\n{"a": [{"b": [{"x": 7}]}]}\n{}')
    for path, want, errors in (("$.a.b[*]", [1, 2, 3], 0), ("$['a']['b'][*]", [1, 2, 3], 0), ("$.a.b[0]", [1, 3], 0),
                               ("$.c", [9], 0), ("$.a[*].b[*]", [7], 0), ("$.z[*]", [], 0), ("$.a.*.*", [1, 2, 3], 1)):
        frame = _read(x, "json", ["a.json"], {"jsonPath": path})
        got = [row.x for row in frame.toDF().collect()] if frame._fields else []
        yield _equal((path, got, frame.errorsCount()), (path, want, errors))


def json_paths_over_lines(x):
    """One object over several lines, as exports have it; what is no object at the path is an error record."""
    x.file("a.json", '{\n  "n": 3,\n  "records": [\n    {"x": 1, "y": {"z": [1, "}"]}},\n    7,\n    {"x": 2}\n  ]\n}\n')
    frame = _read(x, "json", ["a.json"], {"jsonPath": "$.records[*]"})
    yield _same(frame.select_fields(["x"]), "x int", (1,), (2,))
    yield _equal([row.error.input for row in frame.errorsAsDynamicFrame().toDF().collect()], ["7"])


def json_paths_that_end_at_an_array(x):
    """Its elements or itself: AWS does not say."""
    x.file("a.json", '{"a":[{"x":1}]}')
    yield _read(x, "json", ["a.json"], {"jsonPath": "$.a"}).count()


def json_paths_with_filters(x):
    """Beyond members and elements."""
    x.file("a.json", '{"a":[{"x":1}]}')
    yield _read(x, "json", ["a.json"], {"jsonPath": "$.a[?(@.x > 1)]"}).count()


def json_paths_in_broken_texts(x):
    """A text that ends too early fails the run: what else it would have held is not known."""
    x.file("a.json", '{"a":[{"x":1},')
    yield x.error(lambda: _read(x, "json", ["a.json"], {"jsonPath": "$.a[*]"}))["error"] == "Py4JJavaError"
