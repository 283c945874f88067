"""PySpark's API over Tenon's embedded engine.

Names resolve on first use, so that importing the package costs next to nothing.
"""
from pyspark.version import __version__

_WHERE = {
    "SparkContext": "pyspark.context", "SparkConf": "pyspark.conf", "StorageLevel": "pyspark.storagelevel",
    "SparkFiles": "pyspark.files", "RDD": "pyspark.rdd", "Row": "pyspark.sql.types",
    "Broadcast": "pyspark.broadcast", "Accumulator": "pyspark.accumulators",
    "AccumulatorParam": "pyspark.accumulators", "SQLContext": "pyspark.sql.context", "HiveContext": "pyspark.sql.context",
}

# Names of PySpark that exist and are refused when used.
_REFUSED = ("MarshalSerializer CPickleSerializer StatusTracker SparkJobInfo "
            "SparkStageInfo Profiler BasicProfiler TaskContext RDDBarrier BarrierTaskContext BarrierTaskInfo "
            "InheritableThread inheritable_thread_target").split()

__all__ = ["SparkConf", "SparkContext", "SparkFiles", "RDD", "StorageLevel", "Broadcast", "Accumulator", "AccumulatorParam",
           "__version__"] + _REFUSED


def __getattr__(name):
    """Imports a name's module when the name is first used."""
    if name in _WHERE:
        value = getattr(__import__(_WHERE[name], fromlist=[name]), name)
    elif name in _REFUSED:
        from _tenon.errors import _refusal
        value = _refusal("pyspark." + name, name, "")
    else:
        raise AttributeError("module 'pyspark' has no attribute %r" % name)
    globals()[name] = value
    return value
