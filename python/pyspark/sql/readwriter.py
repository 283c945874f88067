"""pyspark.sql.readwriter: spark.read and df.write."""
from _tenon import plan
from _tenon.connection import call
from _tenon.errors import UnsupportedOperation, refuse
from pyspark.errors.exceptions.base import IllegalArgumentException, PySparkTypeError, argument_error

_MODES = {"append": "append", "overwrite": "overwrite", "ignore": "ignore", "error": "error",
          "errorifexists": "error", "default": "error"}

# The long names of formats that Spark keeps for scripts of its first versions.
_FORMATS = {"com.databricks.spark.csv": "csv", "org.apache.spark.sql.json": "json", "org.apache.spark.sql.parquet": "parquet",
            "org.apache.spark.sql.jdbc": "jdbc"}


def connection_type(path):
    """The kind of storage a path names: s3 for s3, s3a and s3n addresses, else file."""
    scheme = path.partition("://")[0].lower() if "://" in path else ""
    return "s3" if scheme in ("s3", "s3a", "s3n") else "file"


class _Options:
    """The settings that reader and writer share. Values travel as the script gave them; None is not set."""

    def __init__(self):
        self._format = None
        self._options = {}

    def format(self, source):
        self._format = _FORMATS.get(source, source)
        return self

    def option(self, key, value):
        return self.options(**{key: value})

    def options(self, **options):
        for key, value in options.items():
            if value is None:
                continue
            for old in [old for old in self._options if old.lower() == key.lower()]:
                del self._options[old]  # Spark's option names ignore case; the last one counts
            self._options[key] = value
        return self


class DataFrameReader(_Options):
    """spark.read: nothing is read before load, and then only what the schema needs."""

    def __init__(self, session):
        super().__init__()
        self._session = session
        self._schema = None

    def schema(self, schema):
        """The columns to read, as a StructType or DDL text; without it they are inferred."""
        from pyspark.sql.types import StructType
        if isinstance(schema, str):
            from _tenon.ddl import parse_type_or_columns
            schema = parse_type_or_columns(schema)
        if not isinstance(schema, StructType):
            raise argument_error("schema", "struct or str", schema)
        self._schema = schema
        return self

    def load(self, path=None, format=None, schema=None, **options):
        """The DataFrame of one path or a list of them."""
        from pyspark.sql.dataframe import DataFrame
        if format is not None:
            self.format(format)
        if schema is not None:
            self.schema(schema)
        self.options(**options)
        kind = (self._format or "parquet").lower()
        if kind == "jdbc":
            source = {"dynamic": False, "connection_type": "", "format": kind, "options": self._options}
            return DataFrame._of({"kind": plan.NODE_SOURCE, "source": source}, self._session)
        rest = {key: value for key, value in self._options.items() if key.lower() != "path"}
        if path is None:
            path = next((v for k, v in self._options.items() if k.lower() == "path"), None)
        paths = [path] if isinstance(path, str) else list(path or [])
        if not paths:
            raise IllegalArgumentException("spark.read.format(%r).load needs a path" % kind)
        if not all(isinstance(one, str) for one in paths):
            raise PySparkTypeError("a path should be a str or a list of str")
        source = {"dynamic": False, "connection_type": connection_type(paths[0]), "format": kind, "paths": paths,
                  "options": rest}
        if self._schema is not None:
            from _tenon.ddl import wire_fields
            source["schema"] = wire_fields(self._schema)
        return DataFrame._of({"kind": plan.NODE_SOURCE, "source": source}, self._session)

    def _load_as(self, kind, path, schema=None, positional=(), names=(), options=None):
        """One of the methods named by a format; positional arguments after schema are options by position."""
        from _tenon.errors import UnsupportedOperation as refused
        if len(positional) > len(names):
            raise refused.of("spark.read.%s with %d positional options" % (kind, len(positional)),
                             "name them: %s(path, option=value)" % kind)
        options = dict(options or {}, **dict(zip(names, positional)))
        if kind in ("csv", "json") and not isinstance(path, (str, list)):
            raise UnsupportedOperation.of("spark.read.%s of anything but paths" % kind,
                                          "write an RDD of texts by saveAsTextFile, and read that")
        return self.load(path, kind, schema, **options)

    def csv(self, path, schema=None, *positional, **options):
        """Files of comma-separated values."""
        return self._load_as("csv", path, schema, positional, ("sep", "encoding", "quote", "escape", "comment",
                                                               "header", "inferSchema"), options)

    def json(self, path, schema=None, *positional, **options):
        """Files with one JSON object a line (or any JSON, with multiLine)."""
        return self._load_as("json", path, schema, positional, ("primitivesAsString", "prefersDecimal"), options)

    def parquet(self, *paths, **options):
        return self.load(list(paths), "parquet", **options)

    def orc(self, path, **options):
        return self.load(path, "orc", **options)

    def text(self, paths, wholetext=False, lineSep=None, **options):
        """Files of text: a row for each line, or for each file with wholetext, in one column, value."""
        return self.load(paths, "text", wholetext=wholetext, lineSep=lineSep, **options)

    def table(self, tableName):
        """A temporary view by name."""
        return self._session.table(tableName)

    def jdbc(self, url, table, column=None, lowerBound=None, upperBound=None, numPartitions=None, predicates=None,
             properties=None):
        """The rows of a table of a database. column and its bounds only part the work; predicates are conditions, and
        the rows of each are read, one after the other."""
        options = dict(properties or {}, url=url, dbtable=table)
        if predicates is not None:
            options["predicates"] = list(predicates)
        return self.options(**options).load(format="jdbc")


refuse(DataFrameReader, "xml")


class DataFrameWriter(_Options):
    """df.write: save runs the frame and publishes its files at once, or none of them."""

    def __init__(self, df):
        super().__init__()
        self._df = df
        self._mode = "error"
        self._partitions = []

    def mode(self, saveMode):
        """append, overwrite, ignore, or error (also errorifexists), which is the default."""
        if saveMode is None:
            return self
        if str(saveMode).lower() not in _MODES:
            raise IllegalArgumentException("Unknown save mode: %s. Accepted save modes are 'overwrite', 'append', "
                                           "'ignore', 'error', 'errorifexists', 'default'." % saveMode)
        self._mode = _MODES[saveMode.lower()]
        return self

    def partitionBy(self, *cols):
        """A folder key=value for each value of the columns, which leave the files."""
        self._partitions = list(cols[0]) if len(cols) == 1 and isinstance(cols[0], (list, tuple)) else list(cols)
        return self

    def save(self, path=None, format=None, mode=None, partitionBy=None, **options):
        """Writes to a path, in the format set (parquet when none is)."""
        if format is not None:
            self.format(format)
        self.mode(mode).options(**options)
        if partitionBy is not None:
            self.partitionBy(partitionBy) if isinstance(partitionBy, str) else self.partitionBy(*partitionBy)
        kind = (self._format or "parquet").lower()
        rest = {key: value for key, value in self._options.items() if key.lower() != "path"}
        if kind == "jdbc":
            call(plan.OP_WRITE, {
                "frame": self._df._frame, "dynamic": False, "connection_type": "", "format": kind, "path": "",
                "mode": self._mode, "partition_keys": self._partitions, "options": rest})
            return
        if path is None:
            path = next((v for k, v in self._options.items() if k.lower() == "path"), None)
        if not isinstance(path, str):
            raise IllegalArgumentException("Expected exactly one path to be specified.")
        from _tenon import conf
        replaced = conf.get("spark.sql.sources.partitionOverwriteMode")
        if replaced.lower() != "static" and not any(key.lower() == "partitionoverwritemode" for key in rest):
            rest["partitionOverwriteMode"] = replaced
        call(plan.OP_WRITE, {
            "frame": self._df._frame, "dynamic": False, "connection_type": connection_type(path), "format": kind,
            "path": path, "mode": self._mode, "partition_keys": self._partitions, "options": rest})

    def csv(self, path, mode=None, **options):
        self.save(path, "csv", mode, **options)

    def json(self, path, mode=None, **options):
        self.save(path, "json", mode, **options)

    def parquet(self, path, mode=None, partitionBy=None, compression=None):
        self.save(path, "parquet", mode, partitionBy, compression=compression)

    def orc(self, path, mode=None, partitionBy=None, compression=None):
        self.save(path, "orc", mode, partitionBy, compression=compression)

    def text(self, path, compression=None, lineSep=None):
        self.save(path, "text", compression=compression, lineSep=lineSep)

    def jdbc(self, url, table, mode=None, properties=None):
        """Writes to a table of a database."""
        self.mode(mode).options(**dict(properties or {}, url=url, dbtable=table)).save(format="jdbc")


refuse(DataFrameWriter, "bucketBy insertInto saveAsTable sortBy", "there is no table catalog yet")


class DataFrameWriterV2:
    """Made by DataFrame.writeTo, which is refused."""
