# Reconciles two systems: keys on either side, fields that differ, tolerances, a report in text.
import sys
from functools import reduce
from operator import or_
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, DataFrame
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
KEY, TOLERANCE = "id", 0.01
COLUMNS = ["name", "amount", "status", "tags"]

left = spark.createDataFrame([(1, "Ann", 10.0, "A", ["x", "y"]), (2, "Bob", 20.004, "B", []), (3, "Cid", None, "C", None), (4, "Dee", 40.0, None, ["z"]), (6, "Fay", float("nan"), "F", ["q"])],
                             "id int, name string, amount double, status string, tags array<string>")
right = spark.createDataFrame([(1, "ann ", 10.0, "A", ["x", "y"]), (2, "Bob", 20.0, "B", []), (3, "Cid", 0.0, "C", []), (5, "Eli", 50.0, "E", None), (6, "Fay", float("nan"), "F", ["q", "r"])],
                              "id int, name string, amount double, status string, tags array<string>")


def differs(c):
    l, r = F.col("l." + c), F.col("r." + c)
    if dict(left.dtypes)[c] == "double":
        return ~(l.eqNullSafe(r)) & (F.coalesce(F.abs(l - r), F.lit(1e9)) > TOLERANCE)
    return ~l.eqNullSafe(r)


joined = left.alias("l").join(right.alias("r"), F.col("l.id") == F.col("r.id"), "fullouter")
side = F.when(F.col("l.id").isNull(), "right only").when(F.col("r.id").isNull(), "left only").otherwise("both")
checked = joined.withColumn("side", side)
for c in COLUMNS:
    checked = checked.withColumn("d_" + c, (F.col("side") == "both") & differs(c))
any_diff = reduce(or_, [F.col("d_" + c) for c in COLUMNS])
report = checked.select(
    F.coalesce("l.id", "r.id").alias("id"), "side",
    F.array_join(F.array(*[F.when(F.col("d_" + c), F.lit(c)) for c in COLUMNS]), "|").alias("fields"), any_diff.alias("any"),
    *[F.when(F.col("d_" + c), F.concat(F.coalesce(F.col("l." + c).cast("string"), F.lit("∅")), F.lit(" → "), F.coalesce(F.col("r." + c).cast("string"), F.lit("∅")))).alias(c) for c in COLUMNS])
report.orderBy("id").show(truncate=False)
totals = checked.groupBy("side").agg(F.count("*").alias("n"), *[F.sum(F.col("d_" + c).cast("int")).alias(c) for c in COLUMNS]).orderBy("side")
for r in totals.collect():
    print("%-12s %3d %s" % (r["side"], r["n"], {c: r[c] for c in COLUMNS}))
h = lambda df: df.select("id", F.md5(F.concat_ws("~", *[F.coalesce(F.col(c).cast("string"), F.lit("")) for c in df.columns if c != "tags"])).alias("h"))
print("hash differs", [r.id for r in h(left).join(h(right).withColumnRenamed("h", "h2"), "id").where("h <> h2").orderBy("id").collect()])
only = left.select("id").subtract(right.select("id")).union(right.select("id").subtract(left.select("id")))
print(sorted(r[0] for r in only.collect()), left.select("id").intersect(right.select("id")).count())
sums = [df.agg(F.count(F.lit(1)).alias("rows"), F.sum("amount").alias("sum"), F.countDistinct("status").alias("st"), F.min("name").alias("mn"), F.max(F.length("name")).alias("ml")).withColumn("sys", F.lit(n)) for n, df in (("left", left), ("right", right))]
sums[0].unionByName(sums[1]).show()
left.exceptAll(right).orderBy("id").show()
long = reduce(DataFrame.unionAll, [report.where(F.col(c).isNotNull()).select("id", F.lit(c).alias("field"), F.split(F.col(c), " → ").alias("v")) for c in COLUMNS])
long.select("id", "field", F.col("v")[0].alias("was"), F.col("v")[1].alias("is")).orderBy("id", "field").show()
text = totals.select(F.concat_ws("\t", "side", F.col("n").cast("string")).alias("value"))
text.write.mode("overwrite").text(args["TARGET"] + "/summary")
long.write.mode("overwrite").json(args["TARGET"] + "/differences")
