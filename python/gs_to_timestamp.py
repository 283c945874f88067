"""Glue Studio's node To Timestamp: frames get the method gs_to_timestamp."""
from _tenon.studio import give

give("gs_to_timestamp")
