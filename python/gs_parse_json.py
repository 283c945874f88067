"""Glue Studio's node Parse JSON Column: frames get the method gs_parse_json."""
from _tenon.studio import give

give("gs_parse_json")
