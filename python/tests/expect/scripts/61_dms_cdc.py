# DMS: a full load and changes (Op I, U, D), folded into the present state and a history.
import sys
from functools import reduce
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType, StructField, StringType, IntegerType, DecimalType, TimestampType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

SCHEMA = StructType([
    StructField("op", StringType(), True), StructField("id", IntegerType(), False),
    StructField("name", StringType()), StructField("email", StringType()),
    StructField("balance", DecimalType(12, 2)), StructField("changed_at", TimestampType()),
])
paths = ["{}/dms_load.csv".format(args["SOURCE"]), "{}/dms_cdc.csv".format(args["SOURCE"])]
frames = [spark.read.schema(SCHEMA).option("quote", '"').option("escape", '"')
          .option("timestampFormat", "yyyy-MM-dd HH:mm:ss.SSSSSS").csv(p).withColumn("file_no", F.lit(i)) for i, p in enumerate(paths)]
changes = reduce(DataFrame.unionByName, frames)
changes.printSchema()

newest = Window.partitionBy("id").orderBy(F.col("changed_at").desc(), F.col("file_no").desc())
ranked = changes.withColumn("rn", F.row_number().over(newest))
current = ranked.where((F.col("rn") == 1) & (F.col("op") != "D")).drop("rn", "op", "file_no")
print("current rows", current.count())
current.orderBy("id").show(10, False)

timeline = Window.partitionBy("id").orderBy("changed_at", "file_no")
history = (changes
           .withColumn("valid_to", F.lead("changed_at").over(timeline))
           .withColumn("delta", F.col("balance") - F.lag("balance", 1).over(timeline))
           .withColumn("deleted", F.expr("op = 'D'"))
           .withColumn("last_known_name", F.last("name", ignorenulls=True).over(timeline.rowsBetween(Window.unboundedPreceding, 0)))
           .withColumn("secs", F.col("valid_to").cast("double") - F.col("changed_at").cast("double")))
history.orderBy("id", "changed_at").show(20, False)
print(history.dtypes)
for row in history.groupBy("id").agg(F.collect_list("op").alias("ops"), F.sum("delta").alias("moved")).orderBy("id").collect():
    print(row["id"], "".join(row["ops"]), row.moved)
current.write.mode("overwrite").parquet(args["TARGET"] + "/current")
history.withColumn("d", F.to_date("changed_at")).write.partitionBy("d", "op").mode("overwrite").parquet(args["TARGET"] + "/history")
job.commit()
