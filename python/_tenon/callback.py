"""Python functions that the engine calls: the process's table of them, and the run of one for a batch of rows.

A function stays in the table as long as the process: a frame that uses it may be asked for at any time.
"""
from _tenon import plan
from _tenon.errors import UnsupportedOperation

# What opens the text of a PythonException, as Spark has it.
THROWN = "\n  An exception was thrown from the Python worker. Please see the stack trace below.\n"

_functions = []  # (function, maker of cells, whether it takes cells as they come) by number - 1
_decoders = {}  # a type as sent -> what makes Python's values of its cells, or None


def enter(function, to_cell, raw=False):
    """Puts a function into the table and gives its number; to_cell makes a cell of what it returns. A raw function
    takes cells."""
    _functions.append((function, to_cell, raw))
    return len(_functions)


def run(asked):
    """plan.Returned for a plan.Call, and the exception that the function raised or None."""
    from _tenon.returns import JavaError
    function, to_cell, raw = _functions[asked["function"] - 1]
    try:
        columns = asked["columns"] if raw else _decoded(asked["types"], asked["columns"])
        # A comprehension, since map would take a StopIteration that the function raises for the end.
        rows = zip(*columns) if columns else [()] * asked["rows"]
        return {"cells": [to_cell(function(*row)) for row in rows]}, None
    except UnsupportedOperation as err:
        return {"error": {"class": plan.CLASS_UNSUPPORTED, "message": str(err)}}, err
    except JavaError as err:
        return {"error": {"class": plan.CLASS_EXECUTION, "message": str(err)}}, err
    except KeyboardInterrupt:
        raise
    except BaseException as err:  # GeneratorExit and CancelledError among them: the engine waits for an answer
        return {"error": {"class": plan.CLASS_PYTHON, "message": THROWN + trace(err)}}, err


def trace(err):
    """The traceback of an exception, without frames of this package."""
    import os
    import traceback
    base = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    here = tuple(os.path.join(base, name) + os.sep for name in ("_tenon", "pyspark", "awsglue"))
    shown = traceback.TracebackException(type(err), err, err.__traceback__)
    shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(here)]
    return "".join(shown.format())


def _decoded(types, columns):
    """Columns of cells of these types as Python's values."""
    makers = [_decoder(text) for text in types]
    return [column if make is None else [make(cell) for cell in column] for make, column in zip(makers, columns)]


def _decoder(text):
    """The function from a cell of a type to Python's value; None where they are the same."""
    if text not in _decoders:
        from _tenon.cells import decoder
        from _tenon.ddl import parse_type
        _decoders[text] = decoder(parse_type(text))
    return _decoders[text]
