# Python functions as UDFs: with types, by decorator, and in SQL.
import sys
import re
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf, col
from pyspark.sql.types import StringType, IntegerType, BooleanType, ArrayType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()


def initials(name):
    return "".join(part[0].upper() for part in re.split(r"[\s,]+", name) if part) if name else None


@udf(returnType=BooleanType())
def is_gmail(email):
    return email is not None and email.lower().endswith("@gmail.com")


vowels = udf(lambda s: sum(c in "aeiouAEIOU" for c in s) if s is not None else -1, IntegerType())
words = udf(lambda s: s.split() if s else [], ArrayType(StringType()))
spark.udf.register("initials", initials, StringType())

df = spark.read.csv(args["SOURCE"] + "/customers.csv", header=True, escape='"')
out = df.select("customer_id", udf(initials)(col("name")).alias("ini"), is_gmail("email").alias("gmail"), vowels("name").alias("vowels"), words("name").alias("words"))
out.printSchema()
out.orderBy("customer_id").show(truncate=False)
df.createOrReplaceTempView("c")
spark.sql("select customer_id, initials(name) as i from c where initials(name) is not null order by customer_id").show()
out.write.mode("overwrite").parquet(args["TARGET"] + "/udf")
