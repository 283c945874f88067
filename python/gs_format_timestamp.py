"""Glue Studio's node Format Timestamp: frames get the method gs_format_timestamp."""
from _tenon.studio import give

give("gs_format_timestamp")
