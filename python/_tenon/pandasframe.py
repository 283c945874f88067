"""A frame as a pandas DataFrame, and back, as PySpark does it without Arrow and, where a script asks for it, with."""
from _tenon import conf
from _tenon.errors import UnsupportedOperation
from _tenon.series import require, require_arrow, shaped
from pyspark.errors.exceptions.base import PySparkTypeError
from pyspark.sql import types as t

# The settings that ask for Arrow; the second is the name that Spark 2 had.
_ARROW_SETTINGS = ("spark.sql.execution.arrow.pyspark.enabled", "spark.sql.execution.arrow.enabled")

# The setting that goes on without Arrow where it fails.
_FALLBACK = "spark.sql.execution.arrow.pyspark.fallback.enabled"


def uses_arrow():
    """Whether the script asks for conversions by Arrow."""
    return any(conf.values.get(key, "").lower() == "true" for key in _ARROW_SETTINGS)


def to_pandas(frame):
    """DataFrame.toPandas: all rows, column by column, never as Row objects."""
    pandas = require()
    columns = _columns(frame)
    fields = frame.schema.fields
    make = _with_arrow if uses_arrow() and columns[0:1] != [[]] else _plain
    made = [make(cells, field.dataType) for cells, field in zip(columns, fields)]
    out = pandas.concat(made, axis=1) if made else pandas.DataFrame(index=range(len(frame.collect())))
    out.columns = frame.columns
    return out


def _columns(frame):
    """The cells of a frame, a list for each column."""
    from _tenon.connection import rows
    columns = [[] for _ in frame.columns]
    for batch in rows(frame._frame):
        for column, cells in zip(columns, zip(*batch)):
            column.extend(cells)
    return columns


def _plain(cells, data_type):
    """The Series of a column's cells as PySpark makes it of Python objects."""
    import pandas
    from _tenon.cells import decoder
    if isinstance(data_type, (t.TimestampType, t.TimestampNTZType)):
        import numpy  # a text without a zone is a moment at once; one out of range raises below
        series = pandas.Series(numpy.array(["NaT" if cell is None else cell for cell in cells], dtype="datetime64[us]"))
    else:
        make = decoder(data_type)
        series = pandas.Series([make(cell) for cell in cells] if make else cells, dtype=object)
    return shaped(series, data_type, "row", False)


def _with_arrow(cells, data_type):
    """The Series of a column's cells as PySpark makes it with Arrow."""
    from _tenon.arrow import array
    require_arrow()
    return shaped(array(cells, data_type).to_pandas(date_as_object=True), data_type, "dict", True)


def plan_pandas(frame, schema, verify):
    """(StructType, rows of cells) of createDataFrame for a pandas DataFrame, whose index does not count."""
    from _tenon.infer import plan_values
    if schema is None:
        schema = [name if isinstance(name, str) else str(name) for name in frame.columns]
    elif isinstance(schema, str):
        schema = t._parse_datatype_string(schema)
    if uses_arrow() and len(frame):
        try:
            return _arrow_cells(frame, schema)
        except Exception as err:
            if conf.values.get(_FALLBACK, "true").lower() != "true":
                raise
            import warnings
            warnings.warn("createDataFrame attempted Arrow optimization because '%s' is set to true; however, failed by the "
                          "reason below:\n  %s\nAttempting non-optimization as '%s' is set to true."
                          % (_ARROW_SETTINGS[0], err, _FALLBACK), UserWarning)
    kinds = [field.dataType for field in schema.fields] if isinstance(schema, t.StructType) else [None] * len(frame.columns)
    return plan_values(_records(frame, kinds), schema, verify)


def _arrow_cells(frame, schema):
    """As plan_pandas with Arrow: the types are those of the columns' dtypes, where no schema gives them, and NaN is null."""
    from _tenon.arrow import cells, spark_type
    from _tenon.series import to_arrow
    pyarrow = require_arrow()
    if isinstance(schema, (list, tuple)):
        found = pyarrow.Schema.from_pandas(frame, preserve_index=False)
        schema = t.StructType([t.StructField(name, spark_type(field.type), field.nullable) for name, field in zip(schema, found)])
    if not isinstance(schema, t.StructType):
        raise PySparkTypeError("[UNSUPPORTED_DATA_TYPE_FOR_ARROW] Single data type %s is not supported with Arrow." % schema)
    if len(schema.fields) != len(frame.columns):
        raise UnsupportedOperation.of("createDataFrame with Arrow of %d columns for %d fields" % (
            len(frame.columns), len(schema.fields)), "give a schema for all columns")
    columns = [cells(to_arrow(frame.iloc[:, i], field.dataType), field.dataType) for i, field in enumerate(schema.fields)]
    return schema, [list(row) for row in zip(*columns)]


def _records(frame, kinds):
    """The rows of a pandas DataFrame as tuples of Python's values, of as many columns as there are kinds: the declared
    types, or None."""
    import pandas
    columns = [_plain_values(frame.iloc[:, i], kind) for i, kind in zip(range(len(frame.columns)), kinds)]
    if not columns:
        return [()] * len(frame)
    records = pandas.concat(columns, axis=1).set_axis(["c%d" % i for i in range(len(columns))], axis=1).to_records(index=False)
    exact = [(name, "datetime64[us]" if records.dtype[name] == "datetime64[ns]" else records.dtype[name])
             for name in records.dtype.names]  # a moment in nanoseconds would come out as a number
    return records.astype(exact).tolist()


def _plain_values(series, kind):
    """A column without what NumPy's records do not keep: moments with a zone lose it in UTC, differences of time are
    Python's, and so are the values inside of lists and dicts of a declared type."""
    import pandas
    if getattr(series.dtype, "tz", None) is not None and (kind is None or isinstance(kind, t.TimestampType)):
        return series.dt.tz_convert("UTC").dt.tz_localize(None)
    if series.dtype.kind == "m":
        return pandas.Series(series.dt.to_pytimedelta(), index=series.index, dtype=object)
    convert = _declared(kind) if isinstance(kind, (t.ArrayType, t.MapType, t.StructType)) else None
    return series.apply(convert) if convert else series


def _declared(kind):
    """The function from a value to one for createDataFrame: arrays become lists, dicts Rows of a declared struct."""
    if isinstance(kind, t.ArrayType):
        item = _declared(kind.elementType)
        return lambda value: None if value is None else [item(part) for part in value]
    if isinstance(kind, t.MapType):
        key, item = _declared(kind.keyType), _declared(kind.valueType)
        return lambda value: None if value is None else {key(k): item(v) for k, v in value.items()}
    if isinstance(kind, t.StructType):
        from _tenon.series import distinct
        names, items = distinct(kind.names), [_declared(field.dataType) for field in kind.fields]

        def convert(value):
            if value is None:
                return None
            parts = [value.get(name) for name in names] if isinstance(value, dict) else value
            row = tuple.__new__(t.Row, [item(part) for item, part in zip(items, parts)])
            row.__fields__ = kind.names
            return row
        return convert
    if isinstance(kind, t.TimestampType):
        import pandas
        return lambda value: None if value is None else pandas.Timestamp(value).tz_localize("UTC").tz_localize(None).to_pydatetime()
    return lambda value: value
