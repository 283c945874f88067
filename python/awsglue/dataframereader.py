"""awsglue.dataframereader.DataFrameReader: glueContext.create_data_frame."""
from _tenon.errors import refuse


class DataFrameReader:
    """Reads DataFrames as Glue's readers do."""

    def __init__(self, glue_context):
        self._glue_context = glue_context

    def from_options(self, connection_type, connection_options=None, format=None, format_options=None,
                     transformation_ctx="", push_down_predicate="", **kwargs):
        return self._glue_context.create_data_frame_from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, push_down_predicate,
            **kwargs)


refuse(DataFrameReader, "from_catalog", "there is no table catalog yet; use from_options with the table's path and format",
       "create_data_frame")
