"""Glue Studio's node Explode Array Or Map Into Rows: frames get the method gs_explode."""
from _tenon.studio import give

give("gs_explode")
