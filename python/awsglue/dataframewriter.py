"""awsglue.dataframewriter.DataFrameWriter: glueContext.write_data_frame."""
from _tenon.errors import refuse


class DataFrameWriter:
    """Writes DataFrames to tables of the catalog."""

    def __init__(self, glue_context):
        self._glue_context = glue_context


refuse(DataFrameWriter, "from_catalog", "there is no table catalog yet; use write_dynamic_frame.from_options, or the DataFrame's write",
       "write_data_frame")
