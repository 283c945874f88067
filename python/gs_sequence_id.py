"""Glue Studio's node Identifier: frames get the method gs_sequence_id."""
from _tenon.studio import give

give("gs_sequence_id")
