# Support tickets from an API dump: arrays of states, offsets of time zones, a map of custom fields, SLA per ticket.
import sys
import json
from datetime import datetime, timedelta
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
from pyspark.sql.functions import col, lit, expr, explode, posexplode, to_timestamp, from_json, to_json, struct, map_keys, \
    array_contains, element_at, size, filter as filter_, transform, aggregate, exists, sort_array, array_max, collect_list, \
    map_from_entries, when, unix_timestamp, date_trunc, dayofweek, hour, udf, schema_of_json, get_json_object, explode_outer
from pyspark.sql.types import *

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
schema = StructType([
    StructField("id", StringType()), StructField("opened", StringType()), StructField("tags", ArrayType(StringType())),
    StructField("status", ArrayType(StructType([StructField("s", StringType()), StructField("at", TimestampType())]))),
    StructField("custom", MapType(StringType(), StringType()))])
t = spark.read.schema(schema).json(args["SOURCE"] + "/tickets.json", multiLine=True)
t.printSchema()
t.show(truncate=False)
t = t.withColumn("opened_at", to_timestamp("opened"))
life = (t.withColumn("closed_at", expr("filter(status, x -> x.s = 'closed')[0].at"))
        .withColumn("n_states", size("status"))
        .withColumn("path", expr("array_join(transform(status, x -> x.s), '>')"))
        .withColumn("vip", array_contains("tags", "vip"))
        .withColumn("sla_h", col("custom").getItem("sla_hours").cast("int"))
        .withColumn("last_state", element_at("status", -1).getField("s"))
        .withColumn("hours_open", (unix_timestamp("closed_at") - unix_timestamp("opened_at")) / 3600)
        .withColumn("breached", when(col("closed_at").isNull(), lit(None)).otherwise(col("hours_open") > col("sla_h"))))
life.select("id", "opened_at", "closed_at", "n_states", "path", "vip", "sla_h", "last_state", "hours_open", "breached").orderBy("id").show(truncate=False)
steps = t.select("id", posexplode("status").alias("pos", "st")).select("id", "pos", "st.s", "st.at")
w = Window.partitionBy("id").orderBy("pos")
steps = steps.withColumn("minutes", expr("(unix_timestamp(lead(at) over (partition by id order by pos)) - unix_timestamp(at)) / 60"))
steps.orderBy("id", "pos").show()
spent = steps.na.drop(subset=["minutes"]).groupBy("id").agg(map_from_entries(sort_array(collect_list(struct("s", "minutes")))).alias("spent"))
spent.orderBy("id").show(truncate=False)
print(spent.schema["spent"].dataType.simpleString())
t.select("id", explode_outer("custom")).orderBy("id", "key").show()
t.select("id", explode_outer("tags").alias("tag")).orderBy("id", "tag").show()
t.select("id", to_json(struct("id", "tags", "custom", "opened_at")).alias("j")).orderBy("id").show(truncate=False)
doc = t.select(to_json("status").alias("j")).orderBy("j").first().j
print(doc)
print(spark.range(1).select(schema_of_json(lit(doc)).alias("s")).first().s)
back = t.select("id", from_json(to_json("custom"), "priority string, sla_hours int").alias("c")).select("id", "c.*")
back.orderBy("id").show()


def business_hours(start, end):
    if start is None or end is None:
        return None
    hours, now = 0, start
    while now < end:
        if now.weekday() < 5 and 9 <= now.hour < 17:
            hours += 1
        now += timedelta(hours=1)
    return hours


bh = udf(business_hours, IntegerType())
print([(r.id, r.b, r.opened_at, r.dow) for r in life.select("id", bh("opened_at", "closed_at").alias("b"), "opened_at", dayofweek("opened_at").alias("dow")).orderBy("id").collect()])
life.select("id", "opened_at", "tags", "custom", date_trunc("week", "opened_at").alias("week")).write.mode("overwrite").json(args["TARGET"] + "/life")
