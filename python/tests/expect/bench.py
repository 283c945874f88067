"""What a case works with, and how answers become JSON."""
import os
import re

# The names of files that hold a part of a frame, up to their extension: Spark's, and Glue's.
_PART = re.compile(r"part-\d{5}-[0-9a-f-]{36}[-.]c000|run-\d+-part-r-\d{5}")


class Ordered:
    """A frame whose order of rows counts."""

    def __init__(self, frame):
        self.frame = frame


class Bench:
    """One case's files, and the session. url is the address of the case's folder for Spark, folder is the same folder
    for Python."""

    def __init__(self, spark, url, folder):
        self.spark, self._url, self._folder = spark, url, folder

    @property
    def glue(self):
        """The GlueContext; on the shim alone."""
        from awsglue.context import GlueContext
        return GlueContext(self.spark.sparkContext)

    def url(self, name):
        """The address of a file or folder of the case."""
        return self._url + "/" + name

    def file(self, name, content=""):
        """Writes a file of text, or of bytes, and returns its address."""
        path = os.path.join(self._folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        return self.url(name)

    def files(self, name):
        """The files under a folder, as name -> text; of binary formats the text is left out. The names of parts are
        all PART."""
        found = {}
        base = os.path.join(self._folder, name)
        for folder, _, names in os.walk(base):
            for one in names:
                if one.startswith(".") and one.endswith(".crc"):
                    continue
                with open(os.path.join(folder, one), "rb") as file:
                    text = file.read().decode("utf-8") if one.endswith((".csv", ".json", ".txt")) or "." not in one \
                        else ""
                key = _PART.sub("PART", os.path.relpath(os.path.join(folder, one), base))
                found.setdefault(key, []).append(text)
        return {key: sorted(found[key]) for key in sorted(found)}

    def rows(self, sql):
        """The frame of an SQL text."""
        return self.spark.sql(sql)

    def error(self, call):
        """The error of a call, as an answer, so that the case goes on."""
        try:
            return {"no error": answer(call())}
        except Exception as err:
            if type(err).__module__ == "tenon":
                raise  # a refusal is no answer
            return failure(err)


def failure(err):
    """An exception as an answer: its class, and Spark's error class where the message begins with one. What fails in
    the JVM says so with a text of Py4J's, by which nobody can go."""
    code = re.match(r"\s*(\[[A-Z0-9_.]+\])", str(err))
    name = type(err).__name__
    return {"error": name + (" " + code.group(1) if code and name != "Py4JJavaError" else "")}


def answer(made):
    """What a case yielded, as JSON: a frame's columns and rows, a dictionary or text as it is, the repr of the rest.
    Rows are sorted by their text, unless their order counts."""
    if isinstance(made, Ordered):
        return dict(_frame(made.frame), ordered=True)
    if hasattr(made, "collect"):
        made = _frame(made)
        made["rows"].sort()
        return made
    if made is None or isinstance(made, (dict, str, bool)):
        return made
    return repr(made)


def _frame(frame):
    """A DataFrame's names and types, and its rows as Python writes them."""
    return {"columns": ["%s %s" % pair for pair in frame.dtypes], "rows": [repr(tuple(row)) for row in frame.collect()]}


def run(case, bench):
    """The answers of one case. An exception is its last answer. The second value is the exception, or None."""
    answers = []
    try:
        for made in case(bench):
            answers.append(answer(made))
    except Exception as err:
        return answers + [failure(err)], err
    return answers, None
