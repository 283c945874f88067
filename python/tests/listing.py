"""Lists what a script may call, as Markdown for docs/compatibility.md: python -m tests.listing"""
import importlib
import inspect

from _tenon import conf
from _tenon.signatures import REFUSED, RENAMED
from awsglue import transforms
from awsgluedq import checks
from pyspark.sql import functions

WIDTH = 120
REFUSAL = "Not supported by the embedded engine: raises UnsupportedOperation."
# What scripts use, by the name they import it under.
CLASSES = (
    "awsglue.context.GlueContext", "awsglue.dynamicframe.DynamicFrame", "awsglue.dynamicframe.DynamicFrameReader",
    "awsglue.dynamicframe.DynamicFrameWriter", "awsglue.dynamicframe.DynamicFrameCollection", "awsglue.job.Job",
    "awsglue.data_source.DataSource", "awsglue.data_sink.DataSink", "pyspark.context.SparkContext",
    "pyspark.sql.session.SparkSession", "pyspark.sql.dataframe.DataFrame", "pyspark.sql.column.Column",
    "pyspark.sql.group.GroupedData", "pyspark.sql.window.Window", "pyspark.sql.window.WindowSpec",
    "pyspark.sql.readwriter.DataFrameReader", "pyspark.sql.readwriter.DataFrameWriter",
    "pyspark.sql.na.DataFrameNaFunctions", "pyspark.sql.na.DataFrameStatFunctions", "pyspark.sql.catalog.Catalog",
    "pyspark.sql.udf.UDFRegistration", "awsgluedq.transforms.EvaluateDataQuality",
)


def names(words):
    """A list in code spans, broken into lines."""
    lines, line = [], ""
    words = list(words)
    for i, word in enumerate(words):
        word = "`%s`%s" % (word, "," if i < len(words) - 1 else "")
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = word
        else:
            line = (line + " " + word).strip()
    return "\n".join(lines + [line])


def is_refused(member):
    """Whether a member of a class is there to be refused by name."""
    target = member.fget if isinstance(member, property) else member
    return getattr(target, "__doc__", None) == REFUSAL


def members(cls):
    """The public members of a class that are not object's own: those served, and those refused."""
    served, refused = [], []
    for name, member in inspect.getmembers(cls):
        if not name.startswith("_") and not name.isupper() and not hasattr(object, name):
            (refused if is_refused(member) else served).append(name)
    return served, refused


def show_class(path):
    """One class: what it serves, what it refuses."""
    module, name = path.rsplit(".", 1)
    served, refused = members(getattr(importlib.import_module(module), name))
    print("**%s**:\n%s\n" % (name, names(served) if served else "nothing"))
    if refused:
        print("Refused:\n%s\n" % names(refused))


def show_transforms():
    """awsglue.transforms."""
    every = [(n, c) for n, c in inspect.getmembers(transforms, inspect.isclass)
             if issubclass(c, transforms.GlueTransform) and n != "GlueTransform"]
    print("**awsglue.transforms**:\n%s\n" % names(n for n, c in every))


def show_rules():
    """The rules of data quality."""
    print("**Rules of EvaluateDataQuality**:\n%s\n" % names(sorted(checks.KINDS)))


def show_functions():
    """pyspark.sql.functions: what is refused there and not by SQL, and what has another name in SQL."""
    for group, why in REFUSED.items():
        there = [n for n in sorted(group.split()) if hasattr(functions, n)]
        print("Refused in Python (%s):\n%s\n" % (why, names(there)))
    print("Other names in SQL:\n%s\n" % names("%s = %s" % pair for pair in sorted(RENAMED.items())))


def show_conf():
    """Spark's settings."""
    print("Settings that change nothing here, keys and, with a dot at the end, all that begin so:\n%s\n"
          % names(sorted(conf.HARMLESS)))
    print("Settings with one value:\n%s\n" % names("%s = %s" % (key, " or ".join(values))
                                                  for key, values in sorted(conf.FIXED.items())))


if __name__ == "__main__":
    show_transforms()
    for each in CLASSES:
        show_class(each)
    show_rules()
    print("<!-- functions -->")
    show_functions()
    print("<!-- settings -->")
    show_conf()
