# Phone numbers, names and codes out of free text.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import *

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
raw = spark.createDataFrame([("  JOHN   smith ", "+1 (202) 555-0101", "A-001;B-02"), ("MARY-ANN o'neil", "202.555.0102 x7", "C-3"), (None, "n/a", ""), ("李 雷", None, None)],
                            ["name", "phone", "codes"])
clean = (raw.withColumn("name", initcap(regexp_replace(trim(col("name")), r"\s+", " ")))
         .withColumn("digits", regexp_replace("phone", "[^0-9]", ""))
         .withColumn("area", when(length("digits") >= 10, substring(col("digits"), -10, 3)))
         .withColumn("code", explode_outer(split("codes", ";")))
         .withColumn("prefix", substring_index("code", "-", 1))
         .withColumn("number", regexp_extract("code", r"-(\d+)$", 1).cast("int"))
         .withColumn("padded", lpad(col("number").cast("string"), 4, "0"))
         .withColumn("back", reverse("code")).withColumn("pos", instr("phone", "555")).withColumn("tr", translate("phone", "()-. ", "")))
clean.orderBy("name", "code").show(truncate=False)
clean.select(upper("name"), lower("name"), length("name"), ascii("name"), concat(lit("<"), "name", lit(">"))).orderBy("upper(name)").show(truncate=False)
clean.write.mode("overwrite").parquet(args["TARGET"] + "/clean")
