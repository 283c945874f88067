# Properties as maps: keys counted, values looked up, maps made of columns.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, StringType, StructType, StructField

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
schema = StructType([StructField("user", StringType()), StructField("event", StringType()), StructField("props", MapType(StringType(), StringType()))])
events = spark.read.schema(schema).json(args["SOURCE"] + "/events.json")
events.printSchema()
events.select("user", F.explode("props").alias("key", "value")).orderBy("user", "key", "value").show()
events.select(F.col("props")["ms"].cast("int").alias("ms"), F.col("props").getItem("ref").alias("ref"), F.size("props").alias("n")).orderBy("ms").show()
labels = {"view": "V", "click": "C"}
mapping = F.create_map(*[F.lit(x) for pair in labels.items() for x in pair])
events.select("event", mapping[F.col("event")].alias("label")).distinct().orderBy("event").show()
made = events.select("user", F.map_from_arrays(F.array(F.lit("e"), F.lit("u")), F.array("event", "user")).alias("m"))
made.groupBy("m.e").count().orderBy("e").show()
made.write.mode("overwrite").parquet(args["TARGET"] + "/maps")
