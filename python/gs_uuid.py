"""Glue Studio's node UUID: frames get the method gs_uuid."""
from _tenon.studio import give

give("gs_uuid")
