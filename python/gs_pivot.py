"""Glue Studio's node Pivot Rows Into Columns: frames get the method gs_pivot."""
from _tenon.studio import give

give("gs_pivot")
