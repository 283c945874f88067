"""What a side answers to a program, as JSON: the frame's names and types and its rows, or the error."""
import datetime
import decimal
import re

from pyspark.sql import Window


def run(spark, functions, base, setup, programs):
    """Runs the lines of a batch on one side; one answer a program. base is the folder for files."""
    names = {"Window": Window, "spark": spark, "F": functions, "decimal": decimal, "datetime": datetime, "BASE": base}
    for line in setup:
        exec(line, names)
    return [_answer(lines, dict(names)) for lines in programs]


def _answer(lines, names):
    """The answer to one program."""
    try:
        exec("\n".join(lines), names)
        frame = names["df"]
        columns = [[field.name, field.dataType.simpleString()] for field in frame.schema.fields]
        return {"columns": columns, "rows": [[plain(value) for value in row] for row in frame.collect()]}
    except Exception as err:
        return failure(err)


def failure(err):
    """An error as an answer: refused by name, or Spark's class of error where it has one."""
    text = str(err).strip()
    if type(err).__module__ == "tenon":
        return {"refused": text}
    code = re.search(r"\[([A-Z][A-Z0-9_.]+)\]", text)
    java = re.search(r": ((?:java|org)\.[\w.$]+(?:Exception|Error))", text) if type(err).__name__ == "Py4JJavaError" else None
    return {"error": type(err).__name__, "code": code.group(1) if code else "", "text": (java.group(1) + " " if java else "") + text[:700]}


def plain(value):
    """A value as JSON in which equal values, and only they, are equal."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, dict):
        pairs = [[plain(key), plain(one)] for key, one in value.items()]  # PySpark's come out of a HashMap, in its order
        return {"map": sorted(pairs, key=repr)}
    if isinstance(value, tuple) and hasattr(value, "__fields__"):
        return {"row": [[name, plain(one)] for name, one in zip(value.__fields__, value)]}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return repr(value)
