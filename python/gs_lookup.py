"""Glue Studio's node Lookup: frames get the method gs_lookup."""
from _tenon.studio import give

give("gs_lookup")
