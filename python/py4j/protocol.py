"""The exceptions that PySpark scripts import from py4j.protocol."""


class Py4JError(Exception):
    """Root of py4j's exceptions."""


class Py4JNetworkError(Py4JError):
    """The gateway cannot be reached; never raised here."""


class Py4JJavaError(Py4JError):
    """A failure while rows were flowing. java_exception is None: no JVM is behind it."""

    def __init__(self, msg="", java_exception=None):
        super().__init__(msg)
        self.errmsg = msg
        self.java_exception = java_exception

    def __str__(self):
        return self.errmsg
