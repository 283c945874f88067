"""DynamicFrame.relationalize and split_rows, in terms of the transforms the worker has."""
from _tenon import plan
from _tenon.connection import call
from pyspark.errors.exceptions.base import IllegalArgumentException


def tables(frame, root, ctx, errors):
    """The frames of relationalize by name. A frame with arrays is numbered, and its rows are kept: root and arrays then
    agree about the numbers by which they refer to each other."""
    out = {}
    _add(out, frame._next(plan.NODE_NUMBERED, ctx, errors), root, root, ctx)
    return out


def _add(out, numbered, name, root, ctx):
    """Adds a numbered frame under name, and below it the frames of its arrays."""
    arrays = [field["name"] for field in numbered._fields if field["type"].startswith("array<")]
    if arrays:
        call(plan.OP_CACHE, {"frame": numbered._frame})
    out[name] = numbered._next(plan.NODE_KEYED, ctx)
    for array in arrays:
        _add(out, numbered._next(plan.NODE_NUMBERED, ctx, text=array), "%s_%s" % (root, array), root, ctx)


def comparisons(comparison_dict):
    """The comparisons of split_rows: {path: {comparator: value}}."""
    from _tenon import expr
    if not isinstance(comparison_dict, dict):
        raise IllegalArgumentException("split_rows: comparison_dict is a dictionary, not %r" % (comparison_dict,))
    found = []
    for path, tests in comparison_dict.items():
        if not isinstance(tests, dict):
            raise IllegalArgumentException("split_rows: the value of %s is a dictionary of comparators, not %r" % (path, tests))
        for op, value in tests.items():
            found.append({"path": path, "op": op, "value": expr.literal(value)})
    return found
