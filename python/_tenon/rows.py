"""Row: what collect() returns, and what createDataFrame takes."""


class Row(tuple):
    """A named tuple of Spark's. Row(a=1) has fields; Row("a", "b") is a maker of such rows; Row(1, 2) has none."""

    def __new__(cls, *args, **kwargs):
        if args and kwargs:
            raise _errors().PySparkValueError("[CANNOT_SET_TOGETHER] args and kwargs should not be set together.")
        if kwargs:
            row = tuple.__new__(cls, list(kwargs.values()))
            row.__fields__ = list(kwargs.keys())
            return row
        return tuple.__new__(cls, args)

    def asDict(self, recursive=False):
        """The row as a dict; recursive turns rows inside (also within lists and dicts) into dicts too."""
        if not hasattr(self, "__fields__"):
            raise _errors().PySparkTypeError("[CANNOT_CONVERT_TYPE] Cannot convert Row into dict.")
        if not recursive:
            return dict(zip(self.__fields__, self))

        def convert(value):
            if isinstance(value, Row):
                return value.asDict(True)
            if isinstance(value, list):
                return [convert(item) for item in value]
            if isinstance(value, dict):
                return {key: convert(item) for key, item in value.items()}
            return value
        return dict(zip(self.__fields__, (convert(value) for value in self)))

    def __contains__(self, item):
        if hasattr(self, "__fields__"):
            return item in self.__fields__
        return super().__contains__(item)

    def __call__(self, *args):
        """A row of this one's names with the given values."""
        if len(args) > len(self):
            raise _errors().PySparkValueError("[TOO_MANY_VALUES] Expected %d values for `fields`, got %d."
                                              % (len(self), len(args)))
        row = tuple.__new__(Row, args)
        row.__fields__ = list(self)
        return row

    def __getitem__(self, item):
        if isinstance(item, (int, slice)):
            return super().__getitem__(item)
        try:
            return super().__getitem__(self.__fields__.index(item))
        except IndexError:
            raise KeyError(item) from None
        except ValueError:
            raise _errors().PySparkValueError(item) from None

    def __getattr__(self, item):
        if item.startswith("__"):
            raise AttributeError(item)
        try:
            return super().__getitem__(self.__fields__.index(item))
        except (IndexError, ValueError):
            raise AttributeError(item) from None

    def __setattr__(self, key, value):
        if key != "__fields__":
            raise RuntimeError("Row is read-only")
        self.__dict__[key] = value

    def __reduce__(self):
        if hasattr(self, "__fields__"):
            return (_rebuild, (self.__fields__, tuple(self)))
        return tuple.__reduce__(self)

    def __repr__(self):
        if hasattr(self, "__fields__"):
            return "Row(%s)" % ", ".join("%s=%r" % pair for pair in zip(self.__fields__, tuple(self)))
        return "<Row(%s)>" % ", ".join(repr(value) for value in self)


def _errors():
    """The exception classes, imported when a Row raises for the first time."""
    from pyspark.errors.exceptions import base
    return base


Row.__module__ = "pyspark.sql.types"


def _rebuild(fields, values):
    """Unpickles a Row with fields."""
    row = tuple.__new__(Row, values)
    row.__fields__ = fields
    return row
