"""What scripts reach through sc._jsc: the configuration of Hadoop, whose keys are settings that begin with spark.hadoop."""
from _tenon import conf
from _tenon.errors import UnsupportedOperation


class JavaContext:
    """Stands in for the JVM's context: hadoopConfiguration is all that it has."""

    def hadoopConfiguration(self):
        return Configuration()

    def __getattr__(self, name):
        raise UnsupportedOperation.of("SparkContext._jsc.%s" % name, "there is no JVM; hadoopConfiguration() is there")


class Configuration:
    """The settings that begin with spark.hadoop., without that."""

    def set(self, key, value):
        """Makes a setting. What would have to change what the engine does is refused by name."""
        conf.put("spark.hadoop." + key, value)

    setBoolean = setInt = setLong = set

    def get(self, key, default=None):
        """A setting's value, as text; default where nobody made it."""
        return conf.values.get("spark.hadoop." + key, default)

    def unset(self, key):
        """Takes a setting back."""
        conf.values.pop("spark.hadoop." + key, None)

    def __getattr__(self, name):
        raise UnsupportedOperation.of("hadoopConfiguration().%s" % name, "set, get and unset are there")
