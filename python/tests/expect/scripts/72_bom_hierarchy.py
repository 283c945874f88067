# Bill of materials: iterative joins until nothing is left, levels, paths, total quantities, roll-up of a path string.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, lit, concat, concat_ws, sum as sum_, max as max_, explode, split, slice, size, sequence, array, array_contains, count, expr, broadcast, desc, round as round_

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("WARN")
edges = spark.read.csv(args["SOURCE"] + "/bom.csv", header=True, schema="parent STRING, child STRING, qty DOUBLE").cache()
roots = edges.select("parent").distinct().join(edges.select(col("child").alias("parent")).distinct(), "parent", "left_anti")
print("roots", [r.parent for r in roots.orderBy("parent").collect()])

level = edges.join(roots, "parent").select(col("parent").alias("root"), "child", "qty", concat_ws("/", "parent", "child").alias("path"), lit(1).alias("level"), array("parent", "child").alias("seen"))
every = level
MAX_DEPTH = 10
for depth in range(2, MAX_DEPTH + 1):
    level = (level.alias("l").join(edges.alias("e"), col("l.child") == col("e.parent"))
             .where(~array_contains(col("l.seen"), col("e.child")))
             .select("l.root", col("e.child"), (col("l.qty") * col("e.qty")).alias("qty"), concat("l.path", lit("/"), "e.child").alias("path"), lit(depth).alias("level"),
                     expr("concat(l.seen, array(e.child))").alias("seen")))
    level = level.cache()
    n = level.count()
    print("level", depth, n)
    if n == 0:
        break
    every = every.unionAll(level)
every.orderBy("path").show(50, truncate=False)
total = every.groupBy("root", "child").agg(sum_("qty").alias("qty"), max_("level").alias("deepest"), count("*").alias("uses"))
total.orderBy("root", desc("qty"), "child").show()
leaves = total.join(broadcast(edges.select(col("parent").alias("child")).distinct()), "child", "leftanti")
leaves.orderBy("root", "child").show()

products = spark.read.csv(args["SOURCE"] + "/products.csv", header=True, inferSchema=True)
up = (products.na.fill("unknown", ["category"]).withColumn("parts", split("category", ">"))
      .withColumn("n", explode(sequence(lit(1), size("parts"))))
      .withColumn("node", concat_ws(">", slice("parts", lit(1), col("n")))))
rolled = up.groupBy("node", "n").agg(count("sku").alias("skus"), round_(sum_("price"), 2).alias("price"))
rolled.orderBy("node").show(truncate=False)
print(rolled.dtypes)
tree = {}
for r in rolled.orderBy("n").toLocalIterator():
    tree.setdefault(r["node"].split(">")[0], []).append((r["node"], r["skus"]))
print({k: sorted(v) for k, v in sorted(tree.items())})
every.select("root", "path", "qty", "level").repartition(1).sortWithinPartitions("path").write.mode("overwrite").csv(args["TARGET"] + "/bom", header=True)
