"""pyspark.pandas is not part of Tenon's embedded engine."""
raise ImportError("pyspark.pandas is not supported by the embedded engine")
