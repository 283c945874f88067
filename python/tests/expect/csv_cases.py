"""CSV: nothing is guessed that Spark does not guess, and no row or value is lost."""
from tests.expect.bench import Ordered


def every_column_is_a_string(x):
    """Without inferSchema t, 01/02/2020 and 1 are strings, and ; and | separate nothing."""
    path = x.file("a.csv", "a,b,c\nt,01/02/2020,1;2|3\nf,31/12/2020,4;5|6\n")
    yield x.spark.read.csv(path, header=True)


def inference_takes_no_letters_for_booleans(x):
    """inferSchema: t and f, 01/02/2020 and 1_000 stay strings; true, 2020-01-02 and 1e3 do not."""
    path = x.file("a.csv", "a,b,c,d,e,f\nt,01/02/2020,1_000,true,2020-01-02,1e3\nf,02/02/2020,2_000,FALSE,2020-01-03,2\n")
    yield x.spark.read.csv(path, header=True, inferSchema=True)


def inference_widens(x):
    """inferSchema looks at every row, and a column gets the type that takes all of them."""
    path = x.file("a.csv", "a,b,c,d\n1,1,1,\n2,3000000000,1.5,\nx,2,2,\n")
    yield x.spark.read.csv(path, header=True, inferSchema=True)


def inference_sees_the_last_row(x):
    """A text in row 30,001 makes a string of the whole column."""
    path = x.file("a.csv", "a\n" + "1\n" * 30000 + "x\n")
    df = x.spark.read.csv(path, header=True, inferSchema=True)
    yield df.groupBy("a").count()


def separators_are_not_guessed(x):
    """A file with ; has one column, until sep says otherwise."""
    path = x.file("a.csv", "a;b\n1;2\n")
    yield x.spark.read.csv(path, header=True)
    yield x.spark.read.csv(path, header=True, sep=";")


def ragged_rows_are_kept(x):
    """PERMISSIVE pads a short row with nulls and trims a long one."""
    path = x.file("a.csv", "a,b\n1\n2,3\n4,5,6\n")
    yield Ordered(x.spark.read.csv(path, header=True))


def ragged_rows_are_dropped(x):
    """DROPMALFORMED drops both."""
    path = x.file("a.csv", "a,b\n1\n2,3\n4,5,6\n")
    yield x.spark.read.option("mode", "DROPMALFORMED").csv(path, header=True)


def ragged_rows_fail(x):
    """FAILFAST fails the action."""
    path = x.file("a.csv", "a,b\n1\n2,3\n")
    yield x.spark.read.option("mode", "FAILFAST").csv(path, header=True)


def malformed_values_go_to_the_corrupt_record(x):
    """With a schema that has the column, a row with a bad value keeps its text there, and its other values."""
    path = x.file("a.csv", "1,2\nx,3\n4\n5,6,7\n")
    yield Ordered(x.spark.read.schema("a int, b int, _corrupt_record string").csv(path))


def quoted_empty_is_null(x):
    """Spark 3.5 reads "" as null, as it reads nothing at all: its nullValue is the empty string."""
    path = x.file("a.csv", 'a,b\n"",1\n,2\n')
    df = x.spark.read.csv(path, header=True)
    yield Ordered(df)
    yield df.filter("a is null").select("b")


def backslash_escapes(x):
    """A quote within quotes is escaped by a backslash, not by doubling."""
    path = x.file("a.csv", 'a,b\n"x\\"y",1\n"x""y",2\nx\\ny,3\n')
    yield Ordered(x.spark.read.csv(path, header=True))
    yield Ordered(x.spark.read.csv(path, header=True, escape='"'))


def lines_end_within_quotes(x):
    """Without multiLine a line break ends the record, quotes or not."""
    path = x.file("a.csv", 'a,b\n"1\n2",3\n')
    yield Ordered(x.spark.read.csv(path, header=True))
    yield Ordered(x.spark.read.csv(path, header=True, multiLine=True))


def headers_keep_blanks(x):
    """Names are taken with their blanks; an empty name becomes _c and its place, a second one gets its place."""
    path = x.file("a.csv", "id, Name ,,id\n1,2,3,4\n")
    yield x.spark.read.csv(path, header=True)


def without_header_columns_are_numbered(x):
    """_c0, _c1."""
    yield x.spark.read.csv(x.file("a.csv", "x,y\n1,2\n"))


def every_file_has_a_header(x):
    """The header is left out of each file."""
    x.file("d/a.csv", "a,b\n1,2\n")
    x.file("d/b.csv", "a,b\n3,4\n")
    yield x.spark.read.csv(x.url("d"), header=True)


def columns_are_by_position(x):
    """A file with its columns in another order is read by position."""
    x.file("d/a.csv", "a,b\n1,2\n5,6\n7,8\n")
    x.file("d/b.csv", "b,a\n3,4\n")
    yield x.spark.read.csv(x.url("d"), header=True)


def a_schema_is_by_position(x):
    """Names of the schema need not be those of the header."""
    path = x.file("a.csv", "a,b\n1,2\n")
    yield x.spark.read.schema("b int, c string").csv(path, header=True)


def byte_order_marks_are_skipped(x):
    """A BOM is no part of the first name."""
    yield x.spark.read.csv(x.file("a.csv", "\ufeffa,b\n1,2\n"), header=True)


def encodings(x):
    """Latin-1 is read when asked for, and gives replacement characters when not."""
    path = x.file("a.csv", "é,b\nü,2\n".encode("latin-1"))
    yield x.spark.read.csv(path, header=True, encoding="ISO-8859-1")
    yield x.spark.read.csv(path, header=True)


def quoting_can_be_turned_off(x):
    """An empty quote option makes quotes ordinary characters."""
    yield x.spark.read.option("quote", "").csv(x.file("a.csv", '"a,b"\n'))


def null_and_empty_values(x):
    """nullValue and emptyValue when reading."""
    path = x.file("a.csv", 'NA,"",,"NA"\n')
    yield x.spark.read.csv(path, nullValue="NA", emptyValue="E")


def blanks_around_values(x):
    """Blanks stay, unless an option trims them; a number with blanks is no number."""
    path = x.file("a.csv", " a , 1 \n")
    yield x.spark.read.csv(path)
    yield x.spark.read.csv(path, ignoreLeadingWhiteSpace=True, ignoreTrailingWhiteSpace=True)
    yield x.spark.read.schema("a string, b int").csv(path)


def comments_and_blank_lines(x):
    """Blank lines are skipped, and comments when there is such an option."""
    yield x.spark.read.csv(x.file("a.csv", "#x\na,b\n\n  \nc,d\n"), comment="#")


def dates_in_other_patterns(x):
    """dateFormat and timestampFormat are Java's patterns."""
    path = x.file("a.csv", "02/01/2020,20200102 030405\n")
    yield x.spark.read.schema("a date, b timestamp").csv(path, dateFormat="dd/MM/yyyy", timestampFormat="yyyyMMdd HHmmss")


def impossible_days_fail(x):
    """2020-02-30 in a date column: Spark 2 took it for the 1st of March, so that Spark 3.5 fails; x is null."""
    df = x.spark.read.schema("a int, d date, t timestamp").csv(x.file("a.csv", "1,x,x\n2,2020-01-02 x,2020-01-02T03:04:05Z\n3,2020,2020-01\n"))
    yield df
    for name, line in (("day", "1,2020-02-30,\n"), ("month", "1,2020-13-01,\n"), ("rest", "1,2020-01-02x,\n"),
                       ("time", "1,,2020-02-30 10:00:00\n"), ("hour", "1,,2020-01-02 25:00:00\n")):
        path = x.file(name + ".csv", line)
        yield x.error(lambda: x.spark.read.schema("a int, d date, t timestamp").csv(path))


def a_pattern_is_strict(x):
    """The default pattern, when set, takes no 2020-1-2."""
    path = x.file("a.csv", "2020-1-2\n")
    yield x.error(lambda: x.spark.read.schema("a date").csv(path, dateFormat="yyyy-MM-dd"))
    yield x.spark.read.schema("a date").csv(x.file("b.csv", "2020-01-02\nx\n"), dateFormat="yyyy-MM-dd")


def compressed_files(x):
    """gzip and bzip2 are known by the file's name."""
    import bz2
    import gzip
    x.file("d/a.csv.gz", gzip.compress(b"a,b\n1,2\n"))
    x.file("d/b.csv.bz2", bz2.compress(b"a,b\n3,4\n"))
    yield x.spark.read.csv(x.url("d"), header=True)


def empty_values_are_written_quoted(x):
    """The empty string is written "", null as nothing."""
    x.rows("select '' a, cast(null as string) b, 1 c").write.csv(x.url("out"), header=True)
    yield x.files("out")
    yield x.spark.read.csv(x.url("out"), header=True)


def quotes_are_written_escaped(x):
    """Quotes and separators make quotes; a quote within gets a backslash; blanks around a value are trimmed."""
    x.rows("select 'a\"b' a, 'c,d' b, ' e ' c, 'f\\\\g' d, 'h\\ni' e").write.csv(x.url("out"))
    yield x.files("out")


def values_as_text(x):
    """Booleans, doubles, decimals, dates and times in a file."""
    x.rows("select true a, 1e10D b, 1.10 c, date'2020-01-02' d, timestamp'2020-01-02 03:04:05' e, float('nan') f, "
           "timestamp'2020-01-02 03:04:05.123456' g").write.csv(x.url("out"))
    yield x.files("out")


def nested_values_are_refused(x):
    """A CSV file holds no arrays."""
    yield x.error(lambda: x.rows("select array(1) a").write.csv(x.url("out")))


def two_columns_of_one_name_are_not_written(x):
    """A file with the same name twice is refused."""
    yield x.error(lambda: x.rows("select 1 a, 2 a").write.csv(x.url("out")))


def empty_file(x):
    """A file without bytes gives no columns."""
    yield x.spark.read.csv(x.file("a.csv", ""), header=True)


def header_alone(x):
    """A file with a header and no rows gives columns of strings, inferSchema or not."""
    path = x.file("a.csv", "a,b\n")
    yield x.spark.read.csv(path, header=True)
    yield x.spark.read.csv(path, header=True, inferSchema=True)


def windows_line_ends(x):
    """CR LF and CR alone end lines as LF does."""
    yield Ordered(x.spark.read.csv(x.file("a.csv", b"a,b\r\nc,d\re,f\n")))


def numbers_out_of_range(x):
    """A number too large for its column is null."""
    path = x.file("a.csv", "3000000000,300,1.5\n1,2,3\n")
    yield Ordered(x.spark.read.schema("a int, b tinyint, c int").csv(path))
