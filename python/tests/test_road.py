"""The main road's calls, and the messages they become."""
import contextlib
import io
import unittest

from _tenon import conf as settings
from _tenon import plan
from _tenon.errors import UnsupportedOperation
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import ApplyMapping, DropFields, Filter, Join, Map, RenameField, SelectFields
from pyspark.context import SparkContext
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from tests.worker import Worker


class Road(unittest.TestCase):
    """One recording worker and one GlueContext for each test."""

    def setUp(self):
        self.worker = Worker()
        self.addCleanup(self.worker.close)
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()
        self.glue = GlueContext(SparkContext())
        self.spark = self.glue.spark_session

    def frame(self):
        return self.glue.create_dynamic_frame.from_options(
            connection_type="s3", connection_options={"paths": ["s3://b/in"], "recurse": True}, format="json")

    def test_input_job(self):
        """The calls of AWS's two-job example, with their options."""
        job = Job(self.glue)
        job.init("input", {"JOB_NAME": "input", "n": 1, "JOB_ID": None})
        source = self.glue.create_dynamic_frame.from_options(
            connection_type="s3", connection_options={"paths": ["s3://b/in"], "useS3ListImplementation": True,
                                                      "recurse": True}, format="json",
            transformation_ctx="bookmark_ctx")
        mapped = ApplyMapping.apply(frame=source, mappings=[("a", "string", "b", "long"), ("c", "int", "d"),
                                                            ("e", "f")], transformation_ctx="m")
        out = self.glue.write_dynamic_frame.from_options(
            frame=mapped, connection_type="s3", connection_options={"path": "s3://b/out", "compression": "gzip",
                                                                    "partitionKeys": ["b"]}, format="json")
        job.commit()
        self.assertIs(out, mapped)
        self.assertEqual(self.worker.requests, [
            ("job.init", {"name": "input", "args": {"JOB_NAME": "input", "n": "1"}}),
            ("frame", {"kind": "source", "ctx": "bookmark_ctx", "source": {
                "dynamic": True, "connection_type": "s3", "format": "json", "paths": ["s3://b/in"],
                "options": {"useS3ListImplementation": True, "recurse": True}, "format_options": {},
                "ctx": "bookmark_ctx"}}),
            ("frame", {"kind": "apply_mapping", "inputs": [{"kind": "frame", "frame": 1}], "ctx": "m", "mappings": [
                {"source": "a", "source_type": "string", "target": "b", "target_type": "long"},
                {"source": "c", "source_type": "int", "target": "d", "target_type": "int"},
                {"source": "e", "target": "f"}]}),
            ("write", {"frame": 2, "dynamic": True, "connection_type": "s3", "format": "json", "path": "s3://b/out",
                       "mode": "append", "partition_keys": ["b"], "options": {"compression": "gzip"},
                       "format_options": {}}),
            ("job.commit", {}),
        ])
        self.assertEqual(self.worker.hello["token"], "secret")

    def test_frames(self):
        df = self.frame().toDF()
        df.filter((df.id > 1) & (F.col("name") == "x")).withColumn("u", F.upper("name")).groupBy("name").agg(
            F.sum("id").alias("s"), F.countDistinct("id", "name")).orderBy(F.desc("s")).limit(3)
        frame, dataframe, condition, column, aggregate, sort, limit = self.worker.nodes()
        self.assertEqual(dataframe, {"kind": "to_dataframe", "inputs": [{"kind": "frame", "frame": 1}]})
        self.assertEqual(condition["condition"], {"kind": "call", "name": "and", "args": [
            {"kind": "call", "name": ">", "args": [{"kind": "col", "name": "`id`", "frame": 2},
                                                   {"kind": "lit", "value": 1, "type": "int"}]},
            {"kind": "call", "name": "=", "args": [{"kind": "col", "name": "name"},
                                                   {"kind": "lit", "value": "x", "type": "string"}]}]})
        self.assertEqual(column["exprs"], [{"kind": "alias", "name": "u", "args": [
            {"kind": "call", "name": "upper", "args": [{"kind": "col", "name": "name"}]}]}])
        self.assertEqual(aggregate["exprs"], [{"kind": "col", "name": "name"}])
        self.assertEqual(aggregate["aggs"][1], {"kind": "call", "name": "count", "distinct": True, "args": [
            {"kind": "col", "name": "id"}, {"kind": "col", "name": "name"}]})
        self.assertEqual(sort["exprs"], [{"kind": "sort", "descending": True, "args": [
            {"kind": "col", "name": "s"}]}])
        self.assertEqual(limit, {"kind": "limit", "inputs": [{"kind": "frame", "frame": 6}], "limit": 3})

    def test_joins(self):
        left, right = self.spark.range(3), self.spark.range(5)
        left.join(right, "id")
        left.join(right, ["id", "name"], "left_outer")
        left.join(right, left.id == right.id, "LEFTANTI")
        left.join(right)
        nodes = self.worker.nodes()[2:]
        self.assertEqual([n["how"] for n in nodes], ["inner", "left", "left_anti", "inner"])
        self.assertEqual([n.get("names") for n in nodes], [["id"], ["id", "name"], None, None])
        self.assertEqual(nodes[2]["condition"]["args"][1], {"kind": "col", "name": "`id`", "frame": 2})

    def test_views_and_sql(self):
        df = self.spark.range(3)
        df.createOrReplaceTempView("T")
        self.spark.sql("select * from t")
        self.assertEqual(self.worker.bodies("view"), [{"name": "T", "frame": 1, "replace": True}])
        self.assertEqual(self.worker.nodes()[-1], {"kind": "sql", "text": "select * from t"})
        self.assertTrue(self.spark.catalog.dropTempView("t"))
        self.worker.error = {"class": "AnalysisException", "message": "[TABLE_OR_VIEW_NOT_FOUND] The table `t`"}
        self.assertFalse(self.spark.catalog.dropTempView("t"))

    def test_rows(self):
        self.worker.schema = [
            {"name": "d", "type": "decimal(5,2)"}, {"name": "t", "type": "timestamp"}, {"name": "b", "type": "binary"},
            {"name": "s", "type": "struct<x:int,`y z`:array<date>>"}, {"name": "m", "type": "map<string,double>"}]
        self.worker.answers["collect"] = {"schema": self.worker.schema, "rows": [
            ["1.50", "2020-01-02T03:04:05.000006", "YQ==", [1, ["2020-01-31"]], [["k", "NaN"], ["j", 1]]],
            [None, None, None, None, None]]}
        rows = self.spark.table("t").collect()
        self.assertEqual(repr(rows[0]), "Row(d=Decimal('1.50'), t=datetime.datetime(2020, 1, 2, 3, 4, 5, 6), "
                                        "b=bytearray(b'a'), s=Row(x=1, y z=[datetime.date(2020, 1, 31)]), "
                                        "m={'j': 1.0, 'k': nan})")
        self.assertEqual(rows[1].asDict(), dict.fromkeys("dtbsm"))

    def test_frames_are_forgotten(self):
        """A frame goes when neither a DataFrame, a Column nor a view mentions it."""
        self.worker.answers["count"] = {"count": 1}
        df = self.spark.range(3)
        column = df.id
        df.createOrReplaceTempView("v")
        del df
        self.spark.range(1).count()
        self.assertEqual(self.worker.bodies("drop"), [])
        self.spark.catalog.dropTempView("v")
        self.spark.range(1).count()
        self.assertNotIn({"frame": 1}, self.worker.bodies("drop"))
        del column
        self.spark.range(1).count()
        self.assertIn({"frame": 1}, self.worker.bodies("drop"))

    def test_errors(self):
        self.worker.error = {"class": "AnalysisException", "message": "[PATH_NOT_FOUND] Path does not exist: x."}
        with self.assertRaises(AnalysisException) as caught:
            self.spark.read.csv("s3://b/x", header=True)
        self.assertEqual(caught.exception.getErrorClass(), "PATH_NOT_FOUND")
        self.assertEqual(self.spark.range(3).columns, ["id", "name"])  # the connection goes on
        for call in (lambda: self.glue.create_dynamic_frame.from_catalog(database="d", table_name="t"),
                     lambda: F.udtf(lambda x: x), lambda: self.spark.range(3).writeTo("t"),
                     lambda: self.glue.getSink("s3", path="s3://x").setCatalogInfo("d", "t", "other")):
            with self.assertRaises(UnsupportedOperation):
                call()

    def test_readers_and_writers(self):
        df = self.spark.read.option("header", True).schema("a int, b array<string>").csv("s3://b/x")
        df.write.mode("overwrite").partitionBy("a").option("compression", "gzip").json("s3://b/y")
        self.assertEqual(self.worker.nodes()[0]["source"], {
            "dynamic": False, "connection_type": "s3", "format": "csv", "paths": ["s3://b/x"],
            "options": {"header": True}, "schema": [{"name": "a", "type": "int", "nullable": True},
                                                    {"name": "b", "type": "array<string>", "nullable": True}]})
        self.assertEqual(self.worker.bodies("write")[0], {
            "frame": 1, "dynamic": False, "connection_type": "s3", "format": "json", "path": "s3://b/y",
            "mode": "overwrite", "partition_keys": ["a"], "options": {"compression": "gzip"}})

    def test_sink(self):
        frame = self.frame()
        sink = self.glue.getSink(path="s3://b/o", connection_type="s3", partitionKeys=["id"], compression="gzip",
                                 transformation_ctx="c")
        sink.setFormat("glueparquet", useGlueParquetWriter=True)
        sink.writeFrame(frame)
        self.assertEqual(self.worker.bodies("write")[0], {
            "frame": 1, "dynamic": True, "connection_type": "s3", "format": "glueparquet", "path": "s3://b/o",
            "mode": "append", "partition_keys": ["id"], "options": {"compression": "gzip"},
            "format_options": {"useGlueParquetWriter": True}, "ctx": "c"})

    def test_dynamic_transforms(self):
        a, b = self.frame(), self.frame()
        SelectFields.apply(a, ["id"])
        DropFields.apply(frame=a, paths=["x.y"])
        RenameField.apply(a, "id", "key", transformation_ctx="r")
        Join.apply(a, b, "id", "id")
        DynamicFrame.fromDF(a.toDF(), self.glue, "n")
        nodes = self.worker.nodes()[2:]
        self.assertEqual([n["kind"] for n in nodes], ["select_fields", "drop_fields", "rename_field", "dynamic_join",
                                                      "to_dataframe", "to_dynamic"])
        self.assertEqual((nodes[3]["keys1"], nodes[3]["keys2"]), (["id"], ["id"]))
        SelectFields.apply(a, ["id"], info="i", stageThreshold=1, totalThreshold=2)
        self.assertEqual({k: v for k, v in self.worker.nodes()[-1].items() if k in ("info", "stage_threshold", "total_threshold")},
                         {"info": "i", "stage_threshold": 1, "total_threshold": 2})
        self.worker.answers["collect"] = {"schema": self.worker.schema, "rows": [[1, "a"], [2, "b"]]}
        Map.apply(frame=a, f=lambda r: dict(r, n=len(r["name"])) if r["id"] > 1 else None)
        made = self.worker.nodes()[-1]
        self.assertEqual((made["kind"], made["inputs"][0]["values"]["rows"]), ("map_records", [[2, "b", 1]]))
        self.assertEqual(made["inputs"][2]["values"]["rows"], [[1, "a", "the function gave no record", ""]])

    def filter(self, f, rows):
        """What the worker would hear of each row: whether it is kept."""
        from _tenon import callback
        Filter.apply(frame=self.frame(), f=f)
        number = self.worker.nodes()[-1]["exprs"][0]["function"]["number"]
        columns = [list(column) for column in zip(*rows)]
        returned, _ = callback.run({"function": number, "types": ["bigint", "string"], "rows": len(rows), "columns": columns})
        return returned.get("error") or [cells[0] for cells in returned["cells"]]

    def test_filter(self):
        rows = [[1, "a"], [2, "b"], [None, "c"]]
        self.assertEqual(self.filter(lambda r: r["id"] > 1, rows), [False, True, False])  # null, missing: dropped both ways
        self.assertEqual(self.filter(lambda r: r["nope"] > 1, rows), [False] * 3)
        self.assertEqual(self.filter(lambda r: r.get("id") is None, rows), [False, False, True])
        undecided = self.filter(lambda r: r["id"] != 1, rows)  # null would stay, missing would go
        self.assertEqual(undecided["class"], "UnsupportedOperation")
        self.assertEqual(self.filter(lambda r: 1 / 0, rows), [False] * 3)

    def test_show(self):
        self.worker.answers["show"] = {"text": "+---+\n| id|\n+---+\n+---+\n"}
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.spark.range(3).show(5, False)
            self.spark.range(3).printSchema()
        self.assertEqual(out.getvalue(), "+---+\n| id|\n+---+\n+---+\n\nroot\n |-- id: long (nullable = true)\n"
                                         " |-- name: string (nullable = true)\n\n")
        self.assertEqual(self.worker.bodies("show"), [{"frame": 1, "n": 5, "truncate": 0, "vertical": False}])

    def test_session(self):
        self.assertIs(SparkSession.builder.appName("x").getOrCreate(), self.spark)
        self.assertEqual(self.spark.conf.get("spark.app.name"), "x")
        self.spark.conf.set("spark.sql.shuffle.partitions", 8)
        self.assertEqual(self.spark.conf.get("spark.sql.shuffle.partitions"), "8")
        for key, value in (("spark.sql.session.timeZone", "UTC"), ("spark.sql.ansi.enabled", False),
                           ("spark.executor.memory", "2g"), ("my.note", "x")):
            self.spark.conf.set(key, value)
        for key, value in (("spark.sql.session.timeZone", "Asia/Tokyo"), ("spark.sql.nope", "1"),
                           ("spark.sql.ansi.enabled", True), ("spark.sql.shuffle.partitionsX", "8")):
            with self.assertRaises(UnsupportedOperation):
                self.spark.conf.set(key, value)

    def test_settings_of_hadoop(self):
        """hadoopConfiguration() makes settings, and is refused what would have to change something."""
        hadoop = self.spark.sparkContext._jsc.hadoopConfiguration()
        hadoop.set("fs.s3a.connection.maximum", "100")
        hadoop.set("mapreduce.fileoutputcommitter.algorithm.version", "2")
        self.assertEqual(hadoop.get("fs.s3a.connection.maximum"), "100")
        self.assertEqual(self.spark.conf.get("spark.hadoop.fs.s3a.connection.maximum"), "100")
        self.assertIsNone(hadoop.get("fs.s3a.endpoint"))
        for key in ("fs.s3a.endpoint", "mapreduce.fileoutputcommitter.marksuccessfuljobs"):
            with self.assertRaisesRegex(UnsupportedOperation, key):
                hadoop.set(key, "false")
        with self.assertRaisesRegex(UnsupportedOperation, "_jsc.sc is not supported"):
            self.spark.sparkContext._jsc.sc()

    def test_settings_of_the_job(self):
        """--conf, which the worker has checked, is what spark.conf.get answers."""
        argv = ["job.py", "--JOB_NAME", "j", "--conf", "spark.sql.shuffle.partitions=4 --conf spark.executor.memory=2g"]
        self.assertEqual(settings.of_job(argv), {"spark.sql.shuffle.partitions": "4", "spark.executor.memory": "2g"})
        self.assertEqual(settings.of_job(["job.py", "--conf"]), {})

    def test_worker_gone(self):
        df = self.spark.range(3)
        from _tenon import connection
        connection._open._socket.shutdown(2)
        with self.assertRaisesRegex(Exception, "worker is gone"):
            df.count()
        with self.assertRaisesRegex(Exception, "closed"):
            df.count()


class Constants(unittest.TestCase):
    """The generated module."""

    def test_generated(self):
        self.assertEqual((plan.NODE_UNION_BY_NAME, plan.OP_JOB_INIT, plan.MAX_MESSAGE),
                         ("union_by_name", "job.init", 64 << 20))
