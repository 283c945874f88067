"""The rules of a ruleset evaluated on a DataFrame: one query for all that their checks measure, and one for each set of
columns whose values are counted."""
from awsgluedq.checks import Check, Outcome, check, java_double, joined
from awsgluedq.dqdl import Composite
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import AnalysisException, IllegalArgumentException, ParseException
from pyspark.sql import functions as F

# Rules that hold by a share of rows, which no single row can tell.
_BY_SHARE = ("Completeness", "Uniqueness")

# The columns of the frame of rules.
_OUTCOMES = "Rule string, Outcome string, FailureReason string, EvaluatedMetrics map<string,double>, EvaluatedRule string"


class Result:
    """One rule's Outcome, and whether a row meets it: a Column, which is null for rows that its where clause leaves out
    when they shall be skipped; None for a rule of the whole frame."""

    def __init__(self, rule, outcome, row):
        self.rule, self.outcome, self.row = rule, outcome, row


def evaluate(frame, rules, skips=False, by_row=False):
    """The Results of rules. skips tells whether rows that a where clause leaves out are skipped, not passed; by_row
    whether a composite rule holds when each row meets it, and not when its rules hold."""
    leaves = {str(leaf): leaf for rule in rules for leaf in _leaves(rule)}
    _check_clauses(frame, leaves.values())
    checks = {text: check(leaf, frame) for text, leaf in leaves.items()}
    rows = {text: _row(leaf, checks[text], skips) for text, leaf in leaves.items()}
    wholes = _wholes(rules, rows) if by_row else {}
    found = _measured(frame, leaves, dict(checks, **wholes))
    outcomes = {text: one.judge(found[text]) for text, one in dict(checks, **wholes).items()}
    return [Result(rule, _outcome(rule, outcomes), _composed(rule, rows)) for rule in rules]


def _leaves(rule):
    return [leaf for inner in rule.rules for leaf in _leaves(inner)] if isinstance(rule, Composite) else [rule]


def _check_clauses(frame, leaves):
    """Where clauses that are no conditions of the frame end the run, as AWS documents."""
    for leaf in leaves:
        if leaf.where is None:
            continue
        try:
            frame.where(leaf.where)
        except (AnalysisException, ParseException) as err:
            raise IllegalArgumentException("Rule %s has provided an invalid where clause :\n%s" % (leaf, err)) from err


def _row(leaf, one, skips):
    """Whether a row meets a leaf, with the rows that its where clause leaves out."""
    if one.row is None or leaf.where is None:
        return one.row
    return F.when(F.expr(leaf.where), one.row).otherwise(F.lit(None).cast("boolean") if skips else F.lit(True))


def _composed(rule, rows):
    """Whether a row meets a rule; None when a part of it is about the whole frame."""
    if not isinstance(rule, Composite):
        return rows[str(rule)]
    parts = [_composed(inner, rows) for inner in rule.rules]
    if any(part is None for part in parts):
        return None
    left, right = parts
    return left & right if rule.operator == "AND" else left | right


def _outcome(rule, outcomes):
    if str(rule) in outcomes:
        return outcomes[str(rule)]
    return joined([_outcome(inner, outcomes) for inner in rule.rules], all if rule.operator == "AND" else any)


def _wholes(rules, rows):
    """Checks of the composite rules as single rules over rows."""
    made = {}
    for rule in rules:
        if not isinstance(rule, Composite):
            continue
        row = _composed(rule, rows)
        if row is None or any(leaf.kind in _BY_SHARE or leaf.threshold for leaf in _leaves(rule)):
            raise UnsupportedOperation.of("the composite rule %s evaluated by row" % rule,
                                          "compositeRuleEvaluation.method ROW takes rules that a single row can meet")
        made[str(rule)] = Check(_all_of, {"met": F.count(F.when(row, 1)), "rows": F.count(F.lit(1))})
    return made


def _all_of(found):
    share = found["met"] / found["rows"] if found["rows"] else 1.0
    return Outcome(share == 1, None if share == 1 else
                   "Value: %s does not meet the constraint requirement!" % java_double(share))


def _measured(frame, leaves, checks):
    """What each check measures, by the rule's text."""
    found, columns, names = {text: {} for text in checks}, [], []
    for text, one in checks.items():
        for key, value in one.measures.items():
            names.append((text, key))
            columns.append(value.alias("m%d" % len(names)))
        if one.groups:
            found[text].update(_counted(frame, one.groups, leaves[text].where))
    if columns:
        for (text, key), value in zip(names, frame.agg(*columns).collect()[0]):
            found[text][key] = value
    return found


def _counted(frame, groups, where):
    """How many values of columns occur once, how many there are, and in how many rows; of rows with one that is not
    null."""
    some = groups[0].isNotNull()
    for one in groups[1:]:
        some = some | one.isNotNull()
    kept = frame.where(some) if where is None else frame.where(where).where(some)
    counts = kept.groupBy(*[one.alias("g%d" % i) for i, one in enumerate(groups)]).agg(F.count(F.lit(1)).alias("n"))
    row = counts.agg(F.count(F.when(F.col("n") == 1, 1)), F.count(F.lit(1)), F.sum("n")).collect()[0]
    return {"once": row[0], "values": row[1], "rows": row[2] or 0}


# The frames of results.


def outcomes(session, results):
    """The DataFrame of rules and their outcomes."""
    return session.createDataFrame([(
        str(one.rule), _word(one.outcome.passed), one.outcome.reason, one.outcome.metrics, str(one.rule)) for one in results], _OUTCOMES)


def _word(passed):
    return "Passed" if passed else "Failed"


def with_outcomes(frame, results):
    """The frame with four more columns: the rules that a row passes, fails and skips, and what comes of it."""
    tested = [(F.lit(str(one.rule)), one.row) for one in results if one.row is not None]
    passes, fails = _texts([F.when(row, text) for text, row in tested]), _texts([F.when(~row, text) for text, row in tested])
    skips = _texts([F.when(F.lit(True), F.lit(str(one.rule))) if one.row is None else F.when(one.row.isNull(), F.lit(str(one.rule)))
                    for one in results])
    return frame.select("*", passes.alias("DataQualityRulesPass"), fails.alias("DataQualityRulesFail"),
                        skips.alias("DataQualityRulesSkip"),
                        F.when(F.size(fails) == 0, "Passed").otherwise("Failed").alias("DataQualityEvaluationResult"))


def _texts(columns):
    """An array of the texts that are not null."""
    return F.array_compact(F.array(*columns)) if columns else F.array().cast("array<string>")
