"""awsglue.dataframe_transforms: transforms of DataFrames, by the names that Glue has; they raise when applied."""
from _tenon.errors import UnsupportedOperation


class DataFrameTransform:
    """Root of the transforms."""

    @classmethod
    def apply(cls, *args, **kwargs):
        raise UnsupportedOperation.of("awsglue.dataframe_transforms.%s" % cls.__name__,
                                      "use select, withColumn and cast of the DataFrame, or ApplyMapping of a DynamicFrame")


class ApplyMapping(DataFrameTransform):
    """Renames, casts and picks columns."""
