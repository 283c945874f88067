"""The logger of GlueContext.get_logger: lines on standard error."""
import sys


class GlueLogger:
    """A method for each level; each takes a message, and perhaps what was thrown."""

    def __getattr__(self, level):
        if level not in ("trace", "debug", "info", "warn", "warning", "error", "fatal"):
            raise AttributeError(level)

        def log(message, thrown=None):
            print(level.upper(), message, *([] if thrown is None else [thrown]), file=sys.stderr)
        return log
