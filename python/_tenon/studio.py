"""The nodes of Glue Studio whose scripts import a module of their own (import gs_derived) and call its method of a frame.

Each function here is one node, after AWS's pages of Glue Studio's transforms; module gs_NAME gives it to DataFrames and
DynamicFrames as the method gs_NAME. A frame without columns stays as it is. Names of columns may stand in backticks.
"""
import re

from _tenon.errors import UnsupportedOperation, no_more
from pyspark.errors.exceptions.base import IllegalArgumentException

# Python's date codes, in Spark's letters.
_CODES = {"Y": "yyyy", "y": "yy", "m": "MM", "B": "MMMM", "b": "MMM", "d": "dd", "j": "DDD", "A": "EEEE", "a": "EEE", "H": "HH",
          "I": "hh", "M": "mm", "S": "ss", "f": "SSSSSS", "p": "a"}

# A text that is a date, or a time in ISO's form.
_ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$"


def give(name):
    """Gives frames of both kinds the method of a node, by its name: gs_derived."""
    import inspect
    from awsglue.dynamicframe import DynamicFrame
    from pyspark.sql.dataframe import DataFrame
    node = globals()[name[len("gs_"):]]
    known = inspect.signature(node).parameters

    def transform(self, *args, **kwargs):
        given = {key: value for key, value in kwargs.items() if key in known or "options" in known}
        no_more(name, {key: value for key, value in kwargs.items() if key not in given})
        return node(self, *args, **given) if self.columns else self

    def transform_dynamic(self, *args, **kwargs):
        return DynamicFrame.fromDF(transform(self.toDF(), *args, **kwargs), self.glue_ctx, self.name)
    transform.__name__ = transform_dynamic.__name__ = name
    transform.__doc__ = transform_dynamic.__doc__ = node.__doc__
    setattr(DataFrame, name, transform)
    setattr(DynamicFrame, name, transform_dynamic)


def _col(name):
    from pyspark.sql import functions as F
    return F.col(name)


def _bare(name):
    """A name without the backticks around it."""
    return name[1:-1] if name[:1] == name[-1:] == "`" else name


def _quoted(name):
    return "`%s`" % name.replace("`", "``")


def _texts(names):
    """The names of a list, or of a text with commas."""
    return [one.strip() for one in (names.split(",") if isinstance(names, str) else names)]


def _pattern(text):
    """A pattern of Spark's, of one with Python's codes too."""
    def code(match):
        if match[1] not in _CODES:
            raise UnsupportedOperation.of("the date code %%%s" % match[1], "use Spark's letters: yyyy-MM-dd HH:mm:ss")
        return _CODES[match[1]]
    return re.sub("%(.?)", code, text)


def _type(frame, name):
    """The type of a column: bigint, array<string>."""
    return dict(frame.select(_col(name).alias("x")).dtypes)["x"]


# Columns.


def derived(frame, colName, expr):
    """A column of an SQL expression, in the place of one that is there."""
    from pyspark.sql import functions as F
    return frame.withColumn(colName, F.expr(expr))


def concat(frame, colName, colList, spacer=None):
    """The values of columns as one text, with a spacer between; null is the empty text."""
    from pyspark.sql import functions as F
    return frame.withColumn(colName, F.concat_ws(spacer or "", *[F.coalesce(_col(name).cast("string"), F.lit("")) for name in _texts(colList)]))


def split(frame, colName, pattern, newColName=None):
    """A text split where a pattern matches, as an array."""
    from pyspark.sql import functions as F
    return frame.withColumn(newColName or _bare(colName), F.split(_col(colName), pattern))


def array_to_cols(frame, colName, colList, indexes=None):
    """Elements of an array as columns: the first ones, or those at indexes (from 1); null where there is none."""
    from pyspark.sql import functions as F
    names = _texts(colList)
    places = [int(one) for one in _texts(indexes)] if indexes else list(range(1, len(names) + 1))
    if len(places) != len(names) or min(places) < 1:
        raise IllegalArgumentException("gs_array_to_cols takes one index from 1 on for each of %s, not %s" % (", ".join(names), indexes))
    for name, place in zip(names, places):
        frame = frame.withColumn(name, F.get(_col(colName), F.lit(place - 1)))
    return frame


def regex_extract(frame, colName, regex, newCols):
    """What a pattern matches as a column, or its groups, a column each; a group without a name is left out. Where it
    does not match the text is empty."""
    from pyspark.sql import functions as F
    names = [one.strip() for one in newCols.split(",")]
    try:
        groups = re.compile(regex).groups
    except re.error as err:
        raise UnsupportedOperation.of("gs_regex_extract with the pattern %s" % regex, "use regexp_extract") from err
    if max(groups, 1) != len(names):
        raise IllegalArgumentException("gs_regex_extract has %d names for the %d groups of %s" % (len(names), groups, regex))
    for place, name in enumerate(names):
        if name:
            frame = frame.withColumn(name, F.regexp_extract(_col(colName), regex, place + 1 if groups else 0))
    return frame


def uuid(frame, colName="uuid"):
    """A text of 36 characters, another in each row."""
    from pyspark.sql import functions as F
    return frame.withColumn(colName, F.expr("uuid()"))


def sequence_id(frame, colName="id", unique=False):
    """A number, another in each row."""
    from pyspark.sql import functions as F
    if unique:
        raise UnsupportedOperation.of("gs_sequence_id with unique=True", "its numbers hold the time of the job; add a column with the run's id")
    return frame.withColumn(colName, F.monotonically_increasing_id())


# Times.


def now(frame, colName="timestamp", dateFormat=None):
    """The present time, as a text when there is a format."""
    from pyspark.sql import functions as F
    value = F.current_timestamp()
    return frame.withColumn(colName, F.date_format(value, _pattern(dateFormat)) if dateFormat else value)


def format_timestamp(frame, colName, dateFormat, newColName=None):
    """A time as a text."""
    from pyspark.sql import functions as F
    return frame.withColumn(newColName or _bare(colName), F.date_format(_col(colName), _pattern(dateFormat)))


def to_timestamp(frame, colName, colType="autodetect", newColName=None):
    """A column as a time: of numbers the seconds, milliseconds or microseconds, of texts iso. autodetect takes texts in
    ISO's form, and fails at any other: what AWS makes of them is not documented."""
    from pyspark.sql import functions as F
    value, kind = _col(colName), _type(frame, colName)
    makes = {"seconds": F.timestamp_seconds, "milliseconds": F.timestamp_millis, "microseconds": F.timestamp_micros}
    whole = kind in ("tinyint", "smallint", "int", "bigint")
    if colType in makes and (whole or colType == "seconds" and (kind in ("float", "double") or kind.startswith("decimal"))):
        made = makes[colType](value)
    elif colType == "iso" and kind == "string" or colType == "autodetect" and kind in ("timestamp", "date"):
        made = value.cast("timestamp")
    elif colType == "autodetect" and kind == "string":
        wrong = F.raise_error(F.concat(F.lit("gs_to_timestamp by autodetect of a text that is no time in ISO's form: "), value))
        made = F.when(value.rlike(_ISO), value.cast("timestamp")).when(value.isNotNull(), wrong.cast("timestamp"))
    else:
        raise UnsupportedOperation.of("gs_to_timestamp of a %s as %s" % (kind, colType),
                                      "whole numbers are seconds, milliseconds or microseconds, texts are iso")
    return frame.withColumn(newColName or _bare(colName), made)


# Rows.


def explode(frame, colName, newCol, outer=False):
    """A row for each element of an array; outer keeps rows that have none."""
    from pyspark.sql import functions as F
    kind = _type(frame, colName)
    if not kind.startswith("array"):
        raise UnsupportedOperation.of("gs_explode of a %s" % kind, "use explode, which makes the columns key and value of a map")
    return frame.withColumn(_bare(newCol), (F.explode_outer if outer else F.explode)(_col(colName)))


def null_rows(frame, extended=False):
    """Without the rows in which all columns are null; extended takes empty texts, arrays and maps for null."""
    from pyspark.sql import functions as F
    kept = F.lit(False)
    for name, kind in frame.dtypes:
        value = _col(_quoted(name))
        full = value.isNotNull()
        if extended and kind == "string":
            full = full & (value != "")
        elif extended and kind.startswith(("array", "map")):
            full = full & (F.size(value) > 0)
        kept = kept | full
    return frame.filter(kept)


def flatten(frame, maxLevels=0, separator="."):
    """Members of structs as columns, named by their path; maxLevels is how many levels of structs go, 0: all."""
    columns = []

    def walk(path, data_type, level):
        if data_type.typeName() == "struct" and (not int(maxLevels) or level < int(maxLevels)):
            for field in data_type.fields:
                walk(path + [field.name], field.dataType, level + 1)
        else:
            columns.append(_col(".".join(map(_quoted, path))).alias(separator.join(path)))
    for field in frame.schema.fields:
        walk([field.name], field.dataType, 0)
    return frame.select(*columns)


def repartition(frame, *args, **options):
    """The same frame: the engine has one partition."""
    return frame


# Nodes whose page does not say enough.


def _refused(name, instead):
    def node(frame, *args, **options):
        raise UnsupportedOperation.of(name, instead)
    node.__doc__ = "Refused: " + instead
    return node


parse_json = _refused("gs_parse_json", "use from_json with a schema, or Unbox")
pivot = _refused("gs_pivot", "use groupBy, pivot and agg of the DataFrame")
unpivot = _refused("gs_unpivot", "use unpivot of the DataFrame")
lookup = _refused("gs_lookup", "use Join")
