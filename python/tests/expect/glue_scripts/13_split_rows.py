# SplitRows: rows whose number is high to one frame, the rest to another.
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
frame = DynamicFrame.fromDF(spark.sql("select id, cast(id % 3 as int) index, concat('202-225-', id) value from range(1, 21)"),
                            glueContext, "contacts")
made = SplitRows.apply(frame, {"id": {">": 10}}, "high", "low")
print("Number of records in high:", made["high"].count())
print("Number of records in low:", made["low"].count())
made["high"].toDF().orderBy("id").show(3)
between = frame.split_rows({"id": {">": 4, "<": 8}, "index": {"!=": 0}}, "in", "out")
print([row.id for row in between["in"].toDF().orderBy("id").collect()], between["out"].count())
