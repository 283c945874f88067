"""Files of text and RDDs: what saveAsTextFile writes, and the paths of SparkContext's readers."""
from _tenon import plan
from _tenon.connection import call
from _tenon.errors import UnsupportedOperation

# Hadoop's codecs by the names of their classes.
_CODECS = {"org.apache.hadoop.io.compress.GzipCodec": "gzip", "org.apache.hadoop.io.compress.BZip2Codec": "bzip2",
           "org.apache.hadoop.io.compress.DefaultCodec": "deflate", "org.apache.hadoop.io.compress.DeflateCodec": "deflate"}


def save(rdd, path, codec):
    """Writes the texts of all objects as the lines of one file, part-00000, and _SUCCESS beside it. A path where
    something lies already is a failed job."""
    from _tenon import upload
    from py4j.protocol import Py4JJavaError
    from pyspark.errors.exceptions.base import AnalysisException
    from pyspark.sql.dataframe import DataFrame
    from pyspark.sql.readwriter import connection_type
    from pyspark.sql.session import SparkSession
    options = {}
    if codec is not None:
        if codec not in _CODECS:
            raise UnsupportedOperation.of("RDD.saveAsTextFile with the codec %s" % codec, "%s are" % ", ".join(_CODECS))
        options["compression"] = _CODECS[codec]
    values = upload.values([{"name": "value", "type": "string", "nullable": True}], ([_line(item)] for item in rdd._guarded()))
    frame = DataFrame._of({"kind": plan.NODE_VALUES, "values": values}, SparkSession._current())
    try:
        call(plan.OP_WRITE, {"frame": frame._frame, "dynamic": False, "connection_type": connection_type(path), "format": "text",
                             "path": path, "mode": "error", "options": options, "plain_names": True})
    except AnalysisException as err:
        if err.getErrorClass() != "PATH_ALREADY_EXISTS":
            raise
        raise Py4JJavaError("An error occurred while calling saveAsTextFile.\n: org.apache.hadoop.mapred."
                            "FileAlreadyExistsException: Output directory %s already exists" % path) from None


def _line(item):
    """The text of an object: bytes are UTF-8."""
    if not isinstance(item, bytes):
        return str(item)
    try:
        return item.decode("utf-8")
    except UnicodeDecodeError:
        raise UnsupportedOperation.of("RDD.saveAsTextFile of bytes that are no UTF-8") from None


def paths(text):
    """The paths of a comma-separated list. A comma in braces belongs to a pattern."""
    found, depth = [""], 0
    for char in text:
        if char == "," and depth == 0:
            found.append("")
            continue
        depth += {"{": 1, "}": -1}.get(char, 0)
        found[-1] += char
    return found

