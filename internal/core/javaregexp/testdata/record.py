"""Asks Java anew what the patterns of java.json do to their texts. Run with pyspark, for its way into a JVM:

    python internal/core/javaregexp/testdata/record.py
"""
import json
import os

from pyspark.sql import SparkSession

HERE = os.path.dirname(os.path.abspath(__file__))


def ask(java, pattern, text):
    """What java.util.regex makes of a pattern on a text."""
    case = {"Pattern": pattern, "Text": text}
    try:
        compiled = java.util.regex.Pattern.compile(pattern)
    except Exception:  # a PatternSyntaxException, through the gateway
        return dict(case, Bad=True)
    matcher, found = compiled.matcher(text), []
    while matcher.find():
        found.append(matcher.group())
    return dict(case, Matches=found, Replaced=compiled.matcher(text).replaceAll("<$0>"), Parts=list(compiled.split(text, -1)))


def main():
    jvm = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()._jvm
    path = os.path.join(HERE, "java.json")
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    with open(path, "w", encoding="utf-8") as file:
        made = [json.dumps(ask(jvm.java, case["Pattern"], case["Text"]), ensure_ascii=False) for case in cases]
        file.write("[\n" + ",\n".join(made) + "\n]\n")


main()
