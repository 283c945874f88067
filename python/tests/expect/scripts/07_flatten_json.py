# Flatten nested JSON: every struct becomes columns, arrays are exploded.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, explode_outer
from pyspark.sql.types import ArrayType, StructType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()


def flatten(df):
    """Repeats until no struct or array is left."""
    complex_fields = {f.name: f.dataType for f in df.schema.fields if isinstance(f.dataType, (ArrayType, StructType))}
    while complex_fields:
        name = list(complex_fields)[0]
        kind = complex_fields[name]
        if isinstance(kind, StructType):
            expanded = [col(name + "." + inner.name).alias(name + "_" + inner.name) for inner in kind.fields]
            df = df.select("*", *expanded).drop(name)
        else:
            df = df.withColumn(name, explode_outer(name))
        complex_fields = {f.name: f.dataType for f in df.schema.fields if isinstance(f.dataType, (ArrayType, StructType))}
    return df


raw = spark.read.json(args["SOURCE"] + "/events.json")
raw.printSchema()
flat = flatten(raw)
flat.printSchema()
flat.orderBy("ts", "items_sku").show(20, False)
flat.write.mode("overwrite").parquet(args["TARGET"] + "/flat")
