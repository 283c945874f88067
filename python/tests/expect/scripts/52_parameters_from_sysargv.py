# A plain Spark script with optional arguments and a main function.
import argparse
import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def parse(argv):
    parser = argparse.ArgumentParser(description="counts events")
    parser.add_argument("--SOURCE", required=True)
    parser.add_argument("--TARGET", required=True)
    parser.add_argument("--event", default=None, action="append")
    parser.add_argument("--min-count", type=int, default=1)
    known, rest = parser.parse_known_args(argv)
    print(known.event, known.min_count, [r for r in rest if r.startswith("--")])
    return known


def main(argv):
    options = parse(argv)
    spark = SparkSession.builder.appName(os.environ.get("APP", "count")).getOrCreate()
    df = spark.read.json(os.path.join(options.SOURCE, "events.json"))
    if options.event:
        df = df.filter(F.col("event").isin(options.event))
    counts = df.groupBy("event").count().filter(F.col("count") >= options.min_count).sort(F.desc("count"), "event")
    counts.show()
    counts.write.mode("overwrite").csv(options.TARGET + "/counts")
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    if code:
        sys.exit(code)
