"""Random trips of a frame through files: written and read again."""
from tests.fuzz import values
from tests.fuzz.exprs import E

_KINDS = {"csv": ("int", "bigint", "smallint", "double", "decimal", "string", "boolean", "date", "timestamp"),
          "json": ("int", "bigint", "double", "decimal", "string", "boolean", "date", "timestamp", "strings", "ints", "map", "struct"),
          "parquet": values.PLAIN + ("strings", "ints", "map", "struct")}


def trip(rng, tables):
    """A program that writes some columns of a table and reads them with or without their types."""
    table, form = rng.choice(tables), rng.choice(("csv", "csv", "json", "parquet"))
    columns = [one for one in table["columns"] if one[1] in _KINDS[form] and " " not in one[0]]
    schema = ", ".join("%s %s" % (name, values.TYPES.get(kind, kind)) for name, kind, _ in columns)
    write, read = "", ""
    if form == "csv":
        shared = rng.choice(("", ".option('sep', ';')", ".option('nullValue', 'NA')", ".option('quote', \"'\")", ".option('escape', '\"')"))
        write = read = ".option('header', True)" + shared
        write += rng.choice(("", "", ".option('quoteAll', True)", ".option('emptyValue', '')"))
        read += rng.choice(("", ".option('inferSchema', True)", ".schema(%r)" % schema))
    columns = [one for one in columns if form != "parquet" or one[1] != "date"]  # early days fail in Spark, by another calendar
    if form == "json" and rng.random() < 0.5:
        read = ".schema(%r)" % schema
    partition = form != "json" and len(columns) > 3 and rng.random() < 0.3
    if partition:
        write += ".partitionBy('k')"
    items = [(E("col", kind, name), None) for name, kind, _ in columns]
    steps = [{"do": "select", "items": items}, {"do": "trip", "format": form, "write": write, "read": read, "path": "/p%06d" % rng.randrange(10 ** 6)}]
    return {"via": "api", "source": table["name"], "steps": steps, "ordered": False}


# Options that both sides of a daily trip have, then those of writing and of reading.
_DAILY = {
    "csv": (("", ".option('sep', '\\t')", ".option('delimiter', '|')", ".option('quote', \"'\")", ".option('dateFormat', 'dd/MM/yyyy')",
             ".option('timestampFormat', 'yyyy-MM-dd HH:mm:ss')", ".option('nullValue', '-')", ".option('escape', '|')",
             ".option('encoding', 'UTF-8')"),
            ("", "", ".option('quoteAll', 'true')", ".option('escapeQuotes', False)", ".option('emptyValue', 'E')", ".option('ignoreLeadingWhiteSpace', False)",
             ".option('nullValue', 'NULL')", ".option('lineSep', '\\r\\n')", ".option('compression', 'gzip')"),
            ("", "", ".option('mode', 'DROPMALFORMED')", ".option('multiLine', True)", ".option('ignoreLeadingWhiteSpace', True)", ".option('nanValue', 'x')",
             ".option('ignoreTrailingWhiteSpace', True)", ".option('comment', '#')", ".option('emptyValue', 'E')", ".option('inferSchema', True)", ".option('samplingRatio', 1.0)")),
    "json": (("", "", ".option('dateFormat', 'dd/MM/yyyy')", ".option('timestampFormat', 'yyyy-MM-dd HH:mm:ss')"),
             ("", "", ".option('ignoreNullFields', False)", ".option('compression', 'gzip')"),
             ("", "", ".option('primitivesAsString', True)", ".option('dropFieldIfAllNull', True)", ".option('prefersDecimal', True)", ".option('mode', 'DROPMALFORMED')")),
    "parquet": (("",), ("", ".option('compression', 'gzip')"), ("", ".option('mergeSchema', True)")),
}


def daily(rng, tables):
    """A program that writes a table with options of every day and reads it again, with or without a schema."""
    table, form = rng.choice(tables), rng.choice(("csv", "csv", "json", "parquet"))
    kinds = _KINDS[form] + (tuple(values.PRECISE) if form != "json" else ()) + (("structs",) if form != "csv" else ())
    columns = [one for one in table["columns"] if one[1] in kinds and " " not in one[0] and (form != "parquet" or one[1] not in ("date", "timestamp"))]
    columns = columns[:2] + rng.sample(columns[2:], min(len(columns) - 2, 4))
    shared, write, read = (rng.choice(options) for options in _DAILY[form])
    header = ".option('header', %r)" % rng.choice((True, True, False)) if form == "csv" else ""
    schema = ", ".join("%s %s" % (name, values.TYPES.get(kind, kind)) for name, kind, _ in columns)
    if rng.random() < 0.5:
        read += ".schema(%r)" % schema
    if rng.random() < 0.25 and form != "csv":
        write += rng.choice((".partitionBy('k')", ".partitionBy('k', 'id')"))
    items = [(E("col", kind, name), None) for name, kind, _ in columns]
    steps = [{"do": "select", "items": items},
             {"do": "trip", "format": form, "write": header + shared + write, "read": header + shared + read, "path": "/d%06d" % rng.randrange(10 ** 6)}]
    return {"via": "api", "source": table["name"], "steps": steps, "ordered": False}
