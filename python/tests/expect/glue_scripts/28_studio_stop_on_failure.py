# Glue Studio: a job that fails when a rule of data quality does.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsgluedq.transforms import EvaluateDataQuality

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Amazon S3
AmazonS3_node1706349608963 = glueContext.create_dynamic_frame.from_options(format_options={"withHeader": True}, connection_type="s3", format="csv", connection_options={"paths": [args["SOURCE"] + "/movies.csv"]}, transformation_ctx="AmazonS3_node1706349608963")

# Script generated for node Evaluate Data Quality
EvaluateDataQuality_node1706349784323_ruleset = """
    # Example rules: Completeness "colA" between 0.4 and 0.8, ColumnCount > 10
    Rules = [
    ColumnCount = 5,
    IsComplete "series_title",
    IsPrimaryKey "series_title",
    ColumnValues "released_year" matches "[0-9]{4}" with threshold > 0.5,
    ColumnLength "genre" between 3 and 20,
    DistinctValuesCount "genre" = 3,
    (ColumnValues "gross" = "null") or (ColumnValues "imdb_rating" != EMPTY),
    RowCount > 15000
    ]
"""

EvaluateDataQuality_node1706349784323 = EvaluateDataQuality().process_rows(
    frame=AmazonS3_node1706349608963,
    ruleset=EvaluateDataQuality_node1706349784323_ruleset,
    publishing_options={
        "dataQualityEvaluationContext": "EvaluateDataQuality_node1706349784323",
        "enableDataQualityCloudWatchMetrics": True,
        "enableDataQualityResultsPublishing": True,
    },
    additional_options={"performanceTuning.caching": "CACHE_NOTHING"},
)
for row in EvaluateDataQuality_node1706349784323["ruleOutcomes"].toDF().collect():
    print(row.Outcome, row.Rule, row.EvaluatedMetrics)
try:
    assert (
        EvaluateDataQuality_node1706349784323[
            EvaluateDataQuality.DATA_QUALITY_RULE_OUTCOMES_KEY
        ]
        .filter(lambda x: x["Outcome"] == "Failed")
        .count()
        == 0
    ), "The job failed due to failing DQ rules for node: AmazonS3_node1706349608963"
except AssertionError as err:
    print(err)
job.commit()
