"""Python functions inside the engine, by name only."""
from _tenon.errors import refuse

_WHY = "Python functions inside the engine; use Filter, Map or collect()"


class UDFRegistration:
    """spark.udf: refused."""


class UDTFRegistration:
    """spark.udtf: refused."""


class PandasCogroupedOps:
    """Made by GroupedData.cogroup, which is refused."""


class Observation:
    """df.observe's companion: refused."""

    def __init__(self, name=None):
        from _tenon.errors import UnsupportedOperation
        raise UnsupportedOperation.of("pyspark.sql.Observation")


class UserDefinedFunction:
    """Scripts import the name; none is ever made."""


refuse(UDFRegistration, "register registerJavaFunction registerJavaUDAF", _WHY)
refuse(UDTFRegistration, "register", _WHY)
