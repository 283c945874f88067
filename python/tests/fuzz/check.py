"""Runs batches on both sides and reports what differs. A program for a test that has an engine to run it with:

    python -m tests.fuzz.check PYTHON CACHE SEED N [BASE]

PYTHON is the interpreter that has the real PySpark, CACHE a folder for its answers, SEED the first batch, N how many
programs to compare, BASE the folder that the engine writes files under. Exits with 1 when something differs, and prints
each difference as a script of its smallest form.
"""
import collections
import hashlib
import json
import os
import re
import subprocess
import sys

from pyspark.sql import SparkSession, functions

from tests.fuzz import answers, compare, programs, shrink

# Steps of shrinking that are tried on a difference, and differences that are shrunk in one run.
TRIES, SHRUNK = 80, 25


def _signature(text):
    """What differences of one cause have in common: the words of the text's head."""
    return re.sub(r"\W+", " ", re.sub(r"'[^']*'|\"[^\"]*\"|-?\d[\w.]*", "", text))[:60]


class Oracle:
    """The process with the real PySpark, started when first asked; its answers are kept by the request's text."""

    def __init__(self, python, cache):
        self._python, self._cache, self._process = python, cache, None
        os.makedirs(cache, exist_ok=True)

    def ask(self, setup, sources, keep=True):
        """What Spark answers to the programs."""
        request = json.dumps({"setup": setup, "programs": sources})
        path = os.path.join(self._cache, hashlib.sha256(request.encode()).hexdigest()[:32] + ".json")
        if keep and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        if self._process is None:
            script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spark.py")
            log = open(os.path.join(self._cache, "spark.log"), "wb")
            self._process = subprocess.Popen([self._python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                                             cwd=self._cache, env={key: v for key, v in os.environ.items() if key != "PYTHONPATH"})
        self._process.stdin.write(request + "\n")
        self._process.stdin.flush()
        text = self._process.stdout.readline()
        if not text:
            raise RuntimeError("the process with PySpark ended; see spark.log in " + self._cache)
        if keep:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return json.loads(text)

    def close(self):
        """Ends the process."""
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait()


class Check:
    """A run of the fuzzer: what has been compared, refused and found."""

    def __init__(self, oracle, spark, base):
        self.oracle, self.spark, self.base = oracle, spark, base
        self.compared, self.failed, self.refused, self.found, self.kinds = 0, 0, collections.Counter(), [], collections.Counter()

    def engine(self, setup, sources):
        """What the engine answers to the programs."""
        return answers.run(self.spark, functions, self.base, setup, sources)

    def batch(self, seed):
        """Compares the programs of one seed."""
        batch = programs.batch(seed)
        setup, sources = programs.setup(batch["tables"]), [programs.lines(one) for one in batch["programs"]]
        wanted, got = self.oracle.ask(setup, sources), self.engine(setup, sources)
        for program, want, have in zip(batch["programs"], wanted, got):
            self.compared += 1
            self.failed += "error" in want
            if "refused" in have:
                self.refused[re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "?", have["refused"].split("\n")[0])[:110]] += 1
                continue
            text = compare.difference(want, have, program["ordered"])
            if text:
                self.report(seed, batch, program, text)

    def report(self, seed, batch, program, text):
        """Shrinks a difference and prints it."""
        tables, kind = batch["tables"], _signature(text)
        self.kinds[kind] += 1
        if len(self.found) < SHRUNK and self.kinds[kind] < 2:
            program, tables, text = self.shrunk(batch, program, text)
        self.found.append(text)
        used = [table for table in tables if re.search(r"\b%s\b" % table["name"], " ".join(programs.lines(program)))]
        print("DIFFERENCE (seed %d): %s\n    %s\n" % (seed, text, "\n    ".join(programs.setup(used) + programs.lines(program))), flush=True)

    def shrunk(self, batch, program, text):
        """The smallest program and tables that still differ, found greedily."""
        text_of = " ".join(programs.lines(program))
        tries, tables = TRIES, [table for table in batch["tables"] if re.search(r"\b%s\b" % table["name"], text_of)]
        while tries > 0:
            kept = program, tables
            for candidate in [(one, tables) for one in shrink.smaller(program)] + [
                    (program, one) for one in shrink.tables({"tables": tables}, program)]:
                tries -= 1
                differs = self.differs(*candidate) if tries > 0 else ""
                if differs.split(":")[0] == text.split(":")[0]:  # of the same sort
                    (program, tables), text = candidate, differs
                    break
            if kept == (program, tables):
                break
        return program, tables, text

    def differs(self, program, tables):
        """What differs of one candidate; "" also when it cannot be written."""
        try:
            setup, lines = programs.setup(tables), [programs.lines(program)]
        except (IndexError, KeyError, TypeError, AttributeError, ValueError):
            return ""
        try:
            have = self.engine(setup, lines)[0]
            want = self.oracle.ask(setup, lines, keep=False)[0]
        except Exception:
            return ""
        return compare.difference(want, have, program["ordered"] and _sorted(program))


def _sorted(program):
    """Whether a program, which may have been shrunk, still sorts in the end."""
    if program["via"] == "sql":
        return bool(program["query"]["order"])
    return any(step["do"] == "sort" and step["rest"] for step in program["steps"])


def main(python, cache, seed, count, base="s3://fuzz"):
    """Compares count programs; returns the exit code."""
    check = Check(Oracle(python, cache), SparkSession.builder.getOrCreate(), base)
    seed = int(seed)
    while check.compared < int(count):
        check.batch(seed)
        seed += 1
    check.oracle.close()
    for reason, times in check.refused.most_common(40):
        print("refused %5d  %s" % (times, reason))
    print("%d programs to seed %d, %d fail in Spark, %d refused by name (%.1f%%), %d differ" % (
        check.compared, seed - 1, check.failed, sum(check.refused.values()), 100 * sum(check.refused.values()) / check.compared, len(check.found)))
    return 1 if check.found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
