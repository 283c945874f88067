"""Whole scripts, in the styles in which people write Glue jobs.

Each file of the folder `scripts` is a script as somebody would upload it: it takes --JOB_NAME, --SOURCE and --TARGET,
reads the files of `scripts/data` under SOURCE, prints, and writes under TARGET. A case runs one and yields what it
printed, and for each folder it wrote the rows that are in it. On the real PySpark the few parts of awsglue that are a
DataFrame in other words come from `standin`.
"""
import contextlib
import glob
import io
import os
import runpy
import sys

import pyspark

from tests.expect import standin

_HERE = os.path.dirname(os.path.abspath(__file__))
_SCRIPTS = os.path.join(_HERE, "scripts")
# Whether this is the real PySpark, and not the shim beside the tests.
_REAL = not os.path.abspath(pyspark.__file__).startswith(os.path.dirname(os.path.dirname(_HERE)))


def printed(x, path):
    """Runs one script with its input in place, the files of `data` beside it; returns what it printed."""
    for source in sorted(glob.glob(os.path.join(os.path.dirname(path), "data", "*"))):
        with open(source, "rb") as file:
            x.file("data/" + os.path.basename(source), file.read())
    if _REAL:
        standin.install()
    name = os.path.splitext(os.path.basename(path))[0]
    argv, sys.argv = sys.argv, [path, "--JOB_NAME", name, "--SOURCE", x.url("data"), "--TARGET", x.url("out")]
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(path, run_name="__main__")
    finally:
        sys.argv = argv
        if _REAL:
            standin.remove()
    return out.getvalue()


def _case(path):
    """The case of one script."""
    def case(x):
        yield printed(x, path)
        for folder in sorted({name.split("/")[0] for name in x.files("out")}):
            names = [name for name in x.files("out") if name.startswith(folder + "/") and "/_" not in name]
            if any(name.endswith(".parquet") for name in names):
                yield {folder: sorted({os.path.dirname(name) for name in names})}
                yield x.spark.read.parquet(x.url("out/" + folder))
            else:
                found = x.files("out/" + folder)
                yield {name: sorted("".join(text).splitlines()) for name, text in found.items() if not name.startswith("_")}
    with open(path, encoding="utf-8") as file:
        first = file.readline().strip()
    case.__doc__ = first.strip("\"# ")
    case.__name__ = case.__qualname__ = "s" + os.path.splitext(os.path.basename(path))[0]
    return case


for _path in sorted(glob.glob(os.path.join(_SCRIPTS, "[0-9]*.py"))):
    _made = _case(_path)
    globals()[_made.__name__] = _made
