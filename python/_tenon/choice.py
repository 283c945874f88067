"""DynamicFrame.resolveChoice, in terms of the transforms the worker has.

cast goes through ApplyMapping, which takes each value to the new type or to null, also of a column of one type.
project, make_cols and make_struct leave a column of one type as it is. The others go through the DataFrame, where a
column of several types is a struct with a member for each of them; a column that keeps its several types would lose
them on that way, so every such column must have an action then.
"""
from _tenon import expr as e
from _tenon import plan
from _tenon.ddl import ChoiceType
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import IllegalArgumentException


def resolve(frame, specs, choice, ctx):
    """The frame with (column, action) pairs of specs done, or the one action of choice on every column of several
    types."""
    struct = frame._struct()
    mixed = {f.name: f.dataType for f in struct.fields if isinstance(f.dataType, ChoiceType)}
    if choice and specs:
        raise IllegalArgumentException("resolveChoice takes specs or choice, not both")
    if choice:
        _checked(choice)
    pairs = [(name, choice) for name in mixed] if choice else [(_top_level(name), act) for name, act in specs or []]
    casts, others = {}, {}
    for name, action in pairs:
        if name not in struct.names:
            raise IllegalArgumentException("resolveChoice: there is no field %s" % name)
        if _checked(action).startswith("cast:"):
            casts[name] = action
        elif name in mixed:  # the others leave a column of one type as it is
            others[name] = action
    if casts:
        frame = frame._next(plan.NODE_APPLY_MAPPING, ctx, mappings=[
            {"source": _quoted(name), "target": _quoted(name),
             **({"target_type": casts[name].partition(":")[2]} if name in casts else {})} for name in struct.names])
    return _through_dataframe(frame, others, set(mixed) - set(casts) - set(others), ctx) if others else frame


def _through_dataframe(frame, actions, left, ctx):
    """project, make_cols and make_struct."""
    if left:
        raise UnsupportedOperation.of("resolveChoice that leaves %s with several types" % ", ".join(sorted(left)))
    from awsglue.dynamicframe import DynamicFrame
    df, exprs = frame.toDF(), []
    for field in df.schema.fields:
        action = actions.get(field.name, "make_struct")
        column = e.column(_quoted(field.name))
        if action == "make_struct":
            exprs.append(column)
            continue
        wanted = field.dataType.names if action == "make_cols" else [action.partition(":")[2]]
        for kind in wanted:
            if kind not in field.dataType.names:
                raise IllegalArgumentException("resolveChoice: %s has no values of type %s" % (field.name, kind))
            name = "%s_%s" % (field.name, kind) if action == "make_cols" else field.name
            exprs.append(e.alias(e.call("getfield", column, e.literal(kind)), name))
    return DynamicFrame.fromDF(df._next(plan.NODE_PROJECT, exprs=exprs), frame.glue_ctx, ctx or frame.name)


def _checked(action):
    """An action that is supported."""
    kind, _, type_ = action.partition(":")
    if action in ("make_cols", "make_struct") or kind in ("cast", "project") and type_:
        return action
    raise UnsupportedOperation.of("resolveChoice with %s" % action)


def _top_level(path):
    """The name in a path of one step."""
    if path.startswith("`") and path.endswith("`") and len(path) > 1:
        return path[1:-1]
    if "." in path or "[" in path:
        raise UnsupportedOperation.of("resolveChoice of the nested field %s" % path)
    return path


def _quoted(name):
    """A name as a path of one step."""
    return "`%s`" % name if "." in name else name
