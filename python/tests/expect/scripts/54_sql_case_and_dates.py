# SQL with CASE, dates of all kinds and null handling.
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
spark = SparkSession.builder.getOrCreate()
spark.read.csv(args["SOURCE"] + "/employees.csv", header=True, inferSchema=True).createOrReplaceTempView("emp")
spark.sql("set spark.sql.shuffle.partitions=2")
out = spark.sql("""
SELECT name, hired,
       CASE WHEN salary IS NULL THEN 'unpaid' WHEN salary >= 150000 THEN 'high' WHEN salary >= 75000 THEN 'mid' ELSE 'low' END AS band,
       CASE dept WHEN 'eng' THEN 1 WHEN 'ops' THEN 2 ELSE 0 END AS code,
       FLOOR(MONTHS_BETWEEN(DATE'2023-06-15', hired) / 12) AS years, DATE_ADD(hired, 90) AS probation, ADD_MONTHS(hired, 1) AS month_later,
       LAST_DAY(hired) AS month_end, NEXT_DAY(hired, 'MON') AS monday, DATE_FORMAT(hired, 'MMM yyyy') AS label, EXTRACT(QUARTER FROM hired) AS q,
       hired + INTERVAL 1 YEAR AS anniversary, DATEDIFF(DATE'2023-06-15', hired) AS days, COALESCE(dept, 'none') AS dept,
       NVL(salary, 0) AS pay, NULLIF(dept, 'hr') AS nohr, IF(manager_id IS NULL, 'boss', 'staff') AS role, TO_DATE('15.06.2023', 'dd.MM.yyyy') AS today
FROM emp ORDER BY id""")
out.printSchema()
out.show(truncate=False)
out.drop("label").write.mode("overwrite").parquet(args["TARGET"] + "/emp")
