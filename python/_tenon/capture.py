"""Snapshots of Python functions, as Spark's workers see them.

Spark pickles a function when it is first used, together with what it refers to: the variables of a loop have the
values they have then, and what a function does to a global stays with its own copy. Here a function of the script's
runs in the script's own process, so it gets a copy of its own world: of every function that pickle would take by value
(those of __main__, lambdas and inner functions), the globals it names and the variables around it are copied, functions
among them in the same way. What cannot be copied (a client, a lock, a module, a class) is shared.
"""
import types

# The packages whose objects are shared: frames, the session, rows, accumulators and broadcast values.
_OURS = ("pyspark", "awsglue", "_tenon", "tenon", "py4j")


def captured(function):
    """The snapshot of a function, or the function itself when it stands in a module that workers would import."""
    return _copy(function, {})


def _copy(value, known):
    """The copy of one value; known holds the copies made already, by the id of the original."""
    if id(value) in known:
        return known[id(value)][1]
    if isinstance(value, types.FunctionType):
        return _function(value, known) if _by_value(value) else value
    if isinstance(value, types.MethodType):
        return types.MethodType(_copy(value.__func__, known), _copy(value.__self__, known))
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, type, types.ModuleType)) \
            or type(value).__module__.partition(".")[0] in _OURS:
        return value
    return _data(value, known)


def _data(value, known):
    """The copy of a value that is no function, sharing what is known."""
    import copy
    import functools
    if isinstance(value, functools.partial):
        made = functools.partial(_copy(value.func, known), *[_copy(arg, known) for arg in value.args],
                                 **{name: _copy(arg, known) for name, arg in value.keywords.items()})
    elif type(value) in (list, tuple, set):
        made = type(value)([_copy(item, known) for item in value])
    elif type(value) is dict:
        made = {key: _copy(item, known) for key, item in value.items()}
    else:
        try:
            made = copy.deepcopy(value)
        except Exception:  # whatever it is, its class does not want to be copied: the function shares it
            made = value
    known[id(value)] = (value, made)
    return made


def _by_value(function):
    """Whether pickle takes a function by value: it stands in the script, or in no module under its name."""
    import sys
    if function.__module__ in (None, "__main__"):
        return True
    found = sys.modules.get(function.__module__)
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not function


def _function(function, known):
    """The copy of a function, with globals and cells of its own."""
    world = {"__builtins__": function.__globals__.get("__builtins__", __builtins__),
             "__name__": function.__globals__.get("__name__"), "__file__": function.__globals__.get("__file__")}
    cells = tuple(types.CellType() for _ in function.__closure__ or ())
    made = types.FunctionType(function.__code__, world, function.__name__, None, cells or None)
    known[id(function)] = (function, made)
    made.__defaults__ = _copy(function.__defaults__, known)
    made.__kwdefaults__ = _copy(function.__kwdefaults__, known)
    made.__qualname__, made.__module__, made.__doc__ = function.__qualname__, function.__module__, function.__doc__
    made.__dict__.update(function.__dict__)
    for name in _names(function.__code__):
        if name in function.__globals__:
            world[name] = _copy(function.__globals__[name], known)
    for cell, own in zip(function.__closure__ or (), cells):
        try:
            own.cell_contents = _copy(cell.cell_contents, known)
        except ValueError:  # an empty cell: the variable has no value yet
            continue
    return made


def _names(code):
    """The names that a code object, and the functions inside it, may look up among globals."""
    out = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            out |= _names(constant)
    return out
