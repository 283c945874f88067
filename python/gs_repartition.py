"""Glue Studio's node Autobalance Processing: frames get the method gs_repartition."""
from _tenon.studio import give

give("gs_repartition")
