"""A stand-in for awsglue on the real PySpark: the few calls that are a DataFrame in other words.

It is no copy of AWS's library and no oracle of it. It lets scripts that keep to these calls be recorded: options of a
job, contexts, frames read and written as files, fields selected, dropped, renamed and mapped.
"""
import sys
import types


class _Frame:
    """A DynamicFrame that is a DataFrame."""

    def __init__(self, df, name=""):
        self._df, self.name = df, name

    @staticmethod
    def fromDF(df, _, name=""):
        return _Frame(df, name)

    def toDF(self):
        return self._df

    def count(self):
        return self._df.count()

    def select_fields(self, paths, **_):
        return _Frame(self._df.select(*paths))

    def drop_fields(self, paths, **_):
        return _Frame(self._df.drop(*paths))

    def rename_field(self, old, new, **_):
        return _Frame(self._df.withColumnRenamed(old, new))

    def apply_mapping(self, mappings, **_):
        from pyspark.sql import functions as F
        kinds = {"long": "bigint", "short": "smallint", "byte": "tinyint"}
        return _Frame(self._df.select(*[F.col(one[0]).cast(kinds.get(one[3], one[3])).alias(one[2]) for one in mappings]))


class _Options:
    """create_dynamic_frame and write_dynamic_frame."""

    def __init__(self, spark):
        self._spark = spark

    def _read(self, connection_type, connection_options, format, format_options=None, **_):
        reader = self._spark.read
        if format == "csv":
            options = format_options or {}
            reader = reader.option("header", options.get("withHeader", False)).option("sep", options.get("separator", ","))
            reader = reader.option("escape", '"')
        return _Frame(reader.format(format).load(connection_options["paths"]).fillna("") if format == "csv" else
                      reader.format(format).load(connection_options["paths"]))

    def _write(self, frame, connection_type, connection_options, format, format_options=None, **_):
        writer = frame.toDF().write.mode("append").partitionBy(*connection_options.get("partitionKeys", []))
        writer.format("parquet" if format == "glueparquet" else format).option("header", True).save(connection_options["path"])
        return frame

    def from_options(self, *args, **kwargs):
        if "frame" in kwargs or args and isinstance(args[0], _Frame):
            return self._write(*args, **kwargs)
        return self._read(*args, **kwargs)


class _Context:
    """A GlueContext."""

    def __init__(self, sc):
        from pyspark.sql import SparkSession
        self.spark_session = SparkSession.builder.getOrCreate()
        self.create_dynamic_frame = self.write_dynamic_frame = _Options(self.spark_session)

    def get_logger(self):
        return types.SimpleNamespace(info=lambda text: None, warn=lambda text: None, error=lambda text: None)


class _Job:
    """A Job without a bookmark."""

    def __init__(self, context):
        pass

    def init(self, name, args=None):
        pass

    def commit(self):
        pass


def _resolved(argv, names):
    """The options that a script asks for."""
    found = {name: argv[argv.index("--" + name) + 1] for name in names}
    found["JOB_NAME"] = argv[argv.index("--JOB_NAME") + 1]
    return found


def _transform(method):
    """A transform's class, whose apply calls the frame's method."""
    return type(method, (), {"apply": staticmethod(lambda frame, *args, **kwargs: getattr(frame, method)(*args, **{
        key: value for key, value in kwargs.items() if key != "transformation_ctx"}))})


_MODULES = {
    "awsglue": {}, "awsglue.context": {"GlueContext": _Context}, "awsglue.job": {"Job": _Job},
    "awsglue.utils": {"getResolvedOptions": _resolved}, "awsglue.dynamicframe": {"DynamicFrame": _Frame},
    "awsglue.transforms": {"ApplyMapping": _transform("apply_mapping"), "SelectFields": _transform("select_fields"),
                           "DropFields": _transform("drop_fields"), "RenameField": _transform("rename_field")},
}


def install():
    """Puts the stand-in where `import awsglue` finds it."""
    for name, members in _MODULES.items():
        module = types.ModuleType(name)
        module.__dict__.update(members)
        sys.modules[name] = module


def remove():
    """Takes it away."""
    for name in _MODULES:
        sys.modules.pop(name, None)
