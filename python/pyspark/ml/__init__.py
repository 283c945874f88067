"""pyspark.ml is not part of Tenon's embedded engine."""
raise ImportError("pyspark.ml is not supported by the embedded engine")
