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

# How many cells a function that streams may have given before they are sent.
CELLS_AHEAD = 20000

_functions = []  # (function, maker of cells, whether it takes cells as they come, whether it is typed) by number - 1
_decoders = {}  # a type as sent -> what makes Python's values of its cells, or None


class Abandoned(BaseException):
    """The worker has answered while a function waited for more rows: nobody wants its values any more."""

    def __init__(self, response):
        super().__init__()
        self.response = response


def enter(function, to_cell, raw=False, typed=False):
    """Puts a function into the table and gives its number; to_cell makes a cell of what it returns. A raw function takes
    cells. A typed one takes the types as sent, and gives the function of cells. A function that streams has no to_cell:
    function(calls, inner) takes an iterator of calls, and the list of functions that its arguments go through before, and
    gives an iterator of lists of cells."""
    _functions.append((function, to_cell, raw or typed, typed))
    return len(_functions)


def run(asked, more=None):
    """plan.Returned for a plan.Call, and the exception that the function raised or None. more sends a plan.Returned of a
    stream, and gives the call after it."""
    from _tenon.returns import JavaError
    try:
        return (_stream(asked, more) if asked.get("stream") else _rows(asked)), None
    except UnsupportedOperation as err:
        return {"error": {"class": plan.CLASS_UNSUPPORTED, "message": str(err)}}, err
    except JavaError as err:
        return {"error": {"class": plan.CLASS_EXECUTION, "message": str(err)}}, err
    except (KeyboardInterrupt, Abandoned):
        raise
    except BaseException as err:  # GeneratorExit and CancelledError among them: the engine waits for an answer
        return {"error": {"class": plan.CLASS_PYTHON, "message": THROWN + trace(err)}}, err


def _rows(asked):
    """Runs a function row by row."""
    function, to_cell, raw, typed = _functions[asked["function"] - 1]
    if typed:
        function = function(asked["types"])
    columns = asked["columns"] if raw else _decoded(asked["types"], asked["columns"])
    for one in reversed(asked.get("chain") or []):
        function = _after(_functions[one - 1][0], function)
    # A comprehension, since map would take a StopIteration that the function raises for the end.
    rows = zip(*columns) if columns else [()] * asked["rows"]
    return {"cells": [to_cell(function(*row)) for row in rows]}


def _after(inner, outer):
    """outer over what inner gives."""
    return lambda *args: outer(inner(*args))


def _stream(asked, more):
    """Runs a function over all rows: it asks for the next ones itself, and the answer to that has what it gave before."""
    given = []

    def sent(extra=None):
        cells = given[:]
        del given[:]
        return more(dict({"cells": cells}, **extra or {}))

    def calls():
        call = asked
        while True:
            if call["rows"]:
                yield call
            if call.get("end"):
                return
            call = sent()
    number = asked["function"]
    inner = [_functions[one - 1][0] for one in asked.get("chain") or []]
    for cells in _functions[number - 1][0](calls(), inner):
        given.extend(cells)
        if len(given) >= CELLS_AHEAD:
            sent({"more": True})
    return {"cells": given, "done": True}


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
