"""Glue Studio's node Regex Extractor: frames get the method gs_regex_extract."""
from _tenon.studio import give

give("gs_regex_extract")
