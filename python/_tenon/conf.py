"""Which Spark settings a script may make.

Every key is one of: harmless (it steers a cluster, or only speed), fixed (the engine has just one behaviour, so only
that value is taken), or refused by name. Keys that do not begin with "spark." are the script's own notes.
"""
import sys

from _tenon import plan
from _tenon.errors import UnsupportedOperation
from pyspark.errors.exceptions.base import SparkNoSuchElementException

# Keys that cannot change what a job computes, and beginnings of such keys that end in a dot; Go has the same list.
HARMLESS = tuple(plan.HARMLESS_SETTINGS.split())
HARMLESS_PREFIXES = tuple(key for key in HARMLESS if key.endswith("."))

# Keys with one behaviour here, and the values (in lower case) that ask for it.
FIXED = {key: tuple(values.split(",")) for key, _, values in
         (entry.partition("=") for entry in plan.FIXED_SETTINGS.split())}

# What Spark answers for keys that nobody set.
DEFAULTS = {
    "spark.app.name": "pyspark-shell", "spark.master": "local[*]", "spark.sql.shuffle.partitions": "200",
    "spark.sql.session.timeZone": "UTC", "spark.sql.caseSensitive": "false",
    "spark.sql.sources.partitionOverwriteMode": "STATIC", "spark.sql.sources.default": "parquet",
    "spark.sql.adaptive.enabled": "true", "spark.sql.autoBroadcastJoinThreshold": "10485760b",
    "spark.sql.parquet.compression.codec": "snappy", "spark.sql.execution.arrow.pyspark.enabled": "false",
    "spark.sql.crossJoin.enabled": "true", "spark.sql.legacy.timeParserPolicy": "EXCEPTION",
}


def of_job(argv):
    """The settings of --conf, by key, from a script's arguments: "a=1 --conf b=2" as Glue's users write it. The worker
    has checked them."""
    if "--conf" not in argv[:-1]:
        return {}
    pairs = argv[argv.index("--conf") + 1].split("--conf")
    return {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in pairs) if key.strip()}


values = of_job(sys.argv)  # what the job and the script set, by key


def text(value):
    """A value as Spark's string: true and false in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def check(key, value):
    """Raises UnsupportedOperation where a setting would have to change what the engine does."""
    if not key.startswith("spark."):
        return
    allowed = FIXED.get(key.lower())
    if allowed is None:
        if key in HARMLESS or key.startswith(HARMLESS_PREFIXES):
            return
        raise UnsupportedOperation.of("the Spark setting %s" % key)
    if text(value).lower() not in allowed:
        raise UnsupportedOperation.of("the Spark setting %s=%s" % (key, text(value)),
                                      "only %s" % " or ".join(allowed))


def put(key, value):
    """Sets a key, after check."""
    check(key, value)
    values[key] = text(value)


def get(key):
    """The value of a key; SparkNoSuchElementException where it has none."""
    if key in values:
        return values[key]
    if key in DEFAULTS:
        return DEFAULTS[key]
    raise SparkNoSuchElementException("[SQL_CONF_NOT_FOUND] The SQL config \"%s\" cannot be found. Please verify "
                                      "that the config exists." % key)


def time_policy():
    """How the engine reads and writes times by patterns: "" for Spark's default, CORRECTED or LEGACY."""
    policy = values.get("spark.sql.legacy.timeParserPolicy", "").upper()
    return "" if policy == "EXCEPTION" else policy


def substitute(text, within=()):
    """A text in SQL with the value of a setting in the place of each ${name}, or nothing where it has none, as Spark's
    parser puts it there. A prefix that Spark does not know stays as it is."""
    if "${" not in text:
        return text
    import re

    def filled(found):
        prefix, name = found.group(1), found.group(2)
        if prefix in ("env", "system"):
            raise UnsupportedOperation.of("a variable ${%s:...} in SQL" % prefix, "fill in the value with Python")
        if prefix not in (None, "spark", "sparkconf", "hivevar", "hiveconf"):
            return found.group(0)
        if name in within:
            raise UnsupportedOperation.of("a variable ${%s} that stands for itself" % name)
        if name.startswith(("spark.", "hive.")) and name not in values and name not in DEFAULTS:
            raise UnsupportedOperation.of("the variable ${%s}, a setting with a value of Spark's own," % name)
        return substitute(values.get(name, DEFAULTS.get(name, "")), (*within, name))

    return re.sub(r"\$\{(?:(\w+?):)?(\S+?)\}", filled, text, flags=re.ASCII)


def command(sql):
    """What SET and RESET in SQL answer, as (key, value) rows; None for every other statement."""
    import re
    found = re.match(r"\s*(set|reset)\b(.*)", sql.strip().rstrip(";"), re.IGNORECASE | re.DOTALL)
    if found is None:
        return None
    word, rest = found.group(1).lower(), found.group(2).strip()
    if word == "reset":
        for key in [rest] if rest else [key for key in values if key.startswith("spark.sql.")]:
            values.pop(key, None)
        return []
    zone = re.match(r"time\s+zone\s+(.*)", rest, re.IGNORECASE | re.DOTALL)
    if zone:
        rest = "spark.sql.session.timeZone=" + ("UTC" if zone.group(1).lower() == "local" else zone.group(1).strip("'\""))
    if not rest or rest.lower() == "-v":
        raise UnsupportedOperation.of("the SQL statement SET without a key")
    key, given, value = rest.partition("=")
    key = key.strip().strip("`")
    if given:
        put(key, value.strip())
    return [(key, values.get(key, DEFAULTS.get(key, "<undefined>")))]
