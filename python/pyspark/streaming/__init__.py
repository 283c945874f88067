"""pyspark.streaming is not part of Tenon's embedded engine."""
raise ImportError("pyspark.streaming is not supported by the embedded engine")
