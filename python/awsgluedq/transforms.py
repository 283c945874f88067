"""awsgluedq.transforms: rules of data quality, evaluated on the frame that a script has."""
from _tenon.errors import UnsupportedOperation

# Where results are published in AWS; they are in the collection here, and in no service.
_PUBLISHING = ("dataQualityEvaluationContext", "enableDataQualityCloudWatchMetrics", "enableDataQualityResultsPublishing")

# Options, and the values that say something about the results; None: any, for it says nothing about them.
_OPTIONS = {
    "performanceTuning.caching": None, "observations.scope": None, "dataQualityResultsPublishing.strategy": None,
    "compositeRuleEvaluation.method": ("COLUMN", "ROW"), "rowLevelConfiguration.filteredRowLabel": ("PASSED", "SKIPPED"),
    "rowLevelConfiguration.ruleWithLabels": ("DISABLED",), "publishAggregatedMetrics.status": ("DISABLED",),
}


class EvaluateDataQuality:
    """Rules over a frame."""

    ORIGINAL_DATA_KEY = "originalData"
    DATA_QUALITY_RULE_OUTCOMES_KEY = "ruleOutcomes"
    DATA_QUALITY_ROW_LEVEL_OUTCOMES_KEY = "rowLevelOutcomes"

    @classmethod
    def apply(cls, frame, ruleset, publishing_options=None, additional_options=None):
        """The DynamicFrame of rules and their outcomes."""
        return cls().process_rows(frame, None, ruleset, publishing_options, additional_options)[cls.DATA_QUALITY_RULE_OUTCOMES_KEY]

    def process_rows(self, frame, additional_data_sources=None, ruleset="", publishing_options=None, additional_options=None):
        """A collection of three DynamicFrames: originalData, the frame itself; rowLevelOutcomes, the frame with what
        each row passes and fails; ruleOutcomes, a row for each rule. The rules are evaluated now. Additional sources are
        views by their names for CustomSql, as the frame is the view primary."""
        from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
        from awsgluedq import dqdl, evaluation
        options = _options(publishing_options, additional_options)
        rules, data = dqdl.parse(ruleset), frame.toDF()
        for name, source in dict(additional_data_sources or {}, primary=frame).items():
            source.toDF().createOrReplaceTempView(name)
        results = evaluation.evaluate(data, rules, options.get("rowLevelConfiguration.filteredRowLabel") == "SKIPPED",
                                      options.get("compositeRuleEvaluation.method") == "ROW")
        made = {self.DATA_QUALITY_ROW_LEVEL_OUTCOMES_KEY: evaluation.with_outcomes(data, results),
                self.DATA_QUALITY_RULE_OUTCOMES_KEY: evaluation.outcomes(data.sparkSession, results)}
        frames = {name: DynamicFrame.fromDF(one, frame.glue_ctx, name) for name, one in made.items()}
        return DynamicFrameCollection(dict({self.ORIGINAL_DATA_KEY: frame}, **frames), frame.glue_ctx)


class EvaluateDataQualityMultiframe(EvaluateDataQuality):
    """Rules over several frames."""


def _options(publishing, additional):
    """The additional options, after a look at all."""
    for name, value in (publishing or {}).items():
        if name not in _PUBLISHING and value not in (None, ""):
            raise UnsupportedOperation.of("EvaluateDataQuality with publishing option %s" % name, "write the ruleOutcomes of the result")
    for name, value in (additional or {}).items():
        if name not in _OPTIONS:
            raise UnsupportedOperation.of("EvaluateDataQuality with additional option %s" % name)
        if _OPTIONS[name] is not None and str(value).upper() not in _OPTIONS[name]:
            raise UnsupportedOperation.of("EvaluateDataQuality with %s %s" % (name, value), "it takes %s" % " or ".join(_OPTIONS[name]))
    return {name: str(value).upper() for name, value in (additional or {}).items()}
