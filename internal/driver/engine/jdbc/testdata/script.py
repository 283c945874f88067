"""What Spark makes of the types and modes of PostgreSQL and MySQL: printed line by line, by the real PySpark when the
expectations are recorded, by the shim when they are checked. The databases' addresses are in the environment."""
import datetime
import decimal
import os

from pyspark.sql import SparkSession

builder = SparkSession.builder
if os.environ.get("JDBC_JARS"):
    builder = builder.master("local[1]").config("spark.driver.extraClassPath", os.environ["JDBC_JARS"]).config(
        "spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").config(
        "spark.driver.extraJavaOptions", "-Duser.timezone=UTC")
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("OFF")

POSTGRES = ("postgresql", os.environ["POSTGRES_URL"], {"user": "tenon", "password": "x", "driver": "org.postgresql.Driver"})
MYSQL = ("mysql", os.environ["MYSQL_URL"], {"user": os.environ["MYSQL_USER"], "password": os.environ["MYSQL_PASSWORD"],
                                            "driver": "com.mysql.cj.jdbc.Driver"})
COLUMNS = {
    "postgresql": "id b i2 i4 i8 r d n n52 n453 t v c by dt ts tz tm uu j jb ia ta na ba da bit1 bit4 inet iv o p xx",
    "mysql": "id t1 t4 tu i2 i2u i3 i4 iu i8 i8u f d n n502 b1 b8 c v t e s j bl bi vb dt dtm ts tm y",
}


def attempt(label, call):
    """Prints what a call gives, or the class of its error; the texts of errors out of the JVM are its own."""
    try:
        print(label, call())
    except Exception as err:
        text = "" if type(err).__name__ == "Py4JJavaError" else str(err).strip().split("\n")[0]
        print(label, type(err).__name__, text.split(" not found in ")[0])


def column(url, properties, name, where):
    frame = spark.read.jdbc(url, "(select %s from all_types where %s order by id) x" % (name, where), properties=properties)
    return frame.dtypes[0][1], [row[0] for row in frame.collect()]


for vendor, url, properties in (POSTGRES, MYSQL):
    print("==", vendor)
    for name in COLUMNS[vendor].split():
        attempt(name, lambda: column(url, properties, name, "1 = 1"))
    df = spark.createDataFrame(
        [(True, 1, 2, 3, 4, 1.5, 2.5, decimal.Decimal("1.50"), "a 'quote', \\ and\ttab\nline é", bytearray(b"\x00\x01\xff"),
          datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5)), (None,) * 12],
        "b boolean, by tinyint, sh smallint, i int, l bigint, f float, d double, n decimal(10,2), s string, bi binary, "
        "dt date, ts timestamp")

    def table():
        return sorted(map(repr, spark.read.jdbc(url, "w1", properties=properties).collect()))

    attempt("overwrite", lambda: df.write.jdbc(url, "w1", mode="overwrite", properties=properties))
    attempt("columns", lambda: [tuple(row) for row in spark.read.format("jdbc").options(
        url=url, query="select column_name, data_type, is_nullable from information_schema.columns where table_name = "
        "'w1' order by ordinal_position", **properties).load().collect()])
    attempt("back", lambda: spark.read.jdbc(url, "w1", properties=properties).dtypes)
    attempt("rows", table)
    attempt("error", lambda: df.write.jdbc(url, "w1", properties=properties))
    attempt("ignore", lambda: df.write.jdbc(url, "w1", mode="ignore", properties=properties))
    attempt("append", lambda: df.limit(1).write.jdbc(url, "w1", mode="append", properties=properties))
    attempt("fewer columns", lambda: df.select("s", "I").limit(1).write.jdbc(url, "w1", mode="append", properties=properties))
    attempt("unknown column", lambda: df.selectExpr("s", "i as zz").write.jdbc(url, "w1", mode="append", properties=properties))
    attempt("rows", table)
    attempt("truncate", lambda: df.where("i = 3").write.option("truncate", "true").jdbc(url, "w1", mode="overwrite",
                                                                                       properties=properties))
    attempt("rows", table)
    attempt("arrays", lambda: df.selectExpr("array(i, null) a", "array('x,\"y', null) t").write.jdbc(
        url, "w2", mode="overwrite", properties=properties))
    if vendor == "postgresql":
        attempt("arrays back", lambda: spark.read.jdbc(url, "w2", properties=properties).collect()[0])
    attempt("structs", lambda: df.selectExpr("struct(i) a").write.jdbc(url, "w3", mode="overwrite", properties=properties))
    attempt("nothing", lambda: df.selectExpr("null as a").write.jdbc(url, "w3", mode="overwrite", properties=properties))
    attempt("missing", lambda: spark.read.jdbc(url, "nosuch", properties=properties))
    attempt("both", lambda: spark.read.format("jdbc").options(url=url, query="select 1 a", dbtable="w1", **properties).load())
    attempt("neither", lambda: spark.read.format("jdbc").options(url=url, **properties).load())
    attempt("predicates", lambda: spark.read.jdbc(url, "all_types", predicates=["id = 1", "id = 2", "id = 1"],
                                                  properties=properties).select("id").collect())
    attempt("partitions", lambda: sorted(row.id for row in spark.read.jdbc(
        url, "all_types", column="id", lowerBound=1, upperBound=2, numPartitions=2, properties=properties).collect()))
    attempt("overwritten by what was read", lambda: spark.read.jdbc(url, "w1", properties=properties).cache().count())
