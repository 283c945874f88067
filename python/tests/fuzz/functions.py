"""The functions that expressions are made of, as tables, and the literals that their arguments are taken from."""
from tests.fuzz import values

# Functions as "name arguments > result". An argument is a letter: s string, i int, n any number, w whole number, d double,
# b boolean, D date, T timestamp, B binary, a array of strings, I array of ints, m map, t struct, x anything plain, = the
# kind of the first x; * repeats the one before. A word in angle brackets is a pool of literals. The result is a kind, or the number
# of the argument that has it.
FUNCTIONS = """
upper s > string
lower s > string
initcap s > string
length s > int
trim s > string
ltrim s > string
rtrim s > string
substring s <small> <small> > string
substring s <small> > string
left s <small> > string
right s <small> > string
instr s <text> > int
locate <text> s > int
locate <text> s <small> > int
lpad s <small> <text> > string
rpad s <small> <text> > string
repeat s <tiny> > string
reverse s > string
replace s s s > string
regexp_replace s <pattern> <text> > string
regexp_extract s <grouped> <group> > string
translate s <text> <text> > string
split s <separator> > strings
concat s s > string
concat s s s > string
concat_ws <separator> s s s > string
startswith s s > boolean
endswith s s > boolean
contains s s > boolean
ascii s > int
md5 s > string
sha1 B > string
sha2 s <bits> > string
base64 B > string
levenshtein s s > int
substring_index s <separator> <small> > string
hex w > string
hex s > string
abs n > 0
negative n > 0
round n <scale> > 0
bround n <scale> > 0
round n > 0
floor d > bigint
ceil d > bigint
floor m > bigint
sqrt d > double
cbrt d > double
exp d > double
ln d > double
log10 d > double
log2 d > double
log1p d > double
expm1 d > double
pow d d > double
signum d > double
sin d > double
cos d > double
tan d > double
atan d > double
atan2 d d > double
degrees d > double
radians d > double
hypot d d > double
isnan d > boolean
nanvl d d > double
pmod w w > int
greatest x = = > 0
least x = = > 0
year D > int
month D > int
dayofmonth D > int
quarter D > int
dayofweek D > int
dayofyear D > int
weekofyear D > int
weekday D > int
hour T > int
minute T > int
second T > int
year T > int
date_add D <small> > date
date_sub D <small> > date
datediff D D > int
add_months D <small> > date
months_between T T > double
months_between D D > double
last_day D > date
next_day D <weekday> > date
make_date <years> <small> <small> > date
trunc D <unit> > date
date_trunc <unit> T > timestamp
date_format T <pattern of dates> > string
to_date s > date
to_timestamp s > timestamp
to_date T > date
unix_timestamp T > bigint
from_unixtime w > string
coalesce x = = > 0
coalesce x = > 0
nvl x = > 0
ifnull x = > 0
nullif x = > 0
nvl2 x x = > 1
if b x = > 1
isnull x > boolean
isnotnull x > boolean
array s s > strings
array i i i > ints
struct i s > struct
size a > int
size m > int
array_contains a s > boolean
array_contains I i > boolean
sort_array a > strings
sort_array I > ints
array_distinct a > strings
array_distinct I > ints
array_max I > int
array_min I > int
array_max a > string
element_at a <index> > string
element_at m s > int
array_join a <separator> > string
array_join a <separator> <text> > string
map_keys m > strings
map_values m > ints
reverse a > strings
concat a a > strings
getitem a <tiny> > string
getitem I <tiny> > int
getitem m s > int
"""

# Literals that arguments are taken from: (kind, values).
POOLS = {
    "small": ("int", (0, 1, 2, 3, 5, 8, -1, -2, -3, 12)), "tiny": ("int", (0, 1, 2, 3)), "index": ("int", (1, 2, -1, -2, 5)),
    "text": ("string", ("a", "b", "", "*", "xy", "é", " ", "1", "-")), "separator": ("string", (",", "-", " ", "b", "\\.")),
    "pattern": ("string", ("a", "[0-9]+", "\\s+", "^a", "c$", "[^a-z]", "(a)(b)", "b*", ".", "x|y")),
    "grouped": ("string", ("([a-z])([a-z]*)", "(\\d+)", "^(a)", "([^-]*)-(.*)", "(x)?a")), "group": ("int", (0, 1)),
    "bits": ("int", (256, 0)), "scale": ("int", (0, 1, 2, -1, 5)), "weekday": ("string", ("MON", "Sunday", "fr", "x")),
    "years": ("int", (2020, 1999, 2021, 1)), "unit": ("string", ("year", "MONTH", "week", "quarter", "day", "hour", "x", "MM")),
    "pattern of dates": ("string", ("yyyy-MM-dd", "dd/MM/yyyy HH:mm:ss", "yyyyMMdd", "MMM d, yyyy", "EEEE", "HH:mm:ss.SSS", "yy", "hh:mm a")),
    "json": ("string", ('{"a": 1, "b": [1, 2], "c": {"d": "x"}}', '{"a": "1.5", "b": null}', '{"a": null}', "", "[1]", "{", '{"b": [1, "z"], "c": {}}',
                        '{"a": 1e2, "c": {"d": {"e": 1}}}', '{"A": 5, "b": []}')),
    "q": ("string", ("yyyy-MM-dd'T'HH:mm:ss", "E, d MMM", "D", "yyyy Q", "a h", "SSSSSS", "MMMM")), "base": ("int", (2, 10, 16, 36)),
    "pairs": ("string", ("a:1,b:2", "a", "", "a:1:2", "x:,y")), "url": ("string", ("http://h.com/p?k=v&j=1#f", "x", "https://u@h:8080/?k=", "")),
    "real": ("double", ("1.5", "-0.125", "100.0")),
}

# What the wide stream of seeds has beside: functions whose arguments may all be columns,
WIDE = """
hash x > int
xxhash64 s > bigint
crc32 B > bigint
bin w > string
rint d > double
signum n > double
factorial <small> > bigint
array_union a a > strings
array_intersect a a > strings
array_except I I > ints
array_union I I > ints
arrays_overlap a a > boolean
array_compact a > strings
array_size I > int
map_entries m > other
json_array_length s > int
soundex s > string
octet_length s > int
bit_length s > int
char_length s > int
unhex s > binary
unbase64 s > binary
date_from_unix_date i > date
unix_date D > int
unix_micros T > bigint
timestamp_seconds w > timestamp
bit_count w > int
to_json t > string
to_json m > string
mask s > string
btrim s > string
sort_array a > strings
"""

# and texts of SQL, "text | arguments > result", where {0} is the first argument.
TEXTS = """
filter({0}, x -> x > {1}) | I i > ints
filter({0}, x -> x is not null) | a > strings
filter({0}, (x, i) -> i % 2 = 0) | a > strings
transform({0}, x -> x + {1}) | I i > ints
transform({0}, x -> upper(x)) | a > strings
transform({0}, (x, i) -> concat(x, i)) | a > strings
transform({0}, x -> length(x)) | a > ints
exists({0}, x -> x = {1}) | I i > boolean
exists({0}, x -> x is null) | a > boolean
forall({0}, x -> x > {1}) | I i > boolean
aggregate({0}, 0, (acc, x) -> acc + coalesce(x, 0)) | I > int
aggregate({0}, '', (acc, x) -> concat(acc, coalesce(x, '-')), acc -> upper(acc)) | a > string
zip_with({0}, {1}, (x, y) -> x + y) | I I > ints
zip_with({0}, {1}, (x, y) -> concat_ws('/', x, y)) | a I > strings
array_sort({0}) | a > strings
array_sort({0}, (x, y) -> case when x < y then 1 when x > y then -1 when x is null and y is not null then 1 when y is null and x is not null then -1 else 0 end) | I > ints
sort_array({0}, false) | I > ints
array_position({0}, {1}) | a s > bigint
array_remove({0}, {1}) | a s > strings
array_remove({0}, {1}) | I i > ints
array_repeat({0}, {1}) | s <tiny> > strings
array_append({0}, {1}) | I i > ints
array_prepend({0}, {1}) | a s > strings
array_insert({0}, {1}, {2}) | a <index> s > strings
slice({0}, {1}, {2}) | a <index> <tiny> > strings
sequence({0}, {1}) | <small> <small> > ints
sequence({0}, {1}, 2) | <tiny> <small> > ints
flatten(array({0}, {1})) | a a > strings
arrays_zip({0}, {1}) | a I > other
get({0}, {1}) | a <index> > string
try_element_at({0}, {1}) | I <index> > int
map_filter({0}, (k, v) -> v > {1}) | m i > map
transform_values({0}, (k, v) -> v + length(k)) | m > map
transform_keys({0}, (k, v) -> concat(k, '!')) | m > map
map_contains_key({0}, {1}) | m s > boolean
map_from_arrays(array('a', 'b'), array({0}, {1})) | i i > map
map_concat({0}, map('zz', {1})) | m i > map
cardinality({0}) | m > int
{0}.f | t > int
{0}.g | t > string
named_struct('f', {0}, 'g', {1}) | i s > struct
cast({0} as array<int>) | a > ints
cast({0} as array<string>) | I > strings
cast({0} as map<string,int>) | m > map
cast({0} as struct<f:int,g:string>) | t > struct
get_json_object({0}, '$.a') | <json> > string
get_json_object({0}, '$.b[1]') | <json> > string
get_json_object({0}, '$.c.d') | <json> > string
from_json({0}, 'a int, b array<int>').a | <json> > int
from_json({0}, 'b array<int>').b | <json> > ints
from_json({0}, 'a string, c struct<d:string>').c.d | <json> > string
from_json({0}, 'map<string,string>')['a'] | <json> > string
to_json(named_struct('x', {0}, 'y', {1})) | x x > string
to_json(array({0}, {1})) | i i > string
({0} + interval {1} days) | D <tiny> > date
({0} - interval '1' month) | D > date
({0} + interval '1 12:30:00' day to second) | T > timestamp
({0} + make_interval(0, 1, 0, 2, 3, 4, 5.5)) | T > timestamp
({0} - interval 5 hours) | T > timestamp
({0} + {1}) | D <small> > date
({0} - {1}) | D <small> > date
extract(year from {0}) | D > int
extract(second from {0}) | T > other
extract(week from {0}) | D > int
date_part('doy', {0}) | D > int
make_timestamp({0}, {1}, {2}, 3, 4, 5.678) | <years> <tiny> <small> > timestamp
to_date({0}, 'yyyy-MM-dd') | s > date
to_timestamp({0}, 'yyyy-MM-dd HH:mm:ss') | s > timestamp
to_date(date_format({0}, 'dd/MM/yyyy'), 'dd/MM/yyyy') | D > date
unix_timestamp({0}, 'yyyy-MM-dd') | s > bigint
from_unixtime({0}, 'yyyy-MM-dd') | w > string
date_format({0}, {1}) | T <q> > string
from_utc_timestamp({0}, 'America/New_York') | T > timestamp
to_utc_timestamp({0}, 'Europe/Paris') | T > timestamp
from_utc_timestamp({0}, '+05:30') | T > timestamp
convert_timezone('UTC', 'Asia/Tokyo', {0}) | T > other
timestampadd(month, {1}, {0}) | T <small> > timestamp
timestampdiff(day, {0}, {1}) | T T > bigint
datediff(week, {0}, {1}) | T T > bigint
dateadd(day, {1}, {0}) | D <small> > timestamp
date_trunc('minute', {0}) | T > timestamp
regexp_extract_all({0}, {1}, {2}) | s <grouped> <group> > strings
regexp_count({0}, {1}) | s <pattern> > int
regexp_instr({0}, {1}) | s <pattern> > int
regexp_substr({0}, {1}) | s <pattern> > string
regexp_replace({0}, '([a-z])([0-9])?', '$2-$1') | s > string
{0} rlike '(?i)^A|\\\\d{{2,}}' | s > boolean
{0} like any ('a%', '%1%') | s > boolean
{0} like all ('%a%', '%c') | s > boolean
{0} ilike '%B%' | s > boolean
split({0}, {1}, {2}) | s <separator> <index> > strings
split_part({0}, {1}, {2}) | s <separator> <index> > string
overlay({0} placing {1} from {2}) | s <text> <tiny> > string
lpad({0}, {1}) | s <small> > string
format_number({0}, {1}) | d <tiny> > string
format_string('%s|%05d|%.2f', {0}, {1}, {2}) | s i <real> > string
conv({0}, {1}, {2}) | s <base> <base> > string
encode({0}, 'UTF-8') | s > binary
decode({0}, 'UTF-8') | B > string
find_in_set({0}, 'a,b,abc,1') | s > int
elt({0}, 'x', {1}) | <tiny> s > string
initcap(trim(both {1} from {0})) | s <text> > string
substr({0} from {1} for {2}) | s <small> <tiny> > string
chr({0}) | i > string
levenshtein({0}, {1}, {2}) | s s <tiny> > int
str_to_map({0}, ',', ':') | <pairs> > other
parse_url({0}, 'QUERY', 'k') | <url> > string
url_encode({0}) | s > string
width_bucket({0}, 0, 10, 5) | d > bigint
log({0}, {1}) | d d > double
ceil({0}, {1}) | N <scale> > other
floor({0}, {1}) | d <scale> > other
shiftleft({0}, {1}) | i <tiny> > int
shiftright({0}, {1}) | i <tiny> > int
shiftrightunsigned({0}, {1}) | i <tiny> > int
try_add({0}, {1}) | i i > int
try_subtract({0}, {1}) | i i > int
try_multiply({0}, {1}) | i i > int
try_divide({0}, {1}) | d d > double
try_cast({0} as int) | s > int
try_to_number({0}, '999.99') | s > other
cast({0} as decimal(10,3)) / cast({1} as decimal(7,2)) | N N > other
cast({0} as decimal(38,18)) * cast({1} as decimal(20,5)) | N N > other
cast({0} as decimal(5,2)) + {1} | N i > other
{0} is true | b > boolean
{0} is not false | b > boolean
{0} is distinct from {1} | x = > boolean
{0} in ({1}, {2}, null) | x = = > boolean
equal_null({0}, {1}) | x = > boolean
typeof({0}) | x > string
decode({0}, 1, 'one', 2, 'two', 'other') | i > string
greatest({0}, {1}) | n n > other
coalesce({0}, {1}) | n n > other
if({0}, {1}, {2}) | b n n > other
case {0} when 1 then 'a' when {1} then 'b' else 'c' end | i i > string
"""

LETTERS = {"s": ("string",), "i": ("int",), "n": values.NUMBERS, "w": values.WHOLE, "d": ("double", "int", "float", "decimal"), "b": ("boolean",),
            "D": ("date",), "T": ("timestamp",), "B": ("binary",), "a": ("strings",), "I": ("ints",), "m": ("map",), "t": ("struct",),
            "x": values.PLAIN, "N": ("decimal",), "M": ("decimal", "decimal") + tuple(values.PRECISE) + ("int", "bigint"), "R": ("structs",),
            "r": ("double",), "c": ("decimal",), "P": ("int", "string", "date", "boolean", "decimal")}


def rows(text):
    """The rows of the table: (name, arguments, result)."""
    found = []
    for line in text.strip().split("\n"):
        head, _, result = line.partition(" > ")
        name, _, rest = head.partition(" ")
        words, pools = rest.replace("<", "\0<").split("\0"), []
        for word in words:
            pool, _, plain = word.partition(">")
            if pool.startswith("<"):
                pools.append(pool)
                pools += plain.split()
            else:
                pools += word.split()
        found.append((name, pools, result))
    return found


def _texts(text):
    """The rows of TEXTS, as those of the tables of functions; a name with a brace is a text."""
    found = []
    for line in text.strip().split("\n"):
        template, _, rest = line.rpartition(" | ")
        found += [(template,) + row[1:] for row in rows("x " + rest)]
    return found


def by_kind(table):
    """The rows that can give a kind, by kind."""
    found = {}
    for name, args, result in table:
        for kind in [result] if not result.isdigit() else values.PLAIN if args[int(result)] in ("x", "=") else LETTERS[args[int(result)]]:
            found.setdefault(kind, []).append((name, args, result))
    return found


_NARROW = by_kind(rows(FUNCTIONS))
_WIDE = by_kind(rows(FUNCTIONS) + rows(WIDE) + _texts(TEXTS))
# The daily stream leaves out what is refused by name anyway.
_DAILY = by_kind([row for row in rows(FUNCTIONS) + rows(WIDE) + _texts(TEXTS) if not row[0].startswith(("try_to_number", "({0} + make_interval", "decode({0}, 1"))])


def known(rng, kind):
    """The functions that give a kind; the seeds of the wide stream know more."""
    return (_DAILY if rng.daily else _WIDE if rng.wide else _NARROW).get(kind)
