"""Files: text, compression, encodings, options of readers and writers, partitions."""
from .bench import Ordered


def text_is_cut_at_every_line_break(x):
    """\\n, \\r\\n and \\r end a line, in one file too; the last one ends no empty line; a byte order mark goes, once."""
    yield Ordered(x.spark.read.text(x.file("a.txt", "a\r\nb\n\nc\rd\n\u00e9\n")))
    yield Ordered(x.spark.read.text(x.file("bom.txt", b"\xef\xbb\xbfa\nb")))
    yield Ordered(x.spark.read.format("text").load(x.file("quotes.txt", '"a","b"\n\\N\n"\n,\n')))
    yield x.spark.read.text(x.file("empty.txt", ""))
    yield x.spark.read.text(x.url("a.txt")).schema.simpleString()


def text_with_a_separator(x):
    """lineSep takes the place of the line breaks, which then are text."""
    path = x.file("a.txt", "a\r\nb\n|c||d")
    for sep in ("|", "||", "\r\n", "b"):
        yield Ordered(x.spark.read.text(path, lineSep=sep))
    yield x.error(lambda: x.spark.read.text(path, lineSep=""))


def whole_texts(x):
    """wholetext makes a row of a file; a file without a byte is none; a byte order mark stays."""
    for name, text in (("in/a.txt", b"a\r\nb\n"), ("in/b.txt", b"\xef\xbb\xbfx"), ("in/c.txt", b"")):
        x.file(name, text)
    yield x.spark.read.text(x.url("in"), wholetext=True)
    yield x.spark.read.option("wholetext", "true").option("lineSep", "b").text(x.url("in/a.txt"))


def bytes_that_are_no_utf_8(x):
    """Each byte that begins no character is one replacement, a character cut short is one."""
    yield Ordered(x.spark.read.text(x.file("a.txt", b"a\xe9\xe9b\n\xe2\x82\n\xed\xa0\x80\n\xf0\x9f\x9f\xff\n\xc0\x80|")))
    yield Ordered(x.spark.read.csv(x.file("a.csv", b"a\xe9\xe9b,\xe2\x82\n\xed\xa0\x80,\xf0\x9f\x9f\xff\n\xc0\x80,|\n")))


def schemas_of_text(x):
    """One column of text, of any name; the partition columns come after it."""
    x.file("in/k=1/a.txt", "x\ny")
    x.file("in/k=2/a.txt", "z\n")
    yield x.spark.read.text(x.url("in"))
    yield x.spark.read.text(x.url("in"), wholetext=True)
    yield x.spark.read.schema("t string").text(x.url("in"))
    yield x.spark.read.schema("k bigint, t string").text(x.url("in"))
    yield x.error(lambda: x.spark.read.schema("t int").text(x.url("in")))


def writing_text(x):
    """A line for each row, an empty one for null."""
    x.rows("select * from values ('a'), (null), (''), ('b\nc') t(x)").coalesce(1).write.text(x.url("out"))
    yield x.files("out")
    x.rows("select * from values ('a'), (null), ('c') t(x)").coalesce(1).write.text(x.url("sep"), lineSep="|")
    yield x.files("sep")
    x.rows("select * from values ('a', 1), ('b', 2) t(x, k)").coalesce(1).write.partitionBy("k").text(x.url("parts"))
    yield x.files("parts")
    x.rows("select 'a' a where 1 = 0").coalesce(1).write.text(x.url("empty"))
    yield x.files("empty")
    yield x.error(lambda: x.rows("select 1 a").write.text(x.url("int")))
    yield x.error(lambda: x.rows("select 'a' a, 'b' b").write.text(x.url("two")))
    yield x.error(lambda: x.rows("select 'a' a").write.text(x.url("none"), lineSep=""))


def codecs(x):
    """Every codec of text, written and read again; its name is in the name of the file."""
    frame = x.rows("select * from values ('a', 1), ('\u00e9', 2) t(x, y)").coalesce(1)
    for name in ("gzip", "bzip2", "snappy", "lz4", "deflate", "none", "uncompressed", "GZIP"):
        frame.write.option("compression", name).csv(x.url("csv_" + name))
        frame.write.option("compression", name).json(x.url("json_" + name))
        frame.select("x").write.option("compression", name).text(x.url("text_" + name))
        yield sorted(n for kind in ("csv", "json", "text") for n in x.files("%s_%s" % (kind, name)))
        yield x.spark.read.csv(x.url("csv_" + name))
        yield x.spark.read.json(x.url("json_" + name))
        yield x.spark.read.text(x.url("text_" + name))


def codecs_by_class(x):
    """Hadoop's classes are names too, and codec is another name of compression."""
    frame = x.rows("select 1 a").coalesce(1)
    for name in ("GzipCodec", "BZip2Codec", "SnappyCodec", "Lz4Codec", "DefaultCodec", "DeflateCodec"):
        frame.write.option("codec", "org.apache.hadoop.io.compress." + name).csv(x.url(name))
        yield sorted(x.files(name))
    frame.write.option("codec", "gzip").option("compression", "bzip2").json(x.url("both"))
    yield sorted(x.files("both"))


def codecs_that_are_not_there(x):
    """zstd is none of the names for text."""
    frame = x.rows("select 1 a")
    for name in ("zstd", "gz", "brotli", "zip"):
        yield x.error(lambda: frame.write.option("compression", name).csv(x.url("csv_" + name)))
    yield x.error(lambda: frame.write.option("compression", "bogus").parquet(x.url("parquet")))


def long_texts_compressed(x):
    """More than the buffer of a codec: several blocks."""
    frame = x.spark.range(40000).selectExpr("id", "repeat(cast(id as string), 8) t").coalesce(1)
    for name in ("snappy", "lz4", "deflate", "bzip2"):
        frame.write.csv(x.url(name), compression=name)
        yield x.spark.read.csv(x.url(name)).selectExpr("count(*)", "sum(cast(_c0 as bigint))", "sum(length(_c1))", "max(_c1)")


def partition_columns_by_a_schema(x):
    """Their types are the schema's, and they come last; the files do not have them."""
    x.file("in/k=01/d=2020-01-02/a.csv", "q,7\n")
    x.file("in/k=2/d=__HIVE_DEFAULT_PARTITION__/a.csv", "r,8\n")
    yield x.spark.read.csv(x.url("in"))
    for schema in ("x string, y int, k string, d string", "x string, k bigint, y int, d date", "d string, x string, k smallint",
                   "K double, x string, y int", "k decimal(5,2), x string"):
        yield x.spark.read.schema(schema).csv(x.url("in"))


def partition_values_that_are_no_such_thing(x):
    """What is no number fails, what is no date is null."""
    for value in ("01", "x", "1.5", "1e3", "2020-01-02", "a%20b", "true", " 1", "9999999999"):
        x.file("in/%s/k=%s/a.csv" % (value.strip(), value), "q\n")
        for kind in ("string", "int", "bigint", "double", "decimal(5,2)", "boolean"):
            made = x.error(lambda: x.spark.read.schema("x string, k " + kind).csv(x.url("in/" + value.strip())))
            yield "fails" if "error" in made else made
    yield x.spark.read.schema("x string, k date").csv(x.url("in/x"))
    yield x.spark.read.schema("x string, k date").csv(x.url("in/2020-01-02"))


def encodings_of_csv(x):
    """Of one byte and of two; a byte without a character is a replacement."""
    text = "\u00e9,\u20ac\n\u00fc,x\n"
    for name, codec in (("windows-1252", "cp1252"), ("cp1252", "cp1252"), ("ISO-8859-15", "iso8859-15")):
        yield Ordered(x.spark.read.option("encoding", name).csv(x.file(name + ".csv", text.encode(codec))))
    for name in ("ISO-8859-1", "US-ASCII", "windows-1252", "windows-1250", "windows-1251", "windows-1253", "windows-1254", "windows-1256",
                 "windows-1257", "windows-1258", "ISO-8859-2", "ISO-8859-5", "ISO-8859-7", "ISO-8859-9", "KOI8-R", "IBM437", "IBM850",
                 "IBM866"):
        path = x.file("all.csv", b"\n".join(bytes([a]) + b"," + bytes([a, a]) for a in range(0x80, 0x100)) + b"\n")
        yield Ordered(x.spark.read.option("encoding", name).csv(path))


def encodings_of_asia(x):
    """Characters of two bytes, whose second may be a backslash or a letter."""
    japanese = "\u8868,\u30bd,\uff71\n\"\u8868\",\u4e2d\u6587,x\n"
    for name, codec in (("Shift_JIS", "shift_jis"), ("windows-31j", "cp932"), ("MS932", "cp932")):
        yield Ordered(x.spark.read.option("encoding", name).csv(x.file(name + ".csv", japanese.encode(codec))))
    for name, codec, text in (("GBK", "gbk", "\u4e2d\u6587,\u3002\n"), ("GB2312", "gb2312", "\u4e2d\u6587,\u3002\n"),
                              ("EUC-KR", "euc_kr", "\ud55c\uad6d,a\n"), ("MS949", "cp949", "\ud55c\ubddd,a\n")):
        yield Ordered(x.spark.read.option("encoding", name).csv(x.file(name + ".csv", text.encode(codec))))


def wide_encodings(x):
    """UTF-16 and UTF-32 with multiLine, with a byte order mark or without."""
    text = "a,b\n\u00e9,\"x\ny\"\n\U0001f600,\n"
    for name, codec, mark in (("UTF-16LE", "utf-16-le", b""), ("UTF-16LE", "utf-16-le", b"\xff\xfe"), ("UTF-16", "utf-16-be", b""),
                              ("UTF-16", "utf-16-le", b"\xff\xfe"), ("UTF-16BE", "utf-16-be", b""), ("UTF-32", "utf-32-be", b""),
                              ("UTF-32LE", "utf-32-le", b"")):
        path = x.file("a.csv", mark + text.encode(codec))
        yield Ordered(x.spark.read.option("encoding", name).option("multiLine", "true").csv(path))


def byte_order_marks(x):
    """UTF-8's goes where a file is read by lines, and stays with multiLine and another encoding."""
    path = x.file("a.csv", b"\xef\xbb\xbfa,b\n")
    for many in ("true", "false"):
        for name in ("UTF-8", "windows-1252"):
            yield x.spark.read.option("encoding", name).option("multiLine", many).csv(path)


def encodings_of_json(x):
    """Other encodings than UTF-8 want a lineSep, or multiLine."""
    text = '{"a":"\u00e9"}\n{"a":"\u00fc"}\n'
    for name, codec in (("ISO-8859-1", "latin1"), ("windows-1252", "cp1252"), ("UTF-16LE", "utf-16-le"), ("UTF-16", "utf-16-be")):
        reader = x.spark.read.option("encoding", name)
        path = x.file(name + ".json", text.encode(codec))
        yield x.error(lambda: reader.json(path))
        yield x.error(lambda: x.spark.read.option("encoding", name).option("lineSep", "\n").json(path))
        yield x.spark.read.option("encoding", name).option("multiLine", "true").json(path)


def writing_encodings(x):
    """What an encoding does not have is a question mark; UTF-16 begins with a byte order mark."""
    frame = x.rows("select '\u00e9' a, '\u20ac' b union all select 'x', '\u0416'").coalesce(1)
    for name in ("ISO-8859-1", "windows-1252", "windows-1251", "UTF-16", "UTF-16LE", "US-ASCII"):
        for kind in ("csv", "json"):
            frame.write.option("encoding", name).format(kind).save(x.url(kind + name))
            if kind == "csv":
                yield x.spark.read.option("encoding", "ISO-8859-1").csv(x.url(kind + name))


def dropping_records_of_another_length(x):
    """Without column pruning, DROPMALFORMED drops them whatever the query uses."""
    path = x.file("a.csv", "a,b\n1\n2,3\n4,5,6\n")
    frame = x.spark.read.option("mode", "DROPMALFORMED").option("columnPruning", "false").csv(path, header=True)
    yield frame
    yield frame.select("b")
    yield frame.count()
