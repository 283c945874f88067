"""Where PySpark keeps its exception classes."""
