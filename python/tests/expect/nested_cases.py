"""Arrays, maps, structs, lambdas and generators."""
from pyspark.sql import Window
from pyspark.sql import functions as F

from tests.expect.bench import Ordered


def _tree(df):
    """The schema with the nullability of every part, as JSON."""
    return df.schema.json()


def _data(x):
    """Two rows with an array, a map and a struct."""
    return x.rows("select id, array(1, 2, null) a, array(3, 1) b, map('x', 1, 'y', cast(id as int)) m, named_struct('p', cast(id as int), 'q', "
                  "array(named_struct('r', 'u'), named_struct('r', null))) s from range(2)")


def lambdas_in_sql(x):
    """transform with and without positions, filter, columns of the row inside; a null predicate drops an element."""
    df = _data(x)
    yield df.selectExpr("transform(a, x -> x + 1)", "transform(a, (x, i) -> i)", "transform(b, x -> x * id) t", "filter(a, x -> x > 1)",
                        "filter(a, (x, i) -> i < 2) f", "filter(b, x -> null) n", "transform(cast(null as array<int>), x -> x) z", "transform(array(), x -> 1) e")
    yield df.selectExpr("transform(s.q, v -> v.r) r", "transform(a, ID -> ID) shadowed", "transform(b, x -> named_struct('v', x, 'w', array(x, id))) st")


def lambdas_inside_lambdas(x):
    """The inner one sees the parameters of the outer one, and may hide them."""
    df = _data(x)
    yield df.selectExpr("transform(b, x -> transform(b, y -> x * 10 + y)) a", "transform(array(b, b), x -> filter(x, x -> x > 1)) b",
                        "transform(b, x -> aggregate(b, 0, (s, y) -> s + y * x)) c", "filter(b, x -> exists(a, y -> y = x)) d")


def lambdas_of_the_api(x):
    """The same by Python functions."""
    df = _data(x)
    yield df.select(F.transform("a", lambda v: v + 1), F.transform("b", lambda v, i: v * i + F.col("id")).alias("t"),
                    F.filter("b", lambda v: v > 1), F.exists("a", lambda v: v == 2), F.forall("b", lambda v: v > 0),
                    F.aggregate("b", F.lit(0), lambda s, v: s + v), F.aggregate("b", F.lit(0.5), lambda s, v: s + v, lambda s: s / 2).alias("h"))
    yield df.select(F.zip_with("a", "b", lambda v, w: F.coalesce(v, F.lit(0)) + w).alias("z"),
                    F.transform("b", lambda v: F.transform("b", lambda w: v - w)).alias("n"),
                    F.transform_keys("m", lambda k, v: F.upper(k)).alias("k"), F.transform_values("m", lambda k, v: F.concat(k, v)).alias("v"),
                    F.map_filter("m", lambda k, v: v > 0).alias("f"), F.map_zip_with("m", "m", lambda k, v, w: v + w).alias("g"),
                    F.array_sort("b", lambda v, w: w - v).alias("s"))
    yield df.select(F.transform(F.array(F.lit("u")), F.upper).alias("u"))
    yield x.error(lambda: df.select(F.transform("a", F.coalesce)))


def lambdas_of_the_api_that_are_wrong(x):
    """Python functions of other shapes are refused before anything runs."""
    yield x.error(lambda: F.transform("a", lambda v: 1))
    yield x.error(lambda: F.transform("a", lambda: F.lit(1)))
    yield x.error(lambda: F.transform("a", lambda *v: F.lit(1)))
    df = _data(x)
    yield x.error(lambda: df.select(F.filter("a", lambda v, i, j: v)))
    yield x.error(lambda: df.select(F.transform("id", lambda v: v)))


def exists_and_forall_know_three_values(x):
    """One unknown makes all unknown, unless another element decides."""
    yield x.rows("select exists(array(1, null), x -> x > 1) a, exists(array(1, null), x -> x > 0) b, exists(array(1), x -> x > 1) c, "
                 "exists(array(), x -> true) d, exists(cast(null as array<int>), x -> true) e")
    yield x.rows("select forall(array(1, null), x -> x > 0) a, forall(array(1, null), x -> x > 1) b, forall(array(), x -> false) c, "
                 "forall(cast(null as array<int>), x -> true) d")


def aggregate_starts_and_finishes(x):
    """The type is the start's; a null poisons, an empty array gives the start, a null one null even if finish would not."""
    yield x.rows("select aggregate(array(1, 2, 3), 0, (s, v) -> s + v) a, aggregate(array(1, null), 0, (s, v) -> s + v) b, "
                 "aggregate(array(), 7, (s, v) -> s) c, aggregate(cast(null as array<int>), 0, (s, v) -> s + v, s -> coalesce(s, 5)) d, "
                 "aggregate(array(1, 2), 0D, (s, v) -> s + v) e, aggregate(array('a', 'b'), '', (s, v) -> concat(v, s), s -> upper(s)) f, "
                 "reduce(array(1, 2), 0, (s, v) -> s + v) g")
    yield x.rows("select aggregate(array(1, 2, 3, 4), named_struct('s', 0, 'n', 0), (s, v) -> named_struct('s', s.s + v, 'n', s.n + 1), "
                 "s -> s.s / s.n) mean, aggregate(array(1, 2), array(0), (s, v) -> array_append(s, v)) l")


def lambdas_that_are_wrong(x):
    """Types, numbers of parameters and places."""
    for text in ("aggregate(array(1L), 0, (s, v) -> s + v)", "filter(array(1), v -> v)", "transform(1, v -> v)", "transform(array(1), (a, b, c) -> a)",
                 "transform(array(1), v -> w)", "upper(v -> v)", "transform(array(1))", "zip_with(array(1), array(2), v -> v)",
                 "transform(array(1), (v, v) -> v)", "transform_keys(map(1, 2), (k, v) -> map(1, 2))", "array_sort(array(1), (l, r) -> 1L)",
                 "array_sort(array(map(1, 2)))", "transform_values(map(1, 2), k -> k)"):
        yield x.error(lambda: x.rows("select " + text).collect())
    yield x.rows("select transform(array(1, 2), 3)")


def maps_by_lambdas(x):
    """Keys of both maps, in order; values that are not there are null."""
    yield x.rows("select map_zip_with(map('a', 1, 'b', 2), map('b', 3, 'c', 4), (k, v, w) -> concat_ws('-', k, v, w)) a, "
                 "map_zip_with(map(1, 2), map('1', 5), (k, v, w) -> v + w) b, map_filter(map('a', 1, 'b', 2), (k, v) -> v > 1 and k > 'a') c, "
                 "transform_keys(map('a', 1), (k, v) -> v) d, transform_values(map('a', null), (k, v) -> v is null) e, "
                 "map_zip_with(map(1, 2), cast(null as map<int, int>), (k, v, w) -> v) f")
    yield x.error(lambda: x.rows("select transform_keys(map('a', 1, 'b', 2), (k, v) -> 'x')").collect())
    yield x.error(lambda: x.rows("select transform_keys(map('a', 1), (k, v) -> cast(null as string))").collect())


def lambdas_over_groups(x):
    """Over what was collected, inside of aggregates, as a grouping key, in filter and in joins."""
    df = x.rows("select * from values (1, 5), (1, 7), (2, null) t(k, v)")
    df.createOrReplaceTempView("t")
    yield df.groupBy("k").agg(F.transform(F.sort_array(F.collect_list("v")), lambda v: v + 1).alias("l"))
    yield x.rows("select sum(aggregate(array(v, 1), 0, (s, w) -> s + w)) a from t")
    yield x.rows("select transform(array(k), w -> w + 1) g, count(*) n from t group by transform(array(k), w -> w + 1)")
    yield x.rows("select k from t where exists(array(v), w -> w > 5)")
    yield x.rows("select a.k, b.v from t a join t b on exists(array(a.k), w -> w = b.v - 6)")
    yield x.rows("select k, array_max(transform(collect_list(v), w -> -w)) m from t group by k having size(filter(collect_list(v), w -> w > 5)) > 0")


def array_sort_by_a_comparator(x):
    """Stable; equal elements keep their order; the natural order has nulls last and NaN greatest."""
    yield x.rows("select array_sort(array('bb', 'a', 'ccc', 'dd'), (l, r) -> length(l) - length(r)) a, array_sort(array(3, null, 1)) b, "
                 "array_sort(array(3, 1, 2), (l, r) -> case when l < r then 1 when l > r then -1 else 0 end) c, "
                 "array_sort(array(double('nan'), 1D, null, double('-inf'))) d, array_sort(array()) e, "
                 "array_sort(array('b', null, 'a'), (l, r) -> case when l is null then -1 when r is null then 1 when l < r then -1 else 1 end) f")
    yield x.error(lambda: x.rows("select array_sort(array(1, 2), (l, r) -> cast(null as int))").collect())


def values_at_places_of_arrays(x):
    """Append, prepend, insert at positive, negative and far places; nulls are values."""
    yield x.rows("select array_append(array(1), 2) a, array_append(array(1), null) b, array_append(cast(null as array<int>), 1) c, array_prepend(array(1), 2L) d, "
                 "array_insert(array(1, 2), 1, 5) e, array_insert(array(1, 2), -1, 5) f, array_insert(array(1, 2), 5, 5) g, array_insert(array(1, 2), -5, 5) h, "
                 "array_insert(array(1, 2), 3, 5) i, array_insert(array(1, 2), -3, 5) j, array_insert(array(1, 2), cast(null as int), 5) k")
    yield x.rows("select slice(array(1, 2, 3), 2, 1) a, slice(array(1, 2, 3), -2, 5) b, slice(array(1, 2, 3), -5, 2) c, slice(array(1, 2, 3), 5, 1) d, "
                 "slice(array(1, 2, 3), 1, 0) e, get(array(1, 2), 0) f, get(array(1, 2), 2) g, get(array(1, 2), -1) h, element_at(array(1, 2), -1) i, array(1, 2)[5] j")
    for text in ("array_insert(array(id), 0, 5)", "slice(array(id), 0, 1)", "slice(array(id), 1, -1)", "element_at(array(id), 0)", "array_append(array(1), 'x')"):
        yield x.error(lambda: x.spark.range(1).selectExpr(text).collect())


def places_by_columns(x):
    """The same with places that differ by row."""
    df = x.rows("select * from values (1, array(1, 2, 3)), (-2, array(1, 2, 3)), (4, array()), (null, array(1)), (2, null) t(n, l)")
    yield df.selectExpr("n", "slice(l, n, 2) s", "get(l, n) g", "element_at(l, n) e", "l[n] i", "array_insert(l, n, 9) t", "array_repeat(n, n) r")
    yield df.select(F.slice("l", F.col("n"), F.lit(1)).alias("s"), F.get("l", F.col("n")).alias("g"), F.array_repeat("n", 2).alias("r"),
                    F.array_insert("l", 2, F.lit(7)).alias("t"), F.array_append("l", F.col("n")).alias("a"), F.array_remove("l", 2).alias("d"))


def arrays_as_sets(x):
    """Distinct in the order of first appearance; null equals null, NaN equals NaN, but 0.0 is not -0.0 unless it stands deeper."""
    yield x.rows("select array_except(array(1, 1, null, 2, null), array(2)) a, array_union(array(2, 1, 2, null), array(3, null, 1)) b, "
                 "array_intersect(array(1, null, 1, 2), array(null, 1)) c, array_distinct(array(1, null, 1, null, 2)) d, "
                 "array_union(array(double('nan')), array(double('nan'), 1D)) e, array_intersect(array(0.0D), array(-0.0D)) f, "
                 "array_except(array(array(1, null)), array(array(1, null))) g, array_union(array(1), array(2L)) h, "
                 "array_union(array(1), cast(null as array<int>)) i, array_distinct(array(array(1), array(1))) j")
    yield x.rows("select arrays_overlap(array(1, 2), array(2)) a, arrays_overlap(array(1, null), array(2)) b, arrays_overlap(array(1), array(2)) c, "
                 "arrays_overlap(array(), array(null)) d, arrays_overlap(array(null), array(null)) e, arrays_overlap(cast(null as array<int>), array(1)) f")
    yield x.rows("select array_distinct(array(0.0D, -0.0D)) a, array_union(array(0.0D), array(-0.0D)) b, array_except(array(0.0D), array(-0.0D)) c, "
                 "arrays_overlap(array(0.0D), array(-0.0D)) d, array_distinct(array(array(0.0D), array(-0.0D))) e, array_position(array(0.0D), -0.0D) f, "
                 "array_remove(array(0.0D), -0.0D) g, array_distinct(array(double('nan'), double('nan'))) h")
    yield x.error(lambda: x.rows("select arrays_overlap(null, array(1))"))
    yield x.error(lambda: x.rows("select array_except(array(1), array('x'))"))


def looking_for_values(x):
    """Positions from 1; null is not found; removing keeps nulls."""
    yield x.rows("select array_position(array(1, 2, 2), 2) a, array_position(array(1), 7) b, array_position(array(1), null) c, array_position(array(null, 1), 1) d, "
                 "array_remove(array(1, null, 2, 1), 1) e, array_remove(array(1), cast(null as int)) f, array_compact(array(1, null, 2)) g, "
                 "array_contains(array(1, null), 2) h, array_contains(array(1, null), 1) i, array_position(array('a', 'b'), 'b') j, array_remove(array(1, 2), 1L) k")


def arrays_of_arrays(x):
    """flatten is null when one inside is; arrays_zip fills up and names members by column or place."""
    df = _data(x)
    yield x.rows("select flatten(array(array(1), array(2, null))) a, flatten(array(array(1), null)) b, "
                             "flatten(array(array(array(1)), array(array(2)))) d, array_repeat('x', 2) e, array_repeat('x', -1) g")
    yield df.select(F.arrays_zip("a", "b").alias("z"), F.arrays_zip(F.array(F.lit(1)), "b").alias("y"), F.flatten(F.array("a", "b")).alias("f"))
    yield df.select(F.arrays_zip("a", "b").alias("z")).select("z.a", "z.b")
    yield x.error(lambda: x.rows("select flatten(array(1))"))


def sequences(x):
    """Up, down, by steps; months from the start, not from the one before; wrong directions fail."""
    yield x.rows("select sequence(1, 3) a, sequence(3, 1) b, sequence(1, 10, 4) c, sequence(5, 1, -2) d, sequence(1, 1) e, sequence(1, 1, 0) f, sequence(1L, 2) g, "
                 "sequence(1, cast(null as int)) h")
    yield x.rows("select sequence(date'2020-01-31', date'2020-05-31', interval 1 month) a, sequence(date'2020-01-01', date'2020-01-03') b, "
                 "sequence(date'2020-01-03', date'2020-01-01') c, sequence(timestamp'2020-01-01', timestamp'2020-01-01 05:00:00', interval 2 hours) d, "
                 "sequence(date'2020-03-31', date'2019-12-01', interval -1 month) e, sequence(timestamp'2020-01-02', timestamp'2020-01-01', interval -8 hours) f, "
                 "sequence(date'2020-01-01', timestamp'2020-01-02', interval 12 hours) g, sequence(date'2020-01-01', date'2021-01-01', interval 4 months) h")
    yield x.spark.range(3).select(F.sequence(F.lit(0), "id").alias("s"), F.sequence("id", F.lit(-3), F.lit(-2)).alias("d"))
    for text in ("sequence(id, 3, -1)", "sequence(id, 2, 0)", "sequence(1.5, 3)", "sequence('1', '3')", "sequence(date_add(date'2020-01-02', int(id)), date'2020-01-01', interval 1 day)"):
        yield x.error(lambda: x.spark.range(1).selectExpr(text).collect())


def shuffle_keeps_the_elements(x):
    """In another order at every run."""
    yield x.rows("select sort_array(shuffle(array(3, 1, null, 2))) a, shuffle(cast(null as array<int>)) b, shuffle(array()) c")


def arrays_compare_by_element(x):
    """A null inside is less than any value and equal to a null; the shorter is less; NaN is greatest, both zeros are equal."""
    yield x.rows("select array(1, null) < array(1, 1) a, array(1) < array(1, null) b, array(1, null) = array(1, null) c, array(cast(null as int)) > array() d, "
                 "array(double('nan')) > array(double('inf')) e, array(0.0D) = array(-0.0D) f, array(1) <=> null g, array(2) >= array(1, 5) h, "
                 "array('b') > array('a', 'c') i, array(array(1, null)) < array(array(1, 0)) j")
    yield x.rows("select named_struct('a', 1, 'b', null) = named_struct('a', 1, 'b', null) a, struct(1, 2) < struct(1, 3) b, struct(null, 5) < struct(0, 1) c, "
                 "struct(1, 'x') <=> struct(1, 'x') d, struct(1, array(1)) >= struct(1, array(1, null)) e")
    yield x.rows("select array(1, 2) in (array(1, 2), null) a, array(1, 3) in (array(1, 2), null) b, struct(1, null) in (struct(1, null)) c, "
                 "array(1) between array(0) and array(1, 1) d")


def arrays_and_structs_in_order(x):
    """ORDER BY, min and max, greatest and least, sort_array and array_max, first by nulls inside."""
    df = x.rows("select * from values (1, array(1)), (2, array(1, null)), (3, null), (4, array(1, 1)), (5, array()), (6, array(null)), (7, array(0, 9)) t(i, l)")
    yield Ordered(df.orderBy("l", "i"))
    yield Ordered(df.orderBy(F.desc("l"), "i"))
    yield Ordered(df.orderBy(F.asc_nulls_last("l")))
    yield df.select(F.min("l"), F.max("l"), F.max(F.struct("l", "i")), F.min(F.struct("l", "i")), F.max_by("i", "l"), F.min_by("i", "l"))
    yield Ordered(df.select("i", F.struct(F.size("l").alias("n"), "l").alias("s")).orderBy(F.col("s").desc()))
    yield x.rows("select greatest(array(1), array(1, null), null) a, least(array(1), array(null), null) b, greatest(struct(1, null), struct(1, 0)) c, "
                 "sort_array(array(array(1, null), array(1, 0), null, array())) d, sort_array(array(array(1, null), array(1, 0), null), false) e, "
                 "array_max(array(array(1, null), array(1, 0), null)) f, array_min(array(struct(2, 'a'), struct(null, 'b'), null)) g, "
                 "array_max(array(double('nan'), 1D, null)) h, array_min(array(cast(null as int))) i, "
                 "array_sort(array(array(2), array(1, null), null, array(1))) j")


def arrays_and_structs_as_keys(x):
    """Grouping, distinct, joins, windows and set operations over them; the zero that stays is positive."""
    df = x.rows("select * from values (1, array(1, null)), (2, array(1, null)), (3, null), (4, null), (5, array(0)) t(i, l)")
    yield df.groupBy("l").count()
    yield df.select("l").distinct()
    yield df.dropDuplicates(["l"]).select("l")
    yield df.groupBy(F.struct("l")).agg(F.count("*"), F.countDistinct("l"))
    yield df.alias("a").join(df.alias("b"), F.col("a.l") == F.col("b.l")).select("a.i", "b.i")
    yield df.alias("a").join(df.alias("b"), F.struct("a.l").eqNullSafe(F.struct("b.l"))).select("a.i", F.col("b.i").alias("j"))
    yield df.select("i", F.rank().over(Window.orderBy(F.col("l").desc())).alias("r"), F.count("*").over(Window.partitionBy("l")).alias("n"))
    yield x.rows("select l, count(*) n from values (array(0.0D)), (array(-0.0D)), (array(double('nan'))), (array(double('nan'))) t(l) group by l")
    yield df.select("l").intersect(df.select("l").limit(5))
    yield df.select("l").subtract(df.filter("i = 5").select("l"))


def maps_have_no_order(x):
    """They are never compared, sorted or grouped by."""
    for text in ("map(1, 2) = map(1, 2)", "map(1, 2) <=> map(1, 2)", "map(1, 2) < map(1, 2)", "array(map(1, 2)) = array(map(1, 2))", "max(map(1, 2))", "map(1, 2) in (map(1, 2))",
                 "array_distinct(array(map(1, 2)))", "array_max(array(map(1, 2)))", "sort_array(array(map(1, 2)))", "greatest(map(1, 2), map(1, 2))",
                 "array_contains(array(map(1, 2)), map(1, 2))", "map(map(1, 2), 3)"):
        yield x.error(lambda: x.rows("select " + text).collect())
    df = _data(x)
    yield x.error(lambda: df.orderBy("m").collect())
    yield x.error(lambda: df.select("m").distinct().collect())
    yield x.error(lambda: df.groupBy("m").count().collect())


def maps(x):
    """Entries, keys and values; what is not there is null; a key that is null or stands twice fails."""
    df = _data(x)
    yield df.select(F.map_entries("m").alias("e"), F.map_keys("m"), F.map_values("m"), F.map_contains_key("m", "x"), F.map_contains_key("m", "z").alias("n"),
                    F.col("m")["x"], F.col("m")["z"], F.element_at("m", "y"), F.size("m"), F.col("m.x").alias("dotted"))
    yield df.select(F.map_concat("m", F.create_map(F.lit("z"), F.lit(9))).alias("c"), F.map_from_arrays(F.array(F.lit("k"), F.lit("l")), "b").alias("f"),
                    F.map_from_entries(F.array(F.struct(F.lit(1), "id"))).alias("e"), F.create_map("id", "a").alias("m"), F.create_map().alias("n"))
    yield x.rows("select map_concat(map('a', 1), map(2, 3)) a, map_concat() b, map_from_entries(array(struct(1, 2), null)) d, "
                             "map(1, 'a', 2L, 'b') e, map('a', 1)[null] f, map(1, 'x')[1L] g, map_contains_key(map(1, 2), 1L) h, map() i")
    for text in ("map(id, 1, id, 2)", "map_concat(map(id, 1), map(id, 2))", "map_from_arrays(array(id, id), array(1, 2))",
                 "map_from_arrays(array(id), array(1, 2))", "map_from_arrays(array(id, null), array(1, 2))", "map_from_entries(array(struct(id, 2), struct(id, 3)))",
                 "map_contains_key(map(1, 2), null)", "map_contains_key(map('a', 2), 1)", "map(1)", "map_from_entries(array(1))", "map_keys(1)", "map_concat(1)"):
        yield x.error(lambda: df.selectExpr(text).collect())


def members_of_structs(x):
    """By dot, by bracket, of all structs in an array; stars; structs of stars and aliases."""
    df = _data(x)
    yield df.select("s.p", "s.q.r", F.col("s")["p"].alias("b"), F.col("s").getField("q").getItem(0).alias("c"), F.col("s.q")[1]["r"].alias("d"))
    yield df.select("s.*", F.struct("s.*").alias("t"), F.struct("id", F.col("id").alias("z"), F.col("id") + 1, "s.p").alias("u"))
    yield df.selectExpr("named_struct('x', id, 'y', s.p + 1) n", "struct(id, s.p, 5) t", "s.q[0].r r", "struct(*).id i", "(id, s.p) tuple", "array(s)[0].p ap")
    yield x.error(lambda: df.select("s.none"))
    yield x.error(lambda: df.select("s.q.none"))
    yield x.error(lambda: df.select("id.none"))


def changed_structs(x):
    """withField and dropFields: new, replaced and nested members; a null struct stays null."""
    df = x.rows("select named_struct('a', 1, 'b', named_struct('c', 2, 'd', cast(null as int))) s, cast(null as struct<a: int>) n, array(named_struct('a', 1)) l, 5 k")
    yield df.select(F.col("s").withField("z", F.lit(3)), F.col("s").withField("A", F.lit("x")).alias("r"), F.col("s").withField("b.c", F.col("k")).alias("t"),
                    F.col("s").withField("b.e", F.col("k")).withField("q", F.lit(1)).alias("u"), F.col("n").withField("b", F.lit(1)).alias("v"))
    yield df.select(F.col("s").dropFields("a"), F.col("s").dropFields("b.c", "a").alias("r"), F.col("s").dropFields("zz").alias("t"), F.col("s").dropFields("B").alias("u"),
                    F.col("s").withField("`b.c`", F.lit(1)).alias("w"), F.transform("l", lambda v: v.withField("b", v.a + 1)).alias("x"))
    yield df.withColumn("s", F.col("s").withField("b.d", F.lit(9)).dropFields("a")).select("s.*")
    for call in (lambda: F.col("s").dropFields("a", "b"), lambda: F.col("s").withField("x.e", F.col("k")), lambda: F.col("k").withField("b", F.lit(1)),
                 lambda: F.col("s").withField(1, F.lit(1)), lambda: F.col("s").withField("a", 1), lambda: F.col("s").dropFields("b.c", "b.d")):
        yield x.error(lambda: df.select(call()))


def casts_between_nested_types(x):
    """Part by part; structs by position; a key that might become null is not cast."""
    yield x.rows("select cast(array('1', 'x', null) as array<int>) a, cast(map(1, '2') as map<string, int>) b, cast(named_struct('a', 1, 'b', '2') as struct<x: string, y: int>) c, "
                 "cast(array(1, null) as string) d, cast(map('a', array(1, null)) as string) e, cast(named_struct('a', null, 'b', 1.5) as string) f, "
                 "cast(array(array(1.7)) as array<array<int>>) g, cast(null as array<map<string, int>>) h")
    for text in ("cast(array(1) as map<int, int>)", "cast(map('1', 2) as map<int, string>)", "cast(array(1) as int)", "cast(named_struct('a', 1) as struct<a: int, b: int>)",
                 "cast(1 as array<int>)"):
        yield x.error(lambda: x.rows("select " + text).collect())


def explode_of_arrays_and_maps(x):
    """With and without positions; outer keeps rows of nothing; names by alias."""
    df = x.rows("select * from values (1, array(5, null), map('a', 1)), (2, array(), map()), (3, null, null) t(i, l, m)")
    yield df.select("i", F.explode("l"))
    yield df.select("i", F.explode_outer("l").alias("v"))
    yield df.select("i", F.posexplode("l"))
    yield df.select("i", F.posexplode_outer("l").alias("p", "v"))
    yield df.select("i", F.explode("m"))
    yield df.select("i", F.explode_outer("m").alias("k", "v"))
    yield df.select("i", F.posexplode("m").alias("p", "k", "v"))
    yield df.selectExpr("explode(m) as (k, v)", "i * 2 as j")
    yield df.select(F.explode("l").alias("a"), F.explode("m").alias("k", "v"))
    yield df.select("i", F.explode(F.array(F.struct("i", F.lit("x").alias("y")))).alias("s")).select("s.*")
    yield df.withColumn("v", F.explode("l")).groupBy("i").agg(F.sum("v"), F.count("*"))
    yield df.filter(F.size("l") > 0).withColumn("l", F.explode("l"))
    for call in (lambda: df.select(F.explode("m").alias("k")), lambda: df.select(F.explode("l").alias("a", "b")), lambda: df.select(F.explode("i")),
                 lambda: df.select(F.explode("l") + 1), lambda: df.withColumn("z", F.posexplode("l"))):
        yield x.error(call)


def inline_and_stack(x):
    """inline spreads structs, a null one is a row of nulls; stack fills its last row up."""
    yield x.rows("select inline(array(struct(1, 'a'), null, struct(2, null)))")
    yield x.rows("select 5 k, inline(array(named_struct('a', 1, 'b', array(2)))) as (x, y)")
    yield x.rows("select inline_outer(cast(null as array<struct<a: int, b: string>>)), 1 k")
    yield x.rows("select stack(2, 1, 'a', 2)")
    yield x.rows("select k, stack(3, 'x', k, 'y', k + 1, 'z', null) as (n, v) from values (1), (2) t(k)")
    df = _data(x)
    yield df.select("id", F.inline("s.q"))
    yield df.select(F.stack(F.lit(2), F.lit("a"), F.col("id"), F.lit("b"), F.col("id") + 1).alias("n", "v"))
    for text in ("inline(array(1))", "stack(0, 1)", "stack(1)", "stack(2, 1, 'a', 'b', 2)", "stack(cast(rand() as int), 1)", "inline_outer(array())"):
        yield x.error(lambda: x.rows("select " + text))


def lateral_views(x):
    """Several in a row, each over the one before; OUTER; names or none; in joins, filters and groups."""
    _data(x).createOrReplaceTempView("t")
    yield x.rows("select id, v from t lateral view explode(a) e as v")
    yield x.rows("select id, k, v, p, c from t lateral view explode(m) e as k, v lateral view posexplode(b) f as p, c where v > 0")
    yield x.rows("select id, e.col, r from t lateral view explode(s.q) e lateral view outer explode(filter(array(e.col.r), z -> z is not null)) f as r")
    yield x.rows("select id, v from t lateral view outer explode(cast(null as array<int>)) e as v")
    yield x.rows("select v, count(*) n from t lateral view explode(a) as v group by v having count(*) > 1")
    yield x.rows("select w from (select array(array(1, 2), array(3)) l) lateral view explode(l) e as v lateral view explode(v) f as w")
    yield x.rows("select e.* from t lateral view inline(s.q) e")
    yield x.rows("select t.id, u.z, v from t join (select 1 z) u on t.id = u.z lateral view explode(b) e as v")
    yield x.rows("select x.k, x.v from t lateral view stack(2, 'a', id, 'b', id + 1) x as k, v")
    for text in ("lateral view upper('x') e as x", "lateral view explode(a) e as x, y", "lateral view explode(id) e as x", "lateral view explode(a)"):
        yield x.error(lambda: x.rows("select * from t " + text))


def table_valued_functions(x):
    """range and generators after FROM."""
    yield x.rows("select * from range(3)")
    yield x.rows("select id * 2 d from range(1, 10, 4) r where r.id > 1")
    yield x.rows("select a from range(0, 2) as t(a)")
    yield x.rows("select * from range(3, 0, -1)")
    yield x.rows("select * from explode(array(1, 2)) as t(v)")
    yield x.rows("select v, id from explode(map('a', 1)) t(k, v) join range(2) on id = v")
    yield x.rows("select * from inline(array(struct(1 as a, 'x' as b)))")
    yield x.rows("select * from posexplode(array('a', null))")
    yield x.rows("select * from stack(2, 1, 'a', 2, 'b') as s(n, t)")


def parts_that_are_never_null(x):
    """What printSchema says of elements, values and members."""
    df = x.rows("select array(1, 2) a, array(1, null) b, map('a', 1) m, map('a', null) n, named_struct('x', 1, 'y', cast(null as int)) s, id from range(1)")
    yield _tree(df)
    yield _tree(df.selectExpr("cast(a as array<string>) a", "transform(a, v -> v + 1) b", "filter(a, v -> v > 1) c", "array(a, b) d", "coalesce(a, b) e", "concat(a, a) f",
                              "array_union(a, b) g", "array_append(a, id) h", "array_prepend(a, 1) i", "array_insert(a, 1, 2) j", "map_entries(m) k", "map_keys(m) l",
                              "split('a', ',') o", "array(s) p", "array(s).y q", "array(s).x r", "arrays_zip(a, b) t", "sequence(1, 2) u", "array_repeat(id, 1) v"))
    yield _tree(df.select(F.collect_list("id").alias("a"), F.collect_set(F.struct("id", "s.y")).alias("b")))
    yield _tree(df.select(F.explode("a").alias("v")))
    yield _tree(df.select(F.explode("b").alias("v")))
    yield _tree(df.select(F.explode("m")))
    yield _tree(df.select(F.explode_outer("m")))
    yield _tree(df.select("a").union(df.select("b")))
    yield _tree(df.select(F.when(F.col("id") > 0, F.col("a")).alias("a"), F.col("m")["a"].alias("v"), F.col("a")[0].alias("e"), F.map_concat("m", "m").alias("c")))
