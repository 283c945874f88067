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
    df = x.spark.read.csv(x.file("a.csv", "abc\n"), schema="s string")
    yield x.error(lambda: df.selectExpr("regexp_extract(s, 'b', 1)").collect())
    yield x.error(lambda: df.selectExpr("s rlike '('").collect())
    yield x.error(lambda: df.selectExpr("regexp_replace(s, 'b', '$1')").collect())
    yield df.selectExpr("regexp_extract(s, 'x', 1) a", "regexp_replace(s, 'x', '$1') b")


def lengths_in_bytes_and_bases(x):
    """Bytes of UTF-8; bin and conv are unsigned unless the base is negative."""
    yield x.rows("select octet_length('é'), bit_length('é'), octet_length(X'0102'), bit_length(X'01'), "
                 "octet_length(12), bin(5), bin(-1), bin(0), bin('12'), bin(null), bin(3.7)")
    yield x.rows("select conv('100', 2, 10), conv(-10, 16, -10), conv('ff',16,10), conv('-15', 10, 16), "
                 "conv('zz',36,10), conv('9223372036854775808',10,16), conv('',10,16), conv(' 12',10,16), "
                 "conv('1x',10,16), conv('18446744073709551616',10,10), conv('x',10,2), conv('11',1,10), "
                 "conv('11abc',10,10), conv('-1',10,-16), conv('1',10,37)")
    yield x.rows("select hex(17), hex(-1), hex('abc'), hex(X'01ab'), hex('é'), hex(cast(null as int)), "
                 "hex(1.5), unhex('616263'), unhex('1'), unhex('zz'), unhex(''), unhex('abc')")


def numbers_with_commas(x):
    """Rounded half even, also doubles, by their shortest digits; a negative number of digits is null."""
    yield x.rows("select format_number(12332.123456, 4), format_number(12332.5, 0), "
                 "format_number(cast(2.5 as double), 0), format_number(-0.001, 2), format_number(1234567, "
                 "2), format_number(null, 2), format_number(1.005D, 2), format_number(12345.678, -1), "
                 "format_number(1e20, 2), format_number(double('NaN'),2), "
                 "format_number(double('Infinity'),2), format_number(0.125, 2), format_number(cast(0.125 "
                 "as double),2), format_number(-0.0D, 1), format_number(2.345D,2), format_number(1e-10D, "
                 "3), format_number(cast(1.1 as float), 3)")


def formats_of_java(x):
    """Java's Formatter: dates and timestamps are numbers to it."""
    yield x.rows("select printf('%5d|%-5s|%05d|%x|%X|%o|%e|%.2f|%,d|%b|%%|%n', 42, 'ab', 42, 255, 255, 8, "
                 "12345.678D, 3.14159D, 1234567, true), format_string('%x', -1), format_string('%x', "
                 "-1L), format_string('%c', 65), format_string('%e', 0.0D), format_string('%.3e', "
                 "9.9996D), format_string('%.0f', 2.5D), format_string('%.1f', 0.25D), "
                 "format_string('%.2f', 1.005D), format_string('%5.1f|%-8.2f|', 2.25D, -1.5D), "
                 "format_string('%b %b %b', null, 'x', false), format_string('%s', 1e10D), "
                 "format_string('%f', double('NaN')), format_string('%e', 123456789.0D), "
                 "format_string('%e', 1.0e-5D), format_string('%.2f', cast(1.1 as float)), "
                 "format_string('%s', cast(1.1 as float))")
    yield x.rows("select format_string('%s', date'2020-01-01'), format_string('%S', 'abc'), "
                 "format_string('%1$s %1$s', 'x'), format_string('%.3s', 'abcdef'), format_string('%+d % "
                 "d %(d', 5, 5, -5), format_string('%08.3f', 3.14159D), format_string('%,.2f', "
                 "1234567.891D), format_string('%s', timestamp'2020-01-01 10:00:00')")


def charsets_and_urls(x):
    """What a charset has not is a question mark; Java's URL encoding, and parts of URLs."""
    yield x.rows("select encode('abc','utf-8'), encode('é','iso-8859-1'), encode('é','us-ascii'), "
                 "encode('aé','UTF-16BE'), encode('a','utf-16'), encode('a','UTF-16LE'), "
                 "decode(X'616263','utf-8'), decode(X'E9','ISO-8859-1'), decode(X'FF','utf-8'), "
                 "decode(X'00610062','utf-16be'), decode(encode('abc','utf-16'),'utf-16'), "
                 "encode(null,'utf-8')")
    yield x.rows("select url_encode('https://spark.apache.org a+b&é*~_-.'), "
                 "url_decode('https%3A%2F%2Fspark.apache.org+x%C3%A9')")
    yield x.rows("select "
                 "parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','HOST'), "
                 "parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','PATH'), "
                 "parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','QUERY'), "
                 "parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','QUERY','k'),"
                 " parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','REF'), "
                 "parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','PROTOCOL'), "
                 "parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','FILE'), "
                 "parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','AUTHORITY'),"
                 " parse_url('http://user:pw@spark.apache.org:8080/path/p?query=1&k=v%20x#ref','USERINFO')")
    yield x.rows("select parse_url('http://a.b','PATH'), parse_url('a b','HOST'), "
                 "parse_url('http://a.b/?x=1','FILE'), parse_url('http://a.b/c','QUERY'), "
                 "parse_url('mailto:a@b.c','HOST'), parse_url('/x/y?z','PATH'), "
                 "parse_url('http://a_b.c/x','HOST'), parse_url('http://a.b','x'), "
                 "parse_url('http://a.b?q','HOST','q'), parse_url('http://[::1]/x','HOST'), "
                 "parse_url('HTTP://A.B','PROTOCOL'), parse_url('http://a.b/x|y','PATH'), "
                 "parse_url('','PATH')")


def pieces_of_texts(x):
    """Parts from the end, overlays beyond the ends, places in lists."""
    yield x.rows("select split_part('11.12.13', '.', 3), split_part('a,b',',',-1), "
                 "split_part('a,b',',',5), split_part('ab','',1), split_part('ab','',2), "
                 "split_part(null,',',1), split_part('a','a',1), split_part('a,b,c',',',-5)")
    yield x.rows("select find_in_set('ab','abc,b,ab,c,def'), find_in_set('a,b','a,b'), "
                 "find_in_set('',',a'), find_in_set('x','a'), find_in_set('c','abc,b,c'), "
                 "find_in_set('',''), elt(1,'a','b'), elt(2,'a',3), elt(0,'a','b'), elt(3,'a','b'), "
                 "elt(null,'a'), elt(1, X'01', X'02')")
    yield x.rows("select soundex('Miller'), soundex(''), soundex('123'), soundex('éa'), "
                 "soundex('Ashcraft'), soundex('Tymczak'), soundex('a'), soundex('A b'), "
                 "soundex('Pfister')")
    yield x.rows("select mask('abcd-EFGH-8765-4321'), mask('abcd-EFGH-8765-4321','Q'), "
                 "mask('AbCD123-@$#','Q','q'), mask('AbCD123-@$#','Q','q','d','o'), "
                 "mask('AbCD123-@$#',null,null,null,'*'), mask('é É'), mask(null), mask('aB1 ', 'x', 'y', "
                 "NULL)")
    yield x.rows("select luhn_check('8112189876'), luhn_check('79927398713'), luhn_check('79927398714'), "
                 "luhn_check(''), luhn_check('a'), luhn_check(null), luhn_check('0')")
    yield x.rows("select str_to_map('a:1,b:2,c:3',',',':'), str_to_map('a'), "
                 "str_to_map('a=1;b','[;]','='), str_to_map(''), str_to_map('a:b:c'), str_to_map(null)")
    yield x.rows("select overlay('Spark SQL','_',6), overlay('Spark SQL','CORE',7), overlay('Spark "
                 "SQL','ANSI ',7,0), overlay('Spark SQL','tructured',2,4), overlay('abc','X',0), "
                 "overlay('abc','X',-1), overlay('abc','X',10), overlay('abc','XY',2,100), "
                 "overlay(null,'x',1), overlay('abc', 'X', 2, -1)")
    yield x.rows("select levenshtein('kitten','sitting'), levenshtein('kitten','sitting',2), "
                 "levenshtein('kitten','sitting',3), levenshtein('','abc'), levenshtein('é','e'), "
                 "levenshtein('a','a',0), levenshtein('ab','ba',-1)")
    yield x.rows("select split_part(s, d, n) from values ('a.b.c','.',2),('a','b',-1) t(s,d,n)")


def binaries_of_texts(x):
    """unbase64 passes over what is no digit; unhex and to_binary."""
    yield x.rows("select to_binary('abc','utf-8'), to_binary('616263'), to_binary('YWJj','base64'), "
                 "to_binary('616263','hex'), try_to_binary('zz','hex'), try_to_binary('a!','base64'), "
                 "to_binary('','hex'), to_binary(null)")
    yield x.rows("select unbase64('YWJj'), unbase64('YW Jj'), unbase64('YQ'), unbase64('!!'), "
                 "unbase64('YWJj\\nYWJj'), unbase64('YQ=='), unbase64('')")
    yield x.rows("select crc32('Spark'), crc32(''), crc32(X'00ff'), sha2('Spark',224), sha2('Spark',384), "
                 "sha2('Spark',512), sha2('Spark',0), sha2('Spark',1), md5(''), sha1(''), sha(X'01')")


def values_of_the_session(x):
    """Types and names."""
    yield x.rows("select typeof(1), typeof('a'), typeof(array(1)), typeof(null), typeof(map('a',1.5)), "
                 "version(), current_database(), current_catalog(), current_schema()")
    yield x.rows("select equal_null(1,1), equal_null(null,null), equal_null(1,null), equal_null('1', 1)")
    yield x.rows("select assert_true(1=1), assert_true(true, 'x')")


def bits_and_series(x):
    """Shifts by more than the width, bits of negatives, buckets at their bounds."""
    yield x.rows("select bit_count(0), bit_count(7), bit_count(-1), bit_count(-1L), bit_count(true), "
                 "bit_count(cast(-1 as tinyint)), bit_get(11,0), getbit(11,2), bit_get(-1L,63), "
                 "getbit(null, 1)")
    yield x.rows("select shiftleft(2,1), shiftleft(1,33), shiftleft(1L,33), shiftleft(-1,31), "
                 "shiftright(-4,1), shiftright(4,33), shiftrightunsigned(-4,1), "
                 "shiftrightunsigned(-4L,1), shiftright(-4L,65), shiftleft(cast(1 as tinyint), 8), "
                 "shiftleft(1,-1)")
    yield x.rows("select factorial(5), factorial(20), factorial(21), factorial(-1), factorial(0), "
                 "factorial(null), rint(12.3456), rint(2.5), rint(-0.4), rint(3.5), rint('a'), "
                 "width_bucket(5.3,0.2,10.6,5), width_bucket(-2.1,1.3,3.4,3), width_bucket(8.1,0,5.7,4), "
                 "width_bucket(-0.9,5.2,0.5,2), width_bucket(1,1,1,2), width_bucket(1,0,10,0), "
                 "width_bucket(10.6,0.2,10.6,5)")


def functions_that_try(x):
    """null where ANSI mode fails."""
    yield x.rows("select try_add(2147483647,1), try_add(1,2), try_subtract(-2147483648,1), "
                 "try_multiply(2147483647,2), try_divide(3,2), try_divide(1,0), try_divide(2L,2L), "
                 "try_add(9223372036854775807,1L), try_add(1.5,2.5), try_add('1',2), "
                 "try_multiply(1.5D,2), try_add(cast(127 as tinyint), cast(1 as tinyint)), "
                 "try_divide(1.5, 0), try_multiply(9223372036854775807,2L)")
    yield x.rows("select try_element_at(array(1,2,3),2), try_element_at(array(1,2,3),5), "
                 "try_element_at(map(1,'a'),1), try_element_at(map(1,'a'),2), try_element_at(array(1),-1)")


def letters_of_several(x):
    """Capitals of ligatures, the sigma at the end of a word, the title case."""
    yield x.rows("select initcap('sPark sql'), initcap('a-b c_d  e\\tf'), initcap('ßa'), initcap('éa "
                 "ÀB'), upper('ﬀ'), upper('ŉ'), lower('İ'), lower('ΑΣ'), upper('ß'), initcap('ǆx'), "
                 "upper('ǆ'), lower('ΑΣ Σ'), upper('éa'), lower('ÀB'), initcap('ΑΣ b'), initcap(''), "
                 "upper('ΐ'), lower('Σ'), lower('ΑΣ.'), lower('ΑΣα')")
    yield x.rows("select translate('AaBbCc','abc','123'), translate('abc','ab','x'), "
                 "translate('aab','aa','xy'), translate('abc','','x'), translate('a😀','😀','b')")


def trims_as_calls(x):
    """Written as calls ltrim, rtrim and trim take the characters first, btrim last."""
    yield x.rows("select ltrim('x','xax'), rtrim('x','xax'), trim('x','xax'), btrim('xax','x'), trim('a', "
                 "null), current_schema()")
    yield x.rows("select trim(BOTH 'x' FROM 'xax'), trim(LEADING 'x' FROM 'xax'), trim(TRAILING FROM ' a "
                 "'), trim(BOTH FROM ' a '), trim('xy' FROM 'xyaxy'), trim('  \\t a')")


def hashes_of_every_type(x):
    """Murmur3 and xxHash with the seed 42; null leaves the hash, arrays and structs hash as their parts."""
    yield x.rows("select hash(1), hash('a'), hash(null), hash(1,'a'), hash(1L), hash(true), hash(1.5D), "
                 "hash(-0.0D), hash(cast(1.5 as float)), hash(date'2020-01-01'), "
                 "hash(timestamp'2020-01-01 00:00:00'), hash(1.50), "
                 "hash(cast(123456789012345678901234567890 as decimal(38,2))), hash(X'0102'), "
                 "hash(array(1,2)), hash(struct(1,'a')), hash(array('a',null,'b')), hash(cast(1 as "
                 "tinyint)), hash(cast(2 as smallint)), hash(''), hash('Spark'), "
                 "hash(array(array(1),array(2))), hash(double('NaN')), hash(cast(-1.5 as decimal(10,2))), "
                 "hash(array(struct(1,'x')))")
    yield x.rows("select xxhash64(1), xxhash64('a'), xxhash64(null), xxhash64(1,'a'), xxhash64(1L), "
                 "xxhash64(true), xxhash64(1.5D), xxhash64(-0.0D), xxhash64(cast(1.5 as float)), "
                 "xxhash64(date'2020-01-01'), xxhash64(timestamp'2020-01-01 00:00:00'), xxhash64(1.50), "
                 "xxhash64(cast(123456789012345678901234567890 as decimal(38,2))), xxhash64(X'0102'), "
                 "xxhash64(array(1,2)), xxhash64(struct(1,'a')), xxhash64(array('a',null,'b')), "
                 "xxhash64(''), xxhash64('Spark'), xxhash64(repeat('abcdefghij',7)), xxhash64('abcd'), "
                 "xxhash64('abcdefgh1')")


def errors_of_values(x):
    """Errors of rows."""
    df = x.spark.read.csv(x.file("a.csv", "a,0\n"), schema="s string, n int")
    for text in ("split_part(s, 'a', n)", "unbase64(s)", "url_decode(concat('%zz', s))", "assert_true(n = 1)", "raise_error(s)",
                 "format_string('%d', s)", "format_string('%s %s', s)", "bit_get(n, 40)", "to_binary(concat(s, 'zz'), 'hex')",
                 "hash(map(n, 2))"):
        yield x.error(lambda text=text: df.selectExpr(text).collect())


def functions_of_python(x):
    """The same from pyspark.sql.functions."""
    df = x.rows("select 'Spark' s, 'a,b' l, 12 n, 2.5D d, 'http://a.b/c?k=v' u")
    yield df.select(F.conv("n", 10, 2), F.bin("n"), F.hex("s"), F.unhex(F.lit("41")), F.format_number("d", 1),
                    F.format_string("%s %d", "s", "n"), F.printf(F.lit("%d"), "n"), F.encode("s", "utf-8"),
                    F.decode(F.encode("s", "utf-16"), "utf-16"), F.url_encode("u"), F.url_decode("u"))
    yield df.select(F.parse_url("u", F.lit("QUERY"), F.lit("k")), F.split_part("l", F.lit(","), F.lit(2)),
                    F.overlay("s", "l", 2, 1), F.find_in_set(F.lit("b"), "l"), F.elt(F.lit(1), "s", "l"),
                    F.soundex("s"), F.mask("s"), F.levenshtein("s", "l", 2), F.levenshtein("s", "l"))
    yield df.select(F.octet_length("s"), F.bit_length("s"), F.crc32("s"), F.sha2("s", 512), F.hash("s", "n"),
                    F.xxhash64("s", "n"), F.typeof("d"), F.equal_null("s", "l"), F.bit_count("n"), F.bit_get("n", F.lit(2)),
                    F.getbit("n", F.lit(2)), F.shiftleft("n", 1), F.shiftright("n", 1), F.shiftrightunsigned("n", 1))
    yield df.select(F.factorial("n"), F.rint("d"), F.width_bucket("d", F.lit(0.0), F.lit(10.0), 5), F.sec("n"), F.csc("n"),
                    F.asinh("d"), F.try_add("n", "n"), F.try_subtract("n", "d"), F.try_multiply("n", "n"),
                    F.try_divide("n", F.lit(0)), F.str_to_map("l"), F.to_binary("s", F.lit("utf-8")),
                    F.try_element_at(F.split("l", ","), F.lit(3)), F.assert_true(F.lit(True)), F.btrim("s", F.lit("S")))


def paths_into_json(x):
    """Strings as they are, numbers as doubles, the first member that is no null; what follows the value is left alone."""
    yield x.rows("select get_json_object(j, p) from values "
                 "('{\"a\":{\"b\":1.10},\"c\":[1,\"x\",null,{\"d\":true}],\"e\":\"q\\\\\"é\",\"n\":null,\"a"
                 "\":2,\"s p\":3,\"f\":1e3}', '$.a') t(j, x) cross join values "
                 "('$'),('$.a'),('$.a.b'),('$.c'),('$.c[1]'),('$.c[2]'),('$.c[3].d'),('$.c[9]'),('$.e'),('$"
                 ".n'),('$[\\'a\\'].b'),('$[\\'s p\\']'),('$.s "
                 "p'),('a'),('$.'),('$a'),('$.c[-1]'),('$.f'),(''),('$..a'),('$.c.d'),(' $.a'),('$.a "
                 "'),('$ .a'),('$[a]'),('$[\"a\"]') p(p)")
    yield x.rows("select get_json_object(j, '$.a') from values ('{\"a\":1'),('{\"a\":1} "
                 "x'),('x'),(''),('[{\"a\":1}]'),('{\\'a\\':2}'),('{\"a\":\"b\\\\u00e9\\\\n\"}'),('{\"a\":["
                 "1, 2 ,{\"x\" : "
                 "\"y\"}]}'),('{\"a\":12345678901234567890}'),('{\"a\":1.0}'),('{\"a\":0.1e-10}'),('{\"a\":"
                 "NaN}'),(null),('{\"a\":null,\"a\":3}'),('{\"a\":100000000.0}'), "
                 "('{\"a\":123456789.123456789012}'), ('\"a\"'), ('{\"b\":{\"a\":1}}'), "
                 "('{\"a\":{\"k\":1.50,\"z\":\"é\\\\/\"}}') t(j)")
    yield x.rows("select json_array_length(j) from values "
                 "('[1,2,[3,4]]'),('[]'),('{\"a\":1}'),('[1'),(''),('null'),('[1] x'),(null),('1') t(j)")
