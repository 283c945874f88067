# A gate of quality: metrics per column in one pass, thresholds, a score table, drift against a profile, exit by exception.
import sys
import json
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType, StringType, DateType, TimestampType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
df = spark.read.csv(args["SOURCE"] + "/people.csv", header=True, inferSchema=True)
df.printSchema()
exprs = [F.count(F.lit(1)).alias("rows")]
for f in df.schema.fields:
    c = F.col(f.name)
    exprs += [F.sum(F.when(c.isNull(), 1).otherwise(0)).alias(f.name + "__nulls"), F.countDistinct(c).alias(f.name + "__distinct")]
    if isinstance(f.dataType, NumericType):
        exprs += [F.min(c).alias(f.name + "__min"), F.max(c).alias(f.name + "__max"), F.avg(c).alias(f.name + "__avg")]
    elif isinstance(f.dataType, StringType):
        exprs += [F.max(F.length(c)).alias(f.name + "__maxlen"), F.sum((F.trim(c) != c).cast("int")).alias(f.name + "__blanks")]
    elif isinstance(f.dataType, (DateType, TimestampType)):
        exprs += [F.min(c).cast("string").alias(f.name + "__min")]
m = df.agg(*exprs).first().asDict()
print(json.dumps(m, sort_keys=True, default=str, indent=1))
RULES = [
    ("id unique", lambda: m["id__distinct"] == m["rows"], "error"),
    ("ssn complete", lambda: m["ssn__nulls"] == 0, "warn"),
    ("ssn unique", lambda: df.filter("ssn is not null").groupBy("ssn").count().filter("count > 1").isEmpty(), "warn"),
    ("email looks right", lambda: df.filter(~F.col("email").rlike(r"^[\w.+-]+@[\w-]+\.[\w.]+$")).count() == 0, "warn"),
    ("dob in the past", lambda: df.filter(F.col("dob") > F.lit("2015-01-01").cast("date")).limit(1).count() == 0, "error"),
    ("zip five", lambda: df.select(F.expr("every(zip is null or zip rlike '^[0-9]{5}$')")).first()[0], "warn")]
result = [(name, bool(rule()), level) for name, rule, level in RULES]
scores = spark.createDataFrame(result, ["rule", "passed", "level"])
scores.show(truncate=False)
scores.groupBy("level").agg(F.sum(F.col("passed").cast("int")).alias("ok"), F.count("*").alias("n"), F.collect_list(F.when(~F.col("passed"), F.col("rule"))).alias("failed"), F.bool_and("passed").alias("all"), F.expr("count_if(not passed)").alias("bad")).orderBy("level").show(truncate=False)
nulls = df.select([(F.count(F.when(F.col(c).isNull(), c)) / F.count("*")).alias(c) for c in df.columns])
nulls.show(vertical=True)
for name, value in sorted(nulls.first().asDict().items(), key=lambda p: -p[1]):
    if value:
        print("%-6s %5.1f%%" % (name, value * 100))
profile = {"rows": 10, "id__avg": 3.0}
drift = {k: round(m[k] / v - 1, 3) for k, v in profile.items()}
print(drift)
bad = df.withColumn("issues", F.array_except(F.array(F.when(F.col("ssn").isNull(), "no ssn").otherwise(""), F.when(~F.col("email").contains("@"), "email").otherwise("")), F.array(F.lit(""))))
bad.filter(F.size("issues") > 0).select("id", "issues", F.current_date().isNotNull().alias("t")).orderBy("id").show()
df.filter(F.col("zip").isNull() | (F.length("zip") < 5)).drop("card").write.mode("overwrite").option("sep", "\t").option("header", True).option("quote", "'").csv(args["TARGET"] + "/quarantine")
scores.write.mode("overwrite").json(args["TARGET"] + "/scores")
failed = [r.rule for r in scores.filter("not passed and level = 'error'").collect()]
if failed:
    raise RuntimeError("gate closed: " + ", ".join(failed)) if "--strict" in sys.argv else SystemExit(0)
