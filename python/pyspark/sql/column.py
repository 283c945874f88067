"""pyspark.sql.column.Column: an expression that a script builds and the worker resolves."""
from _tenon import expr as e
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import (
    IllegalArgumentException, PySparkAttributeError, PySparkTypeError, PySparkValueError, argument_error)


def to_expr(value):
    """The plan.Expr of an operand: a Column's own, any other value a literal."""
    return value._expr if isinstance(value, Column) else e.literal(value)


def column_expr(value, arg="col"):
    """The plan.Expr of an argument that is a Column or a column's name."""
    if isinstance(value, Column):
        return value._expr
    if isinstance(value, str):
        return e.column(value)
    raise argument_error(arg, "column or str", value)


def _pattern(value):
    """The plan.Expr of a pattern, which is no Column: that is what expr("a like b") is for."""
    if isinstance(value, Column):
        iter(value)
    return e.literal(value)


def _operator(name, flip=False):
    """A method for a binary operator; flip puts the other operand first."""
    def operator(self, other):
        left, right = self._expr, to_expr(other)
        return Column(e.call(name, right, left) if flip else e.call(name, left, right))
    operator.__doc__ = "The operator %s of Spark SQL." % name
    return operator


def _ordering(descending, nulls_last):
    """A method that makes a sort order."""
    def ordering(self):
        return Column(e.sort(self._expr, descending, nulls_last))
    ordering.__doc__ = "A sort order on this column."
    return ordering


class Column:
    """One expression. Operators make new Columns; nothing is computed here."""

    __slots__ = ("_expr",)

    def __init__(self, expr):
        self._expr = expr

    __add__ = __radd__ = _operator("+")
    __sub__, __rsub__ = _operator("-"), _operator("-", True)
    __mul__ = __rmul__ = _operator("*")
    __div__ = __truediv__ = _operator("/")
    __rdiv__ = __rtruediv__ = _operator("/", True)
    __mod__, __rmod__ = _operator("%"), _operator("%", True)
    __pow__, __rpow__ = _operator("power"), _operator("power", True)
    __eq__, __ne__ = _operator("="), _operator("!=")
    __lt__, __le__, __gt__, __ge__ = _operator("<"), _operator("<="), _operator(">"), _operator(">=")
    __and__ = __rand__ = _operator("and")
    __or__ = __ror__ = _operator("or")
    __hash__ = None
    eqNullSafe = _operator("<=>")
    bitwiseAND, bitwiseOR, bitwiseXOR = _operator("&"), _operator("|"), _operator("^")
    contains, startswith, endswith = _operator("contains"), _operator("startswith"), _operator("endswith")
    asc, asc_nulls_first, asc_nulls_last = _ordering(False, None), _ordering(False, False), _ordering(False, True)
    desc, desc_nulls_first, desc_nulls_last = _ordering(True, None), _ordering(True, False), _ordering(True, True)

    def __neg__(self):
        return Column(e.call("-", self._expr))

    def __invert__(self):
        return Column(e.call("not", self._expr))

    def like(self, other):
        """SQL LIKE, % and _ as wildcards."""
        return Column(e.call("like", self._expr, _pattern(other)))

    def rlike(self, other):
        """Whether a Java regular expression is found anywhere in the text."""
        return Column(e.call("rlike", self._expr, _pattern(other)))

    def ilike(self, other):
        """LIKE, ignoring case."""
        return Column(e.call("ilike", self._expr, _pattern(other)))

    def isNull(self):
        return Column(e.call("isnull", self._expr))

    def isNotNull(self):
        return Column(e.call("isnotnull", self._expr))

    def isin(self, *cols):
        """Whether the value equals one of the given ones, or of the one list or set given."""
        if len(cols) == 1 and isinstance(cols[0], (list, set)):
            cols = cols[0]
        return Column(e.call("in", self._expr, *[to_expr(value) for value in cols]))

    def between(self, lowerBound, upperBound):
        """Both bounds included."""
        return (self >= lowerBound) & (self <= upperBound)

    def substr(self, startPos, length):
        """length characters from startPos, counted from 1; both integers or both Columns."""
        if type(startPos) is not type(length):
            raise PySparkTypeError("[NOT_SAME_TYPE] Argument `startPos` and `length` should be the same type, got "
                                   "%s and %s." % (type(startPos).__name__, type(length).__name__))
        if not isinstance(startPos, (int, Column)):
            raise argument_error("startPos", "column or int", startPos)
        return Column(e.call("substring", self._expr, to_expr(startPos), to_expr(length)))

    def getItem(self, key):
        """The element at a position of an array, or of a key in a map."""
        return self[key]

    def getField(self, name):
        """The member of a struct."""
        return Column(e.call("getfield", self._expr, to_expr(name)))

    def __getitem__(self, k):
        if isinstance(k, slice):
            if k.step is not None:
                raise PySparkValueError("[SLICE_WITH_STEP] Slice with step is not supported.")
            return self.substr(k.start, k.stop)
        return Column(e.call("getitem", self._expr, to_expr(k)))

    def __getattr__(self, item):
        if item.startswith("__"):
            raise PySparkAttributeError("[CANNOT_ACCESS_TO_DUNDER] Dunder(double underscore) attribute is for "
                                        "internal use only.")
        return Column(e.call("getfield", self._expr, e.literal(item)))

    def __contains__(self, item):
        raise PySparkValueError("[CANNOT_APPLY_IN_FOR_COLUMN] Cannot apply 'in' operator against a column: please "
                                "use 'contains' in a string column or 'array_contains' function for an array column.")

    def __iter__(self):
        raise PySparkTypeError("[NOT_ITERABLE] Column is not iterable.")

    def __bool__(self):
        raise PySparkValueError("[CANNOT_CONVERT_COLUMN_INTO_BOOL] Cannot convert column into bool: please use '&' "
                                "for 'and', '|' for 'or', '~' for 'not' when building DataFrame boolean expressions.")

    __nonzero__ = __bool__

    def alias(self, *alias, **kwargs):
        """The column under another name. metadata changes no value and is not kept."""
        metadata = kwargs.pop("metadata", None)
        assert not kwargs, "Unexpected kwargs where passed: %s" % kwargs
        if len(alias) != 1:
            if metadata:
                raise PySparkValueError("[ONLY_ALLOWED_FOR_SINGLE_COLUMN] Argument `metadata` can only be provided "
                                        "for a single column.")
            return Column(e.aliases(self._expr, list(alias)))
        if not isinstance(alias[0], str):
            raise argument_error("alias", "str", alias[0])
        return Column(e.alias(self._expr, alias[0]))

    name = alias

    def cast(self, dataType):
        """The value as another type, given as a DataType or its SQL name."""
        from _tenon.ddl import parse_type, wire_type
        from pyspark.sql.types import DataType
        if isinstance(dataType, str):
            dataType = parse_type(dataType)
        elif not isinstance(dataType, DataType):
            raise argument_error("dataType", "type or str", dataType)
        return Column(e.cast(self._expr, wire_type(dataType)))

    astype = cast

    def when(self, condition, value):
        """Another branch of a CASE begun by functions.when."""
        if not isinstance(condition, Column):
            raise argument_error("condition", "column", condition)
        if self._expr["kind"] != "case" or len(self._expr["args"]) % 2:
            raise IllegalArgumentException("when() can only be applied on a Column previously generated by when() "
                                           "function")
        return Column({"kind": "case", "args": self._expr["args"] + [condition._expr, to_expr(value)]})

    def otherwise(self, value):
        """The ELSE of a CASE begun by functions.when."""
        if self._expr["kind"] != "case":
            raise IllegalArgumentException("otherwise() can only be applied on a Column previously generated by "
                                           "when()")
        if len(self._expr["args"]) % 2:
            raise IllegalArgumentException("otherwise() can only be applied once on a Column previously generated by "
                                           "when()")
        return Column({"kind": "case", "args": self._expr["args"] + [to_expr(value)]})

    def over(self, window):
        """The column computed over a window."""
        from pyspark.sql.window import WindowSpec
        if not isinstance(window, WindowSpec):
            raise argument_error("window", "window", window)
        return Column({"kind": "window", "args": [self._expr], "window": window._plan()})

    def withField(self, fieldName, col):
        """The struct with a member set; a dotted name is a member inside a member."""
        if not isinstance(fieldName, str):
            raise PySparkTypeError("[NOT_STR] Argument `fieldName` should be a str, got %s." % type(fieldName).__name__)
        if not isinstance(col, Column):
            raise PySparkTypeError("[NOT_COLUMN] Argument `col` should be a Column, got %s." % type(col).__name__)
        return Column(e.update(self._expr, [e.call("with field", e.literal(fieldName), col._expr)]))

    def dropFields(self, *fieldNames):
        """The struct without some members; a dotted name is a member inside a member."""
        return Column(e.update(self._expr, [e.call("drop field", e.literal(name)) for name in fieldNames]))

    def __repr__(self):
        from _tenon.text import render
        return "Column<'%s'>" % render(self._expr)
