"""awsglue.context.GlueContext on the real PySpark: the files that its readers and writers have in common with Spark's."""
import json

from awsglue import NotComparable
from awsglue.dynamicframe import DynamicFrame
from pyspark.sql import SQLContext
from pyspark.sql import types as T

# Options that change nothing in the rows.
HARMLESS = {"usel3listimplementation", "uses3listimplementation", "groupfiles", "groupsize", "updatebehavior",
            "enableupdatecatalog", "optimizeperformance"}

# What no field of a CSV file is. Glue reads an empty field as an empty text, Spark as null, whatever its nullValue is.
_NO_VALUE = "\x01"


class GlueContext(SQLContext):
    """The entry to Glue's readers and writers; also a SQLContext."""

    def __init__(self, sparkContext, **options):
        super().__init__(sparkContext)
        self.spark_session = self.sparkSession
        self.spark_session.conf.set("spark.sql.csv.parser.columnPruning.enabled", "false")
        self.create_dynamic_frame = _Reader(self, lambda frame: frame)
        self.create_data_frame = _Reader(self, lambda frame: frame.toDF())
        self.write_dynamic_frame = _Writer(self)

    def create_dynamic_frame_from_options(self, connection_type, connection_options=None, format=None,
                                          format_options=None, transformation_ctx="", push_down_predicate=""):
        if connection_type not in ("s3", "file") or push_down_predicate:
            raise NotComparable("reading from %s" % connection_type)
        options, formats = _Options(connection_options), _Options(format_options)
        paths = options.take("paths") or options.take("path")
        paths = [paths] if isinstance(paths, str) else list(paths or [])
        files = self._files(paths, _true(options.take("recurse")))
        reader = {"csv": self._csv, "json": self._json, "parquet": self._parquet}.get((format or "").lower())
        if reader is None:
            raise NotComparable("a DynamicFrame of format %s" % format)
        frame = reader(files, formats)
        options.all_taken()
        formats.all_taken()
        return DynamicFrame(frame, self, transformation_ctx)

    def write_dynamic_frame_from_options(self, frame, connection_type, connection_options=None, format=None,
                                         format_options=None, transformation_ctx=""):
        if connection_type not in ("s3", "file"):
            raise NotComparable("writing to %s" % connection_type)
        options, formats = _Options(connection_options), _Options(format_options)
        path, keys, codec = options.take("path"), options.take("partitionKeys"), options.take("compression")
        data, kind = frame.toDF(), {"glueparquet": "parquet"}.get((format or "").lower(), (format or "").lower())
        codec = codec or formats.take("compression")
        writer = data.write.mode("append")
        if kind == "csv":
            quote = formats.take("quoteChar", '"')
            if quote == -1:
                raise NotComparable("a CSV sink without quotes")
            writer = writer.options(header=_true(formats.take("writeHeader", True)), sep=formats.take("separator", ","),
                                    quote=quote, escape=quote, emptyValue="")
        elif kind not in ("json", "parquet"):
            raise NotComparable("a sink of format %s" % format)
        if codec:
            writer = writer.option("compression", codec)
        if keys:
            writer = writer.partitionBy(*([keys] if isinstance(keys, str) else keys))
        options.all_taken()
        formats.all_taken()
        if data.isEmpty():
            return frame  # Glue writes nothing
        writer.format(kind).save(path)
        return frame

    def getSink(self, connection_type, format=None, transformation_ctx="", **options):
        return _Sink(self, connection_type, options, format)

    def get_logger(self):
        from awsglue.logger import GlueLogger
        return GlueLogger()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotComparable("GlueContext.%s" % name)

    # Reading files.

    def _files(self, paths, recurse):
        """The data files at paths, as Glue lists them: partition columns are not added."""
        jvm, conf = self._sc._jvm, self._sc._jsc.hadoopConfiguration()
        found = []

        def walk(path, top):
            system = path.getFileSystem(conf)
            for status in system.listStatus(path):
                name = status.getPath().getName()
                if name.startswith((".", "_")) and "=" not in name:
                    continue
                if status.isDirectory():
                    if recurse:
                        walk(status.getPath(), False)
                elif status.getLen() > 0:
                    found.append(status.getPath().toString())
        for path in paths:
            walk(jvm.org.apache.hadoop.fs.Path(path), True)
        return found

    def _csv(self, files, options):
        header = _true(options.take("withHeader"))
        quote = options.take("quoteChar", '"')
        if quote == -1 or _true(options.take("multiLine")) or options.take("escaper") or options.take("skipFirst"):
            raise NotComparable("a CSV source with these format options")
        frame = self.spark_session.read.options(header=header, sep=options.take("separator", ","), quote=quote,
                                                escape=quote, nullValue=_NO_VALUE, emptyValue="",
                                                mode="DROPMALFORMED").csv(files)
        options.take("writeHeader")
        frame = frame.fillna("")
        return frame if header else frame.toDF(*["col%d" % i for i in range(len(frame.columns))])

    def _json(self, files, options):
        if _true(options.take("multiLine")) or options.take("jsonPath"):
            raise NotComparable("a JSON source with multiLine or jsonPath")
        struct = None
        for line in self._sc.textFile(",".join(files)).toLocalIterator():
            if line.strip():
                struct = _merge(struct, _type_of(json.loads(line)), "$")
        return self.spark_session.read.schema(_final(struct)).json(files)

    def _parquet(self, files, options):
        return self.spark_session.read.parquet(*files)


class _Reader:
    """glueContext.create_dynamic_frame and create_data_frame."""

    def __init__(self, context, finish):
        self._context, self._finish = context, finish

    def from_options(self, *args, **kwargs):
        return self._finish(self._context.create_dynamic_frame_from_options(*args, **kwargs))

    def __getattr__(self, name):
        raise NotComparable("create_dynamic_frame.%s" % name)


class _Writer:
    """glueContext.write_dynamic_frame."""

    def __init__(self, context):
        self._context = context

    def from_options(self, frame, connection_type, connection_options=None, format=None, format_options=None,
                     transformation_ctx=""):
        return self._context.write_dynamic_frame_from_options(frame, connection_type, connection_options, format,
                                                              format_options, transformation_ctx)

    def __getattr__(self, name):
        raise NotComparable("write_dynamic_frame.%s" % name)


class _Sink:
    """What getSink returns."""

    def __init__(self, context, connection_type, options, format):
        self._context, self._type, self._options, self._format = context, connection_type, options, format
        self._format_options = {}

    def setFormat(self, format, **options):
        self._format, self._format_options = format, options

    def setCatalogInfo(self, catalogDatabase=None, catalogTableName=None, catalogId=""):
        """The table of the catalog; the files are the same."""

    def writeFrame(self, dynamic_frame, info=""):
        return self._context.write_dynamic_frame_from_options(dynamic_frame, self._type, self._options, self._format,
                                                              self._format_options)

    write = writeFrame


class _Options:
    """Options by name, whatever their case; each must be taken."""

    def __init__(self, options):
        self._left = {key.lower(): value for key, value in (options or {}).items()}

    def take(self, name, default=None):
        return self._left.pop(name.lower(), default)

    def all_taken(self):
        for name in self._left:
            if name not in HARMLESS:
                raise NotComparable("the option %s" % name)


def _true(value):
    return str(value).lower() == "true"


def _type_of(value):
    """The type of a JSON value as Glue's reader has it; None for null. Structs are dicts in the order of fields."""
    if value is None:
        return None
    if isinstance(value, bool):
        return T.BooleanType()
    if isinstance(value, int):
        return T.IntegerType() if -2**31 <= value < 2**31 else T.LongType()
    if isinstance(value, float):
        return T.DoubleType()
    if isinstance(value, dict):
        return {name: _type_of(member) for name, member in value.items()}
    if isinstance(value, list):
        item = None
        for one in value:
            item = _merge(item, _type_of(one), "[]")
        return [item]
    return T.StringType()


def _merge(a, b, path):
    """The one type of two; several types of a field are a choice, which a DataFrame has not."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, dict) and isinstance(b, dict):
        return {name: _merge(a.get(name), b.get(name), path + "." + name) for name in list(a) + [n for n in b if n not in a]}
    if isinstance(a, list) and isinstance(b, list):
        return [_merge(a[0], b[0], path + "[]")]
    if a != b:
        raise NotComparable("the JSON field %s of several types" % path)
    return a


def _final(made):
    """The Spark type of what _type_of and _merge made."""
    if isinstance(made, dict):
        return T.StructType([T.StructField(name, _final(member)) for name, member in made.items()])
    if isinstance(made, list):
        return T.ArrayType(_final(made[0]))
    return T.StringType() if made is None else made
