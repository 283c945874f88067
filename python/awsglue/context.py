"""awsglue.context.GlueContext: reading and writing DynamicFrames."""
from _tenon import plan
from _tenon.connection import analyse, call, frame_node
from _tenon.errors import UnsupportedOperation, no_more, refuse
from awsglue.data_sink import DataSink
from awsglue.data_source import DataSource
from awsglue.dataframereader import DataFrameReader
from awsglue.dataframewriter import DataFrameWriter
from awsglue.dynamicframe import NO_CATALOG, DynamicFrame, DynamicFrameReader, DynamicFrameWriter
from pyspark.sql.context import SQLContext

# Hours that purge_s3_path keeps objects when options name no retentionPeriod: seven days.
RETENTION_HOURS = 168.0

# How Glue looks for a sample, which is any records.
SAMPLE_OPTIONS = ("maxSamplePartitions", "maxSampleFilesPerPartition")

# Options of GlueContext that say how many parts Spark makes of a frame: the engine decides that itself.
PARTITIONS = ("minPartitions", "targetPartitions")


class GlueContext(SQLContext):
    """The entry to Glue's readers and writers; also a SQLContext."""

    def __init__(self, sparkContext, **options):
        no_more("GlueContext", {name: value for name, value in options.items() if name not in PARTITIONS})
        super().__init__(sparkContext)
        self.spark_session = self.sparkSession
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.write_data_frame = DataFrameWriter(self)

    # Reading.

    def create_dynamic_frame_from_options(self, connection_type, connection_options=None, format=None,
                                          format_options=None, transformation_ctx="", push_down_predicate="",
                                          **kwargs):
        """A DynamicFrame of files. connection_options has paths, and recurse, exclusions, groupFiles, ...; see
        plan.Source. The files are listed now, once."""
        no_more("create_dynamic_frame.from_options", kwargs)
        options = dict(connection_options or {})
        paths = options.pop("paths", None)
        if paths is None and "path" in options:
            paths = options.pop("path")
        paths = [paths] if isinstance(paths, str) else list(paths or [])
        source = {"dynamic": True, "connection_type": connection_type, "format": (format or "").lower(),
                  "paths": paths, "options": options, "format_options": dict(format_options or {})}
        if push_down_predicate:
            source["predicate"] = push_down_predicate
        node = {"kind": plan.NODE_SOURCE, "source": source}
        if transformation_ctx:
            source["ctx"] = node["ctx"] = transformation_ctx
        return DynamicFrame(*analyse(node), self, transformation_ctx)

    def create_dynamic_frame_from_rdd(self, data, name, schema=None, sample_ratio=None, transformation_ctx=""):
        """The DynamicFrame of an RDD of rows, or of a list of them; name is the frame's."""
        frame = self.spark_session.createDataFrame(data, schema, sample_ratio)
        return DynamicFrame.fromDF(frame, self, transformation_ctx or name)

    def create_data_frame_from_options(self, connection_type, connection_options=None, format=None,
                                       format_options=None, transformation_ctx="", push_down_predicate="", **kwargs):
        """As create_dynamic_frame_from_options, as a DataFrame."""
        return self.create_dynamic_frame_from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, push_down_predicate,
            **kwargs).toDF()

    def create_sample_dynamic_frame_from_options(self, connection_type, connection_options=None, num=None,
                                                 sample_options=None, format=None, format_options=None,
                                                 transformation_ctx="", push_down_predicate="", **kwargs):
        """The first num records (all without num) of create_dynamic_frame_from_options. sample_options tell Glue which
        files to look at for them; all are looked at here."""
        for name in dict(sample_options or {}):
            if name not in SAMPLE_OPTIONS:
                raise UnsupportedOperation.of("create_sample_dynamic_frame_from_options with sample_options %s" % name)
        frame = self.create_dynamic_frame_from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, push_down_predicate,
            **kwargs)
        if num is None:
            return frame
        node = {"kind": plan.NODE_LIMIT, "inputs": [frame_node(frame._frame)], "limit": int(num)}
        return DynamicFrame(*analyse(node), self, transformation_ctx)

    def getSource(self, connection_type, transformation_ctx="", push_down_predicate="", **options):
        """A DataSource to set a format on and get a frame from."""
        return DataSource(self, connection_type, options, transformation_ctx, push_down_predicate)

    # Writing.

    def write_dynamic_frame_from_options(self, frame, connection_type, connection_options=None, format=None,
                                         format_options=None, transformation_ctx="", **kwargs):
        """Writes a frame to connection_options' path, a folder for each value of its partitionKeys; it appends.
        Returns the frame."""
        no_more("write_dynamic_frame.from_options", kwargs)
        sink = DataSink(self, connection_type, dict(connection_options or {}), transformation_ctx)
        sink.setFormat(format, **dict(format_options or {}))
        return sink.writeFrame(frame)

    def write_from_options(self, frame_or_dfc, connection_type, connection_options=None, format=None,
                           format_options=None, transformation_ctx="", **kwargs):
        if not isinstance(frame_or_dfc, DynamicFrame):
            raise UnsupportedOperation.of("GlueContext.write_from_options of a collection", "write each frame")
        return self.write_dynamic_frame_from_options(frame_or_dfc, connection_type, connection_options, format,
                                                     format_options, transformation_ctx, **kwargs)

    def getSink(self, connection_type, format=None, transformation_ctx="", **options):
        """A DataSink to set a format on and write frames to. path and partitionKeys are among the options."""
        sink = DataSink(self, connection_type, options, transformation_ctx)
        return sink.setFormat(format) and sink if format else sink

    # Databases.

    def extract_jdbc_conf(self, connection_name, catalog_id=None):
        from awsglue import jdbc_conf
        return jdbc_conf.extract_jdbc_conf(self, connection_name, catalog_id)

    def write_dynamic_frame_from_jdbc_conf(self, frame, catalog_connection, *args, **kwargs):
        from awsglue import jdbc_conf
        return jdbc_conf.write_dynamic_frame_from_jdbc_conf(self, frame, catalog_connection, *args, **kwargs)

    def write_from_jdbc_conf(self, frame_or_dfc, catalog_connection, *args, **kwargs):
        from awsglue import jdbc_conf
        return jdbc_conf.write_from_jdbc_conf(self, frame_or_dfc, catalog_connection, *args, **kwargs)

    # Objects.

    def purge_s3_path(self, s3_path, options=None, transformation_ctx=""):
        """Deletes the objects under a path that are older than retentionPeriod hours."""
        options = dict(options or {})
        hours = float(options.pop("retentionPeriod", RETENTION_HOURS))
        for name in options:
            raise UnsupportedOperation.of("GlueContext.purge_s3_path with %s" % name)
        call(plan.OP_PURGE, {"path": s3_path, "retention_hours": hours})

    # Odds and ends.

    def get_logger(self):
        """A logger whose lines go to the run's error log."""
        from awsglue.logger import GlueLogger
        return GlueLogger()

    def currentTimeMillis(self):
        import time
        return int(time.time() * 1000)


refuse(GlueContext, "create_dynamic_frame_from_catalog create_data_frame_from_catalog "
                    "create_sample_dynamic_frame_from_catalog write_dynamic_frame_from_catalog "
                    "write_data_frame_from_catalog get_catalog_schema_as_spark_schema purge_table transition_table",
       NO_CATALOG)
refuse(GlueContext, "getStreamingSource forEachBatch getSampleStreamingDynamicFrame add_ingestion_time_columns",
       "streaming")
refuse(GlueContext, "start_transaction commit_transaction cancel_transaction", "Lake Formation transactions")
refuse(GlueContext, "transition_s3_path", "storage classes")
