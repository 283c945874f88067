"""Python functions over pandas, as the worker runs them: batches of rows become Arrow tables, these become Series, and
what the function gives becomes cells. PySpark's checks of the results are here, with its errors."""
from _tenon import conf
from _tenon.arrow import array, arrow_type, cells
from _tenon.ddl import parse_type
from _tenon.series import of_arrow, to_arrow
from pyspark.errors.exceptions.base import PySparkRuntimeError, PySparkTypeError, PySparkValueError
from pyspark.sql import types as t

# The rows of a batch where no setting says otherwise.
BATCH_ROWS = 10000


class Vector:
    """A function in the process's table that streams; run takes the function and the batches, and yields results."""

    def __init__(self, function, data_type, run):
        self.function, self.data_type, self._run = function, data_type, run
        arrow_type(data_type)  # a type that Arrow has not fails now

    def __call__(self, calls, inner):
        """Lists of cells for calls of the worker's. inner are the Vectors that the arguments go through before."""
        function = self.function
        for one in reversed(inner):
            function = _chain(one.function, function)
        return self._run(function, self.data_type, calls)


def _chain(inner, outer):
    """outer over what inner gives."""
    return lambda *args: outer(inner(*args))


def stops(function):
    """A function that raises RuntimeError where the script's raises StopIteration, which would end a loop in silence."""
    def guarded(*args):
        try:
            return function(*args)
        except StopIteration as err:
            raise RuntimeError("Caught StopIteration thrown from user's code; failing the task", err) from err
    return guarded


def tables(calls, size=None):
    """(types, Arrow table) for each batch of rows: all have size rows but for the last."""
    import pyarrow
    if size is None:
        size = int(conf.values.get("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH_ROWS))
    waiting, types = None, []
    for call in calls:
        types = [parse_type(text) for text in call["types"]]
        columns = [array(column, kind) for column, kind in zip(call["columns"], types)]
        table = pyarrow.table(columns, names=[str(i) for i in range(len(columns))])
        waiting = table if waiting is None else pyarrow.concat_tables([waiting, table])
        while size > 0 and waiting.num_rows >= size:
            yield types, waiting.slice(0, size).combine_chunks()
            waiting = waiting.slice(size)
    if waiting is not None and waiting.num_rows:
        yield types, waiting.combine_chunks()


def _arguments(types, table):
    """The arguments of a function over columns: a struct is a DataFrame."""
    return [of_arrow(column, kind, frame=True) for kind, column in zip(types, table.columns)]


def given(result, data_type):
    """The cells of what a function gave: a Series or, for a struct, a DataFrame."""
    import pandas
    if not isinstance(data_type, t.StructType):
        return cells(to_arrow(result, data_type), data_type)
    if not isinstance(result, pandas.DataFrame):
        raise PySparkValueError("A field of type StructType expects a pandas.DataFrame, but got: %s" % type(result))
    if not len(result.columns):
        return [[None] * len(data_type.fields)] * len(result)
    named = any(isinstance(name, str) for name in result.columns)
    columns = []
    for i, field in enumerate(data_type.fields):
        series = result[field.name] if named else result[result.columns[i]].rename(field.name)
        columns.append(cells(to_arrow(series, field.dataType), field.dataType))
    return [list(row) for row in zip(*columns)]


def batches(function, data_type, calls):
    """SCALAR: Series to a Series of the same length."""
    guarded = stops(function)
    for types, table in tables(calls):
        result = guarded(*_arguments(types, table))
        if not hasattr(result, "__len__"):
            raise returned("pandas.DataFrame" if isinstance(data_type, t.StructType) else "pandas.Series", result)
        if len(result) != table.num_rows:
            raise PySparkRuntimeError("[SCHEMA_MISMATCH_FOR_PANDAS_UDF] Result vector from pandas_udf was not the required "
                                      "length: expected %d, got %d." % (table.num_rows, len(result)))
        yield given(result, data_type)


def iterator(function, data_type, calls):
    """SCALAR_ITER: an iterator of Series, or of tuples of them, to one of Series, of the same length in all."""
    taken = [0]

    def arguments():
        for types, table in tables(calls):
            taken[0] += table.num_rows
            made = _arguments(types, table)
            yield made[0] if len(made) == 1 else tuple(made)
    waiting, made = arguments(), 0
    for result in _results(function, waiting, data_type):
        made += len(result)
        assert made <= taken[0], "Pandas SCALAR_ITER UDF outputted more rows than input rows."
        yield given(result, data_type)
    for _ in waiting:
        raise PySparkRuntimeError("[STOP_ITERATION_OCCURRED_FROM_SCALAR_ITER_PANDAS_UDF] pandas iterator UDF should exhaust "
                                  "the input iterator.")
    if made != taken[0]:
        raise PySparkRuntimeError("[RESULT_LENGTH_MISMATCH_FOR_SCALAR_ITER_PANDAS_UDF] The length of output in Scalar iterator "
                                  "pandas UDF should be the same with the input's; however, the length of output was %d and the "
                                  "length of input was %d." % (made, taken[0]))


def _results(function, arguments, data_type):
    """The results of a function over an iterator, each held to its type."""
    import pandas
    frame = isinstance(data_type, t.StructType)
    label, wanted = ("pandas.DataFrame", pandas.DataFrame) if frame else ("pandas.Series", pandas.Series)
    results = function(arguments)
    if not hasattr(results, "__iter__"):
        raise returned("iterator of " + label, results)
    for result in results:
        if not isinstance(result, wanted):
            raise returned("iterator of " + label, result, "iterator of ")
        check(result, data_type, True)
        yield result


def returned(expected, result, of=""):
    """The error for a result of another class."""
    return PySparkTypeError("[UDF_RETURN_TYPE] Return type of the user-defined function should be %s, but is %s%s."
                            % (expected, of, type(result).__name__))


def check(result, data_type, truncated):
    """Holds a result to a type: the columns of a DataFrame by name where one has a text for a name, else by number.
    truncated leaves out what stands behind as many columns as the type has."""
    import pandas
    if not isinstance(data_type, t.StructType):
        return
    if not isinstance(result, pandas.DataFrame):
        raise returned("pandas.DataFrame", result)
    if result.empty and not len(result.columns):
        return
    names = set(data_type.names)
    columns = result.columns[:len(names)] if truncated else result.columns
    if any(isinstance(name, str) for name in result.columns) and set(columns) != names:
        missing, extra = sorted(names.difference(columns)), sorted(set(columns).difference(names))
        raise PySparkRuntimeError("[RESULT_COLUMNS_MISMATCH_FOR_PANDAS_UDF] Column names of the returned pandas.DataFrame do "
                                  "not match specified schema.%s%s\n" % (
                                      " Missing: %s." % ", ".join(missing) if missing else "",
                                      " Unexpected: %s." % ", ".join(extra) if extra else ""))
    if len(columns) != len(data_type.fields):
        raise PySparkRuntimeError("[RESULT_LENGTH_MISMATCH_FOR_PANDAS_UDF] Number of columns of the returned pandas.DataFrame "
                                  "doesn't match specified schema. Expected: %d Actual: %d\n"
                                  % (len(data_type.fields), len(result.columns)))


def group_value(function, data_type):
    """GROUPED_AGG: by the types as sent, the function from a group, a list of structs of arguments, to a cell."""
    def typed(types):
        fields = parse_type(types[0]).elementType.fields
        return lambda rows: _value(function, data_type, fields, rows)
    return typed


def _value(function, data_type, fields, rows):
    """The cell of what a function gives for one group."""
    import pandas
    columns = list(zip(*rows)) if rows else [()] * len(fields)
    series = [of_arrow(array(list(column), field.dataType), field.dataType) for column, field in zip(columns, fields)]
    return cells(to_arrow(pandas.Series([function(*series)]), data_type), data_type)[0]


def windows(function, data_type, calls):
    """GROUPED_AGG over windows: before the arguments come the number of a row's partition, its place there, how many rows
    its frame has (-1: the whole partition), and where the frame ends. The cells come in the order of the rows."""
    import numpy
    guarded = stops(function)
    for types, table in tables(calls, 0):
        partition, place = table.columns[0].to_numpy(), table.columns[1].to_numpy()
        order = numpy.lexsort((place, partition))
        partition, table = partition[order], table.take(order)
        starts = [0] + list(numpy.flatnonzero(partition[1:] != partition[:-1]) + 1) + [len(partition)]
        made = []
        for start, end in zip(starts, starts[1:]):
            made.extend(_partition(guarded, data_type, types, table.slice(start, end - start).combine_chunks()))
        back = [None] * len(made)
        for i, cell in zip(order.tolist(), made):
            back[i] = cell
        yield back


def _partition(function, data_type, types, table):
    """The cells of the rows of one partition, in its order."""
    import pandas
    series = [of_arrow(column, kind) for column, kind in zip(table.columns[4:], types[4:])]
    sizes, ends = table.columns[2].to_pylist(), table.columns[3].to_pylist()
    if sizes[0] < 0:
        return cells(to_arrow(pandas.Series([function(*series)]), data_type), data_type) * table.num_rows
    values = [function(*[one.iloc[end - size:end] for one in series]) for size, end in zip(sizes, ends)]
    return cells(to_arrow(pandas.Series(values), data_type), data_type)
