# SQL as analysts write it: subqueries everywhere.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
spark.read.csv(args["SOURCE"] + "/employees.csv", header=True, inferSchema=True).createOrReplaceTempView("emp")
queries = {
    "above": "select name, salary from emp where salary > (select avg(salary) from emp) order by name",
    "bosses": "select name from emp where id in (select manager_id from emp) order by name",
    "no_reports": "select name from emp e where not exists (select 1 from emp r where r.manager_id = e.id) order by 1",
    "not_in": "select name from emp where id not in (select manager_id from emp)",
    "best": "select dept, name from emp e where salary = (select max(salary) from emp x where x.dept = e.dept) order by dept, name",
    "nested": "select dept, n from (select dept, count(*) n from (select * from emp where hired >= '2016-01-01') a group by dept) b where n > 1 order by dept",
    "union": "select 'low' kind, count(*) n from emp where salary < 100000 union all select 'high', count(*) from emp where salary >= 100000 order by n desc, kind",
    "lateral": "select id, x from emp lateral view explode(array(dept, name)) t as x where id < 3 order by id, x",
}
for name, query in queries.items():
    print("--", name)
    spark.sql(query).show()
spark.sql(queries["best"]).write.mode("overwrite").json(args["TARGET"] + "/best")
