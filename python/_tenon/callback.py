"""Python functions that the engine calls: the process's table of them, and the run of one for a batch of rows.

A function stays in the table as long as the process: a frame that uses it may be asked for at any time.
"""
from _tenon import plan
from _tenon.errors import UnsupportedOperation

# What opens the text of a PythonException, as Spark has it.
THROWN = "\n  An exception was thrown from the Python worker. Please see the stack trace below.\n"

# How many heads of tracebacks are kept, and of how many places each. Formatting one takes a third of a millisecond, and
# records fail by the thousand at one place.
MOST_HEADS = 1000
MOST_PLACES = 50

_heads = {}  # the places that an exception went through -> its traceback without the last lines
_folders = []
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
    import traceback
    places = _places(err)
    if places in _heads:
        return _heads[places] + "".join(traceback.format_exception_only(type(err), err))
    shown = traceback.TracebackException(type(err), err, err.__traceback__)
    shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(_here())]
    text = "".join(shown.format())
    last = "".join(shown.format_exception_only())
    if places is not None and text.endswith(last):
        if len(_heads) == MOST_HEADS:
            _heads.clear()
        _heads[places] = text[:len(text) - len(last)]
    return text


def _places(err):
    """What the head of an exception's traceback depends on: the places it went through. None for one whose last lines
    are not its own: with another exception behind it, or with places of its own in the text."""
    plain = err.__cause__ is None and err.__context__ is None and not isinstance(err, (SyntaxError, NameError))
    if not plain or hasattr(err, "exceptions"):
        return None
    places = []
    step = err.__traceback__
    while step is not None:
        places.append((step.tb_frame.f_code, step.tb_lasti, step.tb_lineno))
        step = step.tb_next
        if len(places) > MOST_PLACES:
            return None
    return tuple(places)


def _here():
    """What the names of this package's files begin with."""
    if not _folders:
        import os
        base = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        _folders.extend(os.path.join(base, name) + os.sep for name in ("_tenon", "pyspark", "awsglue"))
    return tuple(_folders)


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
