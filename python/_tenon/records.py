"""Filter and Map of DynamicFrames: Python functions over records, run in the script's own process.

A record is a dict; members of structs are dicts, too. A filter's function runs when rows are asked for (see
_tenon.callback). A map's runs at once, over all records in batches, since the frame's fields are what it gives; its
records wait in a file until their types are known (see _tenon.shapes).

A null cell is either a field that was null or one that the record did not have. Glue knows which: the first reads as None,
the second raises KeyError. The engine knows it of fields whose reader tells (DynamicFrame._nulls). A function that reads a
null of another field runs under both readings. When they agree, as they mostly do, that is the result; when they differ
the call is refused, since either choice could be wrong without a word.
"""
from _tenon import plan
from _tenon.callback import enter, trace
from _tenon.capture import captured
from _tenon.connection import connection, frame_node, rows
from _tenon.errors import UnsupportedOperation

# What a filter's function may raise to drop its record, as Glue has it.
DROPS = (KeyError, ValueError, TypeError)

# What a filter's function comes to.
VERDICT = "struct<keep:boolean,msg:string,stack:string>"


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

    def setdefault(self, key, default=None):
        self._note(key)
        return super().setdefault(key, default)

    def __delitem__(self, key):
        self._note(key)
        super().__delitem__(key)

    def popitem(self):
        self._note()
        return super().popitem()

    def __reversed__(self):
        self._note()
        return super().__reversed__()

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


def filter_frame(frame, f, ctx, errors):
    """The DynamicFrame of the records for which f is true. KeyError, ValueError and TypeError drop a record; any
    other exception makes an error record."""
    struct, own = frame._struct(), captured(f)
    make = _record_maker(struct, frame._nulls())

    def judge(cells, reading):
        try:
            return [bool(own(make(cells, reading))), None, None]
        except DROPS:
            return [False, None, None]
        except Exception as err:
            return [False, "%s: %s" % (type(err).__name__, err), trace(err)]

    def verdict(*cells):
        reading = _Reading(False)
        found = judge(cells, reading)
        if reading.null_read and judge(cells, _Reading(True))[0] != found[0]:
            raise _undecided("Filter", struct, cells)
        return found
    function = {"process": connection().pid, "number": enter(verdict, list, raw=True), "type": VERDICT,
                "kind": plan.FUNCTION_CELLS}
    return frame._next(plan.NODE_FILTER_RECORDS, ctx, errors,
                       exprs=[{"kind": plan.EXPR_PYTHON, "name": "filter", "function": function}])


def map_frame(frame, f, ctx, errors):
    """The DynamicFrame of what f makes of the records. None, {} and exceptions make error records."""
    own, make = captured(f), _record_maker(frame._struct(), frame._nulls())
    made = _Made(frame)
    for batch in rows(frame._frame):
        for cells in batch:
            made.add(cells, *_mapped(own, make, cells, frame))
    return made.frame(ctx, errors)


def map_partitions(frame, f, ctx, errors):
    """The DynamicFrame of the records that f makes of an iterator over all records: there is one partition."""
    own, make = captured(f), _record_maker(frame._struct())

    def records():
        for batch in rows(frame._frame):
            for cells in batch:
                if None in cells:
                    raise UnsupportedOperation.of("mapPartitions over records with null fields", "use Map, or toDF()")
                yield make(cells, _Reading(False))
    made = _Made(frame)
    for record in own(records()):
        made.add(None, record, None)
    return made.frame(ctx, errors)


def _mapped(f, make, cells, frame):
    """(what f makes of a record, None), or (None, the (text, traceback) of its error)."""
    reading = _Reading(False)
    found = _outcome(f, make(cells, reading))
    if reading.null_read:
        other = _outcome(f, make(cells, _Reading(True)))
        if (other[1] is None) != (found[1] is None) or other[0] != found[0]:
            raise _undecided("Map", frame._struct(), cells)
    return found


def _outcome(f, record):
    """What f makes of one record, without its null fields, or its error."""
    try:
        made = f(record)
    except UnsupportedOperation:
        raise
    except Exception as err:
        return None, ("%s: %s" % (type(err).__name__, err), trace(err))
    if made is None or made == {}:
        return None, ("the function gave no record", "")
    if not isinstance(made, dict):
        raise UnsupportedOperation.of("a Map whose function gives a %s" % type(made).__name__, "give the record, a dict")
    return _plain(made), None


def _plain(value):
    """A record and what is in it as plain dicts, whose null fields stay at the top alone."""
    if isinstance(value, dict):
        return {name: _plain(dict.get(value, name)) for name in dict.keys(value)
                if dict.get(value, name) is not None}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _undecided(name, struct, cells):
    """The refusal of a function for which null and missing differ."""
    nulls = [field.name for field, cell in zip(struct.fields, cells) if cell is None]
    return UnsupportedOperation.of("a %s whose result depends on whether %s is null or missing"
                                   % (name, ", ".join(nulls) or "a field inside"),
                                   "test with x.get(name), or use toDF()")


class _Made:
    """The records that a function has made, in a file of their own until all types are known, and what it failed on."""

    def __init__(self, frame):
        import tempfile
        self._frame, self._file, self._count = frame, tempfile.TemporaryFile(), 0
        self._known, self._shape, self._failed = frame._struct(), None, []

    def add(self, cells, record, error):
        """Adds what became of one record."""
        import pickle
        from _tenon.shapes import merged, shape_of
        if error is not None:
            self._failed.append(list(cells) + list(error))
            return
        self._shape = merged(self._shape, shape_of(record, self._known))
        pickle.dump(record, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def frame(self, ctx, errors):
        """The DynamicFrame of all, with those that failed as its error records."""
        from _tenon.ddl import wire_fields
        from _tenon.upload import values
        from pyspark.sql import types as t
        shape = self._ordered(self._shape or t.StructType([]))
        inputs = [values(wire_fields(shape), self._cells(shape))]
        if self._failed:
            text = t.StructType([t.StructField("msg", t.StringType()), t.StructField("stack", t.StringType())])
            inputs.append(values(self._frame._fields + wire_fields(text), self._failed))
        nodes = [{"kind": plan.NODE_VALUES, "values": one} for one in inputs]
        nodes.insert(1, frame_node(self._frame._frame))
        return self._frame._next(plan.NODE_MAP_RECORDS, ctx, errors, inputs=nodes)

    def _ordered(self, shape):
        """The fields that were there before in their order, then the new ones. One that was only null keeps its type."""
        from pyspark.sql import types as t
        before = {field.name: field.dataType for field in self._known.fields}
        found = {field.name: field.dataType for field in shape.fields}
        names = [name for name in before if name in found] + [name for name in found if name not in before]
        return t.StructType([t.StructField(name, found[name]) for name in names])

    def _cells(self, shape):
        """The rows of cells."""
        import pickle
        from _tenon.shapes import cell_maker
        make = cell_maker(shape)
        self._file.seek(0)
        for _ in range(self._count):
            yield make(pickle.load(self._file))
        self._file.close()


def _record_maker(struct, known=None):
    """A function (cells of the struct, reading) -> DynamicRecord. known tells of fields what their nulls are."""
    known = known or {}
    parts = [(field.name, _part_maker(field.dataType), known.get(field.name)) for field in struct.fields]

    def make(cells, reading):
        pairs, nulls = [], []
        for (name, part, null), cell in zip(parts, cells):
            if cell is not None:
                pairs.append((name, part(cell, reading)))
            elif null == plan.NULL_WRITTEN:
                pairs.append((name, None))
            elif null != plan.NULL_MISSING:
                nulls.append(name)
        return DynamicRecord(pairs, frozenset(nulls), reading)
    return make


def _part_maker(data_type):
    """A function (cell, reading) -> value, for cells that are not null."""
    from _tenon.cells import decoder
    from _tenon.ddl import ChoiceType
    if isinstance(data_type, ChoiceType):
        choices = [_part_maker(choice) for choice in data_type.choices]
        return lambda cell, reading: next((part(value, reading) for part, value in zip(choices, cell)
                                           if value is not None), None)
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
