"""Which files a source reads: hidden ones, paths given twice, folders that are no partitions, damaged archives."""
import bz2
import gzip

from .bench import Ordered


def hidden_files(x):
    """No file whose name begins with . or _ is read, whether a folder, a wildcard or its own name leads to it; a hidden
    folder is read where the path names it, or a wildcard does."""
    for name in ("a.txt", "_b.txt", ".c.txt", "d._COPYING_", "_SUCCESS", "_x/f.txt", "sub/g.txt", "_x/_h.txt"):
        x.file("in/" + name, name)
    for path in ("in", "in/*", "in/*/*", "in/_b.txt", "in/.c.txt", "in/_x", "in/_*", "in/{a,_b}.txt"):
        yield x.spark.read.text(x.url(path))
    yield x.error(lambda: x.spark.read.csv(x.url("in/_b.txt")))
    yield x.spark.read.schema("a string").csv(x.url("in/_b.txt"))


def paths_given_twice(x):
    """A path that is given twice is read twice, so is a file beside its folder; not so in partitions, nor with
    recursiveFileLookup."""
    one, _ = x.file("in/a.csv", "1\n2\n"), x.file("in/sub/b.csv", "3\n")
    x.file("parts/k=1/a.csv", "4\n"), x.file("parts/k=2/a.csv", "5\n")
    yield x.spark.read.csv([one, one])
    yield x.spark.read.csv([x.url("in"), one])
    yield x.spark.read.csv([x.url("in"), x.url("in/sub")])
    yield x.spark.read.csv([x.url("in/a.*"), one])
    yield x.spark.read.csv([one, one], schema="a int", mode="DROPMALFORMED").groupBy("a").count()
    yield x.spark.read.csv([one, one], inferSchema=True)
    yield x.spark.read.text([one, one])
    yield x.spark.read.text([one, one], wholetext=True)
    yield x.spark.read.json([x.file("a.json", '{"a":1}'), x.url("a.json")])
    yield x.spark.read.csv([x.url("parts"), x.url("parts")])
    yield x.spark.read.csv([x.url("in"), x.url("in/sub")], recursiveFileLookup=True)
    x.spark.range(2).coalesce(1).write.parquet(x.url("p"))
    yield x.spark.read.parquet(x.url("p"), x.url("p"))


def folders_beside_partitions(x):
    """Files beside the folders of partitions are passed over; files in another folder there fail, whatever a filter
    would leave of them."""
    x.file("a/k=1/x.csv", "1\n"), x.file("a/y.csv", "2\n")
    yield x.spark.read.csv(x.url("a"))
    x.file("b/k=1/x.csv", "1\n"), x.file("b/sub/y.txt", "2\n")
    for options in ({}, {"pathGlobFilter": "*.csv"}, {"pathGlobFilter": "no"}):
        yield x.error(lambda: x.spark.read.options(**options).csv(x.url("b")))
    x.file("c/k=1/sub/x.csv", "1\n"), x.file("c/k=2/y.csv", "2\n"), x.file("c/_tmp/y.csv", "3\n")
    yield x.spark.read.csv(x.url("c"))


def partitions_without_a_name_or_value(x):
    """A folder k= or =1 fails."""
    x.file("a/k=/x.csv", "1\n"), x.file("b/=1/x.csv", "1\n")
    yield x.error(lambda: x.spark.read.csv(x.url("a")))
    yield x.error(lambda: x.spark.read.csv(x.url("b")))


def filters_leave_the_types_of_partitions(x):
    """The type of a partition column is that of all folders, those too that filters leave out."""
    x.file("a/k=1/x.csv", "1\n"), x.file("a/k=z/y.csv", "2\n")
    yield x.spark.read.option("pathGlobFilter", "x*").csv(x.url("a"))
    yield x.spark.read.option("modifiedAfter", "2099-01-01T00:00:00").schema("a string").csv(x.url("a"))
    x.file("b/k=1/x.csv", "1\n"), x.file("b/k=z/y.csv", "")
    yield x.spark.read.csv(x.url("b"))


def base_paths(x):
    """A basePath that the path does not begin with is an error."""
    x.file("a/k=1/x.csv", "1\n"), x.file("b/x.csv", "1\n")
    yield x.spark.read.option("basePath", x.url("a")).csv(x.url("a/k=1"))
    yield x.error(lambda: x.spark.read.option("basePath", x.url("b")).csv(x.url("a/k=1")))


def damaged_archives(x):
    """The rows before the damage do not come without an error, with multiLine or wholetext either."""
    text = "".join("%d,%d\n" % (i, i * 7919 % 1000) for i in range(2000)).encode()
    zipped = gzip.compress(text)
    for name, data in (("half.csv.gz", zipped[:len(zipped) // 2]), ("tail.csv.gz", zipped[:-4]),
                       ("more.csv.gz", zipped + b"garbage, more of it"), ("half.csv.bz2", bz2.compress(text)[:2000])):
        path = x.file(name, data)
        for many in (False, True):
            yield x.error(lambda: x.spark.read.csv(path, schema="a int, b int", multiLine=many).collect())
            yield x.error(lambda: x.spark.read.json(path, schema="a int", multiLine=many).collect())
            yield x.error(lambda: x.spark.read.text(path, wholetext=many).collect())
    yield x.spark.read.csv(x.file("two.csv.gz", gzip.compress(b"1,2\n") + gzip.compress(b"3,4\n")), multiLine=True)


def negative_zero_in_json(x):
    """-0 is a whole number, of which there is one zero; -0.0 is not."""
    path = x.file("a.json", '{"a":-0}\n{"a":-0.0}\n{"a":-0e0}\n')
    for kind in ("double", "float", "int", "string", "decimal(5,2)"):
        yield Ordered(x.spark.read.json(path, schema="a " + kind))
    yield Ordered(x.spark.read.json(path))
