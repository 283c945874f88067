"""Glue Studio's node Split String: frames get the method gs_split."""
from _tenon.studio import give

give("gs_split")
