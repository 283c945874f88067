"""Which Spark settings a script may make.

Every key is one of: harmless (it steers a cluster, or only speed), fixed (the engine has just one behaviour, so only
that value is taken), or refused by name. Keys that do not begin with "spark." are the script's own notes.
"""
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import SparkNoSuchElementException

# Beginnings of keys that cannot change what a job computes.
HARMLESS_PREFIXES = (
    "spark.app.", "spark.driver.", "spark.executor.", "spark.dynamicAllocation.", "spark.default.parallelism",
    "spark.serializer", "spark.kryo", "spark.memory.", "spark.shuffle.", "spark.network.", "spark.rpc.", "spark.ui.",
    "spark.eventLog.", "spark.history.", "spark.metrics.", "spark.locality.", "spark.scheduler.", "spark.speculation",
    "spark.task.", "spark.cores.", "spark.yarn.", "spark.submit.", "spark.master", "spark.local.dir", "spark.rdd.",
    "spark.broadcast.", "spark.io.compression.", "spark.reducer.", "spark.cleaner.", "spark.glue.",
    "spark.sql.shuffle.partitions", "spark.sql.adaptive.", "spark.sql.autoBroadcastJoinThreshold",
    "spark.sql.broadcastTimeout", "spark.sql.execution.arrow.", "spark.sql.files.maxPartitionBytes",
    "spark.sql.files.openCostInBytes", "spark.sql.files.minPartitionNum", "spark.sql.inMemoryColumnarStorage.",
    "spark.sql.codegen.", "spark.sql.cbo.", "spark.sql.join.preferSortMergeJoin", "spark.sql.optimizer.",
    "spark.sql.parquet.filterPushdown", "spark.sql.parquet.enableVectorizedReader", "spark.sql.debug.",
    "spark.sql.repl.", "spark.sql.ui.", "spark.sql.warehouse.dir", "spark.hadoop.fs.s3.maxConnections",
    "spark.hadoop.fs.s3a.connection.", "spark.hadoop.fs.s3a.fast.upload", "spark.hadoop.fs.s3a.threads.",
    "spark.hadoop.mapreduce.fileoutputcommitter.", "spark.sql.parquet.output.committer.class",
    "spark.sql.parquet.fs.optimized.committer.", "spark.sql.sources.commitProtocolClass",
)

# Keys with one behaviour here, and the values (in lower case) that ask for it.
FIXED = {
    "spark.sql.session.timezone": ("utc", "etc/utc", "gmt", "z", "+00:00"),
    "spark.sql.casesensitive": ("false",),
    "spark.sql.sources.partitionoverwritemode": ("static",),
    "spark.sql.sources.partitioncolumntypeinference.enabled": ("true",),
    "spark.sql.sources.default": ("parquet",),
    "spark.sql.parquet.compression.codec": ("snappy",),
    "spark.sql.parquet.mergeschema": ("false",),
    "spark.sql.parquet.writelegacyformat": ("false",),
    "spark.sql.files.ignorecorruptfiles": ("false",),
    "spark.sql.files.ignoremissingfiles": ("false",),
    "spark.sql.files.maxrecordsperfile": ("0",),
    "spark.sql.legacy.timeparserpolicy": ("exception",),
    "spark.sql.crossjoin.enabled": ("true",),
    "spark.sql.catalogimplementation": ("hive", "in-memory"),
}

# What Spark answers for keys that nobody set.
DEFAULTS = {
    "spark.app.name": "pyspark-shell", "spark.master": "local[*]", "spark.sql.shuffle.partitions": "200",
    "spark.sql.session.timeZone": "UTC", "spark.sql.caseSensitive": "false",
    "spark.sql.sources.partitionOverwriteMode": "STATIC", "spark.sql.sources.default": "parquet",
    "spark.sql.adaptive.enabled": "true", "spark.sql.autoBroadcastJoinThreshold": "10485760b",
    "spark.sql.parquet.compression.codec": "snappy", "spark.sql.execution.arrow.pyspark.enabled": "false",
    "spark.sql.crossJoin.enabled": "true", "spark.sql.legacy.timeParserPolicy": "EXCEPTION",
}

values = {}  # what the script set, by key


def text(value):
    """A value as Spark's string: true and false in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def check(key, value):
    """Raises UnsupportedOperation where a setting would have to change what the engine does."""
    if not key.startswith("spark.") or key.startswith(HARMLESS_PREFIXES):
        return
    allowed = FIXED.get(key.lower())
    if key.lower() == "spark.sql.ansi.enabled":
        from _tenon.connection import connection
        allowed = (text(bool(connection().reply.get("ansi"))),)
    if allowed is None:
        raise UnsupportedOperation.of("the Spark setting %s" % key)
    if text(value).lower() not in allowed:
        raise UnsupportedOperation.of("the Spark setting %s=%s" % (key, text(value)),
                                      "only %s" % " or ".join(allowed))


def put(key, value):
    """Sets a key, after check."""
    check(key, value)
    values[key] = text(value)


def get(key):
    """The value of a key; SparkNoSuchElementException where it has none."""
    if key in values:
        return values[key]
    if key in DEFAULTS:
        return DEFAULTS[key]
    raise SparkNoSuchElementException("[SQL_CONF_NOT_FOUND] The SQL config \"%s\" cannot be found. Please verify "
                                      "that the config exists." % key)
