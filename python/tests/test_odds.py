"""What the main road's tests leave out: threads, processes, collections, Glue's types, loggers, views."""
import contextlib
import io
import os
import threading
import unittest

from _tenon.connection import call
from _tenon.errors import UnsupportedOperation
from awsglue import gluetypes, transforms
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrameCollection
from pyspark.context import SparkContext
from tests.worker import Worker


class Odds(unittest.TestCase):
    """One recording worker for each test."""

    def setUp(self):
        self.worker = Worker()
        self.addCleanup(self.worker.close)
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()
        self.glue = GlueContext(SparkContext.getOrCreate())
        self.spark = self.glue.spark_session

    def frame(self):
        return self.glue.create_dynamic_frame.from_options("s3", {"paths": "s3://b/in"}, "json")

    def test_threads(self):
        """Every thread gets the answers to its own questions."""
        self.worker.answers["count"] = lambda body: {"count": body["frame"]}
        wrong = []

        def ask(number):
            wrong.extend(number for _ in range(100) if call("count", {"frame": number})["count"] != number)
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_child_process(self):
        """A child of fork is told why it cannot go on, and does not disturb its parent."""
        self.spark.range(1)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                self.spark.range(2)
                os.write(writer, b"no error")
            except Exception as err:
                os.write(writer, str(err).encode())
            finally:
                os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        with open(reader, encoding="utf-8") as pipe:
            self.assertIn("a child process cannot use", pipe.read())
        self.assertEqual(self.spark.range(3).columns, ["id", "name"])

    def test_transforms(self):
        """All 22 are there; the unsupported ones raise by name when applied."""
        self.assertEqual(len(transforms.__all__), 23)  # and their root
        for name in transforms.__all__[1:]:
            one = getattr(transforms, name)
            self.assertEqual(one.name(), name)
            self.assertEqual(sorted(one.describe()), ["transform"])
            self.assertTrue(all(arg["name"] for arg in one.describeArgs()))

    def test_refusals_name_the_call(self):
        for call_, text in ((lambda: self.glue.create_dynamic_frame.from_catalog("d", "t"),
                             "create_dynamic_frame.from_catalog is not supported"),
                            (lambda: self.glue.write_dynamic_frame.from_catalog(None, "d", "t"),
                             "write_dynamic_frame.from_catalog is not supported"),
                            (lambda: self.frame().spigot("s3://b/t"), "DynamicFrame.spigot without topk is not supported"),
                            (lambda: self.spark.range(1).freqItems(["id"]), "DataFrame.freqItems is not supported"),
                            (lambda: SparkContext.getOrCreate()._jvm, "SparkContext._jvm is not supported")):
            with self.assertRaisesRegex(UnsupportedOperation, text):
                call_()

    def test_known_name_is_no_column(self):
        """A column with the name of an unsupported method is reached by df["..."] alone, as in PySpark."""
        self.worker.schema = [{"name": "observe", "type": "int"}, {"name": "x y", "type": "int"}]
        df = self.spark.range(1)
        with self.assertRaises(UnsupportedOperation):
            df.observe()
        self.assertEqual(repr(df["observe"]), "Column<'observe'>")
        self.assertEqual(repr(getattr(df, "x y")), "Column<'x y'>")

    def test_collection(self):
        frame = self.frame()
        split = transforms.SplitFields.apply(frame, ["id"], "a", "b")
        self.assertIsInstance(split, DynamicFrameCollection)
        self.assertEqual(list(split.keys()), ["a", "b"])
        self.assertIs(transforms.SelectFromCollection.apply(dfc=split, key="a"), split["a"])
        mapped = transforms.MapToCollection.apply(split, lambda frame, ctx: frame.drop_fields(["name"]))
        self.assertEqual(len(mapped), 2)
        flat = transforms.FlatMap.apply(split, transforms.DropFields, "frame", paths=["name"])
        self.assertEqual(list(flat.keys()), ["a", "b"])

    def test_union(self):
        transforms.Union.apply(self.frame(), self.frame())
        self.assertEqual([node["kind"] for node in self.worker.nodes()[2:]], ["dynamic_union"])

    def test_glue_schema(self):
        self.worker.schema = [{"name": "id", "type": "choice<bigint,string>"},
                              {"name": "a", "type": "array<struct<x:int,y:decimal(5,2)>>"},
                              {"name": "m", "type": "map<string,double>"}]
        frame, out = self.frame(), io.StringIO()
        with contextlib.redirect_stdout(out):
            frame.printSchema()
        self.assertEqual(out.getvalue(), "root\n|-- id: choice\n|    |-- long\n|    |-- string\n|-- a: array\n"
                                         "|    |-- element: struct\n|    |    |-- x: int\n"
                                         "|    |    |-- y: decimal(5,2)\n|-- m: map\n|    |-- keyType: string\n"
                                         "|    |-- valueType: double\n\n")
        schema = frame.schema()
        self.assertEqual(sorted(schema.getField("id").dataType.choices), ["long", "string"])
        self.assertEqual(schema.getField("a").dataType.elementType.getField("y").dataType,
                         gluetypes.DecimalType(5, 2))

    def test_resolve_choice(self):
        self.worker.schema = [{"name": "a.b", "type": "choice<bigint,string>"}, {"name": "n", "type": "int"}]
        frame = self.frame()
        transforms.ResolveChoice.apply(frame=frame, specs=[("`a.b`", "cast:long"), ("n", "cast:int")])
        self.assertEqual(self.worker.nodes()[-1]["resolutions"], [
            {"path": "`a.b`", "action": "cast:long"}, {"path": "n", "action": "cast:int"}])
        frame.resolveChoice(choice="make_cols")
        self.assertEqual(self.worker.nodes()[-1]["text"], "make_cols")
        with self.assertRaises(ValueError):
            frame.resolveChoice(specs=[("n", "cast:int")], choice="make_cols")
        with self.assertRaisesRegex(UnsupportedOperation, "match_catalog"):
            self.frame().resolveChoice(choice="match_catalog")

    def test_studio(self):
        """What Glue Studio's scripts import, and its sink without a catalog."""
        names = {}
        exec("from awsglue import DynamicFrame\nfrom awsglue import *\n"
             "from awsglue.dynamicframe import DynamicFrame as same, DynamicFrameCollection\n"
             "from awsgluedq.transforms import EvaluateDataQuality", names)
        self.assertIs(names["DynamicFrame"], names["same"])
        with self.assertRaises(ImportError):
            exec("from awsglue import Nothing")
        with self.assertRaisesRegex(UnsupportedOperation, "publishing option resultsS3Prefix is not supported"):
            names["EvaluateDataQuality"]().process_rows(frame=self.frame(), ruleset="", publishing_options={"resultsS3Prefix": "s3://b"})
        sink = self.glue.getSink(path="s3://b/out", connection_type="s3", updateBehavior="UPDATE_IN_DATABASE",
                                 partitionKeys=["n"], enableUpdateCatalog=False, transformation_ctx="sink")
        sink.setFormat("glueparquet", compression="snappy")
        sink.writeFrame(self.frame())
        self.assertEqual(self.worker.bodies("write")[-1], {
            "frame": 2, "dynamic": True, "connection_type": "s3", "format": "glueparquet", "path": "s3://b/out",
            "mode": "append", "partition_keys": ["n"], "ctx": "sink", "format_options": {"compression": "snappy"},
            "options": {"updateBehavior": "UPDATE_IN_DATABASE", "enableUpdateCatalog": False}})
        sink = self.glue.getSink("s3", path="s3://b/out", enableUpdateCatalog=True, updateBehavior="LOG")
        sink.setCatalogInfo(catalogDatabase="d", catalogTableName="t")
        sink.setFormat("json")
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            sink.writeFrame(self.frame())
        self.assertRegex(err.getvalue(), r"WARN GlueLogger: The files are written to s3://b/out; the table d.t is not updated")
        self.assertEqual([self.worker.bodies("write")[-1][key] for key in ("database", "table")], ["d", "t"])
        with self.assertRaisesRegex(Exception, "updateBehavior"):
            self.glue.getSink("s3", path="s3://b/out", updateBehavior="NOPE").writeFrame(self.frame())

    def test_glue_types(self):
        """Every type comes back from its JSON."""
        t = gluetypes
        struct = t.StructType([t.Field("a", t.ChoiceType([t.IntegerType(), t.StringType()])),
                               t.Field("b", t.ArrayType(t.MapType(t.DecimalType(5, 1)))), t.Field("c", t.SetType(t.DateType())),
                               t.Field("d", t.EnumType(["x"])), t.Field("e", t.EntityType("id", t.LongType()))])
        self.assertEqual(t.StructType.fromJsonValue(struct.jsonValue()).jsonValue(), struct.jsonValue())
        self.assertEqual(struct.getField("b").dataType.elementType.valueType, t.DecimalType(5, 1))
        self.assertEqual((struct.hasField("a"), struct.hasField("z"), struct.getField("z")), (True, False, None))
        with self.assertRaises(ValueError):
            t.DataType.fromJsonValue({"dataType": "nope"})

    def test_arguments_nobody_knows(self):
        """They are refused by name, not taken and forgotten."""
        for use in (lambda: self.frame().select_fields(["id"], nope=1),
                    lambda: transforms.ApplyMapping.apply(frame=self.frame(), mappings=[("id", "id")], nope=1),
                    lambda: GlueContext(SparkContext.getOrCreate(), nope=1),
                    lambda: self.spark.catalog.tableExists("t", "nope")):
            with self.assertRaisesRegex(UnsupportedOperation, "nope is not supported"):
                use()

    def test_logger(self):
        logger, err = self.glue.get_logger(), io.StringIO()
        with contextlib.redirect_stderr(err):
            logger.info("one")
            logger.debug("two")
            self.spark.sparkContext.setLogLevel("ERROR")
            self.addCleanup(self.spark.sparkContext.setLogLevel, "INFO")
            logger.warn("three")
            logger.error("four")
        self.assertRegex(err.getvalue(), r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d INFO GlueLogger: one\n"
                                         r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d ERROR GlueLogger: four\n$")

    def test_sql_commands(self):
        self.worker.answers["frame"] = {"frame": 0, "schema": []}
        out = self.spark.sql("create temporary view v as select 1")
        self.assertEqual((out.collect(), out.count(), out.columns), ([], 0, []))
        with self.assertRaises(UnsupportedOperation):
            out.select("x")

    def test_purge(self):
        self.glue.purge_s3_path("s3://b/x", {"retentionPeriod": 1})
        self.glue.purge_s3_path("s3://b/x")
        self.assertEqual(self.worker.bodies("purge"), [{"path": "s3://b/x", "retention_hours": 1.0},
                                                       {"path": "s3://b/x", "retention_hours": 168.0}])
        with self.assertRaisesRegex(UnsupportedOperation, "excludeStorageClasses"):
            self.glue.purge_s3_path("s3://b/x", {"excludeStorageClasses": []})
