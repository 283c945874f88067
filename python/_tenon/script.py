"""Runs a job's script as Glue would, for runner.py.

The script is __main__, sys.argv is [SCRIPT, ARGS...], and the shim stands first on sys.path, then the script's
folder, then --extra-py-files. A script that ends by an exception leaves its traceback on standard error, cut to the
script's own frames, and a JSON object in the file the environment names: type, message, summary ("NameError: name
'x' is not defined"), and line, file and text of the statement. The exit code is the script's own.

Everything that only a failure needs is imported when there is one: a job's first line waits for this file.
"""
import os
import sys

# Longest text of one member of the error file, in characters: an exception may carry a whole document.
MAX_TEXT = 8000

# The folder of this package and its neighbours.
SHIM = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The files whose frames are below every script's.
_BELOW = (__file__, os.path.join(os.path.dirname(__file__), "runner.py"))


def main():
    """The whole life of a script; returns the exit code."""
    if len(sys.argv) < 2:
        print("usage: runner.py SCRIPT ARGS...", file=sys.stderr)
        return 2
    script = sys.argv[1]
    sys.argv = sys.argv[1:]
    _prepare(script)
    try:
        _run(script)
    except SystemExit as end:
        return _exit_code(end, script)
    except BaseException as err:
        _report(err, script)
        return 1
    return 0


def _prepare(script):
    """sys.path, the address of the driver, and standard streams that show each line at once, in UTF-8."""
    from _tenon import plan
    address = os.environ.get(plan.ENV_ADDRESS)
    if address:
        from _tenon import host
        host.answer(address)
    extra = os.environ.get(plan.ENV_EXTRA_PY_FILES)
    mine = [SHIM, os.path.dirname(os.path.abspath(script))] + (extra.split(os.pathsep) if extra else [])
    sys.path[:] = mine + [path for path in sys.path if path not in mine and path != os.path.join(SHIM, "_tenon")]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _run(script):
    """Executes the script's code in a fresh __main__."""
    with open(script, "rb") as file:
        code = compile(file.read(), script, "exec", dont_inherit=True)
    module = type(sys)("__main__")
    module.__file__ = script
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def _exit_code(end, script):
    """sys.exit() and sys.exit(0) end well; a number is the exit code; anything else is printed, and 1."""
    if end.code is None or end.code == 0:
        return 0
    if isinstance(end.code, int):
        _write({"type": "SystemExit", "message": str(end.code), "summary": "SystemExit: %d" % end.code,
                **_place(_frames(end, script), script)})
        return end.code & 0xFF or 1
    print(end.code, file=sys.stderr)
    _write({"type": "SystemExit", "message": str(end.code), "summary": "SystemExit: %s" % (end.code,),
            **_place(_frames(end, script), script)})
    return 1


def _report(err, script):
    """Prints the traceback without frames of this package, and writes the error file."""
    import traceback
    sys.stdout.flush()
    shown = traceback.TracebackException(type(err), err, err.__traceback__)
    _cut(shown)
    for line in shown.format():
        print(line, end="", file=sys.stderr)
    sys.stderr.flush()
    name = type(err).__name__
    message = err.msg if isinstance(err, SyntaxError) else str(err)
    _write({"type": name, "message": message, "summary": "%s: %s" % (name, message) if message else name,
            **_place(_frames(err, script), script, err)})


def _cut(shown):
    """Takes this package's frames out of a traceback and its causes, so that the script's own line comes last. They
    stay where the shim fell over instead of raising on purpose: then the defect is here, and must be seen."""
    frames = [frame for frame in shown.stack if frame.filename not in _BELOW]
    inside = bool(frames) and frames[-1].filename.startswith(SHIM + os.sep)
    if not inside or (frames[-1].line or "").startswith(("raise", "assert")):
        frames = [frame for frame in frames if not frame.filename.startswith(SHIM + os.sep)]
    shown.stack[:] = frames
    for inner in (shown.__cause__, shown.__context__):
        if inner is not None:
            _cut(inner)


def _frames(err, script):
    """(file, line) of each frame of a traceback outside this package, outermost first."""
    out, step = [], err.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if not name.startswith(SHIM + os.sep):
            out.append((name, step.tb_lineno))
        step = step.tb_next
    return out


def _place(frames, script, err=None):
    """line, file and text of the innermost statement in the script; of the whole traceback if none is in it."""
    if isinstance(err, SyntaxError) and err.filename:
        return {"file": err.filename, "line": err.lineno or 0, "text": (err.text or "").strip()[:MAX_TEXT]}
    own = [frame for frame in frames if frame[0] == script] or frames
    if not own:
        return {"file": script, "line": 0, "text": ""}
    import linecache
    name, line = own[-1]
    return {"file": name, "line": line, "text": linecache.getline(name, line).strip()[:MAX_TEXT]}


def _write(error):
    """Puts the error where the worker looks for it; the traceback is on standard error in any case."""
    from _tenon import plan
    path = os.environ.get(plan.ENV_ERROR_FILE)
    if not path:
        return
    import json
    for key in ("message", "summary"):
        error[key] = error[key][:MAX_TEXT]
    with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump(error, file)

