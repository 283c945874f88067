# DropNullFields: a field that is null in every record goes, one that is null in some stays.
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
frame = DynamicFrame.fromDF(spark.sql("select * from values (1, 'a', null), (2, null, null) t(id, some, never)"), glueContext, "n")
frame.printSchema()
kept = DropNullFields.apply(frame)
kept.printSchema()
kept.toDF().orderBy("id").show()
