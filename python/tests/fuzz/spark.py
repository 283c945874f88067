"""The side of the real PySpark: a process that reads requests as JSON, one a line, and answers each with a line.

A request is {"setup": lines, "programs": [lines, ...]}; the answer is the list of tests.fuzz.answers.run. It is started
by tests.fuzz.check with the Python that has pyspark.
"""
import json
import os
import sys
import tempfile

# Last, so that pyspark is the installed one and not the shim beside tests.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

from tests.fuzz import answers  # noqa: E402


def session():
    """A session as Glue's: UTC, and small. Programs are tiny, so that compiling them would take most of the time."""
    from pyspark.sql import SparkSession
    settings = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "1",
                "spark.driver.memory": "1g", "spark.ui.showConsoleProgress": "false",
                "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                "spark.sql.adaptive.enabled": "false", "spark.default.parallelism": "1"}
    if not os.environ.get("FUZZ_CODEGEN"):
        settings.update({"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"})
    builder = SparkSession.builder.master("local[1]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    return made


def main():
    """Answers requests until the input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Spark prints is no answer
    os.environ["TZ"] = "UTC"
    spark = session()
    from pyspark.sql import functions
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            request = json.loads(line)
            made = answers.run(spark, functions, "file://" + folder, request["setup"], request["programs"])
            out.write(json.dumps(made) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
