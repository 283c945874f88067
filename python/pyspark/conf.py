"""pyspark.conf.SparkConf: settings gathered before a SparkContext starts; checked when it does."""
from _tenon import conf


class SparkConf:
    """A bag of settings. Each setter returns the bag."""

    def __init__(self, loadDefaults=True, _jvm=None, _jconf=None):
        self._values = {}

    def set(self, key, value):
        self._values[key] = conf.text(value)
        return self

    def setIfMissing(self, key, value):
        if key not in self._values:
            self.set(key, value)
        return self

    def setAll(self, pairs):
        for key, value in pairs:
            self.set(key, value)
        return self

    def setAppName(self, value):
        return self.set("spark.app.name", value)

    def setMaster(self, value):
        return self.set("spark.master", value)

    def setSparkHome(self, value):
        return self.set("spark.home", value)

    def setExecutorEnv(self, key=None, value=None, pairs=None):
        for name, text in [(key, value)] if key else pairs or []:
            self.set("spark.executorEnv." + name, text)
        return self

    def get(self, key, defaultValue=None):
        return self._values.get(key, defaultValue)

    def getAll(self):
        return list(self._values.items())

    def contains(self, key):
        return key in self._values

    def toDebugString(self):
        return "\n".join("%s=%s" % pair for pair in sorted(self._values.items()))
