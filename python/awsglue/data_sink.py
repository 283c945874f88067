"""awsglue.data_sink.DataSink: what GlueContext.getSink returns."""
from _tenon import plan
from _tenon.connection import call
from _tenon.errors import UnsupportedOperation, refuse
from pyspark.errors.exceptions.base import IllegalArgumentException


class DataSink:
    """A sink being described; writeFrame writes to it, and appends each time."""

    def __init__(self, glue_context, connection_type, options, transformation_ctx):
        self._glue_context = glue_context
        self._connection_type = connection_type
        self._options = options
        self._ctx = transformation_ctx
        self._format, self._format_options = None, {}

    def setFormat(self, format, **options):
        """The format of the files, and its options."""
        self._format, self._format_options = format, options
        return self

    def writeFrame(self, dynamic_frame, info=""):
        """Writes a DynamicFrame and returns it."""
        from awsglue.dynamicframe import DynamicFrame
        if not isinstance(dynamic_frame, DynamicFrame):
            raise UnsupportedOperation.of("writing a %s with a Glue sink" % type(dynamic_frame).__name__,
                                          "make it a DynamicFrame with DynamicFrame.fromDF")
        options = dict(self._options)
        path, keys = options.pop("path", None), options.pop("partitionKeys", None)
        if not path and self._connection_type == "s3":
            raise IllegalArgumentException("an s3 sink needs a path in its options")
        body = {"frame": dynamic_frame._frame, "dynamic": True, "connection_type": self._connection_type,
                "format": (self._format or "").lower(), "path": path or "", "mode": "append",
                "partition_keys": [keys] if isinstance(keys, str) else list(keys or []), "options": options,
                "format_options": dict(self._format_options)}
        if self._ctx:
            body["ctx"] = self._ctx
        call(plan.OP_WRITE, body)
        return dynamic_frame

    def write(self, dynamic_frame_or_dfc, info=""):
        from awsglue.dynamicframe import DynamicFrame
        if not isinstance(dynamic_frame_or_dfc, DynamicFrame):
            raise UnsupportedOperation.of("DataSink.write of a collection", "write each frame")
        return self.writeFrame(dynamic_frame_or_dfc, info)

    def setAccumulableSize(self, size):
        """Without effect: it bounds a list of errors that Spark keeps for the console."""


refuse(DataSink, "setCatalogInfo", "the Data Catalog is not supported yet: leave it out, and set "
                                   "enableUpdateCatalog=False, to write the files alone")
refuse(DataSink, "writeDataFrame", "make it a DynamicFrame with DynamicFrame.fromDF")
