"""Filter and Map of DynamicFrames: Python functions over records, run in the script's own process.

The rows travel to the script and the result travels back, so both must fit one message of the protocol; more is
refused by name. A record is a dict; members of structs are dicts, too.

A null cell is either a field that was null or one that the record did not have, and the engine no longer knows which.
Glue does: the first reads as None, the second raises KeyError. So a function that reads a null field runs under both
readings. When they agree, as they mostly do, that is the result; when they differ the call is refused, since either
choice could be wrong without a word.
"""
from _tenon import plan
from _tenon.connection import FrameID, call
from _tenon.errors import UnsupportedOperation

# What a filter's function may raise to drop its record, as Glue has it.
DROPS = (KeyError, ValueError, TypeError)


class _Reading:
    """How null fields read during one call of a function, and whether any was read. Shared by a record's parts."""

    def __init__(self, missing):
        self.missing = missing
        self.null_read = False


class DynamicRecord(dict):
    """A record, or a struct inside one, as a function sees it."""

    def __init__(self, pairs, nulls, reading):
        super().__init__(pairs)
        self._nulls, self._reading = nulls, reading
        if not reading.missing:
            self.update(dict.fromkeys(nulls))

    def _note(self, *keys):
        if self._nulls.intersection(keys) if keys else self._nulls:
            self._reading.null_read = True

    def __getitem__(self, key):
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key):
        self._note(key)
        return super().__contains__(key)

    def get(self, key, default=None):
        self._note(key)
        return super().get(key, default)

    def pop(self, key, *default):
        self._note(key)
        return super().pop(key, *default)

    def __len__(self):
        self._note()
        return super().__len__()

    def __eq__(self, other):
        self._note()
        return super().__eq__(other)

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def __iter__(self):
        self._note()
        return super().__iter__()

    def keys(self):
        self._note()
        return super().keys()

    def values(self):
        self._note()
        return super().values()

    def items(self):
        self._note()
        return super().items()

    def __repr__(self):
        self._note()
        return super().__repr__()


def filter_frame(frame, f, ctx):
    """The DynamicFrame of the records for which f is true. KeyError, ValueError and TypeError drop a record; any
    other exception makes an error record in Glue, which is refused here."""
    struct = _plain_struct(frame, "Filter")
    names = struct.names
    rows = _rows(frame)
    make = _record_maker(struct)

    def keeps(cells, reading):
        try:
            return bool(f(make(cells, reading)))
        except DROPS:
            return False
        except Exception as err:
            raise UnsupportedOperation.of("a Filter whose function raises %s" % type(err).__name__, str(err)) from err

    kept = []
    for cells in rows:
        reading = _Reading(False)
        keep = keeps(cells, reading)
        if reading.null_read and keeps(cells, _Reading(True)) != keep:
            raise UnsupportedOperation.of(
                "a Filter whose result depends on whether %s is null or missing" % ", ".join(
                    name for name, cell in zip(names, cells) if cell is None),
                "test with x.get(name), or use toDF().filter(...)")
        if keep:
            kept.append(cells)
    return _frame_of(frame, frame._fields, kept, ctx)


def map_frame(frame, f, ctx):
    """Not supported: the types of what f returns follow rules that are not known well enough."""
    raise UnsupportedOperation.of("Map with a Python function", "use toDF() and DataFrame methods")


def _plain_struct(frame, name):
    """The frame's schema; a column of several types is refused, for its cells have no one decoding."""
    from _tenon.ddl import ChoiceType
    struct = frame._struct()
    for field in struct.fields:
        if isinstance(field.dataType, ChoiceType):
            raise UnsupportedOperation.of("%s of a frame whose field %s has several types" % (name, field.name))
    return struct


def _rows(frame):
    """The rows as cells, as they came."""
    return call(plan.OP_COLLECT, {"frame": frame._frame, "limit": -1}).get("rows") or []


def _record_maker(struct):
    """A function (cells of the struct, reading) -> DynamicRecord."""
    parts = [(field.name, _part_maker(field.dataType)) for field in struct.fields]

    def make(cells, reading):
        pairs, nulls = [], []
        for (name, part), cell in zip(parts, cells):
            if cell is None:
                nulls.append(name)
            else:
                pairs.append((name, part(cell, reading)))
        return DynamicRecord(pairs, frozenset(nulls), reading)
    return make


def _part_maker(data_type):
    """A function (cell, reading) -> value, for cells that are not null."""
    from _tenon.cells import decoder
    kind = data_type.typeName()
    if kind == "struct":
        return _record_maker(data_type)
    if kind == "array":
        item = _part_maker(data_type.elementType)
        return lambda cell, reading: [None if value is None else item(value, reading) for value in cell]
    if kind == "map":
        key, item = _part_maker(data_type.keyType), _part_maker(data_type.valueType)
        return lambda cell, reading: {key(k, reading): None if v is None else item(v, reading) for k, v in cell}
    decode = decoder(data_type)
    return lambda cell, reading: decode(cell) if decode else cell


def _frame_of(frame, fields, rows, ctx):
    """A DynamicFrame of literal rows in the cells' own encoding."""
    from awsglue.dynamicframe import DynamicFrame
    values = {"kind": plan.NODE_VALUES, "values": {"schema": fields, "rows": rows}}
    reply = call(plan.OP_FRAME, {"kind": plan.NODE_DYNAMIC, "inputs": [values]})
    return DynamicFrame(FrameID(reply["frame"]), reply["schema"], frame.glue_ctx, ctx or frame.name)
