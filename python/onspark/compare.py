"""Compares tables by the real PySpark. Standard input has {"format", "embedded": [files], "spark": [files]}; the answer on
standard output has "rows" of both, and "differences": in names, types and rows."""
import json
import sys

# Most rows that are told of each side.
EXAMPLES = 5


def main():
    from pyspark.sql import SparkSession
    task = json.load(sys.stdin)
    spark = SparkSession.builder.getOrCreate()
    frames = [spark.read.format(task["format"]).load(["file://" + name for name in task[side]])
              for side in ("embedded", "spark")]
    differences = []
    if frames[0].dtypes != frames[1].dtypes:
        differences.append("the embedded engine has the columns %s, Spark %s" % tuple(
            ", ".join("%s %s" % pair for pair in frame.dtypes) for frame in frames))
    else:
        keyed = [frame.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false')) row") for frame in frames]
        for name, mine, other in (("only the embedded engine: ", keyed[0], keyed[1]), ("only Spark: ", keyed[1], keyed[0])):
            differences += [name + row[0] for row in mine.exceptAll(other).take(EXAMPLES)]
    json.dump({"rows": [frame.count() for frame in frames], "differences": differences}, sys.stdout)


main()
