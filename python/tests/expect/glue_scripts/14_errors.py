# ErrorsAsDynamicFrame: what a function could not take, with the reason.
import sys
from awsglue.context import GlueContext
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())

def read(name):
    """A file of the sources, as the guide's examples read the crawled tables."""
    return glueContext.create_dynamic_frame.from_options(
        "s3", {"paths": [args["SOURCE"] + "/" + name]}, "json", transformation_ctx=name)


def half(rec):
    """Half of an age; of the old ones, nothing can be said."""
    if rec["age"] > 50:
        raise ValueError("too old: %d" % rec["age"])
    rec["age"] = rec["age"] // 2
    return rec


frame = read("friends.json").map(half)
print("good:", frame.count(), "errors:", frame.errorsCount(), frame.stageErrorsCount())
errors = ErrorsAsDynamicFrame.apply(frame)
errors.printSchema()
rows = errors.toDF().select("error.dynamicRecord.name", "error.msg").orderBy("name").collect()
print([row.name for row in rows], all("too old" in row.msg for row in rows))
