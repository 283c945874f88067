"""Glue Studio's node Flatten: frames get the method gs_flatten."""
from _tenon.studio import give

give("gs_flatten")
