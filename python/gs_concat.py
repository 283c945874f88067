"""Glue Studio's node Concatenate Columns: frames get the method gs_concat."""
from _tenon.studio import give

give("gs_concat")
