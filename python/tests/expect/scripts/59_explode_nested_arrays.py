# Arrays of structs in structs, taken apart and put together again.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
persons = spark.read.json(args["SOURCE"] + "/persons.json")
ids = persons.select("id", F.explode_outer("identifiers").alias("i")).select("id", F.col("i.scheme").alias("scheme"), F.col("i.identifier").alias("value"))
ids.orderBy("id", "scheme").show()
wide = ids.groupBy("id").pivot("scheme", ["bioguide", "fec"]).agg(F.first("value"))
wide.orderBy("id").show()
again = ids.where("scheme is not null").groupBy("id").agg(F.sort_array(F.collect_list(F.struct("scheme", "value"))).alias("ids"))
again.printSchema()
again.orderBy("id").show(truncate=False)
persons.select("id", F.size("contact_details").alias("n"), F.col("contact_details.type").alias("types"),
               F.expr("filter(contact_details, c -> c.type = 'voice')[0].value").alias("voice")).orderBy("id").show(truncate=False)
persons.withColumn("name", F.struct(F.col("given_name").alias("first"), F.col("family_name").alias("last"))).drop("given_name", "family_name").write.mode("overwrite").json(args["TARGET"] + "/persons")
