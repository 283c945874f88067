# Union: duplicates stay, missing fields are null, a field of two types is a choice.
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
one = DynamicFrame.fromDF(spark.sql("select 1 id, 'a' v union all select 1, 'a'"), glueContext, "one")
two = DynamicFrame.fromDF(spark.sql("select 'x' id, 2.5D w"), glueContext, "two")
made = Union.apply(one, two)
print("Count:", made.count())
made.printSchema()
made.resolveChoice(choice="cast:string").toDF().orderBy("id").show()
