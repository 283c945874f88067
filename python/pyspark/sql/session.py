"""pyspark.sql.session.SparkSession: where DataFrames come from."""
from _tenon import conf as settings
from _tenon import plan
from _tenon.connection import call
from _tenon.errors import UnsupportedOperation, refuse, refuse_property
from pyspark.errors.exceptions.base import PySparkTypeError, PySparkValueError, argument_error


class SparkSession:
    """The process's session. It holds the names of its temporary views, and keeps their frames in use."""

    _active = None

    class Builder:
        """Gathers settings; getOrCreate makes them on the one session there is."""

        def __init__(self):
            self._options = {}

        def config(self, key=None, value=None, conf=None, *, map=None):
            if conf is not None:
                self._options.update(conf.getAll())
            elif map is not None:
                self._options.update((k, settings.text(v)) for k, v in map.items())
            else:
                self._options[key] = settings.text(value)
            return self

        def master(self, master):
            return self.config("spark.master", master)

        def appName(self, name):
            return self.config("spark.app.name", name)

        def enableHiveSupport(self):
            return self

        def remote(self, url):
            raise UnsupportedOperation.of("SparkSession.builder.remote")

        def getOrCreate(self):
            for key, value in self._options.items():
                settings.put(key, value)
            if SparkSession._active is None:
                from pyspark.context import SparkContext
                SparkSession(SparkContext.getOrCreate())
            return SparkSession._active

        create = getOrCreate

    class _BuilderProperty:
        def __get__(self, instance, owner):
            return SparkSession.Builder()

    builder = _BuilderProperty()

    def __init__(self, sparkContext, jsparkSession=None, options=None):
        self._sc = sparkContext
        self._views = {}  # lower-case name -> (name, FrameID), which keeps the frame alive in the worker
        SparkSession._active = self

    @classmethod
    def _current(cls):
        return cls._active or cls.builder.getOrCreate()

    @classmethod
    def getActiveSession(cls):
        return cls._active

    @classmethod
    def active(cls):
        if cls._active is None:
            from pyspark.errors import PySparkRuntimeError
            raise PySparkRuntimeError("[NO_ACTIVE_OR_DEFAULT_SESSION] No active or default Spark session found.")
        return cls._active

    @property
    def sparkContext(self):
        return self._sc

    @property
    def version(self):
        return self._sc.version

    @property
    def conf(self):
        from pyspark.sql.conf import RuntimeConfig
        return RuntimeConfig()

    @property
    def catalog(self):
        from pyspark.sql.catalog import Catalog
        return Catalog(self)

    @property
    def read(self):
        from pyspark.sql.readwriter import DataFrameReader
        return DataFrameReader(self)

    @property
    def udf(self):
        from pyspark.sql.udf import UDFRegistration
        return UDFRegistration()

    @property
    def udtf(self):
        from pyspark.sql.udf import UDTFRegistration
        return UDTFRegistration()

    def _frame(self, node):
        from pyspark.sql.dataframe import DataFrame
        return DataFrame._of(node, self)

    def sql(self, sqlQuery, args=None, **kwargs):
        """A query or command in Spark SQL. Keyword arguments fill {name} in it: DataFrames, or plain values."""
        if kwargs:
            sqlQuery = self._fill(sqlQuery, kwargs)
        sqlQuery = settings.substitute(sqlQuery)
        setting = settings.command(sqlQuery)
        if setting is not None:
            return self.createDataFrame(setting, "key string, value string")
        out = self._frame(dict({"kind": plan.NODE_SQL, "text": sqlQuery}, **_parameters(args)))
        if out._frame is None:
            from pyspark.sql.dataframe import CommandResult
            return CommandResult(self)
        return out

    def _fill(self, text, values):
        from pyspark.sql.dataframe import DataFrame
        shown = {}
        for name, value in values.items():
            if isinstance(value, DataFrame):
                view = "__tenon_%s" % name
                self._views_set(view, value._frame, True)
                shown[name] = view
            elif isinstance(value, str):
                shown[name] = "'%s'" % value.replace("\\", "\\\\").replace("'", "\\'")
            elif isinstance(value, (bool, int)):
                shown[name] = settings.text(value)
            else:
                raise UnsupportedOperation.of("SparkSession.sql with a %s for {%s}" % (type(value).__name__, name))
        return text.format(**shown)

    def table(self, tableName):
        """A temporary view by name."""
        if not isinstance(tableName, str):
            raise argument_error("tableName", "str", tableName)
        return self._frame({"kind": plan.NODE_TABLE, "name": tableName})

    def range(self, start, end=None, step=1, numPartitions=None):
        """One column id of the integers from start (or 0) up to end, without it."""
        if end is None:
            start, end = 0, start
        if step == 0:
            raise PySparkValueError("requirement failed: step (0) cannot be 0")
        return self._frame({"kind": plan.NODE_RANGE, "start": int(start), "end": int(end), "step": int(step)})

    def createDataFrame(self, data, schema=None, samplingRatio=None, verifySchema=True):
        """A DataFrame of Python rows: tuples, lists, dicts, Rows, objects, or a pandas DataFrame."""
        from _tenon.ddl import wire_fields
        from _tenon.infer import plan_values
        from _tenon.upload import values
        from pyspark.sql.dataframe import DataFrame
        if isinstance(data, DataFrame):
            raise PySparkTypeError("[SHOULD_NOT_DATAFRAME] Argument `data` should not be a DataFrame.")
        from pyspark.rdd import RDD
        if isinstance(data, RDD):
            from _tenon.infer import rdd_values
            struct, cells = rdd_values(data, schema, samplingRatio, verifySchema)
            return self._frame({"kind": plan.NODE_VALUES, "values": values(wire_fields(struct), cells)})
        if type(data).__module__.startswith("pandas.") and hasattr(data, "iloc"):
            from _tenon.pandasframe import plan_pandas
            struct, cells = plan_pandas(data, schema, verifySchema)
        else:
            struct, cells = plan_values(list(data), schema, verifySchema)
        return self._frame({"kind": plan.NODE_VALUES, "values": values(wire_fields(struct), cells)})

    def newSession(self):
        raise UnsupportedOperation.of("SparkSession.newSession")

    def stop(self):
        """Ends the session; another can be made."""
        self._sc.stop()

    def _views_set(self, name, frame, replace):
        """Registers a view (frame None drops it), and keeps its frame in use as long as it stands."""
        call(plan.OP_VIEW, {"name": name, "frame": frame or 0, "replace": replace})
        if frame:
            self._views[name.lower()] = (name, frame)
        else:
            self._views.pop(name.lower(), None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop()


def _parameters(args):
    """The values of the markers in an SQL text: by name from a dict, by position from a list."""
    from pyspark.sql.column import to_expr
    if args is None or len(args) == 0:
        return {}
    if isinstance(args, dict):
        return {"parameters": {name: to_expr(value) for name, value in args.items()}}
    return {"arguments": [to_expr(value) for value in args]}


refuse(SparkSession, "addArtifact addArtifacts addTag clearTags copyFromLocalToFs getTags interruptAll "
                     "interruptOperation interruptTag removeTag")
refuse_property(SparkSession, "client")
refuse_property(SparkSession, "_jsparkSession _jvm _jsc _jwrapped", "there is no JVM")
refuse_property(SparkSession, "readStream streams", "streaming")
