# SQL put together from strings, over views.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
for name in ("orders", "customers", "rates"):
    spark.read.csv(f"{args['SOURCE']}/{name}.csv", header=True).createOrReplaceTempView(name)

measures = {"n": "count(*)", "total": "round(sum(cast(amount as double)), 2)", "last": "max(order_date)"}
dims = ["currency", "country"]
for i in range(len(dims) + 1):
    keys = dims[:i]
    select = ", ".join(keys + [f"{e} as {n}" for n, e in measures.items()])
    query = f"select {select} from orders" + (f" group by {', '.join(keys)} order by {', '.join(keys)}" if keys else "")
    print(query)
    spark.sql(query).show()

query = """
with clean as (
    select distinct order_id, customer_id, try_cast(amount as decimal(10,2)) as amount, upper(trim(status)) as status from orders
), ranked as (
    select *, row_number() over (partition by customer_id order by amount desc nulls last, order_id) as rn from clean where customer_id is not null
)
select r.customer_id, c.name, r.order_id, r.amount, case when r.amount >= {limit} then 'big' when r.amount is null then 'none' else 'small' end as size
from ranked r left outer join customers c on c.customer_id = r.customer_id
where rn = 1 and r.status <> 'CANCELLED' and exists (select 1 from rates x where x.currency is not null)
order by 1
""".format(limit=100)
result = spark.sql(query)
result.show(truncate=False)
result.write.mode("overwrite").parquet(args["TARGET"] + "/best")
