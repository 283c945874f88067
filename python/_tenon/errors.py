"""Refusals of Tenon's own, and how a plan.Error becomes an exception in the script."""
from _tenon import plan
from pyspark.errors.exceptions import base


class UnsupportedOperation(base.UnsupportedOperationException, NotImplementedError):
    """Spark or Glue has it, the embedded engine does not. The message names the call."""

    @classmethod
    def of(cls, call, because=""):
        """The refusal of one named call, with the reason or the way around."""
        return cls(call + plan.NOT_SUPPORTED + (": " + because if because else ""))


UnsupportedOperation.__module__ = "tenon"


class VersionMismatchException(base.PySparkException):
    """Another run of the job committed its bookmark meanwhile."""


VersionMismatchException.__module__ = "com.amazonaws.services.glue.util"


class TenonInternalError(base.PySparkException):
    """A defect of Tenon, or of the connection to its worker; never the script's fault."""


TenonInternalError.__module__ = "tenon"


def from_plan(error):
    """The exception for a response's error object {class, message}. A class unknown here is an internal error."""
    name, message = error.get("class"), error.get("message") or ""
    if name == plan.CLASS_EXECUTION:
        from py4j.protocol import Py4JJavaError
        return Py4JJavaError(message)
    own = {plan.CLASS_UNSUPPORTED: UnsupportedOperation, plan.CLASS_BOOKMARK: VersionMismatchException,
           plan.CLASS_PYTHON: base.PythonException, plan.CLASS_ANALYSIS: base.AnalysisException, plan.CLASS_PARSE: base.ParseException,
           plan.CLASS_ARGUMENT: base.IllegalArgumentException, plan.CLASS_UPGRADE: base.SparkUpgradeException}.get(name)
    if own is not None:
        return own(message)
    return TenonInternalError(message if name == plan.CLASS_INTERNAL else "%s: %s" % (name, message))


def no_more(call_name, kwargs):
    """Refuses arguments that no Glue documentation names; empty ones do no harm."""
    for name, value in kwargs.items():
        if value not in (None, "", {}, []):
            raise UnsupportedOperation.of("%s with %s" % (call_name, name))


def refuse(owner, names, because="", shown=None):
    """Gives class owner a method for each name (a space-separated string) that raises UnsupportedOperation when
    called. So a known name that is not supported is refused, and never taken for a column or a Python builtin. shown
    is what scripts call the owner, when that is not the class's name."""
    for name in names.split():
        setattr(owner, name, _refusal("%s.%s" % (shown or owner.__name__, name), name, because))


def refuse_property(owner, names, because=""):
    """As refuse, for what PySpark has as a property: reading it raises."""
    for name in names.split():
        setattr(owner, name, property(_refusal("%s.%s" % (owner.__name__, name), name, because)))


def _refusal(call, name, because):
    """A function that raises UnsupportedOperation for one named call."""
    def refused(*args, **kwargs):
        raise UnsupportedOperation.of(call, because)
    refused.__name__ = name
    refused.__doc__ = "Not supported by the embedded engine: raises UnsupportedOperation."
    return refused
