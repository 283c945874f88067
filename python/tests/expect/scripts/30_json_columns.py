# JSON in a column: schema given, fields taken, and written again.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import from_json, to_json, get_json_object, col, struct, explode, size
from pyspark.sql.types import *

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
raw = spark.createDataFrame([
    (1, '{"name":"Ann","age":30,"tags":["a","b"],"addr":{"city":"Oslo"}}'), (2, '{"name":"Bob","age":"x"}'), (3, 'not json'), (4, None), (5, '{}')], ["id", "payload"])
schema = StructType([StructField("name", StringType()), StructField("age", IntegerType()), StructField("tags", ArrayType(StringType())),
                     StructField("addr", StructType([StructField("city", StringType())]))])
parsed = raw.withColumn("p", from_json("payload", schema))
parsed.select("id", "p.name", "p.age", "p.addr.city", size("p.tags").alias("n")).orderBy("id").show()
raw.select("id", get_json_object("payload", "$.addr.city").alias("city"), get_json_object("payload", "$.tags[1]").alias("tag")).orderBy("id").show()
parsed.select("id", explode("p.tags").alias("tag")).orderBy("tag").show()
out = parsed.select("id", to_json(struct(col("id"), col("p.name").alias("name"), col("p.tags").alias("tags"))).alias("json"))
out.orderBy("id").show(truncate=False)
out.select("json").write.mode("overwrite").text(args["TARGET"] + "/json")
