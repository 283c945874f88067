"""The runner, as a process: what a script sees, and what it leaves when it ends."""
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

from _tenon import plan

RUNNER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), plan.RUNNER)


class Runner(unittest.TestCase):
    """A script in a folder of its own for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.error_file = os.path.join(self.folder, "error.json")

    def run_script(self, text, *args, env=None):
        """(exit code, stdout, stderr, error object or None) of a script."""
        script = os.path.join(self.folder, "job.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text).lstrip())
        if os.path.exists(self.error_file):
            os.unlink(self.error_file)
        done = subprocess.run([sys.executable, "-B", RUNNER, script] + list(args), capture_output=True, text=True,
                              encoding="utf-8", cwd=self.folder, timeout=60,
                              env={"PATH": os.environ["PATH"], plan.ENV_ERROR_FILE: self.error_file, **(env or {})})
        error = None
        if os.path.exists(self.error_file):
            with open(self.error_file, encoding="utf-8") as file:
                error = json.load(file)
        return done.returncode, done.stdout, done.stderr, error

    def test_surroundings(self):
        with open(os.path.join(self.folder, "helper.py"), "w") as file:
            file.write("value = 7\n")
        lib = os.path.join(self.folder, "lib")
        os.mkdir(lib)
        with open(os.path.join(lib, "extra.py"), "w") as file:
            file.write("value = 8\n")
        code, out, err, error = self.run_script("""
            import sys, os, helper, extra, awsglue
            print(__name__, os.path.basename(__file__), sys.argv[1:], helper.value, extra.value)
            print(sys.modules["__main__"].__dict__ is globals(), "\\u00e9")
            print(any(p.endswith("_tenon") for p in sys.path))
            """, "--a", "b c", env={plan.ENV_EXTRA_PY_FILES: lib})
        self.assertEqual((code, err, error), (0, "", None))
        self.assertEqual(out, "__main__ job.py ['--a', 'b c'] 7 8\nTrue \u00e9\nFalse\n")

    def test_exit_codes(self):
        for statement, code, message in (("sys.exit()", 0, None), ("sys.exit(0)", 0, None), ("sys.exit(3)", 3, "3"),
                                         ("sys.exit('no input')", 1, "no input"), ("sys.exit(256)", 1, "256"),
                                         ("raise SystemExit", 0, None), ("exit(4)", 4, "4")):
            with self.subTest(statement):
                got, _, err, error = self.run_script("import sys\n" + statement)
                self.assertEqual((got, error and error["message"]), (code, message))
                if message:
                    self.assertEqual((error["line"], error["text"]), (2, statement))
                    self.assertEqual(err, "no input\n" if code == 1 and message == "no input" else "")

    def test_exception(self):
        code, out, err, error = self.run_script("""
            def f(n):
                return 1 / n
            print("before", end="")
            f(0)
            """)
        self.assertEqual((code, out), (1, "before"))
        self.assertTrue(err.startswith("Traceback (most recent call last):\n  File"), err)
        self.assertNotIn("runner.py", err)
        self.assertTrue(err.endswith("ZeroDivisionError: division by zero\n"), err)
        self.assertEqual(error, {"type": "ZeroDivisionError", "message": "division by zero",
                                 "summary": "ZeroDivisionError: division by zero", "line": 2,
                                 "file": os.path.join(self.folder, "job.py"), "text": "return 1 / n"})

    def test_shim_exception(self):
        """An exception raised by the shim ends the traceback at the script's own line."""
        code, _, err, error = self.run_script("""
            from pyspark.sql.functions import *
            x = udtf(lambda v: v)
            """)
        self.assertEqual(code, 1)
        self.assertIn('job.py", line 2', err.splitlines()[1])
        self.assertEqual(err.count("  File "), 1, err)
        self.assertEqual((error["type"], error["line"]), ("UnsupportedOperation", 2))
        self.assertIn("pyspark.sql.functions.udtf is not supported", error["summary"])

    def test_outside_tenon(self):
        _, _, err, error = self.run_script("""
            from pyspark.sql import SparkSession
            SparkSession.builder.getOrCreate().range(3)
            """)
        self.assertIn("tenon run", error["message"])
        self.assertEqual((error["line"], err.count("  File ")), (2, 1))

    def test_causes(self):
        """The cause of an exception is shown too, without our frames."""
        _, _, err, error = self.run_script("""
            from pyspark.sql.functions import pandas_udf
            try:
                pandas_udf()
            except Exception as e:
                raise RuntimeError("load failed") from e
            """)
        self.assertEqual(err.count("  File "), 2, err)
        self.assertIn("direct cause", err)
        self.assertEqual(error["summary"], "RuntimeError: load failed")

    def test_no_message(self):
        _, _, _, error = self.run_script("class Stop(Exception): pass\nraise Stop")
        self.assertEqual(error["summary"], "Stop")

    def test_syntax_error(self):
        code, _, err, error = self.run_script("x = 1\nif x\n    pass\n")
        self.assertEqual((code, error["type"], error["line"], error["text"]), (1, "SyntaxError", 2, "if x"))
        self.assertNotIn("runner.py", err)

    def test_library_frame(self):
        """The place is the script's line, not the library's that raised."""
        _, _, err, error = self.run_script("import json\njson.loads('{')\n")
        self.assertEqual((error["line"], error["text"]), (2, "json.loads('{')"))
        self.assertIn("decoder.py", err)

    def test_undecodable(self):
        """A message that is no proper text still gets through."""
        code, _, _, error = self.run_script("raise ValueError('a\\ud800' + 'b' * 20000)")
        self.assertEqual(code, 1)
        self.assertLess(len(error["message"]), 9000)

    def test_lines_stream(self):
        """A line is in the pipe as soon as it is printed."""
        script = os.path.join(self.folder, "job.py")
        with open(script, "w") as file:
            file.write("import sys\nprint('first')\nsys.stdin.read()\n")
        with subprocess.Popen([sys.executable, "-B", RUNNER, script], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.readline(), b"first\n")
            process.stdin.close()

    def test_imports_are_light(self):
        """Importing what a job imports loads none of the slow modules of the standard library."""
        _, out, err, _ = self.run_script("""
            import sys
            before = set(sys.modules)
            from awsglue.transforms import *
            from awsglue.utils import getResolvedOptions
            from awsglue.context import GlueContext
            from awsglue.job import Job
            from pyspark.context import SparkContext
            from pyspark.sql.functions import *
            from pyspark.sql.types import *
            getResolvedOptions(["x", "--JOB_NAME", "j"], ["JOB_NAME"])
            Job(GlueContext(SparkContext()))
            loaded = set(sys.modules) - before
            print(sorted(m for m in loaded if m.partition(".")[0] not in ("awsglue", "pyspark", "_tenon", "py4j")))
            """)
        self.assertEqual((out, err), ("[]\n", ""))
