"""Functions over pandas that make rows: mapInPandas, mapInArrow, applyInPandas of groups and of pairs of groups."""
from _tenon.arrow import arrow_type, cells
from _tenon.series import of_arrow
from _tenon.vector import _results, check, given, returned, stops, tables


def frame_of(names, types, columns):
    """The pandas DataFrame of Arrow columns."""
    import pandas
    return pandas.concat([of_arrow(column, kind).rename(name) for name, kind, column in zip(names, types, columns)], axis=1)


def map_pandas(names):
    """The run of mapInPandas over columns of these names."""
    def run(function, data_type, calls):
        taken = []

        def frames():
            for types, table in tables(calls):
                taken[:] = [True]
                yield frame_of(names, types, table.columns)
        for result in _results(function, frames(), data_type):
            yield _from_rows(taken, given(result, data_type))
    return run


def _from_rows(taken, made):
    """What a function made, if it has taken rows or made none: of no rows Spark makes as many as there are partitions."""
    if made and not taken:
        from _tenon.errors import UnsupportedOperation
        raise UnsupportedOperation.of("a function of mapInPandas or mapInArrow that makes rows before it takes any",
                                      "take the first batch before")
    return made


def map_arrow(names):
    """The run of mapInArrow."""
    def run(function, data_type, calls):
        import pyarrow
        wanted = arrow_type(data_type)

        taken = []

        def arguments():
            for types, table in tables(calls):
                taken[:] = [True]
                schema = pyarrow.schema([pyarrow.field(name, arrow_type(kind)) for name, kind in zip(names, types)])
                yield pyarrow.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=schema)
        results = function(arguments())
        if not hasattr(results, "__iter__"):
            raise returned("iterator of pyarrow.RecordBatch", results)
        for batch in results:
            if not isinstance(batch, pyarrow.RecordBatch):
                raise returned("iterator of pyarrow.RecordBatch", batch, "iterator of ")
            columns = [cells(column, field.dataType) for column, field in zip(_fitting(batch, wanted), data_type.fields)]
            yield _from_rows(taken, [list(row) for row in zip(*columns)])
    return run


def _fitting(batch, wanted):
    """The columns of a batch, whose types must be the declared ones: Spark reads the memory as if they were."""
    from _tenon.errors import UnsupportedOperation
    have = [column.type for column in batch.columns]
    if have != [field.type for field in wanted]:
        raise UnsupportedOperation.of("a function of mapInArrow that gives columns of the types %s for %s" % (
            ", ".join(map(str, have)), ", ".join(str(field.type) for field in wanted)), "cast them to the declared types")
    return batch.columns


def groups(calls):
    """(types, table) for each group: its rows in one table. The last column, which says the group's number, is gone."""
    import pyarrow
    types, parts, number = [], [], None
    for types, table in tables(calls):
        for mark, part in _runs(table):
            if parts and mark != number:
                yield types[:-1], pyarrow.concat_tables(parts).combine_chunks()
                parts = []
            parts.append(part)
            number = mark
    if parts:
        yield types[:-1], pyarrow.concat_tables(parts).combine_chunks()


def _runs(table):
    """(number, rows) for each run of rows of one number in a table, the column of numbers left out."""
    import numpy
    numbers = table.columns[-1].to_numpy()
    starts = [0] + list(numpy.flatnonzero(numbers[1:] != numbers[:-1]) + 1) + [len(numbers)]
    rows = table.remove_column(table.num_columns - 1)
    for start, end in zip(starts, starts[1:]):
        yield numbers[start], rows.slice(start, end - start)


def whole(calls):
    """As groups for a grouping without keys: all rows, if there are some, are one group."""
    for types, table in tables(calls, 0):
        yield types, table


def key_of(types, columns):
    """The key of a group: the first values of the columns of keys."""
    return tuple(of_arrow(column, kind)[0] for kind, column in zip(types, columns))


def apply(names, keys, arguments):
    """The run of groupBy().applyInPandas over columns of these names and a number of keys behind them; the function
    takes so many arguments."""
    def run(function, data_type, calls):
        guarded, width = stops(function), len(names)
        for types, table in groups(calls) if keys else whole(calls):
            frame = frame_of(names, types, table.columns[:width])
            if arguments == 1:
                result = guarded(frame)
            else:
                result = guarded(key_of(types[width:], table.columns[width:]), frame)
            check(result, data_type, False)
            yield given(result, data_type)
    return run


def apply_pairs(left, right, keys, arguments):
    """The run of cogroup().applyInPandas: the rows are those of both sides, with the column of the side first, then
    left's columns, then right's, then the keys."""
    def run(function, data_type, calls):
        guarded = stops(function)
        middle = 1 + len(left)
        end = middle + len(right)
        for types, table in groups(calls):
            side = table.columns[0].to_numpy()
            cut = int((side == 0).sum())
            one, two = table.slice(0, cut), table.slice(cut)
            frames = [frame_of(left, types[1:middle], one.columns[1:middle]),
                      frame_of(right, types[middle:end], two.columns[middle:end])]
            if arguments == 3:
                frames.insert(0, key_of(types[-keys:], (one if cut else two).columns[-keys:]))
            result = guarded(*frames)
            check(result, data_type, False)
            yield given(result, data_type)
    return run
