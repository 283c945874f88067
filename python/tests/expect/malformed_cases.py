"""Records of CSV and JSON that are malformed: which they are depends on the columns that a query reads."""
from pyspark.sql import Window
from pyspark.sql import functions as F

CSV = "1,2,x\nzz,3,y\n4,q,z\n5,6\n7,8,w,extra\nr,s,t\n"
JSON = '{"a":1,"b":2,"c":"x"}\n{"a":"zz","b":3,"c":"y"}\n{"a":4,"b":"q","c":"z"}\n{"a":5,"b":6\n{"a":"r","b":"s","c":"t"}\n'
DATA = "a int, b int, c string"


def _readings(x, frame):
    """What queries that read few columns see."""
    for columns in (["a"], ["b"], ["c"], ["a", "b"], ["c", "a"], ["a", "b", "c"]):
        yield frame.select(*columns)
    yield frame
    yield frame.count()
    yield frame.select(F.lit(1).alias("one"))
    yield frame.filter("a > 0").count()
    yield frame.filter("a > 0").select("b")
    yield frame.select((F.col("a") + 1).alias("d"), "c").drop("c")
    yield frame.limit(10).count()
    yield frame.isEmpty()


def _marked(x, frame):
    """The corrupt-record column, where the columns read beside it say what is corrupt."""
    for columns in (["a"], ["b"], ["c"], ["a", "b"], ["b", "c"], ["a", "b", "c"]):
        yield frame.select(*columns, "_corrupt_record")
    yield frame.filter("_corrupt_record is null").select("a")
    yield frame.filter("_corrupt_record is null").select("b").count()
    yield frame.filter(F.col("_corrupt_record").isNotNull()).select("b", "a")
    yield frame.filter("_corrupt_record is null").drop("_corrupt_record")
    yield x.error(lambda: frame.filter("_corrupt_record is null").count())
    yield x.error(lambda: frame.select("_corrupt_record"))
    yield frame.groupBy("a").agg(F.count("_corrupt_record").alias("n"), F.max("b").alias("m"))
    yield frame.groupBy("a").agg(F.count("_corrupt_record").alias("n"), F.max("b").alias("m")).select("a", "n")
    yield frame.select("a", "_corrupt_record").union(frame.select("b", "_corrupt_record"))
    frame.createOrReplaceTempView("marked")
    yield x.spark.sql("select c, _corrupt_record is null good from marked where b > 0")
    yield x.spark.sql("select l.a, r._corrupt_record from marked l join marked r on l.a = r.b")
    yield frame.withColumn("bad", F.col("_corrupt_record").isNotNull()).select("b", "bad")


def dropped_from_csv(x):
    """DROPMALFORMED drops a record by the columns that are read; its number of values counts if all columns are."""
    reader = x.spark.read.schema(DATA).option("mode", "DROPMALFORMED")
    path = x.file("a.csv", CSV)
    yield from _readings(x, reader.csv(path))


def dropped_from_csv_without_pruning(x):
    """Without column pruning, and with multiLine, the number of values counts for every query."""
    path = x.file("a.csv", CSV)
    reader = x.spark.read.schema(DATA).option("mode", "DROPMALFORMED")
    yield from _readings(x, reader.option("columnPruning", "false").csv(path))
    yield from _readings(x, reader.option("columnPruning", "true").option("multiLine", "true").csv(path))


def dropped_from_csv_with_a_header(x):
    """Types found by inferSchema fit all values."""
    path = x.file("a.csv", "a,b\n1,2\n3\n4,5,6\n7,x\n")
    for infer in ("true", "false"):
        frame = x.spark.read.option("mode", "DROPMALFORMED").option("inferSchema", infer).csv(path, header=True)
        yield frame
        yield frame.select("a")
        yield frame.select("b")
        yield frame.count()


def dropped_from_json(x):
    """A record that is no object is dropped whatever is read."""
    path = x.file("a.json", JSON)
    yield from _readings(x, x.spark.read.schema(DATA).option("mode", "DROPMALFORMED").json(path))


def dropped_by_other_relations(x):
    """What Spark's optimizer leaves of aggregates, windows, unions, joins and subqueries."""
    frame = x.spark.read.schema(DATA).option("mode", "DROPMALFORMED").csv(x.file("a.csv", CSV))
    yield frame.dropDuplicates(["a"]).select("b")
    yield frame.groupBy("a").count()
    yield frame.groupBy("a").agg(F.max("b").alias("m"), F.count("*").alias("n")).select("n")
    yield frame.distinct().count()
    yield frame.union(frame).count()
    yield frame.select("c", F.row_number().over(Window.orderBy("a")).alias("r")).count()
    yield frame.alias("l").join(frame.alias("r"), F.col("l.a") == F.col("r.a"), "left_semi").select("l.c")
    yield frame.alias("l").join(frame.alias("r"), F.col("l.a") == F.col("r.b"), "inner").select("l.c")
    yield frame.select("c", F.explode(F.array("a", "b")).alias("e")).select("c")
    yield frame.orderBy("a")
    frame.createOrReplaceTempView("dropped")
    yield x.spark.sql("select c from dropped where a in (select b from dropped)")
    yield x.spark.sql("select b from dropped intersect select a from dropped")


def dropped_by_what_an_optimizer_leaves_out(x):
    """A sort that nobody sees, and a join whose other side nobody reads, are not made."""
    frame = x.spark.read.schema(DATA).option("mode", "DROPMALFORMED").csv(x.file("a.csv", CSV))
    yield frame.orderBy("a").count()


def dropped_after_a_join_that_goes(x):
    """The distinct left side of a left join is the left side alone."""
    frame = x.spark.read.schema(DATA).option("mode", "DROPMALFORMED").csv(x.file("a.csv", CSV))
    yield frame.alias("l").join(frame.alias("r"), F.col("l.a") == F.col("r.b"), "left").select("l.a").distinct()


def marked_in_csv(x):
    """The column of corrupt records says which values of those read are malformed."""
    yield from _marked(x, x.spark.read.schema(DATA + ", _corrupt_record string").csv(x.file("a.csv", CSV)))


def marked_in_csv_without_pruning(x):
    """Without column pruning the number of values counts for every query."""
    reader = x.spark.read.schema("_broken string, " + DATA).option("columnNameOfCorruptRecord", "_broken")
    frame = reader.option("columnPruning", "false").csv(x.file("a.csv", CSV))
    yield from _marked(x, frame.withColumnRenamed("_broken", "_corrupt_record"))


def marked_in_json(x):
    """A query that reads nothing else than corrupt records is refused."""
    yield from _marked(x, x.spark.read.schema(DATA + ", _corrupt_record string").json(x.file("a.json", JSON)))


def marked_in_inferred_json(x):
    """The column comes of itself; types that fit all values leave what is no object."""
    frame = x.spark.read.json(x.file("a.json", JSON))
    yield frame
    yield frame.select("a", "_corrupt_record")
    yield x.error(lambda: frame.select("_corrupt_record"))


def columns_called_as_the_corrupt_record(x):
    """What the records themselves call so is not read; it must be text."""
    for number, text in enumerate(('{"_corrupt_record":"x","a":1}\n', '{"_corrupt_record":"x","a":1}\n{"a"\n', '{"_corrupt_record":7,"a":1}\n')):
        path = x.file("%d.json" % number, text)
        for mode in ("PERMISSIVE", "DROPMALFORMED"):
            yield x.error(lambda: x.spark.read.option("mode", mode).json(path))
    yield x.error(lambda: x.spark.read.json(x.url("0.json")).select("_corrupt_record"))
    yield x.error(lambda: x.spark.read.schema("a int, _corrupt_record int").json(x.url("0.json")))
    yield x.error(lambda: x.spark.read.schema("a int, _corrupt_record int").csv(x.file("a.csv", CSV)))
    yield x.spark.read.schema(DATA + ", _corrupt_record string").option("mode", "DROPMALFORMED").csv(x.url("a.csv"))


def a_header_that_names_the_corrupt_record(x):
    """Spark takes it for its own column, and each record for one that is too long."""
    yield x.spark.read.csv(x.file("h.csv", "a,_corrupt_record\n1,2\n"), header=True)


def cached_records(x):
    """All columns count of a frame that is kept."""
    for kind, text in (("csv", CSV), ("json", JSON)):
        reader = x.spark.read.schema(DATA + ", _corrupt_record string").format(kind)
        frame = reader.load(x.file("a." + kind, text)).cache()
        yield frame.filter("_corrupt_record is null").select("a")
        yield frame.filter("_corrupt_record is not null").count()
        yield frame.select("_corrupt_record")


def objects_of_one_array(x):
    """The objects of an array are one record: one is malformed when another is."""
    path = x.file("a.json", '[{"a":1,"b":2},{"a":"x","b":3}]\n{"a":5,"b":"y"}\n[{"a":7,"b":8}]\n')
    frame = x.spark.read.schema("a int, b int, _corrupt_record string").json(path)
    yield frame
    yield frame.select("a", "_corrupt_record")
    yield frame.select("b", "_corrupt_record")
    frame = x.spark.read.schema("a int, b int").option("mode", "DROPMALFORMED").json(path)
    yield frame
    yield frame.select("a")
    yield frame.select("b")
    yield frame.count()


def malformed_members(x):
    """A struct is malformed when a member is; its other members stay."""
    path = x.file("a.json", '{"s":{"x":"q","y":2},"b":2}\n{"s":{"x":1,"y":"z"},"b":"r"}\n{"s":5,"b":1}\n')
    frame = x.spark.read.schema("s struct<x:int,y:int>, b int, _corrupt_record string").json(path)
    yield frame
    yield frame.select("s.x", "_corrupt_record")
    yield frame.select("b", "_corrupt_record")
    frame = x.spark.read.schema("s struct<x:int,y:int>, b int").option("mode", "DROPMALFORMED").json(path)
    yield frame.select("s.x")
    yield frame.select("b")
    yield frame.count()


def malformed_in_partitions(x):
    """Partition columns are no part of a record."""
    x.file("in/k=1/a.csv", CSV)
    x.file("in/k=2/b.csv", "8,9,z\n")
    frame = x.spark.read.schema(DATA + ", k int").option("mode", "DROPMALFORMED").csv(x.url("in"))
    yield frame.select("k")
    yield frame.select("k", "a")
    yield frame.filter("k = 1")
    frame = x.spark.read.schema(DATA + ", _corrupt_record string, k int").csv(x.url("in"))
    yield frame.select("k", "b", "_corrupt_record")
    yield frame.filter("k = 1").select("k", "_corrupt_record")
