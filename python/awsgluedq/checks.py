"""What each rule of DQDL looks at in a frame, and what it says of what it finds.

AWS's DQDL reference says when a rule holds. Where it is silent (names of metrics, reasons of failures, frames without
rows), rules answer as deequ does, AWS's open library that Glue Data Quality is built on. A rule whose meaning neither
tells is refused by name.
"""
from _tenon.errors import UnsupportedOperation
from _tenon.text import java_double
from pyspark.errors.exceptions.base import IllegalArgumentException
from pyspark.sql import functions as F

_NUMERIC = ("ByteType", "ShortType", "IntegerType", "LongType", "FloatType", "DoubleType", "DecimalType")
_NESTED = ("StructType", "ArrayType", "MapType", "ChoiceType")

# What ColumnDataType tells apart, and the type whose cast decides.
_DATA_TYPES = {"BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp", "INTEGER": "int", "DOUBLE": "double",
               "FLOAT": "float", "LONG": "bigint"}
_DATE_FORMATS = ("dd-MM-yyyy", "MM-dd-yyyy", "yyyy-MM-dd", "dd/MM/yyyy", "MM/dd/yyyy", "yyyy/MM/dd")


class Outcome:
    """Whether a rule holds, why not, and the numbers that it went by."""

    def __init__(self, passed, reason=None, metrics=None):
        self.passed, self.reason, self.metrics = passed, reason, metrics or {}


class Check:
    """A rule over a frame. measures are aggregates by name; groups are columns whose values are counted, the numbers
    of values that occur once, of all values and of rows being measures too (once, values, rows). judge makes the Outcome
    of the measures. row says of a row whether it meets the rule, and is None for a rule of the whole frame."""

    def __init__(self, judge, measures=None, groups=None, row=None):
        self.judge, self.measures, self.groups, self.row = judge, measures or {}, groups, row


class _Missed(Exception):
    """The rule cannot be evaluated on the frame, and so fails with this reason."""


def check(rule, frame):
    """The Check of one rule over a DataFrame."""
    if rule.kind not in KINDS:
        raise UnsupportedOperation.of("the data quality rule %s" % rule.kind, "the rules are %s" % ", ".join(sorted(KINDS)))
    make, columns, condition, extras = KINDS[rule.kind]
    _well_formed(rule, columns, condition, extras)
    try:
        return make(rule, frame)
    except _Missed as missed:
        reason = str(missed)
        return Check(lambda _: Outcome(False, reason), row=F.lit(False) if rule.kind in _OF_ROWS else None)


def _well_formed(rule, columns, condition, extras):
    """Refuses parts that a type of rule does not take: columns is their number or "+", condition whether one must be."""
    if len(rule.parameters) < 1 if columns == "+" else len(rule.parameters) != columns:
        raise IllegalArgumentException("Unexpected number of parameters: %s" % rule)
    if condition and rule.condition is None:
        if rule.kind == "CustomSql":
            raise UnsupportedOperation.of("the data quality rule CustomSql without a condition",
                                          "let the statement count the rows, and compare the number")
        raise IllegalArgumentException("No condition provided for rule with non-boolean rule type: %s" % rule.kind)
    if not condition and rule.condition is not None:
        raise IllegalArgumentException("Unexpected condition for rule of type %s: %s" % (rule.kind, rule))
    if condition == "number" and (rule.condition.kind != "number" or rule.condition.keywords):
        raise IllegalArgumentException("Unexpected condition for rule of type %s, which compares numbers: %s" % (rule.kind, rule))
    for name, value in (("where", rule.where), ("threshold", rule.threshold), ("format", rule.tags)):
        if value and name not in extras:
            raise UnsupportedOperation.of("the data quality rule %s with %s" % (rule.kind, "a where clause" if name == "where" else name))


# Columns and scopes.


class _Column:
    """A column of the frame by its name in a rule, which is found in any case."""

    def __init__(self, rule, frame, name):
        self.name, bare = name, name[1:-1] if name[:1] == name[-1:] == "`" else name
        found = [field for field in frame.schema.fields if field.name.lower() == bare.lower()]
        if not found:
            raise _Missed("Input data does not include column %s!" % name)
        self.type = repr(found[0].dataType)
        if self.type.startswith(_NESTED):
            raise UnsupportedOperation.of("the data quality rule %s on the nested column %s" % (rule.kind, name), "unnest it before")
        self.value = F.col("`%s`" % found[0].name.replace("`", "``"))
        self._found = self.type.replace("()", "")

    def metric(self, name):
        return "Column.%s.%s" % (self.name, name)

    def numeric(self):
        """Its values as doubles; another type fails the rule."""
        if not self.type.startswith(_NUMERIC):
            raise _Missed("Expected type of column %s to be one of (%s), but found %s instead!" % (
                self.name, ",".join(_NUMERIC), self._found))
        return self.value.cast("double")

    def text(self):
        if not self.type.startswith("StringType"):
            raise _Missed("Expected type of column %s to be StringType, but found %s instead!" % (self.name, self._found))
        return self.value


def _in_scope(rule, value):
    """A value where the rule's where clause is true, else null."""
    return value if rule.where is None else F.when(F.expr(rule.where), value)


def _rows(rule):
    """The number of rows that a rule is about."""
    return F.count(_in_scope(rule, F.lit(1)))


def _missed(number):
    return "Value: %s does not meet the constraint requirement!" % (number if isinstance(number, int) else java_double(number))


def _tested(number, test, metrics):
    """The Outcome of one number that must meet a test."""
    return Outcome(True, None, metrics) if test(number) else Outcome(False, _missed(number), metrics)


def _empty(rule):
    """The Outcome where no value is left to look at: a where clause that leaves no row is met, another frame is not."""
    if rule.where is not None:
        return Outcome(True)
    return Outcome(False, "Empty state for %s, all input values were NULL." % rule)


# Rules of the whole frame.


def _row_count(rule, frame):
    return Check(lambda found: _tested(found["n"], rule.condition.holds, {"Dataset.*.RowCount": float(found["n"])}), {"n": _rows(rule)})


def _column_count(rule, frame):
    number = len(frame.columns)
    return Check(lambda _: _tested(number, rule.condition.holds, {"Dataset.*.ColumnCount": float(number)}))


def _column_exists(rule, frame):
    name = rule.parameters[0]
    if name not in frame.columns and name.lower() in (one.lower() for one in frame.columns):
        raise UnsupportedOperation.of("ColumnExists of %s, which is there in another case of letters" % name)
    return Check(lambda _: _tested(float(name in frame.columns), lambda number: number == 1, {}))


def _statistic(name, aggregate):
    """A rule about one number of a numeric column."""
    def make(rule, frame):
        column = _Column(rule, frame, rule.parameters[0])
        column.numeric()
        value = aggregate(_in_scope(rule, column.value))

        def judge(found):
            if found["x"] is None:
                return _empty(rule)
            return _tested(found["x"], rule.condition.holds, {column.metric(name): found["x"]})
        return Check(judge, {"x": value.cast("double")})
    return make


def _custom_sql(rule, frame):
    """The one number that a query gives; the frame is the view primary."""
    try:
        result = frame.sparkSession.sql(rule.parameters[0])
        rows = result.collect()
    except UnsupportedOperation:
        raise
    except Exception as err:
        raise _Missed(str(err)) from err
    if len(result.columns) != 1 or len(rows) != 1:
        raise _Missed("Custom SQL did not return exactly 1 %s" % ("column" if len(result.columns) != 1 else "row"))
    try:
        number = 0.0 if rows[0][0] is None else float(rows[0][0])
    except (TypeError, ValueError):
        raise UnsupportedOperation.of("CustomSql that returns %r, which is no number" % (rows[0][0],))
    return Check(lambda _: _tested(number, rule.condition.holds, {"Dataset.*.CustomSQL": number}))


# Rules whose rows are told apart.


def _share(rule, test, metric, accepts=None, suffix="!"):
    """A rule about the share of rows that meet a test; without a threshold it must be all of them."""
    accepts = accepts or (rule.threshold.holds if rule.threshold else lambda share: share == 1)
    test = F.coalesce(test, F.lit(False))

    def judge(found):
        if not found["rows"]:
            return _empty(rule)
        share = found["met"] / found["rows"]
        made = _tested(share, accepts, {metric: share})
        if made.reason and suffix != "!":
            made.reason = made.reason[:-1] + suffix
        return made
    return Check(judge, {"met": F.count(_in_scope(rule, F.when(test, 1))), "rows": _rows(rule)}, row=test)


def _completeness(rule, frame):
    column = _Column(rule, frame, rule.parameters[0])
    return _share(rule, column.value.isNotNull(), column.metric("Completeness"), rule.condition and rule.condition.holds)


def _unique(name, base):
    """A rule about the share of values that occur once, among base: the rows, or the values. Rows in which all of the
    columns are null do not count."""
    def make(rule, frame):
        from pyspark.sql.window import Window
        columns = [_Column(rule, frame, one) for one in rule.parameters]
        metric = columns[0].metric(name) if len(columns) == 1 else "Multicolumn.%s.%s" % (",".join(rule.parameters), name)

        def judge(found):
            if not found[base]:
                return _empty(rule)
            share = found["once"] / found[base]
            return _tested(share, rule.condition.holds if rule.condition else lambda number: number == 1, {metric: share})
        occurs = F.count(_in_scope(rule, F.lit(1))).over(Window.partitionBy(*[one.value for one in columns]))
        return Check(judge, groups=[one.value for one in columns], row=occurs == 1)
    return make


def _primary_key(rule, frame):
    """Unique values, and none of them null."""
    unique, parts = _unique("Uniqueness", "rows")(rule, frame), []
    for name in rule.parameters:
        column = _Column(rule, frame, name)
        parts.append(_share(rule, column.value.isNotNull(), column.metric("Completeness")))
    row = unique.row
    for part in parts:
        row = row & part.row
    measures = {"%d %s" % (i, key): value for i, part in enumerate(parts) for key, value in part.measures.items()}

    def judge(found):
        all_of = [unique.judge(found)] + [part.judge({key: found["%d %s" % (i, key)] for key in part.measures})
                                          for i, part in enumerate(parts)]
        return joined(all_of, all)
    return Check(judge, measures, unique.groups, row)


def joined(outcomes, combine):
    """The Outcome of several: combine is all or any of their passing."""
    reasons = [one.reason for one in outcomes if one.reason]
    metrics = {}
    for one in outcomes:
        metrics.update(one.metrics)
    return Outcome(combine(one.passed for one in outcomes), "\n".join(reasons) or None, metrics)


def _distinct_values(rule, frame):
    """The number of different values; null is one."""
    column = _Column(rule, frame, rule.parameters[0])

    def judge(found):
        number = found["distinct"] + (1 if found["nulls"] else 0)
        return _tested(number, rule.condition.holds, {column.metric("DistinctValuesCount"): float(number)})
    return Check(judge, {"distinct": F.countDistinct(_in_scope(rule, column.value)),
                         "nulls": F.count(_in_scope(rule, F.when(column.value.isNull(), 1)))})


def _data_type(rule, frame):
    """The share of values that a cast to the type accepts; null is not accepted."""
    column, condition = _Column(rule, frame, rule.parameters[0]), rule.condition
    if condition.op not in ("=", "!=") or condition.kind != "text":
        raise IllegalArgumentException("ColumnDataType is compared with = or != to the name of a type: %s" % rule)
    kind, form = condition.values[0].upper(), rule.tags.get("format")
    if kind not in _DATA_TYPES or set(rule.tags) - {"format"} or form and (kind != "DATE" or form not in _DATE_FORMATS):
        raise UnsupportedOperation.of("the data quality rule %s" % rule, "the types are %s" % ", ".join(sorted(_DATA_TYPES)))
    value = F.to_date(column.value.cast("string"), form) if form else column.value.cast(_DATA_TYPES[kind])
    test = value.isNotNull() if condition.op == "=" else value.isNull()
    made = _share(rule, test, column.metric("ColumnDataType.Compliance"), suffix=".")

    def judge(found):
        return made.judge(found) if found["rows"] else Outcome(True, "No rows matched the filter")
    return Check(judge, made.measures)


def _extremes(rule, column, value, condition, names, complete):
    """A rule about the least and the greatest value, of which condition tells which counts. names are their metrics'."""
    sides = {">": (0,), ">=": (0,), "<": (1,), "<=": (1,)}.get(condition.op, (0, 1))
    measures = {"0": F.min(_in_scope(rule, value)), "1": F.max(_in_scope(rule, value)),
                "nulls": F.count(_in_scope(rule, F.when(column.value.isNull(), 1)))}
    low, high = condition.values[0], condition.values[-1]
    tests = ((lambda x: low < x), (lambda x: x < high)) if condition.op == "between" else (condition.holds, condition.holds)

    def judge(found):
        outcomes = [_empty(rule) if found[str(side)] is None else
                    _tested(found[str(side)], tests[side], {column.metric(names[side]): found[str(side)]}) for side in sides]
        if complete and found["nulls"]:
            outcomes.append(Outcome(False, "Value: NULL does not meet the constraint requirement!"))
        return joined(outcomes, all)
    return Check(judge, measures, row=F.coalesce(_compared(value, condition), F.lit(False)))


def _column_length(rule, frame):
    """The lengths of texts; null is as long as the empty text."""
    column, condition = _Column(rule, frame, rule.parameters[0]), rule.condition
    length = F.coalesce(F.length(column.text()), F.lit(0)).cast("double")
    if condition.op == "in":
        return _share(rule, _compared(length, condition), column.metric("LengthCompliance"))
    if condition.op == "!=" or condition.op.startswith("not "):
        raise UnsupportedOperation.of("ColumnLength with %s" % condition.op, "give the lengths that are wanted")
    return _extremes(rule, column, length, condition, ("MinimumLength", "MaximumLength"), False)


def _column_values(rule, frame):
    """Each value of a column; null meets != and not in, unless NULL is named, and nothing else but NULL."""
    column, condition = _Column(rule, frame, rule.parameters[0]), rule.condition
    compliance = column.metric("ColumnValues.Compliance")
    if condition.op == "matches":
        whole = F.regexp_extract(column.text(), "^%s$" % condition.values[0], 0)
        return _share(rule, whole != "", column.metric("PatternMatch"))
    if condition.op == "not matches":
        raise UnsupportedOperation.of("ColumnValues with not matches", "give the pattern of the values that are wanted")
    if condition.op not in ("=", "!=", "in", "not in") and (condition.kind in ("text", "keyword") or condition.keywords):
        raise IllegalArgumentException("Unexpected condition for rule of type ColumnValues: %s" % rule)
    if condition.kind == "number" and not rule.threshold and not condition.keywords:
        if condition.op in (">", ">=", "<", "<=", "="):
            return _extremes(rule, column, column.numeric(), condition, ("Minimum", "Maximum"), True)
        if condition.op == "between" and not column.type.startswith("StringType"):
            return _between(rule, column, condition, compliance)
    if condition.kind == "number" and column.type.startswith("StringType"):
        raise UnsupportedOperation.of("ColumnValues of the texts of %s with numbers" % column.name, "quote them, or cast the column")
    return _share(rule, _member(column.value, condition), compliance)


def _between(rule, column, condition, metric):
    """Numbers between two; nulls fail for themselves."""
    test = _compared(column.value.cast("double"), condition)
    inside = _share(rule, column.value.isNull() | test, metric)
    filled = _share(rule, column.value.isNotNull(), "")

    def judge(found):
        made = inside.judge(found)
        nulls = found["rows"] and filled.judge({"rows": found["rows"], "met": found["filled"]}).reason
        missed = Outcome(False, "Value: NULL does not meet the constraint requirement!") if nulls else Outcome(True)
        return joined([made, missed], all)
    return Check(judge, dict(inside.measures, filled=filled.measures["met"]), row=F.coalesce(test, F.lit(False)))


def _compared(value, condition):
    """A Column's comparison with the condition's values."""
    values, op = condition.values, condition.op
    if condition.kind == "text":
        op = {"=": "in", "!=": "not in"}.get(op, op)
    if op.endswith("between"):
        test = (value > values[0]) & (value < values[1])
        return ~test if op.startswith("not") else test
    if op.endswith("in"):
        return ~value.isin(*values) if op.startswith("not") else value.isin(*values)
    return {"=": value == values[0], "!=": value != values[0], ">": value > values[0], ">=": value >= values[0],
            "<": value < values[0], "<=": value <= values[0]}[op]


def _member(value, condition):
    """Whether a value meets a condition of any kind, with keywords among the values of =, !=, in and not in."""
    negated = condition.op == "!=" or condition.op.startswith("not ")
    compared = F.to_date(value) if condition.kind == "date" else value
    tests = {"NULL": value.isNull(), "EMPTY": value == "",
             "WHITESPACES_ONLY": (F.length(F.trim(value)) == 0) & (F.length(value) > 0)}
    met = F.lit(False)
    for keyword in condition.keywords:
        met = met | F.coalesce(tests[keyword], F.lit(False))
    if negated:
        left = ~met
        if condition.values:
            left = left & (value.isNull() | _compared(compared, condition))
        return left
    if condition.values:
        met = met | (value.isNotNull() & F.coalesce(_compared(compared, condition), F.lit(False)))
    return met


def _mean(value):
    return F.sum(value).cast("double") / F.count(value)


# By type: what makes the Check, the number of columns, what its condition compares, and what else it takes.
KINDS = {
    "RowCount": (_row_count, 0, "number", ("where",)),
    "ColumnCount": (_column_count, 0, "number", ()),
    "ColumnExists": (_column_exists, 1, None, ()),
    "IsComplete": (_completeness, 1, None, ("where",)),
    "Completeness": (_completeness, 1, "number", ("where",)),
    "IsUnique": (_unique("Uniqueness", "rows"), "+", None, ("where",)),
    "Uniqueness": (_unique("Uniqueness", "rows"), "+", "number", ("where",)),
    "UniqueValueRatio": (_unique("UniqueValueRatio", "values"), 1, "number", ("where",)),
    "IsPrimaryKey": (_primary_key, "+", None, ("where",)),
    "DistinctValuesCount": (_distinct_values, 1, "number", ("where",)),
    "ColumnValues": (_column_values, 1, "value", ("where", "threshold")),
    "ColumnLength": (_column_length, 1, "number", ("where",)),
    "ColumnDataType": (_data_type, 1, "value", ("where", "threshold", "format")),
    "Mean": (_statistic("Mean", _mean), 1, "number", ("where",)),
    "Sum": (_statistic("Sum", F.sum), 1, "number", ("where",)),
    "StandardDeviation": (_statistic("StandardDeviation", F.stddev_pop), 1, "number", ("where",)),
    "CustomSql": (_custom_sql, 1, "number", ()),
}

# The rules that fail for every row when they cannot be evaluated.
_OF_ROWS = ("IsComplete", "Completeness", "IsPrimaryKey", "ColumnValues", "ColumnLength")
