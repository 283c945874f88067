"""Keeps the real PySpark's writers inside the copies of the buckets: a comparison changes no database and no file of the
machine. What Python itself does (open, a driver of a database) is beyond its reach.
"""
import functools

# What object storage is called; all of it is the copy.
SCHEMES = ("s3", "s3a", "s3n")

# Methods whose first argument is where they write.
WRITERS = ("csv", "json", "orc", "parquet", "text", "save")
RDD_WRITERS = ("saveAsTextFile", "saveAsPickleFile", "saveAsSequenceFile", "saveAsHadoopFile", "saveAsNewAPIHadoopFile")

# Methods that can write anywhere.
BEYOND = ("saveAsHadoopDataset", "saveAsNewAPIHadoopDataset")


def confine():
    """Wraps the writers of DataFrames and RDDs: outside of the buckets they raise NotComparable."""
    from pyspark import RDD
    from pyspark.sql import DataFrameWriter
    for name in WRITERS:
        _wrap(DataFrameWriter, name, _check_writer)
    _wrap(DataFrameWriter, "saveAsTable", _check_table)
    _wrap(DataFrameWriter, "format", _check_format)
    _wrap(DataFrameWriter, "option", lambda key, value: _check_options({key: value}))
    _wrap(DataFrameWriter, "options", lambda **options: _check_options(options))
    _wrap(DataFrameWriter, "jdbc", lambda *args, **named: _check_format("jdbc"))
    for name in RDD_WRITERS:
        _wrap(RDD, name, lambda path, *args, **named: _check_path(path))
    for name in BEYOND:
        _wrap(RDD, name, lambda *args, name=name, **named: _refuse("RDD.%s" % name))


def _wrap(cls, name, check):
    """Puts a check of its arguments before a method."""
    inner = getattr(cls, name)

    @functools.wraps(inner)
    def method(self, *args, **named):
        check(*args, **named)
        return inner(self, *args, **named)
    setattr(cls, name, method)


def _check_writer(path=None, format=None, *args, **options):
    """The arguments of save; the other writers have a mode for the second."""
    if path is not None:
        _check_path(path)
    if isinstance(format, str):
        _check_format(format)
    _check_options(options)


def _check_table(name, format=None, *args, **options):
    """The arguments of saveAsTable: tables lie in the comparison's own folder, unless path says otherwise."""
    _check_writer(options.pop("path", None), format, **options)


def _check_options(options):
    for name, value in options.items():
        if name.lower() == "path" and value is not None:
            _check_path(value)


def _check_path(path):
    scheme, found, _ = str(path).partition("://")
    if not found or scheme.lower() not in SCHEMES:
        _refuse("writing to %s, outside of s3://" % path)


def _check_format(source):
    if "jdbc" in str(source).lower():
        _refuse("a JDBC sink, which would write to the database itself")


def _refuse(what):
    from awsglue import NotComparable
    error = NotComparable(what)
    error.args = ("%s is not done in tenon verify: this script cannot be compared" % what,)
    raise error
