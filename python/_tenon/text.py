"""Texts that Spark prints: expressions as column names, schemas as trees, doubles as the JVM writes them."""
from _tenon import plan

# Operators written between their two operands.
_INFIX = {"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "=": "=", "<=>": "<=>", "<": "<", "<=": "<=", ">": ">",
          ">=": ">=", "and": "AND", "or": "OR", "&": "&", "|": "|", "^": "^"}

# Functions whose name Spark prints in capitals.
_CAPITALS = {"power", "rank", "dense_rank", "percent_rank", "sqrt", "log", "log10", "log2", "log1p", "exp", "expm1",
             "atan2", "signum", "degrees", "radians", "rlike", "acos", "asin", "atan", "cos", "sin", "tan", "cosh",
             "sinh", "tanh", "acosh", "asinh", "atanh", "cbrt", "hypot", "spark_partition_id", "cot", "csc", "sec"}


def java_double(value):
    """A double as Double.toString writes it: 1.5, 1.0E20, 1.0E-7, NaN."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return text if "e" not in text else format(value, "f")
    mantissa, _, exponent = format(value, "e").partition("e")
    digits = repr(value).lower().partition("e")[0].replace(".", "").replace("-", "").strip("0") or "0"
    sign = "-" if value < 0 else ""
    return "%s%s.%sE%d" % (sign, digits[0], digits[1:] or "0", int(exponent))


def quote_if_needed(name):
    """An alias as Spark prints it: in backticks unless it is a plain word."""
    if name and name.isascii() and name.replace("_", "a").isalnum() and not name.isdigit():
        return name
    return "`%s`" % name.replace("`", "``")


def render(expr):
    """The text of a Column's repr."""
    return _RENDER[expr["kind"]](expr)


def _column(expr):
    """A path, without its backticks but around parts that have dots."""
    return ".".join("`%s`" % part if "." in part and not expr.get("frame") else part for part in split_name(expr["name"]))


def split_name(name):
    """The parts of a dotted name; backticks keep dots, and a doubled one inside them is one."""
    parts, part, i, quoted = [], [], 0, False
    while i < len(name):
        c = name[i]
        if c == "`":
            if quoted and name[i + 1:i + 2] == "`":
                part.append("`")
                i += 1
            else:
                quoted = not quoted
        elif c == "." and not quoted:
            parts.append("".join(part))
            part = []
        else:
            part.append(c)
        i += 1
    return parts + ["".join(part)]


def _literal(expr):
    """A literal as Spark writes it in a column's name."""
    value, kind = expr.get("value"), expr["type"]
    if value is None:
        return "NULL"
    if kind == "boolean":
        return "true" if value else "false"
    if kind in ("double", "float"):
        return java_double(float(value))
    if kind == "date":
        return "DATE '%s'" % value
    if kind == "timestamp":
        return "TIMESTAMP '%s'" % value.replace("T", " ").rstrip("0").rstrip(".").ljust(19, "0")
    if kind == "binary":
        import base64
        return "X'%s'" % base64.b64decode(value).hex().upper()
    return str(value)


# The calls that change members of a struct, as Spark spells them.
_UPDATES = {"update fields": "update_fields(%s)", "with field": "WithField(%s)", "drop field": "dropfield()%.0s"}


def _call(expr):
    """A function call, or an operator between or around its operands."""
    name, args = expr["name"], [render(arg) for arg in expr.get("args", [])]
    if name in _UPDATES:
        return _UPDATES[name] % ", ".join(args[1:] if name == "with field" else args)
    if name in _INFIX and len(args) == 2:
        return "(%s %s %s)" % (args[0], _INFIX[name], args[1])
    if name == "!=":
        return "(NOT (%s = %s))" % tuple(args)
    shapes = {"not": "(NOT %s)", "-": "(- %s)", "~": "~%s", "isnull": "(%s IS NULL)",
              "isnotnull": "(%s IS NOT NULL)", "like": "%s LIKE %s", "getitem": "%s[%s]", "getfield": "%s[%s]"}
    if name in shapes and len(args) == shapes[name].count("%s"):
        return shapes[name] % tuple(args)
    if name == "in":
        return "(%s IN (%s))" % (args[0], ", ".join(args[1:]))
    if name in ("first", "last", "any_value", "approx_count_distinct", "nth_value", "from_json", "to_json"):
        args = args[:2] if name == "nth_value" else args[:1]
    if name == "array_join" and len(args) == 1:
        args = args[:1]
    shown = name.upper() if name in _CAPITALS else name
    distinct = "DISTINCT " if expr.get("distinct") and name != "count" else ""
    return "%s(%s%s)" % (shown, distinct, ", ".join(args))


def _cast(expr):
    """CAST(x AS T); Spark leaves a cast to a nested type out."""
    kind = expr["type"]
    if kind.startswith(("array<", "map<", "struct<")):
        return render(expr["args"][0])
    return "CAST(%s AS %s)" % (render(expr["args"][0]), kind.upper())


def _case(expr):
    """CASE WHEN ... END."""
    args = [render(arg) for arg in expr["args"]]
    out = "CASE"
    for i in range(0, len(args) - 1, 2):
        out += " WHEN %s THEN %s" % (args[i], args[i + 1])
    if len(args) % 2:
        out += " ELSE " + args[-1]
    return out + " END"


def _alias(expr):
    """An alias of one name, or of one for each column that a generator makes."""
    child = render(expr["args"][0])
    if "names" in expr:
        return "multialias(%s)" % child
    return "%s AS %s" % (child, quote_if_needed(expr["name"]))


def _sort(expr):
    """A sort order with its place for nulls spelled out."""
    descending = expr.get("descending", False)
    last = expr.get("nulls_last")
    last = descending if last is None else last
    return "%s %s NULLS %s" % (render(expr["args"][0]), "DESC" if descending else "ASC", "LAST" if last else "FIRST")


def _window(expr):
    """An OVER clause."""
    spec, parts = expr["window"], []
    if spec.get("partition"):
        parts.append("PARTITION BY " + ", ".join(render(e) for e in spec["partition"]))
    if spec.get("order"):
        parts.append("ORDER BY " + ", ".join(render(e) for e in spec["order"]))
    if spec.get("unit"):
        start, end = spec.get("start"), spec.get("end")
        parts.append("%s BETWEEN %s AND %s" % (
            spec["unit"].upper(), "UNBOUNDED PRECEDING" if start is None else _bound(start),
            "UNBOUNDED FOLLOWING" if end is None else _bound(end)))
    else:
        parts.append("unspecifiedframe$()")
    return "%s OVER (%s)" % (render(expr["args"][0]), " ".join(parts))


def _bound(offset):
    """An end of a window's frame; Spark writes a negative offset as FOLLOWING, too."""
    return "CURRENT ROW" if offset == 0 else "%d FOLLOWING" % offset


_RENDER = {
    plan.EXPR_COLUMN: _column,
    plan.EXPR_STAR: lambda expr: "unresolvedstar()",
    plan.EXPR_LIT: _literal,
    plan.EXPR_CALL: _call,
    plan.EXPR_CAST: _cast,
    plan.EXPR_ALIAS: _alias,
    plan.EXPR_CASE: _case,
    plan.EXPR_PYTHON: _call,
    plan.EXPR_SORT: _sort,
    plan.EXPR_WINDOW: _window,
    plan.EXPR_SQL: lambda expr: expr["text"],
    plan.EXPR_LAMBDA: lambda expr: "lambdafunction(%s)" % ", ".join([render(expr["args"][0])] + expr["names"]),
    plan.EXPR_VAR: lambda expr: expr["name"],
}


def schema_tree(struct, level=None):
    """DataFrame.printSchema's text; level cuts the nesting shown."""
    lines = ["root"]
    _tree_fields(struct, " |", lines, 1, level)
    return "\n".join(lines) + "\n"


def _tree_fields(struct, prefix, lines, depth, level):
    """The lines of a struct's members."""
    for field in struct.fields:
        _tree_line(field.name, field.dataType, "nullable", field.nullable, prefix, lines, depth, level)


def _tree_line(name, data_type, flag, value, prefix, lines, depth, level):
    """One line of printSchema, and those of what is inside."""
    if level is not None and level > 0 and depth > level:
        return
    lines.append("%s-- %s: %s (%s = %s)" % (prefix, name, _tree_name(data_type), flag, "true" if value else "false"))
    inner, kind = prefix + "    |", data_type.typeName()
    if kind == "struct":
        _tree_fields(data_type, inner, lines, depth + 1, level)
    elif kind == "array":
        _tree_line("element", data_type.elementType, "containsNull", data_type.containsNull, inner, lines, depth + 1,
                   level)
    elif kind == "map":
        lines_before = len(lines)
        _tree_line("key", data_type.keyType, "", True, inner, lines, depth + 1, level)
        if len(lines) > lines_before:  # a key is never null, so Spark prints no flag for it
            lines[lines_before] = lines[lines_before].rsplit(" (", 1)[0]
        _tree_line("value", data_type.valueType, "valueContainsNull", data_type.valueContainsNull, inner, lines,
                   depth + 1, level)


def _tree_name(data_type):
    """A type's name in printSchema."""
    kind = data_type.typeName()
    if kind in ("decimal", "char", "varchar", "daytimeinterval", "yearmonthinterval"):
        return data_type.simpleString()
    return kind


# Glue's names of the types whose Spark name differs.
GLUE_NAMES = {"integer": "int", "void": "null"}


def glue_tree(struct):
    """DynamicFrame.printSchema's text."""
    lines = ["root"]
    for field in struct.fields:
        _glue_line(field.name, field.dataType, "", lines)
    return "\n".join(lines) + "\n"


def _glue_line(name, data_type, prefix, lines):
    """One line of DynamicFrame.printSchema, and those of what is inside. name None is a choice's."""
    kind = data_type.typeName()
    label = data_type.simpleString() if kind == "decimal" else GLUE_NAMES.get(kind, kind)
    lines.append("%s|-- %s%s" % (prefix, name + ": " if name is not None else "", label))
    inner = prefix + "|    "
    if kind == "struct":
        for field in data_type.fields:
            _glue_line(field.name, field.dataType, inner, lines)
    elif kind == "array":
        _glue_line("element", data_type.elementType, inner, lines)
    elif kind == "map":
        _glue_line("keyType", data_type.keyType, inner, lines)
        _glue_line("valueType", data_type.valueType, inner, lines)
    elif kind == "choice":
        for choice in data_type.choices:
            _glue_line(None, choice, inner, lines)
