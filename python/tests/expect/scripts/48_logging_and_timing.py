# A job with logging, timing and a summary at the end.
import sys
import time
import logging
from awsglue.utils import getResolvedOptions
from awsglue.context import GlueContext
from pyspark.context import SparkContext
from pyspark.sql import functions as F

logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
log = logging.getLogger("job")
args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
sc.setLogLevel("ERROR")
glueContext = GlueContext(sc)
logger = glueContext.get_logger()
spark = glueContext.spark_session
summary = {}


def timed(name):
    def wrap(function):
        def inner(*a, **k):
            start = time.time()
            result = function(*a, **k)
            log.info("%s took %.2f s", name, time.time() - start)
            summary[name] = result.count()
            logger.info("step " + name)
            return result
        return inner
    return wrap


@timed("read")
def read():
    return spark.read.csv(args["SOURCE"] + "/sensors.csv", sep=";", header=True, inferSchema=True)


@timed("clean")
def clean(df):
    return df.filter(F.col("temp").isNotNull() & ~F.isnan("temp") & F.col("temp").between(-50, 60)).cache()


@timed("daily")
def daily(df):
    return df.groupBy("device", F.to_date("time").alias("day")).agg(F.min("temp").alias("lo"), F.max("temp").alias("hi"), F.round(F.avg("hum"), 3).alias("hum"))


result = daily(clean(read()))
result.orderBy("device", "day").show()
print(summary)
result.write.mode("overwrite").parquet(args["TARGET"] + "/daily")
