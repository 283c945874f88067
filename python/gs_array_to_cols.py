"""Glue Studio's node Array To Columns: frames get the method gs_array_to_cols."""
from _tenon.studio import give

give("gs_array_to_cols")
