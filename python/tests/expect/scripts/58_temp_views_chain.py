# A chain of temporary views, each a step.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
STEPS = [
    ("clean", "select distinct order_id, customer_id, to_date(order_date) day, cast(amount as decimal(10,2)) amount, currency from orders"),
    ("dated", "select *, year(day) y, month(day) m from clean where day is not null"),
    ("converted", "select /*+ BROADCAST(r) */ d.*, cast(d.amount * r.rate as decimal(12,2)) usd from dated d join (select currency, max(rate) rate from rates group by currency) r using (currency)"),
    ("monthly", "select y, m, count(*) n, sum(usd) usd, collect_set(currency) cur from converted group by y, m"),
    ("final", "select y, m, n, usd, sum(usd) over (order by y, m) running, array_join(sort_array(cur), '+') cur from monthly"),
]
for name in ("orders", "rates"):
    spark.read.csv(args["SOURCE"] + "/%s.csv" % name, header=True).createOrReplaceTempView(name)
for name, query in STEPS:
    spark.sql("create or replace temporary view %s as %s" % (name, query))
    print(name, spark.table(name).count(), spark.table(name).columns)
spark.table("final").orderBy("y", "m").show()
print(sorted(t.name for t in spark.catalog.listTables()))
spark.table("final").write.mode("overwrite").parquet(args["TARGET"] + "/final")
for name, _ in STEPS:
    spark.catalog.dropTempView(name)
