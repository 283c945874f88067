"""JSON: every record is looked at, and nothing but JSON's own types is taken from it."""
import json

from tests.expect.bench import Ordered


def _lines(x, *records):
    """A file with these records, one a line."""
    return x.file("a.json", "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))


def sparse_objects_are_structs(x):
    """Objects with different keys are a struct of all of them, no map."""
    yield Ordered(x.spark.read.json(_lines(x, *({"o": {"k%d" % i: i}} for i in range(12)))))


def sparse_records_are_columns(x):
    """Records that share no key give a column for each key."""
    yield Ordered(x.spark.read.json(_lines(x, *({"k%d" % i: i} for i in range(12)))))


def texts_stay_texts(x):
    """Dates, times, UUIDs and numbers in quotes are strings."""
    yield x.spark.read.json(_lines(x, {
        "d": "2020-01-02", "t": "2020-01-02T03:04:05Z", "h": "03:04:05", "n": "1", "b": "true",
        "u": "0b0b0b0b-0000-4000-8000-000000000000"}))


def a_late_text_makes_a_string(x):
    """An int in 30,000 records and a text in the next: all are strings."""
    df = x.spark.read.json(_lines(x, *(["{\"a\":1}"] * 30000 + ["{\"a\":\"x\"}"])))
    yield df.groupBy("a").count()


def mixed_values_lose_their_quotes(x):
    """In a column that became string a text is as it was, without quotes, and an object is its JSON."""
    yield Ordered(x.spark.read.json(_lines(x, {"a": "x"}, {"a": 1}, {"a": 1.50}, {"a": True}, '{"a":{"b": [1, "c"]}}')))


def numbers_widen(x):
    """Whole numbers are bigint, with a fraction double, and both together double."""
    yield Ordered(x.spark.read.json(_lines(x, {"a": 1, "b": 1, "c": 1.5}, {"a": 3000000000, "b": 1.5, "c": 2})))


def names_that_differ_in_case_clash(x):
    """ID and id in one record are refused, not renamed."""
    yield x.error(lambda: x.spark.read.json(_lines(x, '{"ID":1,"id":2}')))


def columns_are_sorted(x):
    """Inferred columns come in the order of their names, those of structs, too."""
    yield x.spark.read.json(_lines(x, {"b": 1, "a": {"z": 1, "y": 2}, "C": 3}))


def bad_lines_are_kept(x):
    """A line that is no JSON stands in _corrupt_record."""
    yield Ordered(x.spark.read.json(_lines(x, {"a": 1}, "not json", '{"a":2')).cache())


def bad_lines_are_dropped_or_fail(x):
    """DROPMALFORMED and FAILFAST."""
    path = _lines(x, {"a": 1}, "not json")
    yield x.spark.read.json(path, mode="DROPMALFORMED")
    yield x.error(lambda: x.spark.read.json(path, mode="FAILFAST"))


def an_array_needs_multi_line(x):
    """A file that is one array is read whole with multiLine."""
    path = x.file("a.json", '[\n {"a":1},\n {"a":2, "b":[1]}\n]\n')
    yield Ordered(x.spark.read.json(path, multiLine=True))


def an_array_on_one_line(x):
    """A line that is an array gives a row for each element."""
    yield Ordered(x.spark.read.json(_lines(x, '[{"a":1},{"a":2}]')))


def columns_of_null_alone_are_strings(x):
    """A key that is null everywhere is a string, an array of null an array of strings."""
    yield x.spark.read.json(_lines(x, {"a": None, "b": [None], "c": {"d": None}}))


def integers_of_more_than_64_bits(x):
    """They are decimals up to 38 digits, doubles beyond."""
    yield x.spark.read.json(_lines(x, '{"a":9223372036854775808,"b":99999999999999999999999999999999999999,'
                                      '"c":999999999999999999999999999999999999999}'))


def a_schema_decides(x):
    """With a schema a value of another type is null, and a key that is not in it is not read."""
    yield Ordered(x.spark.read.schema("a int, b string, c date").json(
        _lines(x, {"a": 1, "b": 2, "c": "2020-01-02", "d": 4}, {"a": "x", "b": {"e": 1}, "c": "soon"}, {"a": 1.5})))


def dates_by_a_schema(x):
    """2020-02-30 fails, for Spark 2 took it; x is null; a text of up to three digits is days since 1970."""
    yield x.spark.read.schema("a date, b timestamp").json(_lines(
        x, {"a": "365", "b": "2020-01-02"}, {"a": "x", "b": "x"}, {"a": "2020-1-2", "b": "2020-01-02T03:04:05.6+02:00"},
        {"a": 18262, "b": 1577836800}, {"a": ""}, {"a": "2020"}))
    for record in ({"a": "2020-02-30"}, {"b": "2020-02-30 10:00:00"}, {"a": "2020-01-02x"}):
        path = _lines(x, record)
        yield x.error(lambda: x.spark.read.schema("a date, b timestamp").json(path))


def compact_dates_by_a_schema(x):
    """20200131 is a day of the year 57276 for Spark, and is read with a pattern."""
    path = _lines(x, {"a": "20200131"})
    yield x.spark.read.schema("a date").json(path, dateFormat="yyyyMMdd")
    yield x.error(lambda: x.spark.read.schema("a date").json(path))


def two_keys_in_one_object(x):
    """A key that stands twice is refused when columns are inferred; with a schema the last one counts."""
    path = _lines(x, '{"a":1,"a":2}', '{"a":3}')
    yield x.error(lambda: x.spark.read.json(path))
    yield x.spark.read.schema("a int").json(path)


def blank_lines_are_skipped(x):
    """A blank line is no record."""
    yield x.spark.read.json(_lines(x, {"a": 1}, "", "   ", {"a": 2}))


def nulls_are_left_out(x):
    """Null fields are not written, in structs neither, unless ignoreNullFields is false."""
    df = x.rows("select 1 a, cast(null as string) b, named_struct('c', cast(null as int), 'd', 2) e, "
                "array(1, null) f, map('k', cast(null as int)) g")
    df.write.json(x.url("out"))
    df.write.option("ignoreNullFields", "false").json(x.url("all"))
    yield x.files("out")
    yield x.files("all")


def decimals_keep_their_digits(x):
    """1.10 is written 1.10."""
    x.rows("select 1.10 a, cast(0.0000001 as decimal(10,7)) b, cast(100 as decimal(5,0)) c").write.json(x.url("out"))
    yield x.files("out")


def doubles_are_written_as_java_does(x):
    """1.0E10, and NaN and Infinity in quotes."""
    x.rows("select 1e10D a, 1D b, 1e-5D c, double('NaN') d, double('-Infinity') e, float(0.1) f").write.json(x.url("out"))
    yield x.files("out")


def times_are_written_with_their_zone(x):
    """2020-01-01T00:00:00.000Z, dates bare, binary in base64."""
    x.rows("select timestamp'2020-01-01 00:00:00' a, timestamp'2020-01-01 00:00:00.123456' b, date'2020-01-01' c, "
           "cast('ab' as binary) d").write.json(x.url("out"))
    yield x.files("out")


def texts_are_escaped(x):
    """Quotes, backslashes and control characters are escaped, other letters are not."""
    x.rows("select 'q\"b\\\\s/n\\n\\t\\u0001é' a").write.json(x.url("out"))
    yield x.files("out")


def what_was_written_is_read(x):
    """Writing and reading again: times become strings, decimals doubles, columns are sorted."""
    x.rows("select 1 z, timestamp'2020-01-01 00:00:00' a, 1.10 d, array(1, 2) l").write.json(x.url("out"))
    yield x.spark.read.json(x.url("out"))


def primitives_as_strings(x):
    """primitivesAsString keeps the digits."""
    yield x.spark.read.json(_lines(x, '{"a":1.50,"b":true,"c":[1]}'), primitivesAsString=True)
