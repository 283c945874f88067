"""Python functions inside the engine: udf objects, and their registration for SQL."""
import functools

from _tenon import plan
from _tenon.connection import call, connection
from _tenon.errors import UnsupportedOperation, refuse
from pyspark.errors.exceptions.base import PySparkTypeError, argument_error

# PythonEvalType: a function from values to a value, and those over pandas that stand among columns.
BATCHED, SCALAR, SCALAR_ITER, GROUPED_AGG = 100, 200, 204, 202

# What they are to the worker.
KINDS = {BATCHED: plan.FUNCTION_ROWS, SCALAR: plan.FUNCTION_BATCHES, SCALAR_ITER: plan.FUNCTION_ITERATOR,
         GROUPED_AGG: plan.FUNCTION_AGGREGATE}


class UserDefinedFunction:
    """A Python function as one over columns. What it refers to is captured when it is first used, as Spark does."""

    def __init__(self, func, returnType=None, name=None, evalType=BATCHED, deterministic=True):
        from pyspark.sql.types import DataType, StringType
        if not callable(func):
            raise PySparkTypeError("[NOT_CALLABLE] Argument `func` should be a callable, got %s."
                                   % type(func).__name__)
        returnType = StringType() if returnType is None else returnType
        if not isinstance(returnType, (DataType, str)):
            raise argument_error("returnType", "type or str", returnType)
        self.func, self.evalType, self.deterministic = func, evalType, deterministic
        self._name = name or getattr(func, "__name__", type(func).__name__)
        self._return, self._type = returnType, None
        self._number = self._over = 0  # in the process's table, once it is there

    @property
    def returnType(self):
        """The declared type, parsed when it is first asked for."""
        if self._type is None:
            from pyspark.sql.types import _parse_datatype_string
            self._type = _parse_datatype_string(self._return) if isinstance(self._return, str) else self._return
        return self._type

    def _plan(self):
        """plan.Function: the function enters the process's table when it is first used."""
        if not self._number:
            from _tenon.callback import enter
            from _tenon.capture import captured
            from _tenon.returns import returner
            if self.evalType == BATCHED:
                self._number = enter(captured(self.func), returner(self.returnType))
            elif self.evalType not in KINDS:
                raise UnsupportedOperation.of("a call of a pandas_udf of the kind GROUPED_MAP", "use groupBy().apply(function)")
            elif self.evalType == GROUPED_AGG:
                from _tenon.vector import Vector, group_value, stops, windows
                own = captured(self.func)
                self._number = enter(group_value(stops(own), self.returnType), lambda cell: cell, typed=True)
                self._over = enter(Vector(own, self.returnType, windows), None)
            else:
                return self._stream()
        return self._sent(KINDS[self.evalType])

    def _sent(self, kind):
        """plan.Function of a function in the table."""
        from _tenon.ddl import wire_type
        return {"process": connection().pid, "number": self._number, "type": wire_type(self.returnType),
                "volatile": not self.deterministic, "kind": kind, "over": self._over}

    def _stream(self, run=None):
        """As _plan, for a function that streams; run is how, if not by its kind."""
        if not self._number:
            from _tenon import vector
            from _tenon.callback import enter
            from _tenon.capture import captured
            run = run or (vector.iterator if self.evalType == SCALAR_ITER else vector.batches)
            self._number = enter(vector.Vector(captured(self.func), self.returnType, run), None)
        return self._sent(KINDS.get(self.evalType, plan.FUNCTION_ITERATOR))

    def __call__(self, *args):
        """The function over columns, given as Columns or names."""
        from pyspark.sql.column import Column, column_expr
        return Column({"kind": plan.EXPR_PYTHON, "name": self._name, "function": self._plan(),
                       "args": [column_expr(arg) for arg in args]})

    def asNondeterministic(self):
        """The function may give another value each time: every place that calls it does."""
        self.deterministic = False
        return self

    def _wrapped(self):
        """A plain function that calls this one; it looks like the script's own."""
        names = [name for name in functools.WRAPPER_ASSIGNMENTS if hasattr(self.func, name)]

        @functools.wraps(self.func, assigned=names, updated=())
        def wrapper(*args):
            return self(*args)
        wrapper.__name__ = self._name
        wrapper.__module__ = getattr(self.func, "__module__", type(self.func).__module__)
        wrapper.func, wrapper.returnType, wrapper.evalType = self.func, self.returnType, self.evalType
        wrapper.deterministic, wrapper._udf = self.deterministic, self
        wrapper.asNondeterministic = lambda: self.asNondeterministic()._wrapped()
        return wrapper


def udf(f=None, returnType=None, *, useArrow=None):
    """A function over columns, also as a decorator: udf(f, type), @udf, @udf(type) and @udf(returnType=type)."""
    from pyspark.sql.types import DataType
    if useArrow:
        raise UnsupportedOperation.of("pyspark.sql.functions.udf with useArrow=True", "leave useArrow out")
    if f is None or isinstance(f, (str, DataType)):
        declared = f or returnType
        return lambda function: UserDefinedFunction(function, declared)._wrapped()
    return UserDefinedFunction(f, returnType)._wrapped()


class UDFRegistration:
    """spark.udf: Python functions for SQL, by name."""

    def register(self, name, f, returnType=None):
        """Makes f, a Python function or a udf, known to SQL as name, and gives it as a udf of that name."""
        if hasattr(f, "asNondeterministic"):
            if returnType is not None:
                from pyspark.sql.types import DataType
                shown = returnType if isinstance(returnType, (str, DataType)) else type(returnType).__name__
                raise PySparkTypeError("[CANNOT_SPECIFY_RETURN_TYPE_FOR_UDF] returnType can not be specified when `f` "
                                       "is a user-defined function, but got %s." % shown)
            made = UserDefinedFunction(f.func, f.returnType, name, f.evalType, f.deterministic)
        else:
            made = UserDefinedFunction(f, returnType, name)
        call(plan.OP_FUNCTION, {"name": name, "function": made._plan()})
        return made._wrapped()


class UDTFRegistration:
    """spark.udtf: refused."""


class Observation:
    """df.observe's companion: refused."""

    def __init__(self, name=None):
        raise UnsupportedOperation.of("pyspark.sql.Observation")


refuse(UDFRegistration, "registerJavaFunction registerJavaUDAF", "there is no JVM")
refuse(UDTFRegistration, "register", "Python functions that make tables; use a udf that returns an array, and explode")
