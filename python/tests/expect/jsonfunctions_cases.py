"""Functions between texts of JSON and values."""
from pyspark.sql import functions as F
from pyspark.sql import types as T


def _texts(x, *texts):
    """One row for each text."""
    return x.spark.createDataFrame([(i, t) for i, t in enumerate(texts)], "i int, j string")


def _read(x, schema, texts, options=None):
    """What from_json makes of texts."""
    return _texts(x, *texts).select("i", F.from_json("j", schema, options or {}).alias("v"))


_WHOLE = "z int, a struct<b:int,d:array<int>>, c int, _corrupt_record string"


def structs_of_good_texts(x):
    """Missing and null members, members that nobody asked for, other case, what follows the object, nothing but blanks."""
    yield _read(x, _WHOLE, ['{"z":5}', '{"Z":5}', '{}', '{"z":null,"a":null}', '{"a":{}}', '{"a":{"b":1,"d":[1,null]},"q":{"z":1}}', '{"z":5} x', '', '  ', None,
                            '{"z":-0}', ' \n{"z" : 1 , "c":2}\t', "{'z':1}", '{"z":5,"z":6}', '{"a":{"b":1},"a":{}}', '{"z":1,"z":null}'])
    yield _texts(x, '{"a":1}').select(F.from_json("j", "a int"), F.from_json("j", "a int not null")).schema.json()
    yield _read(x, "a int", ['{"a":1}', 'x', None]).selectExpr("i", "v is null n", "v.a")
    yield _read(x, "a int", ['{"a":1}', 'x', None]).select("i", "v.*")


def texts_that_are_no_objects(x):
    """A struct of nulls, but null of blanks."""
    yield _read(x, _WHOLE, ['null', '""', '"a"', '[]', '[{"z":1}]', '5', 'true', 'x', '{', '{"z":5', '{"z"', '{"z":', '{"z":}', '{"z":5,', '{"z":5,}', '{z:5}', '{"z":05}',
                            '{"z":5}}', '{"z":5 "c":1}', '{"z":+5}', '{"z":.5}', '{"z":5,"q":{"b":x}}', '{"z":5,"a":[x]}', '{"z":x,"c":1}', '\\', '{"z":1,"a":{"b":1',
                            '{"z":1,"a":{"b":1,', '{"z":1,"a":{"b":"te', '{"z":1,"a":{', '{"z":1,"a":{"d":[1,', '{"z":1,"a":{"d":[1'])


def members_of_other_types(x):
    """They are null, and the rest stays, at all depths; a good member before one of the same name stays, too."""
    yield _read(x, _WHOLE, ['{"z":"5","c":1}', '{"z":5.0,"c":1}', '{"z":1e2,"c":1}', '{"z":3000000000,"c":1}', '{"z":true,"c":1}', '{"a":5,"c":1}', '{"a":"","c":1}',
                            '{"a":{"b":"q","d":[1]},"c":1}', '{"a":{"b":2,"d":[1,"q"]},"c":1}', '{"a":{"b":2,"d":7},"c":1}', '{"a":[],"c":1}', '{"z":5,"z":"x"}',
                            '{"z":"x","z":5}', '{"a":{"b":1},"a":7}', '{"z":{"y":1},"c":1}', '{"z":[1],"c":1}', '{"a":{"b":1,"b":"x"}}'])
    yield _read(x, "a array<struct<x:int>>, b int", ['{"a":[{"x":1},{"x":"q"}],"b":1}', '{"a":[{"x":1},5],"b":1}', '{"a":[null,{}],"b":1}', '{"a":{"x":1},"b":1}'])
    yield _read(x, "a map<string,struct<x:int,y:int>>, b int", ['{"a":{"k":{"x":1,"y":"q"},"m":{"x":2}},"b":1}', '{"a":{"k":5},"b":1}', '{"a":{},"b":1}', '{"a":{"k":null}}'])
    yield _read(x, "a array<array<int>>, m map<string,int>, b int", ['{"a":[[1,2],["x"]],"b":1}', '{"a":[[1],null,[]],"b":1}', '{"m":{"k":"x","l":2},"b":1}'])


def arrays_and_maps(x):
    """One bad element spoils the array; an object counts as an array of one struct."""
    yield _read(x, "array<int>", ['[1,2]', '[1,"x"]', '[1,null]', '1', 'null', '{}', '[]', '[1', '[1,]', '', None, '[[1]]', ' [ 1 ] ', '[1] x'])
    yield _read(x, "array<struct<a:int,b:array<int>>>", ['[{"a":1},{"a":"x"}]', '{"a":1}', '{"a":"x"}', '[{"a":1},5]', '[null]', '[{"a":1,"b":[1,"x"]},{"a":2}]',
                                                         '[{"a":1},{"a":x}]', '{}', '[{}]', '[]'])
    yield _read(x, "array<array<string>>", ['[["a","b"],[]]', '[[1,{"k":1.50}],null]', '["a"]', '{"a":1}'])
    yield _read(x, "map<string,int>", ['{"a":1,"b":null}', '{"a":1,"b":"x"}', '[]', '{}', 'null', '5', '{"a":[1]}', '', None, '{"":1}', '{"é\\n":1}'])
    yield _read(x, "map<string,string>", ['{"a":1,"b":null,"c":"x","d":{"e":[1]},"f":true,"g":1.0}'])
    yield _read(x, "map<string,array<struct<x:bigint>>>", ['{"a":[{"x":1},{"x":null}],"b":[]}', '{"a":{"x":1}}'])


def texts_members(x):
    """What is no string is written anew: whole numbers as they are, others as doubles, without blanks."""
    yield _read(x, "d string, e string, f string", ['{"d":{"x" : [1, 2.50, "a\\u00e9\\n", null, true]},"e":1.50,"f":null}', '{"d":true,"e":12345678901234567890,"f":1e5}',
                                                   '{"d":"","e":"null","f":"\\ud83d\\ude00\\/"}', '{"d":[],"e":{},"f":-0.0}', '{"d":1e400,"e":NaN,"f":-INF}',
                                                   '{"d":{"a":1,"a":2},"e":1.0E-10,"f":100000000.0}', '{"d":"é\U0001f600","e":0,"f":false}'])


def numbers(x):
    """Bounds of the types, doubles by name, decimals with commas and half up."""
    yield _read(x, "a tinyint, b smallint, c int, d bigint", ['{"a":127,"b":32767,"c":2147483647,"d":9223372036854775807}', '{"a":128,"b":32768,"c":2147483648,"d":9223372036854775808}',
                                                             '{"a":-128,"b":-32768,"c":-2147483648,"d":-9223372036854775808}', '{"a":null,"b":1.0,"c":"1","d":1e0}'])
    yield _read(x, "d double, e double, f float, b int", ['{"d":"NaN","e":"Infinity","f":"-INF","b":1}', '{"d":NaN,"e":-Infinity,"f":INF,"b":1}', '{"d":"1.5","b":1}', '{"d":"","b":1}',
                                                          '{"d":1,"e":1e308,"f":3.4e39,"b":1}', '{"d":1e400,"e":-0.0,"f":0.1,"b":1}', '{"d":true,"b":1}', '{"d":123456789.125,"e":1e-300,"f":1e-50}'])
    yield _read(x, "d decimal(10,2), e decimal(20,10), b int, _corrupt_record string",
                ['{"d":1.005,"e":"1.5","b":1}', '{"d":"1,234.5","e":1e3,"b":1}', '{"d":12345678901,"b":1}', '{"d":"x","b":1}', '{"d":"","b":1}', '{"d":-1.995,"e":0,"b":1}',
                 '{"d":true,"b":1}', '{"d":99999999.994,"b":1}', '{"d":99999999.995,"b":1}', '{"d":"NaN","b":1}', '{"d":" 1","b":1}'])


def other_types(x):
    """Booleans, binaries, dates and timestamps; whole numbers are seconds of a timestamp."""
    yield _read(x, "b boolean, y binary, c int", ['{"b":true,"y":"aGk="}', '{"b":"true","c":1}', '{"b":1,"c":1}', '{"b":false,"y":"","c":1}', '{"y":5,"c":1}', '{"y":"AAH/"}'])
    yield _read(x, "d date, t timestamp, c int", ['{"d":"2020-01-02","t":"2020-01-02T03:04:05"}', '{"d":"2020-1-2","t":"2020-01-02 03:04:05.123456"}', '{"t":1577934245,"c":1}',
                                                 '{"d":"","t":"","c":1}', '{"d":"x","t":"x","c":1}', '{"t":"2020-01-02T03:04:05+02:00","c":1}', '{"d":"2020-01-02T00:00:00","t":"2020-01-02","c":1}',
                                                 '{"d":true,"t":true,"c":1}', '{"t":1.5,"c":1}', '{"d":"2020-02-30","c":1}', '{"t":-1}', '{"d":"2020"}'])
    yield _read(x, "d date, t timestamp", ['{"d":"02/01/2020","t":"02/01/2020 03:04"}', '{"d":null,"t":5}'], {"dateFormat": "dd/MM/yyyy", "timestampFormat": "dd/MM/yyyy HH:mm"})
    yield _read(x, "a int, v void", ['{"a":1,"v":"x"}', '{"a":2}'])


def schemas_of_the_api(x):
    """Types, texts of DDL, texts of JSON, and the schema of an example."""
    schema = T.StructType([T.StructField("a", T.LongType(), False), T.StructField("B c", T.ArrayType(T.StringType(), False)),
                           T.StructField("m", T.MapType(T.StringType(), T.DoubleType()))])
    j = _texts(x, '{"a":1,"B c":["x",1],"m":{"k":1.5}}', '{"a":null}')
    yield j.select(F.from_json("j", schema).alias("v"))
    yield j.select(F.from_json(F.col("j"), schema.json()).alias("v"))
    yield j.select(F.from_json("j", T.ArrayType(schema)).alias("v"))
    yield j.select(F.from_json("j", T.MapType(T.StringType(), T.StringType())).alias("v"))
    yield j.select(F.from_json("j", "struct<a:int>").alias("v"), F.from_json("j", "a int, m map<string,int>").alias("w"), F.from_json("j", "`B c` string").alias("u"))
    yield j.select(F.from_json("j", F.schema_of_json(F.lit('{"a":1,"m":{"k":2}}'))).alias("v"))
    yield j.select(F.from_json("j", F.schema_of_json('{"a":1}')), F.from_json("j", F.lit("a string")).alias("s"))
    yield j.select(F.from_json("j", schema)).columns
    yield x.rows("select from_json('{\"a\":1}', schema_of_json('{\"a\":1.5,\"b\":[1]}')) v, from_json('[1]', 'array<int>'), from_json('{\"a\":1}', 'map<string,int>')['a'] m")


def flattening(x):
    """The ways in which scripts take JSON columns apart."""
    j = _texts(x, '{"id":1,"items":[{"sku":"a","n":2},{"sku":"b","n":null}],"who":{"name":"x","tags":["p","q"]}}', '{"id":2,"items":[]}', 'broken', None)
    p = j.withColumn("v", F.from_json("j", "id bigint, items array<struct<sku:string,n:int>>, who struct<name:string,tags:array<string>>"))
    yield p.select("i", F.explode("v.items").alias("item")).select("i", "item.sku", "item.n")
    yield p.select("i", F.explode_outer("v.items").alias("item")).select("i", "item.*")
    yield p.select("v.*").select("id", "who.*")
    yield p.select("i", F.size("v.items").alias("n"), F.col("v.who.tags")[0].alias("t"), F.col("v").getField("id").alias("id"))
    yield p.filter("v.id is not null").groupBy("v.id").agg(F.sum(F.size("v.items")).alias("n"))
    p.createOrReplaceTempView("k_parsed")
    yield x.spark.sql("select i, t.sku from k_parsed lateral view explode(v.items) e as t")
    yield x.spark.sql("select i, inline(v.items) from k_parsed")
    yield _texts(x, '[{"a":1},{"a":2}]', '[]', None).select("i", F.explode(F.from_json("j", "array<struct<a:int>>")).alias("o")).select("i", "o.a")
    yield p.select(F.to_json("v").alias("again"), F.to_json(F.struct("i", "v.id")).alias("s"))


def modes_and_options(x):
    """FAILFAST fails, other words than the modes are PERMISSIVE; the column for malformed texts is found by its name."""
    yield x.error(lambda: _read(x, "a int", ['{"a":"x"}'], {"mode": "FAILFAST"}).collect())
    yield x.error(lambda: _read(x, "a int", ['{'], {"mode": "failfast"}).collect())
    yield x.error(lambda: _read(x, "array<int>", ['["x"]'], {"mode": "FAILFAST"}).collect())
    yield _read(x, "a int", ['{"a":1}', '', None], {"mode": "FAILFAST"})
    yield _read(x, "a int", ['{"a":"x"}', '{"a":2}'], {"mode": "nosuch"})
    yield bool(x.error(lambda: _read(x, "a int", ['{"a":"x"}'], {"mode": "DROPMALFORMED"}).collect()))
    yield _read(x, "a int, bad string", ['{"a":"x"}', '{"a":2}', 'y', '[1]'], {"columnNameOfCorruptRecord": "bad"})
    yield _read(x, "a int, _corrupt_record string", ['{"a":"x"}', '{"a":2,"_corrupt_record":"q"}'])
    yield bool(x.error(lambda: _read(x, "a int, _corrupt_record int", ['{"a":2}']).collect()))
    yield x.rows("select from_json('{\"a\":\"x\",\"b\":1}', 'a int, b int, cr string', map('columnNameOfCorruptRecord', 'cr')) v")


def from_json_that_is_wrong(x):
    """Schemas, options and types that Spark does not take."""
    for text in ("from_json('1', 'int')", "from_json('{}', 'map<int,int>')", "from_json('{}', 'a map<date,int>')", "from_json(1, 'a int')", "from_json('{}', null)", "from_json('{}', 1)",
                 "from_json('{}', 'a int', 'x')", "from_json('{}', 'a int', map('mode', 1))", "from_json('{}')", "from_json(s, s) from values ('a int') t(s)", "from_json('{}', 'nosuch')",
                 "schema_of_json(s) from values ('1') t(s)", "schema_of_json(null)", "to_json(1)", "to_json('a')", "to_json(struct(1), 'x')", "json_tuple('{}')", "json_tuple(1, 'a')",
                 "json_tuple('{}', null)", "json_object_keys(array(1))"):
        yield x.error(lambda: x.spark.sql("select " + text).collect())


def schemas_of_texts(x):
    """The type of one text as DDL: members by name, numbers of many digits, nulls as strings, other types together as strings."""
    texts = ['{"a":1.5,"B":[{"x":1,"y z":null},{"x":"s"}],"d":[],"e":true,"f":12345678901234567890,"g":"2020-01-01","h":[[1]],"i":{"j":null}}', '1', '"a"', 'null', '[]', '[1,"a"]',
             '', '[null]', '{"a":1} x', '{"a":NaN}', '""', '1.5', '12345678901234567890123456789012345678901', '{"a":1,"A":2}', 'true', '[{"a":1},5]', '[{"a":1},null]', '{"1":1,"é":2,"a-b":3,"_x":4}']
    one = x.spark.range(1)
    yield one.select(*[F.schema_of_json(t).alias("s%d" % i) for i, t in enumerate(texts)])
    yield one.select(F.schema_of_json('{"a":1}'), F.schema_of_json(F.lit("[1]")))
    yield one.select(F.schema_of_json('{"a":1.5}', {"prefersDecimal": "true"}).alias("a"), F.schema_of_json('{"a":1,"b":[true]}', {"primitivesAsString": "true"}).alias("b"))
    yield x.rows("select schema_of_json('{\"a\":1}') s, schema_of_json('{\"a\":{\"b\":[1.5]}}', map('primitivesAsString', 'true')) t").schema.json()
    yield x.error(lambda: one.select(F.schema_of_json("x")).collect()) is not None


def writing(x):
    """Nulls of structs are left out, those of arrays and maps stay; numbers, dates and binaries have Spark's spelling."""
    yield x.rows("select to_json(named_struct('a',1,'b',null,'c',array(1,null),'d',map('k',1.50,'n',null),'e',named_struct('x',null))) a, to_json(cast(null as struct<a:int>)) b, to_json(null) c")
    yield x.rows("select to_json(named_struct('a',1,'b',cast(null as int),'e',named_struct('x',cast(null as string))), map('ignoreNullFields','false')) a")
    yield x.rows("select to_json(array(1,2)), to_json(map('a',1)), to_json(array(named_struct('a',null))) c, to_json(array()) d, to_json(map()) e, to_json(array(map('a', 1), null)) f, to_json(array(array('x'), null)) g")
    yield x.rows("select to_json(map(1.50,2, 2.5,3)) a, to_json(map(date'2020-01-01',2)) b, to_json(map(timestamp'2020-01-01 00:00:01',2)) c, to_json(map(1,2,3,4)) d, to_json(map(true,1)) e, "
                 "to_json(map(1.5D,1)) f, to_json(map(cast(0 as decimal(20,10)),1)) g, to_json(map('a\"b', null)) h")
    yield x.rows("select to_json(named_struct('a',double('NaN'),'b',float('-inf'),'c',1e20,'d',1e-7,'e',cast(0.00 as decimal(20,10)),'f',X'6162ff','g',date'2020-01-02',"
                 "'h',timestamp'2020-01-02 03:04:05.678901','j',-0.0D,'k',1.10BD,'l',true,'m',float(0.1),'n',100000000D,'o',cast(127 as tinyint),'p',9223372036854775807)) a")
    yield _texts(x, "é\"\\/\t\n\x01\x7f\u2028\U0001f600", "", "null").select(F.to_json(F.struct("i", "j")).alias("v"), F.to_json(F.array("j")).alias("a"), F.to_json(F.create_map("j", "i")).alias("m"))
    yield x.rows("select to_json(named_struct('d',date'2020-01-02','t',timestamp'2020-01-02 03:04:05.678901'), map('dateFormat','dd/MM/yyyy','timestampFormat','yyyyMMdd HHmmss')) v")
    yield x.rows("select to_json(struct(id, id + 1 as `b c`, null as n)) v, to_json(named_struct('A', 1, 'é', 2)) w from range(2)")
    df = x.rows("select 1 a, 'x' b, cast(null as int) c")
    yield df.select(F.to_json(F.struct("*")).alias("v"), F.to_json(F.struct([F.col(c) for c in df.columns]), {"ignoreNullFields": False}).alias("w"), F.to_json(F.struct("a")))
    yield x.rows("select to_json(map('a',1)) w, to_json(cast(null as array<int>)) z").schema.json()


def there_and_back(x):
    """from_json of to_json gives the same, but for what JSON cannot say."""
    df = x.rows("select named_struct('a', id, 'b', array(cast(id as double), 1.5D), 'c', map('k', date'2020-01-01'), 'd', cast(id as decimal(10,2)), 'e', timestamp'2020-01-01 01:02:03') s from range(2)")
    yield df.select(F.from_json(F.to_json("s"), df.schema["s"].dataType).alias("v"))


def tuples(x):
    """One row always; the last member of a name that is no null, names in their case, what is no string as JSON."""
    j = _texts(x, '{"a":1,"b":{"c":[1, 2.50]},"d":"x\\ny","e":null,"f":true}', '[1]', 'x', '', '{"a":1', '{"a":1,"a":2}', '{"a":1,"a":null}', '{"a":""}', '{"a":1} y', '{"a":NaN}',
               '{"a":"x\ty"}', '{"A":1}', '{"q":{"a":1}}', 'null', None, '{"a":1.10,"b":"é"}')
    yield j.select("i", F.json_tuple("j", "a", "b", "d", "e", "f", "zz", "a"))
    yield j.select("i", F.json_tuple(F.col("j"), "a").alias("x"))
    yield j.select(F.json_tuple("j", "a", "b").alias("x", "y")).schema.json()
    j.createOrReplaceTempView("k_tuples")
    yield x.spark.sql("select i, x, y from k_tuples lateral view json_tuple(j, 'a', 'b') t as x, y")
    yield x.spark.sql("select t.* from k_tuples lateral view outer json_tuple(j, 'a', 'b') t")
    yield x.spark.sql("select i, json_tuple(j, 'a', 'f') as (p, q) from k_tuples where i < 2")
    yield x.spark.sql("select json_tuple('{\"a\":1,\"k\":2}', k) from values ('a'), ('k'), ('z'), (null) t(k)")
    yield x.error(lambda: x.spark.sql("select json_tuple(j, 'a', 'b') as (p) from k_tuples").collect())


def keys_of_objects(x):
    """In their order, each as often as it is there; null for what is no object."""
    j = _texts(x, '{}', '{"a":1,"b":{"c":2},"a":3}', '[1]', 'x', '', '{"a":1', '1', '{"a\\u00e9":1}', 'null', None, '{"":1}', ' {"z":1,"y":2} q', '{"a":"x\ty"}')
    yield j.select("i", F.json_object_keys("j").alias("k"), F.json_array_length("j").alias("n"))
    yield x.rows("select json_object_keys('{\"a\":1}') k").schema.json()


def paths_with_wildcards(x):
    """One result stands alone, several in an array; a second [*] opens arrays; a * behind a point finds nothing."""
    data = [('[{"a":1},{"a":"x"},{"b":2}]', "$[*].a"), ('[{"a":1},{"b":2}]', "$[*].a"), ('[{"a":"x"},{"b":2}]', "$[*].a"), ('[1,2,"x"]', "$[*]"), ('["x"]', "$[*]"), ('[]', "$[*]"),
            ('{"a":[{"b":[1,2]},{"b":[3]}]}', "$.a[*].b"), ('{"a":[{"b":[1,2]},{"b":[3]}]}', "$.a[*].b[*]"), ('{"a":[{"b":[1,2]},{"b":[3]}]}', "$.a[0].b[*]"), ('[[1,2],[3]]', "$[*][*]"),
            ('[[[1,2]],[[3]]]', "$[*][*][*]"), ('{"a":1,"b":2}', "$.*"), ('{"a":{"x":1},"b":{"x":2}}', "$.*.x"), ('{"a":{"x":1}}', "$[*].a"), ('[null,1]', "$[*]"), ('[{"a":null}]', "$[*].a"),
            ('[["x","y"],["z"]]', "$[0][*]"), ('[["x"],["z"]]', "$[*][0]"), ('[{"a":["p"]},{"a":["q","r"]}]', "$[*].a[0]"), ('[[[1],[2]],[3]]', "$[0][*]"), ('{"a":1}', "$['*']"),
            ('[{"a":[{"b":1},{"b":2}]},{"a":[{"b":3}]}]', "$[*].a[*].b"), ('{"a":[{"b":1},{"b":[2,[3]]}]}', "$.a[*][*]"), ('[[1],[],[[2,3]]]', "$[*][*]"), ('[]', "$[*][*]"),
            ('[[],[]]', "$[*][*]"), ('[[[],[]]]', "$[*][*][*]"), ('{"a":[{"k":[]},{"k":[]}]}', "$.a[*].k[*]"), ('[{"a":"x"}]', "$[0].a"), ('[[["p"]]]', "$[0][0][*]"), ('[1,2]', "$[5]"),
            ('[{"a":[]},{"a":[1]}]', "$[*].a[*][*]"), ('{"a":{"a":1},"a":{"b":2}}', "$.a.b"), ('[{"a":1,"a":2}]', "$[*].a"), ('{"a":"x\ty"}', "$.a"), ('[1, 2.50,{"a" : 1}]', "$[*]")]
    df = x.spark.createDataFrame([(i, j, p) for i, (j, p) in enumerate(data)], "i int, j string, p string")
    yield df.selectExpr("i", "get_json_object(j, p) v")
    yield df.select("i", F.get_json_object("j", "$[*].a").alias("v"))
