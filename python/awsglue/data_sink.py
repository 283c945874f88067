"""awsglue.data_sink.DataSink: what GlueContext.getSink returns."""
from _tenon import plan
from _tenon.connection import call
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import IllegalArgumentException

# What a sink may do to a table whose schema differs from the frame's.
UPDATE_BEHAVIORS = ("UPDATE_IN_DATABASE", "LOG")


class DataSink:
    """A sink being described; writeFrame writes to it, and appends each time."""

    def __init__(self, glue_context, connection_type, options, transformation_ctx):
        self._glue_context = glue_context
        self._connection_type = connection_type
        self._options = options
        self._ctx = transformation_ctx
        self._format, self._format_options = None, {}
        self._table = None

    def setFormat(self, format, **options):
        """The format of the files, and its options."""
        self._format, self._format_options = format, options
        return self

    def setCatalogInfo(self, catalogDatabase, catalogTableName, catalogId=""):
        """The table that goes with the files. It travels with every write; the worker has no Data Catalog to update
        yet, which a line in the log says."""
        if not catalogDatabase or not catalogTableName:
            raise IllegalArgumentException("setCatalogInfo needs a catalogDatabase and a catalogTableName")
        if catalogId:
            raise UnsupportedOperation.of("DataSink.setCatalogInfo with catalogId", "there is one catalog")
        self._table = (str(catalogDatabase), str(catalogTableName))

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
        behavior = options.get("updateBehavior")
        if behavior not in (None, "") + UPDATE_BEHAVIORS:
            raise IllegalArgumentException("updateBehavior is one of %s, not %r" % (", ".join(UPDATE_BEHAVIORS), behavior))
        body = {"frame": dynamic_frame._frame, "dynamic": True, "connection_type": self._connection_type,
                "format": (self._format or "").lower(), "path": path or "", "mode": "append",
                "partition_keys": [keys] if isinstance(keys, str) else list(keys or []), "options": options,
                "format_options": dict(self._format_options)}
        if self._ctx:
            body["ctx"] = self._ctx
        if self._table:
            body["database"], body["table"] = self._table
        call(plan.OP_WRITE, body)
        if str(options.get("enableUpdateCatalog", "")).lower() == "true":
            self._glue_context.get_logger().warn(
                "The files are written to %s; the table %s is not updated, since there is no Data Catalog yet."
                % (path, ".".join(self._table) if self._table else "of the sink"))
        return dynamic_frame

    def writeDataFrame(self, data_frame, glue_context):
        """Writes a DataFrame and returns it."""
        from awsglue.dynamicframe import DynamicFrame
        self.writeFrame(DynamicFrame.fromDF(data_frame, glue_context, self._ctx))
        return data_frame

    def write(self, dynamic_frame_or_dfc, info=""):
        """writeFrame; a collection is refused, for it is not documented where each of its frames would go."""
        from awsglue.dynamicframe import DynamicFrame
        if not isinstance(dynamic_frame_or_dfc, DynamicFrame):
            raise UnsupportedOperation.of("DataSink.write of a collection", "write each frame")
        return self.writeFrame(dynamic_frame_or_dfc, info)

    def setAccumulableSize(self, size):
        """Without effect: it bounds a list of errors that Spark keeps for the console."""
