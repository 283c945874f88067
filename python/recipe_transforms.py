"""The steps of data preparation recipes in Glue Studio's scripts, by name: a recipe without steps runs, each step raises."""
from _tenon.errors import UnsupportedOperation

__all__ = ["Column", "ColumnStructure", "DataCleaning", "DataQuality", "DateTimeFunctions"]


class _Step:
    """One step of a recipe."""

    def __init__(self, name):
        self._name = name

    def apply(self, *args, **kwargs):
        raise UnsupportedOperation.of("the recipe step %s" % self._name, "use functions of the DataFrame")


class _Steps:
    """The steps of a kind, by any name."""

    def __init__(self, kind):
        self._kind = kind

    def __getattr__(self, name):
        return _Step("%s.%s" % (self._kind, name))


Column, ColumnStructure, DataCleaning, DataQuality, DateTimeFunctions = (_Steps(kind) for kind in __all__)
