"""The logger of GlueContext.get_logger."""
import sys

_LEVELS = ("ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF")


class GlueLogger:
    """Lines in Spark's form on standard error, from the level that SparkContext.setLogLevel set (INFO)."""

    def _log(self, level, message, thrown=None):
        from pyspark.context import SparkContext
        if _LEVELS.index(level) < _LEVELS.index(SparkContext._log_level):
            return
        import time
        print("%s %s GlueLogger: %s" % (time.strftime("%y/%m/%d %H:%M:%S", time.gmtime()), level, message),
              file=sys.stderr)
        if thrown is not None:
            print(thrown, file=sys.stderr)

    def trace(self, message, thrown=None):
        self._log("TRACE", message, thrown)

    def debug(self, message, thrown=None):
        self._log("DEBUG", message, thrown)

    def info(self, message, thrown=None):
        self._log("INFO", message, thrown)

    def warn(self, message, thrown=None):
        self._log("WARN", message, thrown)

    warning = warn

    def error(self, message, thrown=None):
        self._log("ERROR", message, thrown)

    def fatal(self, message, thrown=None):
        self._log("FATAL", message, thrown)
