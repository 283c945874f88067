"""Texts, patterns, JSON, numbers as text, and hashes."""
from pyspark.sql import functions as F


def patterns_of_java(x):
    """Lookaround, back references, possessive quantifiers, class arithmetic, quotes."""
    yield x.rows("select regexp_replace('price100', '(?<=price)100', '200') a, 'foobar' rlike 'foo(?=bar)' b, "
                 "regexp_extract('abcabd', '(ab).\\\\1(.)', 2) c, regexp_extract('aaa', 'a++b?', 0) d, "
                 "regexp_extract('abcde', '[a-e&&[^bc]]+$', 0) e, regexp_replace('a.b*c', '\\\\Q.b*\\\\E', '-') f, "
                 "regexp_replace('a.b', '[.]', '\\\\$1') g, regexp_extract('x1y22', '(?<n>\\\\d+)$', 1) h")


def lines_and_words_of_patterns(x):
    """$ is also before a last line break, . stops at \\r, \\b knows letters of all scripts, \\w those of ASCII."""
    yield x.rows("select 'ab\\n' rlike 'b$' a, 'ab\\n\\n' rlike 'b$' b, 'é' rlike '^\\\\w$' c, 'x é' rlike '\\\\bé' d, "
                 "'a\\rb' rlike 'a.b' e, 'a\\u000bb' rlike 'a\\\\sb' f, 'ab\\r\\n' rlike '(?m)b$' g, "
                 "regexp_replace('a\\n', '$', '!') h, 'AbC' rlike '(?i)abc' i, 'É' rlike '(?i)é' j, 'É' rlike '(?iu)é' k")


def empty_matches(x):
    """After a match the empty one at its end counts, too."""
    yield x.rows("select regexp_replace('abc', '', '-') a, regexp_replace('baaac', 'a*', '-') b, "
                 "regexp_replace('aaa', 'a', 'b', 2) c, regexp_replace('aaa', '^a', 'b', 2) d, "
                 "regexp_replace('aaa', 'a', 'b', 4) e, regexp_replace('abc', 'z', '$7') f")


def patterns_in_columns(x):
    """Pattern and replacement of each row."""
    df = x.rows("select * from values ('abc', 'b', '<$0>'), ('a.c', '.', '-'), ('xyz', '(y)', '$1$1'), ('q', null, ''), "
                "(null, 'a', '') t(s, p, r)")
    yield df.selectExpr("regexp_replace(s, p, r) r", "regexp_extract(s, p, 0) e", "s rlike p l", "split(s, p) sp",
                        "regexp_extract_all(s, p, 0) a", "regexp_count(s, p) c", "regexp_instr(s, p) i",
                        "regexp_substr(s, p) u")
    yield df.select(F.regexp_replace("s", F.col("p"), F.col("r")), F.regexp_count("s", F.col("p")),
                    F.regexp_instr("s", F.col("p")), F.regexp_substr("s", F.col("p")), F.rlike("s", F.col("p")),
                    F.regexp_extract_all("s", F.col("p"), 0), F.regexp_like("s", F.col("p")),
                    F.split("s", "[.]", 2))


def all_matches(x):
    """Group 1 unless told; counted, placed, the first."""
    yield x.rows("select regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)'), "
                 "regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)', 2), regexp_extract_all('abc', 'x', 0), "
                 "regexp_count('Steven Jones and Stephen Smith', 'Ste(v|ph)en'), regexp_instr('ab@cd', '@[^.]*'), "
                 "regexp_instr('a', 'b', 0), regexp_substr('Steven Jones', 'Jon'), regexp_substr('a', 'b'), "
                 "regexp_instr('a😀b', 'b')")


def parts_of_texts(x):
    """A limit, what matches the empty text, the empty pattern, whose limit drops the rest."""
    yield x.rows("select split('a|b', '|') a, split('abc', '') b, split('abc', '', 2) c, split('a,b,c', ',', 2) d, "
                 "split('a,b,,', ',', 0) e, split('', '') f, split('a1b', '(?=\\\\d)') g, split('aXbXc', '(?i)x', 2) h, "
                 "split('', ',') i, split(',a', ',') j, split('a😀b', '') k, split('ab', '', 9) l")


def patterns_that_are_none(x):
    """An error of the row, as is a group that the pattern has not; nothing is wrong without a match."""
    df = x.rows("select 'abc' s")
    yield x.error(lambda: df.selectExpr("regexp_extract(s, 'b', 1)").collect())
    yield x.error(lambda: df.selectExpr("s rlike '('").collect())
    yield x.error(lambda: df.selectExpr("regexp_replace(s, 'b', '$1')").collect())
    yield df.selectExpr("regexp_extract(s, 'x', 1) a", "regexp_replace(s, 'x', '$1') b")
