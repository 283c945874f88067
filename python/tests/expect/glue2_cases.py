"""Data quality and the transforms of Glue Studio. By hand, after AWS's documentation; where it is silent, after deequ."""
import importlib

from awsglue.transforms import SelectFromCollection
from awsgluedq.transforms import EvaluateDataQuality
from pyspark.sql import functions as F
from tests.expect.glue_cases import Differs, _equal, _frame, _read, _same

# Four rows with a null in each of two columns.
_ROWS = """select * from values (1, 'a', 2.5D, date'2024-01-01'), (2, null, 11.0D, date'2024-02-01'),
           (2, 'cc', null, null), (4, 'ddd', 7.0D, date'2023-01-01') t(id, name, x, d)"""


def _evaluate(x, rules, sql=_ROWS, **additional):
    """The collection of a ruleset over the frame of a query."""
    return EvaluateDataQuality().process_rows(
        frame=_frame(x, sql), ruleset=rules if "Rules" in rules else "Rules = [%s]" % rules,
        publishing_options={"dataQualityEvaluationContext": "t", "enableDataQualityCloudWatchMetrics": True,
                            "enableDataQualityResultsPublishing": True},
        additional_options=dict({"observations.scope": "ALL", "performanceTuning.caching": "CACHE_NOTHING"}, **additional))


def _outcomes(x, rules, sql=_ROWS, **additional):
    """The outcomes as tuples: the rule, P or F, the reason without its usual words, the metrics."""
    made = _evaluate(x, rules, sql, **additional)["ruleOutcomes"].toDF().collect()
    usual = " does not meet the constraint requirement!"
    return [(row.Rule, row.Outcome[0], row.FailureReason and row.FailureReason.replace(usual, ""), row.EvaluatedMetrics)
            for row in made]


def _holds(x, passed, failed, sql=_ROWS):
    """Whether these rules pass, and those fail."""
    got = {row[0]: row[1] for row in _outcomes(x, ", ".join(passed + failed), sql)}
    wrong = [rule for rule in passed if got.get(rule) != "P"] + [rule for rule in failed if got.get(rule) != "F"]
    if wrong:
        raise Differs("%s of %s" % (wrong, got))
    return True


def _rows(x, rules, key="id", sql=_ROWS, **additional):
    """What rows pass, fail and skip: sorted tuples of a column, and the numbers of the rules, P or F at last."""
    frame = _evaluate(x, rules, sql, **additional)["rowLevelOutcomes"].toDF()
    texts = [row[0] for row in _outcomes(x, rules, sql, **additional)]
    return sorted(("%s" % row[key], *["".join(str(texts.index(one)) for one in row["DataQualityRules" + part])
                                      for part in ("Pass", "Fail", "Skip")], row.DataQualityEvaluationResult[0])
                  for row in frame.collect())


def dq_the_guide_s_example(x):
    """The example of AWS's guide for notebooks: three rules, their outcomes and those of rows."""
    made = _evaluate(x, 'ColumnExists "Provider Id", IsComplete "Provider Id", ColumnValues  " Total Discharges " > 15',
                     "select 10005 `Provider Id`, 14 ` Total Discharges ` union all select 10001, 91 union all select 30002, 11")
    yield _equal(list(made.keys()), ["originalData", "rowLevelOutcomes", "ruleOutcomes"])
    outcomes = SelectFromCollection.apply(dfc=made, key="ruleOutcomes", transformation_ctx="ruleOutcomes").toDF()
    yield _same(outcomes.drop("EvaluatedRule"), "Rule string, Outcome string, FailureReason string, EvaluatedMetrics map<string,double>",
                ('ColumnExists "Provider Id"', "Passed", None, {}),
                ('IsComplete "Provider Id"', "Passed", None, {"Column.Provider Id.Completeness": 1.0}),
                ('ColumnValues " Total Discharges " > 15', "Failed", "Value: 11.0 does not meet the constraint requirement!",
                 {"Column. Total Discharges .Minimum": 11.0}))
    yield _equal(outcomes.filter("EvaluatedRule = Rule").count(), 3)
    rows = SelectFromCollection.apply(dfc=made, key="rowLevelOutcomes", transformation_ctx="rowLevelOutcomes").toDF()
    both, value = 'IsComplete "Provider Id"', 'ColumnValues " Total Discharges " > 15'
    skips = ['ColumnExists "Provider Id"']
    yield _same(rows, "Provider Id int,  Total Discharges  int, DataQualityRulesPass array<string>, DataQualityRulesFail array<string>, "
                "DataQualityRulesSkip array<string>, DataQualityEvaluationResult string",
                (10005, 14, [both], [value], skips, "Failed"), (10001, 91, [both, value], [], skips, "Passed"),
                (30002, 11, [both], [value], skips, "Failed"))


def dq_stop_the_job(x):
    """What Glue Studio writes to fail a job: the filter of rules that failed, and an assertion."""
    made = _evaluate(x, 'IsComplete "name", RowCount > 1')
    failed = made[EvaluateDataQuality.DATA_QUALITY_RULE_OUTCOMES_KEY].filter(lambda row: row["Outcome"] == "Failed")
    yield _equal([failed.count(), made["originalData"].count()], [1, 4])
    yield _equal(EvaluateDataQuality.apply(_frame(x, _ROWS), "Rules = [ColumnCount > 0]").toDF().first().Outcome, "Passed")


def dq_texts_of_rules(x):
    """A rule is shown in one form, whatever blanks and cases it was written with; comments and constants go."""
    rules = '''
        # Example rules: Completeness "colA" between 0.4 and 0.8, ColumnCount > 10
        sql = "select count(*) from primary"
        list = ["a", NULL]
        Rules = [RowCount>3,ColumnValues "id" in [ 1, 2,4 ] with threshold >= 0.50,   # at the end
                 (IsComplete "id") and (IsUnique "id") AND (RowCount > 1), ColumnValues "name" not in $list,
                 ((RowCount > 0) or ((IsComplete "id") and (IsUnique "id"))), CustomSql $sql not between 5 and 7,
                 IsComplete "name" where "id > 1", IsUnique "id" "name", ColumnValues "name" matches "[a-z\\\\d]+", RowCount > 3,
                 ColumnValues "name" in ["q\\"x", empty], (RowCount = 1) or (RowCount = 2) and (RowCount = 3)]'''
    yield _equal([row[0] for row in _outcomes(x, rules)], [
        "RowCount > 3", 'ColumnValues "id" in [1,2,4] with threshold >= 0.50', '(IsComplete "id") AND (IsUnique "id") AND (RowCount > 1)',
        'ColumnValues "name" not in ["a",NULL]', '(RowCount > 0) OR ((IsComplete "id") AND (IsUnique "id"))',
        'CustomSql "select count(*) from primary" not between 5 and 7', 'IsComplete "name" where "id > 1"', 'IsUnique "id" "name"',
        'ColumnValues "name" matches "[a-z\\\\d]+"', 'ColumnValues "name" in ["q"x",EMPTY]',
        "(RowCount = 1) OR ((RowCount = 2) AND (RowCount = 3))"])


def dq_numbers_compared(x):
    """Both ends of between are outside, of not between inside; numbers are doubles, and may be negative."""
    yield _holds(x, ["ColumnCount = 4", "ColumnCount = 4.0", "ColumnCount != 3", "ColumnCount > 3.9", "ColumnCount >= 4", "ColumnCount < 4.1",
                     "ColumnCount <= 4", "ColumnCount between 3 and 5", "ColumnCount not between 4 and 5", "ColumnCount in [1,4]",
                     "ColumnCount not in [10,40]", "ColumnCount > -1", "ColumnCount not between -5 and -1"],
                 ["ColumnCount = 4.9", "ColumnCount > 4", "ColumnCount < 4", "ColumnCount between 4 and 5", "ColumnCount between 3 and 4",
                  "ColumnCount not between 3 and 5", "ColumnCount not in [4]", "ColumnCount != 4", "ColumnCount in [1,2]"])


def dq_rules_of_the_frame(x):
    """RowCount, statistics, CustomSql: their metrics and reasons; a whole number is shown as one."""
    yield _equal(_outcomes(x, '''RowCount > 4, RowCount = 2 where "id = 2", Mean "id" > 3, Sum "x" = 20.5, StandardDeviation "id" between 1 and 1.1,
                              Mean "name" > 0, ColumnExists "q", DistinctValuesCount "name" = 4, DistinctValuesCount "id" > 3 where "x > 0",
                              CustomSql "select max(id) from primary" > 4, CustomSql "select 1, 2 from primary" = 1,
                              CustomSql "select id from primary" = 1, CustomSql "select max(id) from primary where id > 9" = 0'''), [
        ("RowCount > 4", "F", "Value: 4", {"Dataset.*.RowCount": 4.0}),
        ('RowCount = 2 where "id = 2"', "P", None, {"Dataset.*.RowCount": 2.0}),
        ('Mean "id" > 3', "F", "Value: 2.25", {"Column.id.Mean": 2.25}), ('Sum "x" = 20.5', "P", None, {"Column.x.Sum": 20.5}),
        ('StandardDeviation "id" between 1 and 1.1', "P", None, {"Column.id.StandardDeviation": 1.0897247358851685}),
        ('Mean "name" > 0', "F", "Expected type of column name to be one of (ByteType,ShortType,IntegerType,LongType,FloatType,DoubleType,"
         "DecimalType), but found StringType instead!", {}),
        ('ColumnExists "q"', "F", "Value: 0.0", {}), ('DistinctValuesCount "name" = 4', "P", None, {"Column.name.DistinctValuesCount": 4.0}),
        ('DistinctValuesCount "id" > 3 where "x > 0"', "F", "Value: 3", {"Column.id.DistinctValuesCount": 3.0}),
        ('CustomSql "select max(id) from primary" > 4', "F", "Value: 4.0", {"Dataset.*.CustomSQL": 4.0}),
        ('CustomSql "select 1, 2 from primary" = 1', "F", "Custom SQL did not return exactly 1 column", {}),
        ('CustomSql "select id from primary" = 1', "F", "Custom SQL did not return exactly 1 row", {}),
        ('CustomSql "select max(id) from primary where id > 9" = 0', "P", None, {"Dataset.*.CustomSQL": 0.0})])
    yield _equal(_rows(x, 'RowCount > 4, Mean "id" > 3, DistinctValuesCount "id" = 1')[0], ("1", "", "", "012", "P"))


def dq_complete_and_unique(x):
    """Values that occur once, among rows or among values; null is a value where another column is not null."""
    rules = '''IsComplete "name", Completeness "x" > 0.7, IsUnique "id", Uniqueness "id" > 0.4, UniqueValueRatio "id" < 0.7,
               IsUnique "id" "name", IsPrimaryKey "id", IsPrimaryKey "id" "name", Uniqueness "x" = 1.0'''
    yield _equal(_outcomes(x, rules), [
        ('IsComplete "name"', "F", "Value: 0.75", {"Column.name.Completeness": 0.75}),
        ('Completeness "x" > 0.7', "P", None, {"Column.x.Completeness": 0.75}),
        ('IsUnique "id"', "F", "Value: 0.5", {"Column.id.Uniqueness": 0.5}),
        ('Uniqueness "id" > 0.4', "P", None, {"Column.id.Uniqueness": 0.5}),
        ('UniqueValueRatio "id" < 0.7', "P", None, {"Column.id.UniqueValueRatio": 2 / 3}),
        ('IsUnique "id" "name"', "P", None, {"Multicolumn.id,name.Uniqueness": 1.0}),
        ('IsPrimaryKey "id"', "F", "Value: 0.5", {"Column.id.Uniqueness": 0.5, "Column.id.Completeness": 1.0}),
        ('IsPrimaryKey "id" "name"', "F", "Value: 0.75", {
            "Multicolumn.id,name.Uniqueness": 1.0, "Column.id.Completeness": 1.0, "Column.name.Completeness": 0.75}),
        ('Uniqueness "x" = 1.0', "P", None, {"Column.x.Uniqueness": 1.0})])
    yield _equal(_rows(x, rules), [("1", "012345678", "", "", "P"), ("2", "0578", "12346", "", "F"), ("2", "158", "023467", "", "F"),
                                   ("4", "012345678", "", "", "P")])


def dq_values(x):
    """ColumnValues: null fails but for != and not in; numbers by the least and the greatest, others by their share."""
    rules = '''ColumnValues "x" > 2, ColumnValues "x" <= 10, ColumnValues "x" between 2 and 11, ColumnValues "x" != 11, ColumnValues "id" = 2,
               ColumnValues "x" = NULL, ColumnValues "x" not in [7], ColumnValues "x" not in [9,NULL], ColumnValues "id" in [1,2] with threshold > 0.7'''
    yield _equal(_outcomes(x, rules), [
        ('ColumnValues "x" > 2', "F", "Value: NULL", {"Column.x.Minimum": 2.5}),
        ('ColumnValues "x" <= 10', "F", "Value: 11.0\nValue: NULL", {"Column.x.Maximum": 11.0}),
        ('ColumnValues "x" between 2 and 11', "F", "Value: 0.75\nValue: NULL", {"Column.x.ColumnValues.Compliance": 0.75}),
        ('ColumnValues "x" != 11', "F", "Value: 0.75", {"Column.x.ColumnValues.Compliance": 0.75}),
        ('ColumnValues "id" = 2', "F", "Value: 1.0\nValue: 4.0", {"Column.id.Minimum": 1.0, "Column.id.Maximum": 4.0}),
        ('ColumnValues "x" = NULL', "F", "Value: 0.25", {"Column.x.ColumnValues.Compliance": 0.25}),
        ('ColumnValues "x" not in [7]', "F", "Value: 0.75", {"Column.x.ColumnValues.Compliance": 0.75}),
        ('ColumnValues "x" not in [9,NULL]', "F", "Value: 0.75", {"Column.x.ColumnValues.Compliance": 0.75}),
        ('ColumnValues "id" in [1,2] with threshold > 0.7', "P", None, {"Column.id.ColumnValues.Compliance": 0.75})])
    yield _equal(_rows(x, rules), [("1", "0123678", "45", "", "F"), ("2", "0467" + "8", "1235", "", "F"), ("2", "34568", "0127", "", "F"),
                                   ("4", "01237", "4568", "", "F")])


def dq_values_of_texts(x):
    """Sets, keywords and patterns of texts. A pattern takes the whole text; the empty one never matches."""
    sql = "select * from values ('ab'), (''), ('  '), (null), ('it\\'s'), ('AB') t(s)"
    rules = '''ColumnValues "s" in ["ab","it's"], ColumnValues "s" = EMPTY, ColumnValues "s" in [EMPTY,WHITESPACES_ONLY,NULL],
               ColumnValues "s" != NULL, ColumnValues "s" not in ["ab",WHITESPACES_ONLY], ColumnValues "s" matches "[a-z]*",
               ColumnValues "s" != "ab" with threshold > 0.8, ColumnValues "s" = "ab"'''
    yield _equal([row[1:3] for row in _outcomes(x, rules, sql)], [
        ("F", "Value: 0.3333333333333333"), ("F", "Value: 0.16666666666666666"), ("F", "Value: 0.5"), ("F", "Value: 0.8333333333333334"),
        ("F", "Value: 0.6666666666666666"), ("F", "Value: 0.16666666666666666"), ("P", None), ("F", "Value: 0.16666666666666666")])
    yield _equal([row[:3] for row in _rows(x, rules, "s", sql)], [
        ("", "12346", "057"), ("  ", "236", "01457"), ("AB", "346", "01257"), ("None", "246", "01357"), ("ab", "0357", "1246"), ("it's", "0346", "1257")])


def dq_values_of_other_types(x):
    """Texts have no order. Dates are compared as days."""
    sql = "select * from values ('5', timestamp'2024-01-01 10:00:00', true), ('x', timestamp'2024-03-01 00:00:00', false) t(s, t, b)"
    yield _equal([row[1:3] for row in _outcomes(x, '''ColumnValues "s" > 1, ColumnValues "s" != "5", ColumnValues "t" = "2024-01-01",
                 ColumnValues "t" between "2023-12-31" and "2024-03-02", ColumnValues "t" not between "2024-01-01" and "2024-02-01",
                 ColumnValues "t" in [NULL,"2024-01-01","2024-03-01"], ColumnValues "s" matches "[0-9]"''', sql)], [
        ("F", "Expected type of column s to be one of (ByteType,ShortType,IntegerType,LongType,FloatType,DoubleType,DecimalType), but found "
              "StringType instead!"), ("F", "Value: 0.5"), ("F", "Value: 0.5"), ("P", None), ("P", None), ("P", None),
        ("F", "Value: 0.5")])
    yield _equal(x.error(lambda: _evaluate(x, 'ColumnValues "b" in ["true"]', sql))["error"].split()[0], "AnalysisException")
    yield _equal(_rows(x, 'ColumnValues "s" > 1, ColumnValues "b" matches "t.*", ColumnValues "s" in ["5"]', "s", sql),
                 [("5", "2", "01", "", "F"), ("x", "", "012", "", "F")])


def dq_values_and_the_present_day(x):
    """now() is the day in UTC; days, hours and minutes go off it."""
    sql = "select current_date() d, date_sub(current_date(), 5) e"
    yield _equal([row[:2] for row in _outcomes(x, '''ColumnValues "d" > (now() - 3 days), ColumnValues "e" > (now()-3 days), ColumnValues "d" <= now(),
                 ColumnValues "e" between (now() - 144 hours) and (now() + 1 days), ColumnValues "d" < (now() + 2880 minutes)''', sql)], [
        ('ColumnValues "d" > (now() - 3 days)', "P"), ('ColumnValues "e" > (now() - 3 days)', "F"), ('ColumnValues "d" <= now()', "P"),
        ('ColumnValues "e" between (now() - 144 hours) and (now() + 1 days)', "P"), ('ColumnValues "d" < (now() + 2880 minutes)', "P")])


def dq_lengths_and_types(x):
    """Null is a text of no length; ColumnDataType asks whether a cast gives a value."""
    yield _equal([row[1:] for row in _outcomes(x, '''ColumnLength "name" < 4, ColumnLength "name" > 0, ColumnLength "name" between 0 and 4,
                 ColumnLength "name" = 1 where "id = 1", ColumnLength "name" in [1,2,3], ColumnLength "id" > 1,
                 ColumnDataType "name" = "Integer", ColumnDataType "id" = "Double", ColumnDataType "d" = "Date" with threshold > 0.7''')], [
        ("P", None, {"Column.name.MaximumLength": 3.0}), ("F", "Value: 0.0", {"Column.name.MinimumLength": 0.0}),
        ("F", "Value: 0.0", {"Column.name.MinimumLength": 0.0, "Column.name.MaximumLength": 3.0}),
        ("P", None, {"Column.name.MinimumLength": 1.0, "Column.name.MaximumLength": 1.0}), ("F", "Value: 0.75", {"Column.name.LengthCompliance": 0.75}),
        ("F", "Expected type of column id to be StringType, but found IntegerType instead!", {}),
        ("F", "Value: 0.0 does not meet the constraint requirement.", {"Column.name.ColumnDataType.Compliance": 0.0}),
        ("P", None, {"Column.id.ColumnDataType.Compliance": 1.0}), ("P", None, {"Column.d.ColumnDataType.Compliance": 0.75})])
    yield _equal(_rows(x, 'ColumnLength "name" > 1, ColumnDataType "name" = "Integer"'),
                 [("1", "", "0", "1", "F"), ("2", "", "0", "1", "F"), ("2", "0", "", "1", "P"), ("4", "0", "", "1", "P")])
    yield _equal([row[1] for row in _outcomes(x, 'ColumnDataType "s" = "Date" with format = "dd/MM/yyyy", ColumnDataType "s" = "Date"',
                                              "select '31/12/2024' s")], ["P", "F"])


def dq_composite_rules(x):
    """The guide's example: by column both rules fail, by row each row meets one of them."""
    sql, rule = "select * from values (2, 1), (0, 3) t(myCol1, myCol2)", '(ColumnValues "myCol1" > 1) OR (ColumnValues "myCol2" > 2)'
    yield _equal([row[:2] for row in _outcomes(x, rule, sql)], [(rule, "F")])
    yield _equal([row[:2] for row in _outcomes(x, rule, sql, **{"compositeRuleEvaluation.method": "ROW"})], [(rule, "P")])
    for method in ("COLUMN", "ROW"):
        yield _equal(_rows(x, rule, "myCol1", sql, **{"compositeRuleEvaluation.method": method}), [("0", "0", "", "", "P"), ("2", "0", "", "", "P")])
    yield _equal(_outcomes(x, '(IsComplete "id") and (IsComplete "name"), (IsComplete "name") or (RowCount > 1), '
                              '(IsComplete "name") and (RowCount > 9)'), [
        ('(IsComplete "id") AND (IsComplete "name")', "F", "Value: 0.75", {"Column.id.Completeness": 1.0, "Column.name.Completeness": 0.75}),
        ('(IsComplete "name") OR (RowCount > 1)', "P", "Value: 0.75", {"Column.name.Completeness": 0.75, "Dataset.*.RowCount": 4.0}),
        ('(IsComplete "name") AND (RowCount > 9)', "F", "Value: 0.75\nValue: 4", {"Column.name.Completeness": 0.75, "Dataset.*.RowCount": 4.0})])
    yield _equal(_rows(x, '(IsComplete "id") and (IsComplete "name"), (IsComplete "name") and (RowCount > 9)'),
                 [("1", "0", "", "1", "P"), ("2", "", "0", "1", "F"), ("2", "0", "", "1", "P"), ("4", "0", "", "1", "P")])


def dq_where(x):
    """The guide's example: rows that the clause leaves out pass, or are skipped; a clause that leaves none is met."""
    sql = "select * from values (1, 'a', 'f'), (2, 'b', 'd'), (3, 'a', null), (4, 'a', 'f'), (5, 'b', null), (6, 'a', 'f') t(id, att1, att2)"
    rule = '''IsComplete "att2" where "att1 = 'a'"'''
    yield _equal(_outcomes(x, rule, sql), [(rule, "F", "Value: 0.75", {"Column.att2.Completeness": 0.75})])
    yield _equal([row[1:4] for row in _rows(x, rule, "id", sql)], [("0", "", "")] * 2 + [("", "0", "")] + [("0", "", "")] * 3)
    yield _equal([row[1:] for row in _rows(x, rule, "id", sql, **{"rowLevelConfiguration.filteredRowLabel": "SKIPPED"})], [
        ("0", "", "", "P"), ("", "", "0", "P"), ("", "0", "", "F"), ("0", "", "", "P"), ("", "", "0", "P"), ("0", "", "", "P")])
    yield _equal([row[1:] for row in _outcomes(x, '''IsComplete "att2" where "id > 9", ColumnValues "id" > 9 where "id > 9", IsUnique "id" where "id > 9",
                 Mean "id" = 7 where "id > 9", IsUnique "att1" where "id < 3"''', sql)], [("P", None, {})] * 4 + [("P", None, {"Column.att1.Uniqueness": 1.0})])
    yield _equal(x.error(lambda: _evaluate(x, 'IsComplete "id" where "nope = 1"'))["error"], "IllegalArgumentException")


def dq_columns_that_are_not_there(x):
    """The rule fails with what is missing, and so does each row, unless the rule is about the whole frame."""
    rules = 'IsComplete "nope", ColumnValues "nope" > 1, IsUnique "nope", Sum "nope" > 1, IsComplete "ID"'
    yield _equal([row[1:3] for row in _outcomes(x, rules)], [("F", "Input data does not include column nope!")] * 4 + [("P", None)])
    yield _equal(_rows(x, rules)[0], ("1", "4", "01", "23", "F"))


def dq_frames_without_rows(x):
    """Counts are zero; what needs a value fails."""
    sql = "select 1 id, 'a' name where false"
    yield _holds(x, ["RowCount = 0", "ColumnCount = 2", 'DistinctValuesCount "id" = 0', 'ColumnDataType "name" = "Integer"'],
                 ['IsComplete "id"', 'IsUnique "id"', 'Mean "id" > 0', 'ColumnValues "id" > 0', 'ColumnLength "name" < 9'], sql)
    yield _equal(_rows(x, 'IsComplete "id", RowCount = 0', "id", sql), [])


def dq_rulesets_that_are_wrong(x):
    """What is no DQDL ends the run."""
    yield _equal([x.error(lambda: _evaluate(x, rules))["error"] for rules in (
        "Rules = []", "Rules = [IsComplete]", 'Rules = [IsComplete "id"', 'Rules = [IsComplete "id" "name"]', 'Rules = [Completeness "id"]',
        'Rules = [Completeness "id" = "1.0"]', "RowCount > 1 # and no Rules", 'Rules = [RowCount >]', 'Rules = [ColumnValues "id" > NULL]', 'Rules = [IsComplete $q]',
        'Rules = [ColumnValues "d" > "2024-02-31"]', "Rules = [RowCount > 1 RowCount > 2]", 'Rules = [IsComplete "id" > 1]')],
        ["IllegalArgumentException"] * 13)


def dq_rules_that_are_refused(x):
    """Rules, parts and options that say more than is known here are refused by name."""
    refused = []
    for rules in ('Entropy "id" > 1', 'ReferentialIntegrity "id" "r.id" = 1', "RowCount > avg(last(3))", "RowCount > last()", "RowCount > 2 * 3",
                  'ColumnValues "name" not matches "a"', 'IsComplete "id" labels=["a"="b"]',
                  'DefaultLabels=["a"="b"] Rules=[RowCount > 1]', 'Rules = [RowCount > 1] Analyzers = [RowCount]', 'DataFreshness "d" < 3 days',
                  'CustomSql "select id from primary where id > 1" with threshold > 0.5', 'RowCount > 1 with threshold > 0.8',
                  'ColumnLength "name" != 3', 'ColumnDataType "id" = "String"', 'ColumnValues "name" in [1]'):
        try:
            _evaluate(x, rules)
        except NotImplementedError as err:
            refused.append(str(err).split(" is not supported")[0])
        except Exception as err:
            refused.append(type(err).__name__)
    yield _equal(refused, [
        "the data quality rule Entropy", "the data quality rule ReferentialIntegrity", "a rule that calculates (avg...)", "a rule that calculates (last...)",
        "a rule that calculates with 2 *", "ColumnValues with not matches", "a rule with labels",
        "a ruleset with DefaultLabels", "a ruleset with Analyzers", "a rule that calculates with 3 days",
        "the data quality rule CustomSql without a condition", "the data quality rule RowCount with threshold", "ColumnLength with !=",
        'the data quality rule ColumnDataType "id" = "String"', "ColumnValues of the texts of name with numbers"])
    for name, value in (("publishAggregatedMetrics.status", "ENABLED"), ("nope", 1)):
        try:
            _evaluate(x, "RowCount > 1", **{name: value})
            yield _equal(name, "refused")
        except NotImplementedError as err:
            yield _equal(str(err).startswith("EvaluateDataQuality with "), True)


def dq_results_published_to_files(x):
    """What the files of resultsS3Prefix look like is not documented."""
    yield EvaluateDataQuality().process_rows(_frame(x, _ROWS), ruleset="Rules = [RowCount > 1]",
                                             publishing_options={"resultsS3Prefix": x.url("out")})


def dq_of_other_sources(x):
    """Additional sources are views of CustomSql, as the frame is primary."""
    made = EvaluateDataQuality().process_rows(
        frame=_frame(x, _ROWS), additional_data_sources={"other": _frame(x, "select 2 id")},
        ruleset='Rules = [CustomSql "select count(*) from primary join other using (id)" = 2]')
    yield _equal(made["ruleOutcomes"].toDF().first().Outcome, "Passed")
    yield _equal(made["rowLevelOutcomes"].toDF().filter(F.col("DataQualityEvaluationResult") == "Passed").count(), 4)


# The nodes of Glue Studio that have modules of their own.

_NODES = ("array_to_cols concat derived explode flatten format_timestamp lookup now null_rows parse_json pivot regex_extract "
          "repartition sequence_id split to_timestamp unpivot uuid").split()


def _studio(x, sql):
    """A frame after the import of all modules."""
    for name in _NODES:
        importlib.import_module("gs_" + name)
    return _frame(x, sql)


def _refusal(call):
    """What a refusal names."""
    try:
        call()
    except NotImplementedError as err:
        return str(err).split(" is not supported")[0]
    return "no refusal"


def studio_derived_columns(x):
    """An SQL expression as a column, in its place when it is there; on both kinds of frames."""
    frame = _studio(x, "select 5 quantity, 2.5D price, '$7' amount")
    made = frame.gs_derived(colName="total", expr="quantity*price").gs_derived(colName="amount", expr="cast(replace(amount, '$', '') as int)")
    yield _same(made, "quantity int, price double, amount int, total double", (5, 2.5, 7, 12.5))
    yield _same(frame.toDF().gs_derived("x", "quantity + 1"), "quantity int, price double, amount string, x int", (5, 2.5, "$7", 6))
    yield _equal((made.name, type(made).__name__), (frame.name, "DynamicFrame"))


def studio_texts(x):
    """The guide's examples: day, month and year; categories; a subnet's first and fourth octet."""
    frame = _studio(x, "select '01' day, 1 month, 2020 year union all select '02', null, 2020")
    yield _same(frame.gs_concat(colName="date", colList=["year", "month", "day"], spacer="-").select_fields(["date"]), "date string",
                ("2020-1-01",), ("2020--02",))
    frame = _frame(x, "select '54.240.197.238' subnet union all select '192.168' union all select ''")
    made = frame.gs_split(colName="subnet", pattern="[.]").gs_array_to_cols(colName="subnet", colList="first_octet, fourth_octet", indexes="1,4")
    yield _same(made, "subnet array<string>, first_octet string, fourth_octet string", (["54", "240", "197", "238"], "54", "238"),
                (["192", "168"], "192", None), ([""], "", None))
    yield _same(_frame(x, "select 'a,b' s").gs_split("s", ",", "arr").gs_array_to_cols("arr", "p,q,r"),
                "s string, arr array<string>, p string, q string, r string", ("a,b", ["a", "b"], "a", "b", None))
    yield _equal(x.error(lambda: _frame(x, "select array(1) a").gs_array_to_cols("a", "p,q", indexes="1"))["error"], "IllegalArgumentException")


def studio_patterns(x):
    """The match, or a column for each group with a name; empty where nothing matches, null for null."""
    frame = _studio(x, "select '2023-01-02T10' s union all select '2024-05-06' union all select 'x' union all select null")
    yield _same(frame.gs_regex_extract(colName="s", regex="^\\S{4}", newCols="y"), "s string, y string",
                ("2023-01-02T10", "2023"), ("2024-05-06", "2024"), ("x", ""), (None, None))
    yield _same(frame.gs_regex_extract("s", "(\\d{4})-(\\d{2})-(\\d{2})(?:T(\\d+))?", "year,,day, hour").drop_fields(["s"]),
                "year string, day string, hour string", ("2023", "02", "10"), ("2024", "06", ""), ("", "", ""), (None, None, None))
    yield _equal(x.error(lambda: frame.gs_regex_extract("s", "(a)(b)", "one"))["error"], "IllegalArgumentException")


def studio_times(x):
    """Numbers and texts as times, times as texts by the codes of Spark or Python."""
    frame = _studio(x, "select '2022-11-02T14:40:59.915Z' iso, 1667400059 sec, 1667400059915L ms, timestamp'2023-01-01 09:05:00' t")
    made = frame.gs_to_timestamp(colName="iso", colType="autodetect").gs_to_timestamp("sec", "seconds").gs_to_timestamp(
        colName="ms", colType="milliseconds", newColName="m").gs_format_timestamp(colName="t", dateFormat="%Y-%m-%d %H:%M", newColName="a")
    made = made.gs_format_timestamp(colName="t", dateFormat="dd/MM/yyyy").toDF()
    yield _equal(made.dtypes, [("iso", "timestamp"), ("sec", "timestamp"), ("ms", "bigint"), ("t", "string"), ("m", "timestamp"), ("a", "string")])
    yield _equal([str(one) for one in made.first()], ["2022-11-02 14:40:59.915000", "2022-11-02 14:40:59", "1667400059915", "01/01/2023",
                                                      "2022-11-02 14:40:59.915000", "2023-01-01 09:05"])
    made = frame.gs_now(colName="loaded").gs_now(dateFormat="%Y%m%d").toDF()
    yield _equal(made.dtypes[-2:], [("loaded", "timestamp"), ("timestamp", "string")])
    yield _equal(made.filter("timestamp = date_format(loaded, 'yyyyMMdd')").count(), 1)
    texts = _frame(x, "select '2024-02-03' s union all select null union all select '2024-02-03 10:11:12'")
    yield _equal(sorted(str(row[0]) for row in texts.gs_to_timestamp("s").toDF().collect()), ["2024-02-03 00:00:00", "2024-02-03 10:11:12", "None"])
    wrong = _frame(x, "select '03/02/2024' s").gs_to_timestamp("s")
    yield _equal(x.error(lambda: wrong.count() and wrong.toDF().collect())["error"], "Py4JJavaError")
    yield _equal(_refusal(lambda: frame.gs_to_timestamp("sec", "autodetect")), "gs_to_timestamp of a int as autodetect")
    yield _equal(_refusal(lambda: frame.gs_format_timestamp("t", "%Q")), "the date code %Q")


def studio_rows(x):
    """The guide's example of exploding, with and without rows that have nothing; rows of nulls removed; numbers for rows."""
    frame = _studio(x, "select * from values (1, array('sports', 'winter')), (3, array('videogames')), (5, array()), (6, null) t(id, category)")
    yield _same(frame.gs_explode(colName="category", newCol="category"), "id int, category string",
                (1, "sports"), (1, "winter"), (3, "videogames"))
    yield _same(frame.gs_explode("category", "c", outer=True).drop_fields(["category"]), "id int, c string",
                (1, "sports"), (1, "winter"), (3, "videogames"), (5, None), (6, None))
    rows = _frame(x, "select * from values (1, 'a', array(1)), (null, '', array()), (null, null, null), (null, null, array(1)) t(a, b, c)")
    yield _equal([rows.gs_null_rows().count(), rows.gs_null_rows(extended=True).count()], [3, 2])
    yield _equal(sorted(row[0] for row in frame.gs_sequence_id().toDF().select("id").collect()), [0, 1, 2, 3])
    ids = frame.gs_uuid(colName="key").toDF()
    yield _equal([ids.filter("length(key) = 36").count(), frame.gs_repartition(numPartitionsStr="1").count()], [4, 4])


def studio_flatten(x):
    """The guide's phone numbers; levels and the separator may be given."""
    frame = _studio(x, "select 1 id, named_struct('home_phone', named_struct('country_code', 34, 'number', '5'), 'n', 1) phone_numbers, array(named_struct('q', 1)) l")
    yield _equal([f["name"] for f in frame.gs_flatten()._fields],
                 ["id", "phone_numbers.home_phone.country_code", "phone_numbers.home_phone.number", "phone_numbers.n", "l"])
    yield _equal(frame.gs_flatten(maxLevels=1, separator="_").toDF().dtypes[1:3],
                 [("phone_numbers_home_phone", "struct<country_code:int,number:string>"), ("phone_numbers_n", "int")])
    yield _equal([f["name"] for f in frame.gs_flatten(maxLevels=0).gs_derived("x", "`phone_numbers.n` + 1").select_fields(["x"])._fields], ["x"])


def studio_nodes_that_are_refused(x):
    """By name, when they are called."""
    frame = _studio(x, "select map('a', 1) m, '{}' j, 1 a")
    yield _equal([_refusal(call) for call in (
        lambda: frame.gs_explode("m", "k"), lambda: frame.gs_parse_json("j"), lambda: frame.gs_pivot(aggCol="a", aggFunction="sum", colList=["j"]),
        lambda: frame.gs_unpivot(), lambda: frame.gs_lookup(), lambda: frame.gs_sequence_id(unique=True),
        lambda: frame.gs_concat("c", ["a"], nullValue="-"), lambda: frame.gs_regex_extract("j", "(?<a>.)\\p{L}", "x"))], [
        "gs_explode of a map<string,int>", "gs_parse_json", "gs_pivot", "gs_unpivot", "gs_lookup", "gs_sequence_id with unique=True",
        "gs_concat with nullValue", "gs_regex_extract with the pattern (?<a>.)\\p{L}"])


def decimals_without_precision(x):
    """decimal is decimal(10,2) in mappings and choices, as awsglue.gluetypes has it."""
    frame = _frame(x, "select '12.345' a, 7 b, 1.5D c")
    made = frame.apply_mapping([("a", "string", "a", "decimal"), ("b", "int", "b", "decimal"), ("c", "double", "c", "decimal(5,1)")])
    yield _equal(made.toDF().dtypes, [("a", "decimal(10,2)"), ("b", "decimal(10,2)"), ("c", "decimal(5,1)")])
    yield _equal([str(one) for one in made.toDF().first()], ["12.35", "7.00", "1.5"])
    yield _equal(frame.resolveChoice([("a", "cast:decimal")]).toDF().dtypes[0], ("a", "decimal(10,2)"))
    yield _equal(_refusal(lambda: _frame(x, "select 1.2345 d").apply_mapping([("d", "decimal", "d", "decimal")])),
                 "a mapping of d, of type decimal(5,4), to decimal (give the precision: decimal(5,4))")


def models_of_aws(x):
    """Transforms that need one are there by name, and so are the steps of recipes."""
    from awsglueml.transforms import EntityDetector, FillMissingValues, FindMatches
    import recipe_transforms
    frame = _frame(x, "select 1 a")
    yield _equal([_refusal(call) for call in (
        lambda: FillMissingValues.apply(frame=frame, missing_values_column="a"), lambda: FindMatches.apply(frame=frame, transformId="t"),
        lambda: EntityDetector().detect(frame, ["PERSON_NAME"], "d"),
        lambda: recipe_transforms.DataCleaning.RemoveCombined.apply(data_frame=frame, source_column="a"))],
        ["FillMissingValues.apply", "FindMatches.apply", "EntityDetector.detect", "the recipe step DataCleaning.RemoveCombined"])


def fields_that_records_lack(x):
    """A field that is not in a record raises KeyError, so that Filter drops it; one that is null there is None."""
    x.file("a.json", '{"id":1,"a":5,"b":null,"s":{"x":1}}\n{"id":2,"b":"q"}\n{"id":3,"a":0,"b":null,"s":{}}\n')
    frame = _read(x, "json", ["a.json"])

    def kept(f, of=frame):
        return sorted(row.id for row in of.filter(f).toDF().collect())
    yield _equal([kept(lambda r: not r["a"] == 0), kept(lambda r: "a" in r), kept(lambda r: r["b"] is None), kept(lambda r: len(r) == 4)],
                 [[1], [1, 3], [1, 3], [1, 3]])
    yield _equal(kept(lambda r: not r["a"] == 0, frame.drop_fields(["s"]).select_fields(["id", "a"]).filter(lambda r: r["id"] > 0)), [1])
    yield _equal(sorted(row.n for row in frame.drop_fields(["s"]).map(lambda r: {"n": len(r)}).toDF().collect()), [2, 3, 3])
    x.file("b.json", '{"id":1,"a":1}\n{"id":2,"a":null}\n{"id":3}\n')
    open_ = _read(x, "json", ["b.json"])
    yield _equal(_refusal(lambda: kept(lambda r: not r["a"] == 0, open_)), "a Filter whose result depends on whether a is null or missing")
    again = frame.apply_mapping([("id", "int", "id", "int"), ("a", "int", "a", "int")])
    yield _equal(_refusal(lambda: kept(lambda r: not r["a"] == 0, again)), "a Filter whose result depends on whether a is null or missing")


def calls_that_are_refused(x):
    """What needs a catalog, streams, transactions or storage classes is there, and says what it needs."""
    glue, frame = x.glue, _frame(x, "select 1 a")
    calls = {
        "write_data_frame.from_catalog": lambda: glue.write_data_frame.from_catalog(frame=frame.toDF(), database="d", table_name="t"),
        "create_data_frame.from_catalog": lambda: glue.create_data_frame.from_catalog(database="d", table_name="t"),
        "create_dynamic_frame.from_catalog": lambda: glue.create_dynamic_frame.from_catalog(database="d", table_name="t"),
        "write_dynamic_frame.from_catalog": lambda: glue.write_dynamic_frame.from_catalog(frame, "d", "t"),
        "GlueContext.forEachBatch": lambda: glue.forEachBatch(frame=frame, batch_function=print, options={}),
        "GlueContext.getStreamingSource": lambda: glue.getStreamingSource("kinesis"),
        "GlueContext.add_ingestion_time_columns": lambda: glue.add_ingestion_time_columns(frame.toDF(), "hour"),
        "GlueContext.start_transaction": lambda: glue.start_transaction(False),
        "GlueContext.commit_transaction": lambda: glue.commit_transaction("t"),
        "GlueContext.cancel_transaction": lambda: glue.cancel_transaction("t"),
        "GlueContext.purge_table": lambda: glue.purge_table("d", "t"),
        "GlueContext.transition_table": lambda: glue.transition_table("d", "t", "GLACIER"),
        "GlueContext.transition_s3_path": lambda: glue.transition_s3_path("s3://b/p", "GLACIER"),
        "GlueContext.get_catalog_schema_as_spark_schema": lambda: glue.get_catalog_schema_as_spark_schema("d", "t"),
    }
    yield _equal([_refusal(call) for call in calls.values()], list(calls))
    yield _equal(type(glue.currentTimeMillis()).__name__, "int")


def types_of_glue_as_json(x):
    """Every type says what it is, and comes back from that."""
    from awsglue import gluetypes as g
    plain = {"binary": g.BinaryType(), "boolean": g.BooleanType(), "byte": g.ByteType(), "date": g.DateType(), "double": g.DoubleType(),
             "float": g.FloatType(), "int": g.IntegerType(), "long": g.LongType(), "null": g.NullType(), "short": g.ShortType(),
             "string": g.StringType(), "timestamp": g.TimestampType(), "unknown": g.UnknownType()}
    yield _equal({name: one.jsonValue() for name, one in plain.items()}, {name: {"dataType": name, "properties": {}} for name in plain})
    nested = g.StructType([g.Field("d", g.DecimalType(5, 2)), g.Field("l", g.ArrayType(g.LongType())), g.Field("m", g.MapType(g.StringType())),
                           g.Field("c", g.ChoiceType([g.IntegerType(), g.StringType()])), g.Field("s", g.StructType([g.Field("x", g.DateType())])),
                           g.Field("t", g.SetType(g.ByteType())), g.Field("e", g.EnumType(["p", "q"]))])
    yield _equal([field["container"]["dataType"] for field in nested.jsonValue()["fields"]],
                 ["decimal", "array", "map", "choice", "struct", "set", "enum"])
    for one in list(plain.values()) + [nested]:
        yield _equal(g.DataType.fromJsonValue(one.jsonValue()), one)
    yield _equal((g.DecimalType().precision, g.DecimalType().scale), (10, 2))
    yield _equal(_frame(x, "select 1L a, array(named_struct('b', 1.5D)) l").schema().jsonValue(), {"dataType": "struct", "properties": {}, "fields": [
        {"name": "a", "container": {"dataType": "long", "properties": {}}, "properties": {}},
        {"name": "l", "properties": {}, "container": {"dataType": "array", "properties": {}, "elementType": {
            "dataType": "struct", "properties": {}, "fields": [
                {"name": "b", "container": {"dataType": "double", "properties": {}}, "properties": {}}]}}}]})
