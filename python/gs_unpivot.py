"""Glue Studio's node Unpivot Columns Into Rows: frames get the method gs_unpivot."""
from _tenon.studio import give

give("gs_unpivot")
