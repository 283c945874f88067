"""Glue Studio's node Remove Null Rows: frames get the method gs_null_rows."""
from _tenon.studio import give

give("gs_null_rows")
