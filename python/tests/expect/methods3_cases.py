"""Methods and forms that scripts use less often: hidden columns of files, RDDs of text."""
import gzip

from pyspark.sql import Window
from pyspark.sql import functions as F

from tests.expect.bench import Ordered


def _source(b):
    """A CSV source in partitions, with a blank in a name, an empty file and a gzip."""
    b.file("c/d=1/a b.csv", "k,v\n1,x\n2,y\n")
    b.file("c/d=x y/q.csv", "k,v\n3,z\n")
    b.file("c/d=1/none.csv")
    b.file("c/d=1/g.csv.gz", gzip.compress(b"k,v\n9,z\n", mtime=0))
    return b.spark.read.csv(b.url("c"), header=True, inferSchema=True)


def metadata_of_rows(b):
    """_metadata is no column until it is named; its names of files are encoded, and sizes are those of the stored bytes."""
    c = _source(b)
    yield repr(c.columns)
    yield c.select("k", "_metadata.file_name", "_metadata.file_size")
    yield c.select("k", "_metadata.file_block_start", F.col("_metadata.file_block_length"))
    yield c.select("k", F.substring_index("_metadata.file_path", "/", -2).alias("p"))
    yield c.select("_metadata").select("_metadata.file_name")
    yield repr(c.select("_metadata.*").columns)
    yield repr(c.select("_metadata").dtypes)
    yield c.withColumn("f", F.col("_metadata.file_name"))
    yield c.withColumn("m", F.col("_metadata")).select("m.file_size", "k")
    yield c.select(F.col("_metadata")["file_name"], F.col("_metadata").getField("file_size"))
    yield c.select(c["_metadata.file_name"], "k")
    yield c.select("_metadata.FILE_NAME")
    yield c.select(F.struct("_metadata.file_name", "k").alias("s"))
    yield c.selectExpr("explode(array(k, k)) as e", "_metadata.file_name")
    yield b.error(lambda: c.select("_metadata.nope"))
    yield b.error(lambda: c.select("_metadata.row_index"))
    yield repr([f.nullable for f in c.select("_metadata", "_metadata.file_name").schema.fields])


def metadata_where_rows_went(b):
    """_metadata goes on through selections, filters, orders and limits, not through unions, groupings and views."""
    c = _source(b)
    yield c.filter(F.col("_metadata.file_name") == "q.csv").select("k")
    yield c.where("_metadata.file_size > 12").select("k")
    yield c.select("k").filter("k > 1").select("k", "_metadata.file_name")
    yield c.withColumnRenamed("k", "kk").drop("v").select("kk", "_metadata.file_name")
    yield Ordered(c.orderBy(F.desc("k")).select("k", "_metadata.file_name"))
    yield c.orderBy("k").limit(1).select("_metadata.file_name")
    yield c.toDF("x", "y", "z").select("x", "_metadata.file_name")
    yield c.na.fill("?").repartition(2).select("k", "_metadata.file_name")
    yield c.alias("t").select("t._metadata.file_name", "t.k")
    yield c.groupBy("_metadata.file_name").count()
    yield c.groupBy(F.col("_metadata.file_name").alias("n")).agg(F.max("k"))
    yield c.agg(F.countDistinct("_metadata.file_name"), F.max("_metadata.file_size"))
    yield c.select("k", F.row_number().over(Window.partitionBy("_metadata.file_name").orderBy("k")).alias("r"))
    yield b.error(lambda: c.union(c).select("_metadata.file_name"))
    yield b.error(lambda: c.groupBy("d").count().select("_metadata.file_name"))
    yield b.error(lambda: b.spark.range(3).select("_metadata"))
    c.createOrReplaceTempView("metadata_view")
    yield b.error(lambda: b.rows("select _metadata.file_name from metadata_view"))
    yield b.rows("select _metadata.file_name, _c0 from csv.`%s`" % b.url("c"))
    yield c.withColumn("_metadata", F.lit(1)).select("_metadata")
    yield c.cache().select("k", "_metadata.file_name")


def metadata_of_other_formats(b):
    """JSON, text and Parquet have it, too."""
    b.file("j/a.json", '{"a": 1}\n{"a": 2}\n')
    yield b.spark.read.json(b.url("j")).select("a", "_metadata.file_name", "_metadata.file_size")
    b.file("t/a.txt", "x\ny\n")
    yield b.spark.read.text(b.url("t")).select("value", "_metadata.file_name")
    yield b.spark.read.text(b.url("t"), wholetext=True).select("value", "_metadata.file_size")
    b.spark.range(3).coalesce(1).write.parquet(b.url("p"))
    p = b.spark.read.parquet(b.url("p"))
    yield p.select("id", F.col("_metadata.file_name").endswith(".snappy.parquet").alias("e"))
    yield p.select(F.col("_metadata.file_modification_time") <= F.current_timestamp(), F.col("_metadata.file_size") > 100)
    yield b.spark.read.schema("_metadata string").csv(b.url("t")).select("_metadata")


def metadata_of_rows_in_parquet(b):
    """The number of a row in its file is a member of Parquet's alone."""
    b.spark.range(3).coalesce(1).write.parquet(b.url("p"))
    yield b.spark.read.parquet(b.url("p")).select("id", "_metadata.row_index")


def metadata_after_a_join(b):
    """A join passes it on."""
    c = _source(b)
    yield c.join(b.spark.range(5), F.col("id") == F.col("k")).select("k", "_metadata.file_name")


def texts_of_an_rdd(b):
    """saveAsTextFile writes what str gives, into files without an id, and never into a folder that is there."""
    sc = b.spark.sparkContext
    sc.parallelize(["x", "", None, 3, "\u00e9", ("k", 1), [2, "b"], {"a": 1}, b"by", 2.5, True, "a\nb"], 1).saveAsTextFile(b.url("o"))
    yield b.files("o")
    yield b.error(lambda: sc.parallelize(["x"], 1).saveAsTextFile(b.url("o")))
    sc.parallelize([], 1).saveAsTextFile(b.url("none"))
    yield b.files("none")
    sc.parallelize(["x", "y"], 1).saveAsTextFile(b.url("z"), "org.apache.hadoop.io.compress.GzipCodec")
    yield repr(sorted(b.files("z")))
    yield repr(sc.textFile(b.url("z")).collect())
    sc.parallelize(["x", "y"], 1).saveAsTextFile(b.url("y"), compressionCodecClass="org.apache.hadoop.io.compress.BZip2Codec")
    yield repr(sorted(b.files("y")))
    b.spark.range(2).coalesce(1).rdd.saveAsTextFile(b.url("rows"))
    yield b.files("rows")


def lists_of_paths(b):
    """A comma separates paths, but not within braces."""
    sc = b.spark.sparkContext
    b.file("u/1.txt", "one\n")
    b.file("u/2.txt", "two\n")
    b.file("t/b.txt", "b1\nb2\r\nb3")
    yield repr(sorted(sc.textFile(b.url("u/1.txt") + "," + b.url("t/b.txt")).collect()))
    yield repr(sorted(sc.textFile(b.url("u/{1,2}.txt"), 3).collect()))
    yield repr(sorted(sc.textFile(b.url("u/*.txt") + "," + b.url("t")).collect()))
