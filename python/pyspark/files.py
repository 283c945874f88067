"""pyspark.files.SparkFiles by name."""
from _tenon.errors import refuse


class SparkFiles:
    """Files distributed with SparkContext.addFile: not supported."""


refuse(SparkFiles, "get getRootDirectory", "use --extra-files, which stand in the script's folder")
