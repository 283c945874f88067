"""pyspark.sql.conf.RuntimeConfig: spark.conf."""
from _tenon import conf

# Stands for a default that was not given.
_NO_VALUE = object()


class RuntimeConfig:
    """Settings of the session; see _tenon.conf for which are taken."""

    def set(self, key, value):
        conf.put(key, value)

    def get(self, key, default=_NO_VALUE):
        if default is _NO_VALUE:
            return conf.get(key)
        return conf.values.get(key, conf.DEFAULTS.get(key, default))

    def unset(self, key):
        conf.values.pop(key, None)

    def isModifiable(self, key):
        return key.startswith("spark.sql.")
