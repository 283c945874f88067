"""pyspark.context.SparkContext: one for each process; the engine stands behind it."""
from _tenon import conf as settings
from _tenon.errors import no_more, refuse, refuse_property


class SparkContext:
    """The run's context. Making a second one returns the first's state; it costs no connection."""

    PACKAGE_EXTENSIONS = (".zip", ".egg", ".jar")
    _active_spark_context = None
    _log_level = "INFO"
    _checkpoints = None  # the folder that setCheckpointDir named
    _accumulators = 0  # how many there are, which numbers them

    def __init__(self, master=None, appName=None, sparkHome=None, pyFiles=None, environment=None, batchSize=0,
                 serializer=None, conf=None, gateway=None, jsc=None, profiler_cls=None, udf_profiler_cls=None,
                 memory_profiler_cls=None):
        if SparkContext._active_spark_context is not None:
            raise ValueError("Cannot run multiple SparkContexts at once; existing SparkContext(app=%s, master=%s)"
                             % (self.appName, self.master))
        no_more("SparkContext", {"pyFiles": pyFiles, "environment": environment})
        for key, value in conf.getAll() if conf is not None else []:
            settings.put(key, value)
        if master:
            settings.put("spark.master", master)
        if appName:
            settings.put("spark.app.name", appName)
        SparkContext._active_spark_context = self

    @classmethod
    def getOrCreate(cls, conf=None):
        """The process's context; settings of conf are made on it."""
        if cls._active_spark_context is None:
            return cls(conf=conf)
        for key, value in conf.getAll() if conf is not None else []:
            settings.put(key, value)
        return cls._active_spark_context

    @property
    def appName(self):
        return settings.get("spark.app.name")

    @property
    def master(self):
        return settings.get("spark.master")

    @property
    def version(self):
        from pyspark.version import __version__
        return __version__

    pythonVer = property(lambda self: "%d.%d" % __import__("sys").version_info[:2])

    @property
    def applicationId(self):
        """The run's id, in the form of a Spark application's."""
        from _tenon.connection import connection
        return "spark-application-" + connection().reply["run_id"]

    @property
    def defaultParallelism(self):
        return 1

    defaultMinPartitions = defaultParallelism

    def setLogLevel(self, logLevel):
        """The least level that GlueContext's logger prints."""
        level = logLevel.upper()
        if level not in ("ALL", "DEBUG", "ERROR", "FATAL", "INFO", "OFF", "TRACE", "WARN"):
            raise ValueError("Invalid log level %s" % logLevel)
        SparkContext._log_level = level

    def getConf(self):
        from pyspark.conf import SparkConf
        return SparkConf().setAll({**settings.DEFAULTS, **settings.values}.items())

    def sparkUser(self):
        import getpass
        return getpass.getuser()

    def stop(self):
        """Ends the context; another can be made."""
        SparkContext._active_spark_context = None
        from pyspark.sql.session import SparkSession
        SparkSession._active = None

    def setJobGroup(self, groupId, description, interruptOnCancel=False):
        """Without effect: names jobs in Spark's own UI."""

    def setCheckpointDir(self, dirName):
        """Lets DataFrame.checkpoint work. Nothing is written to the folder: rows are kept with the run's own files."""
        self._checkpoints = dirName

    def getCheckpointDir(self):
        """The folder that was set, None before."""
        return self._checkpoints

    def setJobDescription(self, value):
        """Without effect: names jobs in Spark's own UI."""

    # Data of the script's own.

    def parallelize(self, c, numSlices=None):
        """An RDD of the objects as they are now."""
        from pyspark.rdd import RDD, stored
        return RDD(stored(c), self, numSlices)

    def range(self, start, end=None, step=1, numSlices=None):
        """An RDD of whole numbers from start (or 0) up to end, without it."""
        from pyspark.rdd import RDD
        numbers = range(start) if end is None else range(start, end, step)
        return RDD(lambda: iter(numbers), self, numSlices)

    def emptyRDD(self):
        from pyspark.rdd import RDD
        return RDD(lambda: iter(()), self)

    def union(self, rdds):
        """The objects of all, one after the other."""
        from pyspark.rdd import RDD
        return RDD(lambda: (item for rdd in rdds for item in rdd._items()), self)

    def textFile(self, name, minPartitions=None, use_unicode=True):
        """An RDD of the lines of text files."""
        from _tenon.textfiles import paths
        from pyspark.sql.session import SparkSession
        if not use_unicode:
            from _tenon.errors import UnsupportedOperation
            raise UnsupportedOperation.of("SparkContext.textFile with use_unicode=False")
        lines = SparkSession._current().read.text(paths(name))
        return lines.rdd.map(lambda row: row[0])

    def broadcast(self, value):
        """A value that functions share."""
        from pyspark.broadcast import Broadcast
        return Broadcast(self, value)

    def accumulator(self, value, accum_param=None):
        """A value that functions add to; numbers add up by themselves."""
        from pyspark import accumulators
        if accum_param is None:
            accum_param = {int: accumulators.INT_ACCUMULATOR_PARAM, float: accumulators.FLOAT_ACCUMULATOR_PARAM,
                           complex: accumulators.COMPLEX_ACCUMULATOR_PARAM}.get(type(value))
            if accum_param is None:
                raise TypeError("No default accumulator param for type %s" % type(value))
        self._accumulators += 1
        return accumulators.Accumulator(self._accumulators - 1, value, accum_param)

    @property
    def _jsc(self):
        """What scripts set Hadoop's configuration by."""
        from _tenon.hadoop import JavaContext
        return JavaContext()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop()

    def __repr__(self):
        return "<SparkContext master=%s appName=%s>" % (self.master, self.appName)


refuse(SparkContext, "addArchive addFile addJobTag addPyFile binaryFiles binaryRecords "
                     "cancelAllJobs cancelJobGroup cancelJobsWithTag clearJobTags dump_profiles "
                     "getJobTags getLocalProperty hadoopFile hadoopRDD newAPIHadoopFile "
                     "newAPIHadoopRDD pickleFile removeJobTag runJob sequenceFile "
                     "setInterruptOnCancel setLocalProperty setSystemProperty show_profiles statusTracker")
refuse(SparkContext, "wholeTextFiles", "use spark.read.text with wholetext=True")
refuse_property(SparkContext, "_jvm _gateway", "there is no JVM")
refuse_property(SparkContext, "listArchives listFiles resources startTime uiWebUrl")
