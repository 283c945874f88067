# Schemas as code: built, printed, compared and applied.
import sys
import json
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.types import *

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
schema = StructType().add("id", IntegerType(), False).add("name", StringType()).add("dept", "string").add(StructField("manager_id", LongType())).add(
    "salary", DecimalType(12, 2)).add("hired", DateType())
print(schema.simpleString())
print(schema.json())
print(StructType.fromJson(json.loads(schema.json())) == schema, schema.fieldNames(), len(schema), schema["salary"].dataType.precision)
df = spark.read.schema(schema).option("header", True).csv(args["SOURCE"] + "/employees.csv")
df.printSchema()
df.orderBy("id").show()
print([f"{f.name}:{f.dataType.typeName()}:{f.nullable}" for f in df.schema])
same = spark.createDataFrame(df.collect(), df.schema)
print(same.schema == df.schema, same.exceptAll(df).count())
df.select(df.salary.cast(StringType()), df.hired.cast("timestamp"), df.id.cast(DoubleType())).orderBy("id").limit(2).show(truncate=False)
df.write.mode("overwrite").parquet(args["TARGET"] + "/typed")
