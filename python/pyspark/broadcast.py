"""pyspark.broadcast.Broadcast: a value that functions share."""


class Broadcast:
    """The value itself: functions run in the script's own process."""

    def __init__(self, sc=None, value=None):
        self._value, self._gone = value, False

    @property
    def value(self):
        if self._gone:
            from pyspark.errors.exceptions.base import PySparkRuntimeError
            raise PySparkRuntimeError("Attempted to use Broadcast after it was destroyed")
        return self._value

    def unpersist(self, blocking=False):
        """Without effect: there is one copy."""

    def destroy(self, blocking=False):
        """Ends the value's use."""
        self._value, self._gone = None, True
