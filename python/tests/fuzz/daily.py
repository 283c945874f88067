"""What the daily stream of seeds makes expressions of: texts that are written both in SQL and by the DataFrame API.

A row is "sql ~ python | arguments > result", with the letters and pools of `functions`; {0} is the first argument. A
pool's literal is a plain value in Python. A row without "~" is SQL alone.
"""
from tests.fuzz.functions import POOLS, by_kind, rows

POOLS.update({
    "regex": ("string", ("\\p{L}+", "(?i)[aé]", "^\\s+|\\s+$", "\\b", "(\\w)(\\d)?", "[^\\x00-\\x7F]", ".", "\\W", "\\d{2,}", "a|", "$", "(?s).+",
                         "\\.", "a??", "(a+)+b", "[[a-c]&&[^b]]", "\\s*,\\s*", "x{0}", "(?<n>[a-z])", "(?m)^.", "\\S+$", "é", "[,;-]")),
    "new": ("string", ("", "$0$0", "<$1>", "\\$", "é", "x")), "like": ("string", ("%é%", "_", "__", "%\\%%", "a%c", "%", "%\n%", "A%", "\\_%")),
    "limit": ("int", (-1, 0, 1, 2, 3)), "width": ("int", (0, 1, 3, 6, -1)), "piece": ("string", ("a", "é", "", "ab", "😀", " ", "İ", ",")),
    "months": ("int", (-13, -12, -1, 0, 1, 2, 11, 25)), "days": ("int", (-366, -31, -1, 0, 1, 28, 30, 365)), "flag": ("boolean", (True, False)),
    "form": ("string", ("yyyy-MM", "dd.MM.yy", "yyyy-MM-dd HH:mm", "MMM dd yyyy", "EEE, d MMMM", "H:m:s", "yyyyDDD", "G y", "dd/MM/yyyy'T'", "S", "hh a")),
    "dates": ("string", ("yyyy-MM-dd", "d/M/yyyy", "yyyy-M-d", "yyyyMMdd", "dd MMM yyyy", "yyyy")),
    "day": ("string", ("2020-02-29", "1/2/2021", "20210131", "31 Jan 2021", "2020-02-30", "", "2021-1-1", "2021", "2021-02-03 x")),
    "span": ("string", ("year", "yyyy", "mm", "mon", "week", "quarter", "day", "hour", "minute", "second", "millisecond", "dd")),
    "doc": ("string", ('{"a": 1, "b": "x"}', '{"a": "1", "b": {"c": [1, 2]}}', '{"a": [1, null, "2"]}', '[{"a": 1}, {"a": 2.5}]', '{"a": 1.0, "b": true}',
                       '{"a": "2020-01-31", "b": 5}', '{"a": null}', '{}', '[]', '', ' {"a" : 1 } ', '{"a": 1}{"a": 2}', "{'a': 1}", '{"a": 1e400}',
                       '{"a": "é\\u00e9\\n", "b": "\\""}', '{"a": 99999999999999999999}', '{"a": 007}', '{"a": 1, "a": 2}', 'null', '1', '"a"', '{"a": {"b": null}}',
                       '{"b": [{"c": 1}, {"c": "x"}, {}]}', '{"a": NaN}', '{"a": "2021-01-01T00:00:00Z"}', '{"a": -0.0, "b": 1E2}')),
    "schema": ("string", ("a int, b string", "a double", "a array<int>", "map<string,string>", "array<struct<a:double>>", "a date", "a timestamp, b double",
                          "a decimal(5,2)", "a boolean, b boolean", "a string, b struct<c:array<int>>", "b array<struct<c:string>>", "a bigint", "A int", "a float")),
    "path": ("string", ("$", "$.a", "$.b", "$.b.c[1]", "$.b[*].c", "$['a']", "$.*", "$[0].a", "$.a.b", "$[*].a", "$.b[0]", "a", "$.a[0]")),
    "texttype": ("string", ("int", "bigint", "double", "date", "timestamp", "boolean", "decimal(6,3)", "tinyint", "float", "binary")),
})

TEXTS = """
regexp_replace({0}, {1}, {2}) ~ F.regexp_replace({0}, {1}, {2}) | s <regex> <new> > string
regexp_extract({0}, {1}, {2}) ~ F.regexp_extract({0}, {1}, {2}) | s <regex> <group> > string
regexp_extract_all({0}, {1}, 0) ~ F.regexp_extract_all({0}, F.lit({1}), F.lit(0)) | s <regex> > strings
regexp_count({0}, {1}) ~ F.regexp_count({0}, F.lit({1})) | s <regex> > int
split({0}, {1}) ~ F.split({0}, {1}) | s <regex> > strings
split({0}, {1}, {2}) ~ F.split({0}, {1}, {2}) | s <regex> <limit> > strings
({0} rlike {1}) ~ {0}.rlike({1}) | s <regex> > boolean
({0} like {1}) ~ {0}.like({1}) | s <like> > boolean
({0} ilike {1}) ~ {0}.ilike({1}) | s <like> > boolean
startswith({0}, {1}) ~ {0}.startswith({1}) | s <piece> > boolean
endswith({0}, {1}) ~ {0}.endswith({1}) | s <piece> > boolean
contains({0}, {1}) ~ {0}.contains({1}) | s <piece> > boolean
substring({0}, {1}, {2}) ~ {0}.substr({1}, {2}) | s <width> <width> > string
lpad({0}, {1}, {2}) ~ F.lpad({0}, {1}, {2}) | s <width> <piece> > string
rpad({0}, {1}, {2}) ~ F.rpad({0}, {1}, {2}) | s <width> <piece> > string
translate({0}, {1}, {2}) ~ F.translate({0}, {1}, {2}) | s <piece> <piece> > string
instr({0}, {1}) ~ F.instr({0}, {1}) | s <piece> > int
substring_index({0}, {1}, {2}) ~ F.substring_index({0}, {1}, {2}) | s <piece> <limit> > string
concat_ws({0}, {1}, {2}) ~ F.concat_ws({0}, {1}, {2}) | <piece> s a > string
initcap({0}) ~ F.initcap({0}) | s > string
upper({0}) ~ F.upper({0}) | s > string
lower({0}) ~ F.lower({0}) | s > string
length({0}) ~ F.length({0}) | s > int
reverse({0}) ~ F.reverse({0}) | s > string
trim({0}) ~ F.trim({0}) | s > string
levenshtein({0}, {1}) ~ F.levenshtein({0}, {1}) | s s > int
ascii({0}) ~ F.ascii({0}) | s > int
hex(encode({0}, 'UTF-16BE')) ~ F.hex(F.encode({0}, 'UTF-16BE')) | s > string
base64(cast({0} as binary)) ~ F.base64({0}.cast('binary')) | s > string
format_string('%5s|%-8s|%+d|%x|%,d', {0}, {0}, {1}, {1}, {1}) ~ F.format_string('%5s|%-8s|%+d|%x|%,d', {0}, {0}, {1}, {1}, {1}) | s i > string
format_string('%.3f %e %08.2f %s', {0}, {0}, {0}, {1}) ~ F.format_string('%.3f %e %08.2f %s', {0}, {0}, {0}, {1}) | r b > string
format_number({0}, {1}) ~ F.format_number({0}, {1}) | M <tiny> > string
overlay({0}, {1}, {2}) ~ F.overlay({0}, F.lit({1}), F.lit({2})) | s <piece> <tiny> > string
add_months({0}, {1}) ~ F.add_months({0}, {1}) | D <months> > date
add_months(add_months({0}, {1}), {2}) ~ F.add_months(F.add_months({0}, {1}), {2}) | D <months> <months> > date
add_months({0}, pmod({1}, 50)) ~ F.add_months({0}, F.pmod({1}, F.lit(50))) | D i > date
({0} + interval 1 month) ~ ({0} + F.expr('interval 1 month')) | D > date
({0} - interval 2 years 1 month) ~ ({0} - F.expr('interval 2 years 1 month')) | T > timestamp
({0} + interval 3 days 2 hours) ~ ({0} + F.expr('interval 3 days 2 hours')) | T > timestamp
({0} + make_ym_interval({1}, {2})) | D <tiny> <months> > date
({0} + make_dt_interval({1}, {2})) | T <days> <months> > timestamp
last_day(date_add({0}, {1})) ~ F.last_day(F.date_add({0}, {1})) | D <days> > date
months_between({0}, {1}) ~ F.months_between({0}, {1}) | D D > double
months_between({0}, {1}, false) ~ F.months_between({0}, {1}, False) | T T > double
months_between(last_day({0}), {1}) ~ F.months_between(F.last_day({0}), {1}) | D T > double
datediff({0}, {1}) ~ F.datediff({0}, {1}) | T D > int
date_add({0}, pmod({1}, 1000)) ~ F.date_add({0}, F.pmod({1}, F.lit(1000))) | D i > date
trunc({0}, {1}) ~ F.trunc({0}, {1}) | D <span> > date
date_trunc({0}, {1}) ~ F.date_trunc({0}, {1}) | <span> T > timestamp
date_format({0}, {1}) ~ F.date_format({0}, {1}) | T <form> > string
date_format({0}, {1}) ~ F.date_format({0}, {1}) | D <form> > string
to_date({0}, {1}) ~ F.to_date(F.lit({0}), {1}) | <day> <dates> > date
to_timestamp({0}, {1}) ~ F.to_timestamp(F.lit({0}), {1}) | <day> <dates> > timestamp
to_date({0}, {1}) ~ F.to_date({0}, {1}) | s <dates> > date
to_date(date_format({0}, {1}), {1}) ~ F.to_date(F.date_format({0}, {1}), {1}) | D <dates> > date
cast({0} - {1} as string) ~ ({0} - {1}).cast('string') | D D > string
cast({0} - {1} as string) ~ ({0} - {1}).cast('string') | T T > string
sequence({0}, add_months({0}, 3), interval 1 month) ~ F.sequence({0}, F.add_months({0}, 3), F.expr('interval 1 month')) | D > other
sequence({0}, {0} + interval 20 days, interval 1 week) ~ F.sequence({0}, {0} + F.expr('interval 20 days'), F.expr('interval 1 week')) | D > other
make_date({0}, {1}, {2}) ~ F.make_date(F.lit({0}), {1}, {2}) | <years> i i > date
weekofyear({0}) ~ F.weekofyear({0}) | D > int
unix_timestamp({0}) ~ F.unix_timestamp({0}) | T > bigint
from_unixtime(unix_timestamp({0}), {1}) ~ F.from_unixtime(F.unix_timestamp({0}), {1}) | T <form> > string
cast({0} as bigint) ~ {0}.cast('long') | T > bigint
cast({0} as double) ~ {0}.cast('double') | T > double
get_json_object({0}, {1}) ~ F.get_json_object(F.lit({0}), {1}) | <doc> <path> > string
from_json({0}, {1}) ~ F.from_json(F.lit({0}), {1}) | <doc> <schema> > other
to_json(from_json({0}, {1})) ~ F.to_json(F.from_json(F.lit({0}), {1})) | <doc> <schema> > string
from_json({0}, {1}, map('primitivesAsString', 'true')) ~ F.from_json(F.lit({0}), {1}, {{'primitivesAsString': 'true'}}) | <doc> <schema> > other
schema_of_json({0}) ~ F.schema_of_json({0}) | <doc> > string
json_array_length({0}) ~ F.json_array_length(F.lit({0})) | <doc> > int
json_object_keys({0}) ~ F.json_object_keys(F.lit({0})) | <doc> > strings
to_json(struct({0} as x, {1} as y, {2} as z)) ~ F.to_json(F.struct({0}.alias('x'), {1}.alias('y'), {2}.alias('z'))) | x t x > string
to_json(struct({0} as x), map('ignoreNullFields', 'false')) ~ F.to_json(F.struct({0}.alias('x')), {{'ignoreNullFields': 'false'}}) | x > string
transform({0}, x -> x * 2 + {1}) ~ F.transform({0}, lambda x: x * 2 + {1}) | I i > ints
transform({0}, (x, i) -> concat(upper(x), cast(i as string))) ~ F.transform({0}, lambda x, i: F.concat(F.upper(x), i.cast('string'))) | a > strings
filter({0}, x -> x > {1} or x is null) ~ F.filter({0}, lambda x: (x > {1}) | x.isNull()) | I i > ints
exists({0}, x -> x like '%a%') ~ F.exists({0}, lambda x: x.like('%a%')) | a > boolean
forall({0}, x -> x is not null) ~ F.forall({0}, lambda x: x.isNotNull()) | I > boolean
aggregate({0}, cast(0 as bigint), (acc, x) -> acc + x) ~ F.aggregate({0}, F.lit(0).cast('bigint'), lambda acc, x: acc + x) | I > bigint
aggregate({0}, '', (acc, x) -> concat_ws(',', acc, x), acc -> length(acc)) ~ F.aggregate({0}, F.lit(''), lambda acc, x: F.concat_ws(',', acc, x), lambda acc: F.length(acc)) | a > int
zip_with({0}, {1}, (x, y) -> coalesce(x, y)) ~ F.zip_with({0}, {1}, lambda x, y: F.coalesce(x, y)) | a a > strings
transform(filter({0}, x -> x is not null), x -> struct(x as f, cast(x as string) as g)) ~ F.transform(F.filter({0}, lambda x: x.isNotNull()), lambda x: F.struct(x.alias('f'), x.cast('string').alias('g'))) | I > structs
transform({0}, x -> x.f) ~ F.transform({0}, lambda x: x['f']) | R > ints
{0}.g ~ {0}['g'] | R > strings
{0}[{1}] ~ {0}[{1}] | R <tiny> > struct
{0}[{1}].g ~ {0}.getItem({1}).getField('g') | R <tiny> > string
filter({0}, x -> x.f > {1}) ~ F.filter({0}, lambda x: x.f > {1}) | R i > structs
array_sort({0}) ~ F.array_sort({0}) | R > structs
sort_array({0}, {1}) ~ F.sort_array({0}, {1}) | a <flag> > strings
array_max({0}) ~ F.array_max({0}) | R > struct
array_distinct({0}) ~ F.array_distinct({0}) | R > structs
array_contains({0}, {1}) ~ F.array_contains({0}, {1}) | R t > boolean
transform_values({0}, (k, v) -> coalesce(v, 0) + {1}) ~ F.transform_values({0}, lambda k, v: F.coalesce(v, F.lit(0)) + {1}) | m i > map
map_filter({0}, (k, v) -> k <> '' and v is not null) ~ F.map_filter({0}, lambda k, v: (k != '') & v.isNotNull()) | m > map
map_zip_with({0}, {1}, (k, x, y) -> coalesce(x, 0) - y) ~ F.map_zip_with({0}, {1}, lambda k, x, y: F.coalesce(x, F.lit(0)) - y) | m m > map
map_concat({0}, {1}) ~ F.map_concat({0}, {1}) | m m > map
map_entries({0}) ~ F.map_entries({0}) | m > other
element_at({0}, {1}) ~ F.element_at({0}, {1}) | m <piece> > int
{0}[{1}] ~ {0}[{1}] | m <piece> > int
map({0}, {1}, 'z', {2}) ~ F.create_map({0}, {1}, F.lit('z'), {2}) | s i i > map
array_join({0}, {1}, {2}) ~ F.array_join({0}, {1}, {2}) | a <piece> <piece> > string
flatten(array({0}, {1})) ~ F.flatten(F.array({0}, {1})) | I I > ints
arrays_zip({0}, {1}) ~ F.arrays_zip({0}, {1}) | a I > other
slice({0}, {1}, {2}) ~ F.slice({0}, {1}, {2}) | I <index> <tiny> > ints
size({0}) ~ F.size({0}) | R > int
struct({0}, {1}) ~ F.struct({0}, {1}) | t i > other
{0}.f ~ {0}.getField('f') | t > int
({0} is null) ~ {0}.isNull() | t > boolean
({0} = {1}) ~ ({0} == {1}) | t t > boolean
({0} < {1}) ~ ({0} < {1}) | a a > boolean
(1 - {0}) ~ (1 - {0}) | i > int
({0} / {1}) ~ ({0} / {1}) | i i > double
(- {0}) ~ (-{0}) | d > double
power({0}, 2) ~ ({0} ** 2) | d > double
round({0}, {1}) ~ F.round({0}, {1}) | r <scale> > double
bround({0}, {1}) ~ F.bround({0}, {1}) | M <scale> > other
ceil({0}) ~ F.ceil({0}) | M > other
floor({0}) ~ F.floor({0}) | M > other
abs({0}) ~ F.abs({0}) | M > other
cast({0} as string) ~ {0}.cast('string') | M > string
({0} + {1}) ~ ({0} + {1}) | M M > other
({0} - {1}) ~ ({0} - {1}) | M M > other
({0} * {1}) ~ ({0} * {1}) | M M > other
({0} / {1}) ~ ({0} / {1}) | M M > other
({0} % {1}) ~ ({0} % {1}) | M M > other
({0} div {1}) | M M > bigint
({0} = {1}) ~ ({0} == {1}) | M M > boolean
({0} < {1}) ~ ({0} < {1}) | M M > boolean
({0} <=> {1}) ~ {0}.eqNullSafe({1}) | M M > boolean
greatest({0}, {1}) ~ F.greatest({0}, {1}) | M M > other
coalesce({0}, {1}, 0) ~ F.coalesce({0}, {1}, F.lit(0)) | M M > other
case when {0} > 0 then {0} else {1} end ~ F.when({0} > 0, {0}).otherwise({1}) | M M > other
({0} in ({1}, 0, 1.5)) ~ {0}.isin({1}, 0, 1.5) | M M > boolean
({0} between 0 and {1}) ~ {0}.between(0, {1}) | M M > boolean
nanvl({0}, 0D) ~ F.nanvl({0}, F.lit(0.0)) | r > double
hash({0}, {1}) ~ F.hash({0}, {1}) | x M > int
xxhash64({0}) ~ F.xxhash64({0}) | M > bigint
md5({0}) ~ F.md5({0}) | s > string
sha2({0}, 256) ~ F.sha2({0}, 256) | s > string
conv({0}, 10, 16) ~ F.conv({0}, 10, 16) | s > string
bin({0}) ~ F.bin({0}) | w > string
hex({0}) ~ F.hex({0}) | w > string
try_cast({0} as int) | s > int
"""


def _both(line):
    """A row of TEXTS as those of the tables of functions; its name is the pair of its texts."""
    texts, _, rest = line.rpartition(" | ")
    sql, _, python = texts.partition(" ~ ")
    return [((sql, python),) + row[1:] for row in rows("x " + rest)]


def table(text):
    """The rows of a table of this kind."""
    return [row for line in text.strip().split("\n") for row in _both(line)]


_KNOWN = by_kind(table(TEXTS))


def known(kind):
    """The rows that give a kind."""
    return _KNOWN.get(kind)
