"""The PySpark whose surface this package has."""
__version__ = "3.5.6"
