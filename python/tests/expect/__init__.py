"""What the traps of Spark's semantics must give: scripts, and what the real PySpark answered to them.

A case is a function of one of the modules in MODULES that takes a Bench and yields answers: DataFrames, texts, folders
of files, values. Its docstring says what is easily got wrong. `record` runs every case on the real PySpark and writes
its answers with the versions beside them; `check` runs the same cases on the shim and the engine, and holds every
answer to the recording. What the engine refuses by name stands in refused.txt with the text of the refusal; anything
else that differs fails.

Cases of Glue's own have no public original: the modules of BY_HAND have what must come out beside each call, written by hand
after AWS's documentation.
"""
import importlib
import inspect
import os

HERE = os.path.dirname(os.path.abspath(__file__))

# The modules with cases that the real PySpark can answer.
MODULES = ("csv", "json", "types", "functions", "frames", "everyday", "corner", "sql", "dates", "patterns", "groups", "files", "malformed", "queries", "methods", "python", "text", "nested", "scripts", "fuzzed", "habits", "jsonfunctions", "methods2", "functions2", "pushdown", "pandas", "fuzzfound", "methods3", "sources", "legacy")

# The modules whose expectations are written by hand.
BY_HAND = ("glue", "glue2", "glue_python", "glue_errors", "glue_nested", "glue_context", "glue_scripts")


def cases(modules=MODULES):
    """The cases of modules, as module.function -> function, in the order of the files."""
    found = {}
    for module in modules:
        names = vars(importlib.import_module("tests.expect.%s_cases" % module))
        for name, function in names.items():
            if inspect.isgeneratorfunction(function) and not name.startswith("_") and \
                    function.__module__ == names["__name__"]:
                if not function.__doc__:
                    raise ValueError("%s.%s does not say what it is about" % (module, name))
                found["%s.%s" % (module, name)] = function
    return found
