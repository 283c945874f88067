"""Forms of SQL that the daily stream of seeds fills with expressions: pivots, grouping sets, joins by names, lateral views.

A form is "text | arguments", with the letters and pools of `functions`, over the tables u and v (their names come last).
"""
from tests.fuzz.exprs import E, Maker
from tests.fuzz.functions import LETTERS, POOLS

_FORMS = """
select * from (select k, {0} as p, {1} as v from {T}) pivot (sum(v) for k in (1, 2, 3)) | x i
select * from (select k, {0} as p, {1} as v from {T}) pivot (sum(v) as s, count(*) as n for k in (1 as one, 2 as two)) | b c
select * from (select {0} as k, {1} as p, {2} as v from {T}) pivot (max(v) for p in ('a', 'b' as bb, 'zz')) | i s D
select * from (select k, id % 2 as p, {0} as v from {T}) pivot (avg(v) for (k, p) in ((1, 0), (1, 1) as x)) | i
select * from (select id, {0} as a, {1} as b from {T}) unpivot (v for n in (a, b)) | i i
select * from (select id, {0} as a, {1} as b from {T}) unpivot include nulls (v for n in (a as x, b as y)) | M M
select * from (select id, {0} as a, {1} as b, {2} as c, {3} as d from {T}) unpivot ((v, w) for n in ((a, b) as ab, (c, d) as cd)) | i s i s
select {0} as a, k, grouping(k) as g, grouping_id() as gi, {A} as x from {T} group by grouping sets ((k), ({0}, k), ()) | s
select {0} as a, k, grouping_id({0}, k) as gi, {A} as x from {T} group by cube({0}, k) | b
select {0} as a, k, {A} as x from {T} group by {0}, k with rollup | i
select {0} as a, k, {A} as x, {A} from {T} group by rollup(({0}, k)) | D
select {0} as a, {A} as x from {T} group by a | x
select {0} as a, k, {A} as x from {T} group by 1, 2 having count(*) > 0 | M
select {0} as a, {1} as b, {A} from {T} group by all | s x
select k, {A} as x, {A} as y from {T} group by k having {A} is not null
select count(distinct {0}), count(distinct {1}), {A} from {T} group by k | x x
select * from (select k, {0} as a from {T}) join (select k, {1} as b from {O}) using (k) | x x
select * from (select k, id, {0} as a from {T}) full outer join (select k, id, {1} as b from {O}) using (k, id) | x x
select * from (select k, {0} as a from {T}) natural left join (select k, {1} as b from {O}) | x x
select * from (select k, {0} as a from {T}) natural join (select k, {0} as a from {O}) | i
select u.k, v.k as vk, {0} as a from {T} u, {O} v where u.k = v.k and u.id < v.id | U
select u.k, w.x from {T} u left join lateral (select max(v.id) as x from {O} v where v.k = u.k) w
select u.k, w.x from {T} u, lateral (select u.k + 1 as x) w
select k from {T} where (k, id) in (select k, id from {O})
select k from {T} where ({0}, id) not in (select k, id from {O} where k is not null) | i
select k, (select count(*) from {O} v where v.k = u.k and v.id > u.id) as n from {T} u
select k from {T} u where exists (select 1 from {O} v where v.k = u.k and v.id <> u.id) or k is null
select id, {0} as a, rank() over w as r, sum(k) over w as s, count(*) over (partition by k) as n from {T} window w as (partition by k order by {0}) | x
select id, row_number() over (order by {0} desc nulls last, id) as n from {T} order by n limit 4 | x
select * from (select id, k, {0} as a, row_number() over (partition by k order by {0}, id desc) as rn from {T}) where rn = 1 | M
select k, x, y from {T} lateral view explode({0}) a as x lateral view outer explode({1}) b as y | a I
select k, x, y from {T} lateral view outer explode({0}) a as x, y | m
select k, p, x from {T} lateral view outer posexplode({0}) a as p, x | I
select k, w.* from {T} lateral view outer inline({0}) w as x, y | R
select k, inline({0}) from {T} | R
select k, explode({0}) as (a, b) from {T} | m
select k, posexplode_outer({0}) from {T} | a
select k, stack(2, 'x', {0}, 'y', {1}) as (n, v) from {T} | i i
select id, x, y from {T} lateral view json_tuple({0}, 'a', 'b') j as x, y | <doc>
select json_tuple({0}, 'a', 'b', 'c') from {T} | <doc>
with a as (select k, {0} as x from {T}), b as (select k, max(x) as m from a group by k) select a.k, a.x, b.m from a left join b on a.k = b.k | M
with a as (select {0} as x from {T}) select x from a union all select {1} from {T} | M M
with a as (select {0} as x from {T}) select x from a union select {1} from {T} | i d
with a as (select {0} as x from {T}) select x from a except select {1} from {O} | x =
with a as (select {0} as x from {T}) select x, count(*) from a group by x order by 2 desc, cast(x as string) | x
select {0} as a, {1} as b from {T} order by id limit 3 offset 1 | x x
select distinct {0} as a, k from {T} order by k desc, cast(a as string) nulls first | x
select {0}, {1} from values (1, 'a'), (2, null) v(id, k) | y z
select * from {T} where {0} and id in (1, 2, 3) | b
select case when {0} then {1} when {2} then {3} end as a, if({0}, {3}, {1}) as b from {T} | b M b M
select k, {A} filter (where {0}) as a, {A} as b from {T} group by k | b
select k, sum({0}) over (partition by k) / sum({0}) over () as share from {T} | M
select id, avg({0}) over (partition by k order by id rows between 2 preceding and current row) as m from {T} | M
select id, {0} - lag({0}) over (partition by k order by id) as d, datediff({1}, lag({1}) over (order by id)) as dd from {T} | M D
select date_trunc('month', {0}) as mon, {A} as x from {T} group by date_trunc('month', {0}) | T
select year({0}) as y, month({0}) as m, {A} as x from {T} group by year({0}), month({0}) | D
select t.{B}, count(*) from (select {0} as {B} from {T}) t group by t.{B} | x
"""

_AGGREGATES = ("sum({0})", "avg({0})", "count({0})", "max({0})", "min({0})", "count(*)", "count(distinct {0})")


def form(rng, tables):
    """A program of one query."""
    text, _, letters = rng.choice(_FORMS.strip().split("\n")).partition(" | ")
    maker, args = Maker(rng, tables[0]["columns"]), []
    qualified = Maker(rng, [("u." + one[0], one[1], one[2]) for one in tables[0]["columns"]])
    constant = Maker(rng, [])
    first = None
    for letter in letters.split():
        if letter.startswith("<"):
            kind, pool = POOLS[letter[1:-1]]
            args.append(E("lit", kind, value=rng.choice(pool)))
            continue
        kind = first if letter == "=" else rng.choice(LETTERS[{"U": "x", "y": "x", "z": "M"}.get(letter, letter)])
        first = first or kind
        of = qualified if letter == "U" else constant if letter in ("y", "z") else maker
        args.append(of.make(kind, rng.choice((0, 1, 2))))
    while "{A}" in text:
        args.append(maker.make(rng.choice(("int", "decimal", "bigint", "dec5", "dec38")), 1))
        text = text.replace("{A}", rng.choice(_AGGREGATES).format("{%d}" % (len(args) - 1)), 1)
    text = text.replace("{T}", tables[0]["name"]).replace("{O}", rng.choice(tables)["name"]).replace("{B}", rng.choice(("c", "`a b`", "`é`", "Total")))
    return {"via": "form", "form": text, "args": args, "ordered": False}
