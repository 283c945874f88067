"""Runs every case on the real PySpark and writes what it answers, to
spark-<version>/<module>.json.

    python tests/expect/record.py              # with pyspark==3.5.6 and Java 17
    python tests/expect/record.py csv types.int96_timestamps   # these modules and cases alone anew; prints them

`make expectations` does it with a PySpark of its own.
"""
import json
import os
import shutil
import sys
import tempfile

# Last, so that pyspark is the installed one and not the shim beside tests.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

from tests import expect  # noqa: E402
from tests.expect import bench  # noqa: E402


def session():
    """A session as Glue's: UTC, and small, since cases are."""
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config(
        "spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1").config(
        "spark.driver.memory", "1g").config("spark.ui.showConsoleProgress", "false").config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def save(path, head, answers):
    """Writes the recording with one answer a line, so that a difference can be read."""
    def text(value):
        return json.dumps(value, ensure_ascii=False)
    with open(path, "w", encoding="utf-8") as file:
        file.write("{" + text(head)[1:-1] + ',\n"cases": {\n')
        file.write(",\n".join(text(name) + ": [\n " + ",\n ".join(map(text, made)) + "]" for name, made in answers))
        file.write("\n}}\n")


def main(only):
    """Records every case, or those named."""
    os.environ["TZ"] = "UTC"
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers have the packages of this one
    spark = session()
    java = spark._jvm.java.lang.System.getProperty("java.version")
    head = {"pyspark": spark.version, "java": java, "python": "%d.%d.%d" % sys.version_info[:3]}
    total = 0
    for module in expect.MODULES:
        known = expect.cases((module,))
        wanted = [name for name in known if not only or name in only or module in only]
        if wanted:
            path = os.path.join(expect.HERE, "spark-%s" % spark.version, module + ".json")
            total += record(spark, path, head, known, wanted, bool(only))
    print("%d cases" % total)


def record(spark, path, head, known, wanted, shown):
    """Records the wanted cases of one module; the others known keep what is recorded of them. Returns how many it has
    recorded."""
    recorded = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            recorded = json.load(file)["cases"]
    for name in wanted:
        folder = tempfile.mkdtemp()
        try:
            recorded[name], err = bench.run(known[name], bench.Bench(spark, "file://" + folder, folder))
        finally:
            shutil.rmtree(folder)
        if shown:
            print(name, json.dumps(recorded[name], indent=1, ensure_ascii=False))
        if err is not None:
            print("%s ends with %s: %s" % (name, type(err).__name__, str(err).strip().split("\n")[0][:300]))
        spark.catalog.clearCache()
        for table in spark.catalog.listTables():
            spark.catalog.dropTempView(table.name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    save(path, head, [(name, recorded[name]) for name in known if name in recorded])
    return len(wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
