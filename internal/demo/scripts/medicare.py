# The Medicare job: each instance is given an id, and keeps its part of the charge data: the providers whose number leaves
# that id when divided by the number of instances. Together, the instances keep every record once.
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "id", "of", "input_path", "output_path"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

charges = spark.read.option("header", True).csv(args["input_path"])
part = charges.where(F.col("Provider Id").cast("long") % int(args["of"]) == int(args["id"]))
part.write.mode("overwrite").json(args["output_path"] + "id=" + args["id"] + "/")
job.commit()
