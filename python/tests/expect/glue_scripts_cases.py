"""The examples of AWS's developer guide, as whole scripts on data of the documented shape.

Each file of the folder `glue_scripts` is a script; it reads the files of `glue_scripts/data`, writes under its target,
and prints schemas, counts and rows. What it must print, after the guide, stands beside it in a text of its name. Where
the guide leaves an order open (of a schema's fields, of rows), the script sorts, or the text has the engine's order.
"""
import difflib
import glob
import os

from tests.expect.glue_cases import Differs
from tests.expect.scripts_cases import printed

_SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "glue_scripts")


def _case(path):
    """The case of one script: whether it prints the text beside it."""
    def case(x):
        got = printed(x, path)
        with open(os.path.splitext(path)[0] + ".txt", encoding="utf-8") as file:
            want = file.read()
        if got != want:
            raise Differs("\n".join(difflib.unified_diff(want.splitlines(), got.splitlines(), "want", "got", lineterm="")))
        yield True
    with open(path, encoding="utf-8") as file:
        case.__doc__ = file.readline().strip("# \n")
    case.__name__ = case.__qualname__ = "s" + os.path.splitext(os.path.basename(path))[0]
    return case


for _path in sorted(glob.glob(os.path.join(_SCRIPTS, "[0-9]*.py"))):
    _made = _case(_path)
    globals()[_made.__name__] = _made
