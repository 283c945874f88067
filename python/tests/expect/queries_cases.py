"""The constructs of Spark SQL: what each gives, how its columns are called, and what fails."""
from tests.expect.bench import Ordered


def _tables(x):
    """Employees, departments, sales and a table with nulls, as views."""
    make = x.spark.createDataFrame
    make([(1, "Ann", 10, 4000.0, None), (2, "Bob", 10, 3000.0, 1), (3, "Cid", 20, 3500.0, 1), (4, "Dee", 20, None, 3),
          (5, "Eve", None, 5000.0, None)],
         "id int, name string, dept int, pay double, boss int").createOrReplaceTempView("emp")
    make([(10, "Tech"), (20, "Sales"), (30, None)], "id int, name string").createOrReplaceTempView("dept")
    make([(1, "a", None), (2, None, [1, 2]), (None, "c", [])],
         "k int, s string, xs array<int>").createOrReplaceTempView("t")
    make([("2020", "A", 1, 10), ("2020", "B", 2, 20), ("2021", "A", 3, 30), ("2021", "A", None, 5)],
         "y string, c string, q int, v int").createOrReplaceTempView("sales")


def _each(x, text):
    """The answer to each line of text, or its error. The order counts where a line ends in an order."""
    _tables(x)
    for line in text.strip().split("\n"):
        query = line.strip()
        ordered = "order by" in query[query.rfind(")") + 1:]
        yield x.error(lambda: Ordered(x.rows(query)) if ordered else x.rows(query))


def grouping_sets(x):
    """Keys beside ROLLUP and CUBE, sets in sets, grouping_id, empty sets, a key that is aggregated, frames without rows."""
    yield from _each(x, r"""
        select y, c, sum(v) from sales group by y, c grouping sets ((y, c), (y), ())
        select y, c, sum(v) from sales group by grouping sets ((y, c), y, ())
        select y, c, sum(v), grouping(y), grouping_id() from sales group by grouping sets ((y, c), (y), ())
        select y, c, grouping_id(y, c) g, count(*) from sales group by cube(y, c)
        select y, c, q, sum(v) from sales group by y, rollup(c, q)
        select y, c, q, sum(v) from sales group by rollup(y, c), q
        select y, c, q, sum(v) from sales group by y, grouping sets((c), (q))
        select y, c, sum(v) from sales group by rollup((y, c))
        select y, c, q, sum(v) from sales group by rollup(y, (c, q))
        select y, c, sum(v) from sales group by cube(y), cube(c)
        select y, c, sum(v) from sales group by rollup(1, 2)
        select y, c, sum(v) from sales group by rollup(y), rollup(y, c)
        select y, c, sum(v) from sales group by y, c with rollup
        select y, sum(v) from sales group by grouping sets ((y), (y))
        select y, c, sum(v) from sales group by grouping sets ((y, c), (y)) having sum(v) > 20
        select y, c, sum(v) s from sales group by grouping sets (rollup(y, c))
        select upper(c) u, sum(v) s from sales group by grouping sets ((upper(c)), ())
        select v+1, sum(v) from sales group by grouping sets ((v+1), ())
        select y, sum(v), grouping(y) from sales group by y
        select y, grouping(c) from sales group by rollup(y)
        select grouping_id(c, y) from sales group by rollup(y, c)
        select y, c, sum(v) from sales group by rollup(y, c) order by grouping_id(), y, c
        select y, c, sum(v) from sales group by rollup(y, c) order by grouping(y), y nulls last, c nulls last
        select y, c, sum(v) from sales group by rollup(y, c) having grouping(c) = 1
        select coalesce(y, 'all') yy, c, sum(v) from sales group by rollup(y, c)
        select y, sum(q) from sales group by rollup(y, v) 
        select v, sum(v) from sales group by rollup(v)
        select grouping(y) + grouping(c) g, rank() over (partition by grouping(y) + grouping(c) order by sum(v)) r, sum(v) from sales group by rollup(y, c)
        select rank() over (order by sum(v)) r, y, sum(v) s from sales group by y with rollup
        select y, count(distinct c), sum(distinct q), count(*) filter (where v > 5) from sales group by cube(y)
        select y, c from sales group by rollup(y, c) having sum(v) > 30
        select y as yy, grouping(y) from sales group by grouping sets ((y), ())
        select y, max(c) from sales group by grouping sets (y, ()) order by y nulls last
        select count(*) from sales group by grouping sets (())
        select count(*) from sales where 1 = 0 group by grouping sets ((), ())
        select y, count(*) from sales where 1 = 0 group by rollup(y)
        select y, count(*) from sales where 1 = 0 group by grouping sets ((y), ())
        select 1 as one, count(*) from sales group by rollup(1)
        select 'x' as one, count(*) from sales group by rollup('x')
        select y, c, sum(v) from sales group by cube(y, c) having grouping_id(y, c) = 2
        select concat(y, c), sum(v) from sales group by rollup(concat(y, c))
        select y from sales group by cube((y))
        select id, rollup from (select 1 id, 2 rollup) group by id, rollup
        select dept, collect_list(name) from emp group by rollup(dept)
        select 0.0 z, count(*) from (select -0.0d z union all select 0.0d) group by grouping sets ((z), ())
        select z, count(*) from (select -0.0d z union all select 0.0d) group by grouping sets ((z), ())
        select `dept`, sum(pay) from emp group by grouping sets (`dept`, ())
    """)


def named_windows(x):
    """WINDOW clauses, windows that stand for others, names that are not there."""
    yield from _each(x, r"""
        select name, row_number() over w from emp window w as (partition by dept order by id)
        select name, row_number() over w r, sum(pay) over (w rows between unbounded preceding and current row) s from emp window w as (partition by dept order by id)
        select name, sum(pay) over w1 a, count(*) over w2 b from emp window w1 as (partition by dept), w2 as (order by id)
        select name, sum(pay) over (w) from emp window w as (partition by dept)
        select name, row_number() over nope from emp
        select dept, sum(count(*)) over w from emp group by dept window w as (order by dept)
        select name, row_number() over W from emp window w as (order by id) order by id desc limit 2
        select name, sum(pay) over w from emp window w as (order by id rows between 1 preceding and current row)
        select name, sum(pay) over w2 from emp window w as (order by id), w2 as w
        select a.n from (select count(*) over w n from emp window w as (partition by dept)) a order by 1
        select count(*) over w from emp group by dept window w as (order by dept)
    """)


def natural_joins(x):
    """The common columns once; names in another case are not common; kinds that Spark does not take."""
    yield from _each(x, r"""
        select * from emp natural join (select id, 1 x from emp)
        select * from emp natural left join dept
        select * from dept natural full outer join (select 10 as id, 'Tech' as name, 5 as z)
        select * from (select 1 a) natural join (select 2 b)
        select * from dept natural right join (select 40 as id, 'u' as name, 5 as z)
        select * from dept natural left semi join (select 10 id)
        select * from dept natural left anti join (select 10 id)
        select * from dept natural cross join (select 10 id)
        select * from dept natural inner join (select 10 id)
        select * from emp natural join dept natural join (select 10 as dept)
        select id from emp natural join (select 1 as ID)
        select * from (select 1 a, 2 b) x natural join (select 1 A, 2 B, 3 c) y
    """)


def lateral_joins(x):
    """Right sides that use the left: counts of nothing, outer joins, names of columns."""
    yield from _each(x, r"""
        select d.name, x.n from dept d, lateral (select count(*) n from emp e where e.dept = d.id) x
        select d.name, x.name from dept d join lateral (select name from emp e where e.dept = d.id) x
        select d.name, x.name from dept d left join lateral (select name from emp e where e.dept = d.id) x on x.name > 'B'
        select * from dept d cross join lateral (select d.id + 1 as m)
        select * from dept d, lateral (select d.id + 1 as m), lateral (select m * 2 as n)
        select * from t, lateral (select explode(xs) e)
        select * from dept d, lateral (select d.id + 1)
        select * from dept d, lateral (select d.id)
        select * from dept d, lateral (select id)
        select * from dept d, lateral (select d.id, upper(name) n)
        select * from dept d, lateral (select e.id, d.id from emp e where e.dept = d.id)
        select * from (select id from dept) d left join lateral (select max(pay) m from emp e where e.dept = d.id) on true
        select d.id, t.* from dept d cross join lateral (select e.name from emp e where e.dept = d.id union all select 'z') t
        select d.id, t.* from dept d join lateral (select e.name from emp e where e.dept = d.id) t on t.name like 'A%'
        select d.id, t.* from dept d join lateral (select e.name from emp e where e.dept < d.id) t
        select d.id from dept d right join lateral (select 1) 
    """)


def pivots(x):
    """Values with names, several aggregates, several columns, null as a value, what stays as a key."""
    yield from _each(x, r"""
        select * from sales pivot (sum(v) for c in ('A', 'B'))
        select * from sales pivot (sum(v) as s, max(q) for c in ('A' as x, 'B' y))
        select * from (select y, c, v from sales) pivot (sum(v) for c in ('A', 'B', 'C'))
        select * from (select y, c, v from sales) pivot (sum(v) s for c in ('A', 'B', 'C')) order by y
        select * from (select y, c, q, v from sales) pivot (sum(v) for (c, q) in (('A', 1) as a1, ('B', 2)))
        select * from (select y, c, v from sales) pivot (count(*), avg(v) for c in ('A', 'B')) p
        select * from (select c, v from sales) pivot (sum(v) for c in ('A', 'B'))
        select * from (select y, q, v from sales) pivot (sum(v) for q in (1, 2, null))
        select * from (select y, c, v from sales) pivot (sum(v) + 1 for c in ('A'))
        select * from (select y, c, v from sales) pivot (v for c in ('A'))
        select * from (select y, c, v from sales) as s pivot (sum(v) for c in ('A')) as p where p.A > 1
        select k, v from (select 1 as k, 2 as v) pivot
        select * from (select dept, boss, pay from emp) pivot (sum(pay) for boss in (1, 3))
        select * from (select dept, boss, pay, name from emp) pivot (sum(pay) p, count(name) c for boss in (1 one, 3 three)) order by dept
        select * from (select id, true b, 1 v from dept) pivot (sum(v) for b in (true, false))
        select * from (select id, date '2020-01-01' b, 1 v from dept) pivot (sum(v) for b in (date '2020-01-01'))
        select * from (select id, 'a' b, 1 v from dept) pivot (count(*), count(v) as c for b in ('a', 'b'))
        select * from (select id, 'a' b, 1 v from dept) pivot (count(*) for b in ('a', 'b'))
        select * from (select id, 'a' b, 1 v from dept) pivot (first(v) for b in ('a', 'b'))
        select * from (select id, 1.5 b, 1 v from dept) pivot (sum(v) for b in (1.5))
        select * from (select id, 1.5 b, 1 v from dept) pivot (sum(v) for b in (1.50))
        select * from (select id, 1 b, 1 v from dept) pivot (sum(v) for b in (1L))
    """)


def unpivots(x):
    """Nulls left out or kept, several columns at a time, types that meet, labels."""
    yield from _each(x, r"""
        select * from (select 1 id, 2 a, 3 b) unpivot (v for n in (a, b))
        select * from (select 1 id, 2 a, null b) unpivot (v for n in (a, b))
        select * from (select 1 id, 2 a, null b) unpivot include nulls (v for n in (a, b))
        select * from (select 1 id, 2 a, null b) unpivot exclude nulls (v for n in (a as x, b y))
        select * from (select 1 id, 2 a1, 3 a2, 4 b1, 5 b2) unpivot ((v1, v2) for n in ((a1, a2), (b1, b2)))
        select * from (select 1 id, 2 a1, 3 a2, 4 b1, null b2) unpivot ((v1, v2) for n in ((a1, a2) as a, (b1, b2) as b)) as u
        select * from (select 1 id, 2 a, 'x' b) unpivot (v for n in (a, b))
        select * from (select 1 id, 2 a, 3.5 b) unpivot (v for n in (a, b))
        select u.n, u.v from (select 1 id, 2 a, 3 b) unpivot (v for n in (a, b)) u where v > 2
        select * from (select 1 id, struct(2 as x, 3 as y) s) unpivot (v for n in (s.x, s.y))
        select * from emp unpivot (v for c in (id, dept, boss))
        select * from emp unpivot include nulls (v for c in (id, dept, boss)) order by name, c
        select c, sum(v) from emp unpivot (v for c in (id as i, dept as d)) group by c
        select * from emp e unpivot (v for c in (e.id, e.dept))
        select * from emp e join dept d on e.dept = d.id unpivot (v for c in (e.id, d.id))
        select * from (select 1 id, 2 a) unpivot (v for n in (nosuch))
        select * from (select 1 id, 2 a, 3 b) unpivot ((v, w) for n in ((a), (b)))
    """)


def likes(x):
    """ESCAPE, ANY and ALL with nulls, names of the columns, escapes that are wrong."""
    yield from _each(x, r"""
        select 'a%b' like 'a/%b' escape '/'
        select 'a%b' like 'a\\%b', 'axb' like 'a\\%b', 'a%b' like 'a\%b'
        select 'axb' like 'a/%b' escape '/', 'a/b' like 'a//b' escape '/'
        select 'a' like 'a/' escape '/'
        select 'a' like 'a/b' escape '/'
        select 'ab' ilike 'A/%' escape '/', 'a%' ilike 'A/%' escape '/'
        select 'a' like 'a' escape 'ab'
        select s like any ('a%', 'b%'), s like all ('a%', '%'), s not like any ('a%','b%'), s not like all ('a%', 'x') from t
        select s like some ('a%', null), s like all ('a%', null), s not like any('a', null) from t
        select s ilike any ('A%', 'B') from t
        select s like any ('a') from t
        select 'abc' rlike 'b', 'abc' regexp 'b', 'abc' not rlike 'b'
        select s like 'a' escape '\\', s like '%\_%' from t
        select 'a_b' like 'a\_b', 'axb' like 'a\_b', 'a\\b' like 'a\\\\b', 'a' like 'a\\'
        select 'a' like 'a\\b'
        select 'a%' not like 'a!%' escape '!', 'a!' like 'a!!' escape '!', null like 'a' escape '!'
        select s not ilike 'A%', s not ilike any ('A%', 'B%'), s ilike all ('%', 'C') from t
        select 1 like 1, 12 like '1%', s like s from t
    """)


def limits(x):
    """Expressions, negative ones, ALL; ORDER BY ALL."""
    yield from _each(x, r"""
        select id from emp order by id limit 1 + 1
        select id from emp order by id limit all
        select id from emp order by id limit 2 offset 1
        select id from emp order by id offset 3
        select id from emp order by id limit cast('2' as int)
        select id from emp limit -1
        select id from emp limit id
        select id from emp order by id limit (select 2)
        select id from emp limit 'a'
        select id from emp limit null
        select id from emp limit 1.5
        select id, dept from emp order by all
        select id, dept from emp order by all desc
        select dept, name from emp order by all desc nulls last
        select id from emp cluster by id limit 2
        select (select id, name from dept limit 1)
        select name from emp order by all nulls last limit 2
        select name n, id from emp order by all
        select id from emp e sort by e.pay desc, id limit 2
    """)


def in_queries(x):
    """IN is false and not null where it does not know, unless in NOT; several columns; NOT over AND."""
    yield from _each(x, r"""
        select id from emp where dept not in (10, null)
        select id from emp where dept not in (select id from dept)
        select id from emp where dept not in (select boss from emp)
        select id, dept in (select id from dept where id = 10) i from emp
        select id, exists (select 1 from dept d where d.id = e.dept) x from emp e
        select id from emp where (id, dept) in (select id, dept from emp where id < 3)
        select id from emp where (dept, boss) not in (select dept, boss from emp where id = 2)
        select id from emp where exists (select 1 from dept where id = dept) or id = 5
        select id from emp where id in (select boss from emp) or id = 5
        select case when exists (select 1 from dept where id = 10) then 'y' else 'n' end
        select e.id from emp e left join dept d on e.dept = d.id and d.id in (select dept from emp)
        select 1 in (1), 1 in (2, null), null in (1), 1 not in (2)
        select id, dept in (select id from dept where id = 10) i, dept not in (select id from dept where id = 10) n from emp
        select id, dept in (select boss from emp) i, dept not in (select boss from emp) n from emp
        select id from emp where not (dept in (select id from dept where id = 10) and id > 0)
        select id from emp where not (dept not in (select id from dept where id = 10) or id = 1)
        select id, not (dept in (select id from dept where id = 10) and id > 0) x from emp
        select id, not (not (dept in (select boss from emp))) x from emp
        select id, (dept in (select boss from emp)) is null x from emp
        select id, case when dept in (select boss from emp) then 1 when dept not in (select boss from emp) then 2 else 3 end x from emp
        select id, (dept, boss) in (select dept, boss from emp) x, (dept, boss) not in (select dept, boss from emp where id < 3) y from emp
        select id from emp where dept not in (select id from dept where 1 = 0)
        select count(*) from emp where null in (select id from dept)
        select count(*) from emp where null not in (select id from dept where 1=0)
        select id from emp e where dept in (select id from dept d where d.name > e.name)
        select id from emp e where dept not in (select id from dept d where d.name > e.name)
        select id from emp e where (dept, 1) in (select id, 1 from dept d where d.id > e.id)
        select id from emp where id in (select boss from emp) and dept in (select id from dept)
        select id from emp where not exists (select 1 from dept where id = dept) and dept is null
        select id, not exists (select 1 from dept d where d.id = e.dept) x from emp e
        select id from emp where id in (select id from dept union select 1)
        select max(case when dept in (select id from dept) then pay end) from emp
    """)


def group_by_all_and_having(x):
    """GROUP BY ALL, HAVING without GROUP BY, aliases of both."""
    yield from _each(x, r"""
        select dept, count(*) from emp group by all
        select dept, boss, sum(pay) + 1 from emp group by all
        select dept + count(*) from emp group by all
        select 1, 'a' from emp group by all
        select count(*) from emp having count(*) > 3
        select 1 from emp having count(*) > 30
        select count(*) from emp having max(id) > 1 and min(id) = 1
        select id from emp having id > 3
        select sum(pay) s from emp having s > 3
        select dept, count(*) from emp group by dept having count(*) > (select 1)
    """)


def lateral_aliases(x):
    """An item that uses one before it."""
    yield from _each(x, r"""
        select a + 1 as b, b + 1 as c from (select 1 a)
        select a + 1 as b, b + 1 as c, c * 2 as d, d + b from (select 1 a)
        select dept d, count(*) c, c * 2 cc from emp group by dept
        select sum(pay) over (order by id) s, s + 1 as t from emp
        select upper(name) u, length(u) l from emp where name < 'C'
    """)


def subqueries(x):
    """Scalars in every place, correlated counts, too many columns."""
    yield from _each(x, r"""
        select `a b`, `c``d` from (select 1 `a b`, 2 `c``d`)
        select ünï from (select 3 as ünï)
        select 日本 from (select 3 as 日本)
        select (select max(id) from emp) + 1
        select id from emp e where pay > all (select 1)
        select id from emp e where 1 < (select count(*) from emp b where b.dept = e.dept)
        select id from emp order by (select max(id) from dept), id desc
        select d.id, (select sum(pay) from emp e where e.dept = d.id) s, (select count(*) from emp e where e.dept = d.id) n from dept d
        (select 1) union all (select 2) order by 1 desc
        select * from (select 1 union all select 2) order by 1
        select `x.y` from (select 'a' as `x.y`)
        select x.y from (select 'a' as `x.y`)
        select a.*, b.* from (select 1 x) a, (select 2 x) b
        select * from (select 1 x) a, (select 2 x) b where x = 1
    """)


def literals_and_names(x):
    """Suffixes, escapes, raw and adjacent strings, backticks, keywords as names, comments, case."""
    yield from _each(x, r"""
        select * except (id) from emp
        select 1 is distinct from null, null is not distinct from null, 1 <=> null, not 1 <=> null
        select 7 div 2, -7 div 2, 7 div 0, 7.5 div 2, 7 % 3, -7 % 3, 7 mod 3
        select !true, not not true, ! (1 = 2)
        select 'a' || 'b' || 1, 'a' || null
        select extract(year from date '2020-03-04'), extract(doy from date '2020-03-04'), extract(dow from date '2020-03-04'), extract(week from date '2020-03-04')
        select trim(both 'x' from 'xxaxx'), trim(leading 'x' from 'xxaxx'), trim(trailing 'x' from 'xxaxx'), trim(leading from '  a '), trim('  a ')
        select case 1 when 1 then 'a' when null then 'b' end, case when null then 1 else 2 end, if(null, 1, 2), if(1 > 0, 'a', 'b')
        select timestamp '2020-01-01 01:02:03.5', date '2020-1-2', x'1F', X'ab'
        select r'a\nb', R"c\td", 'a' 'b', 'a' "b", 'it''s', 'it\'s', "say ""x
        select 1L, 2S, 3Y, 1.5BD, 1e3, 1.5D, 1.5F, .5, 5., 1e3BD, 1E-2, 9223372036854775808, -9223372036854775808
        select 1 as 1a, 2 as `1`, 3 as ünï
        select EMP.ID, Emp.`NAME` from EMP where eMp.iD = 1
        select id from emp a join emp b on a.id = b.id
        select /* c */ 1 -- d
        select /* outer /* nested */ still */ 1
        select 1 -- comment
        select /*+ broadcast(d) */ e.id from emp e join dept d on e.dept = d.id where e.id = 1
        select /*+ REPARTITION(3), COALESCE(2) */ id from emp where id = 1
        select id from emp distribute by id
        select id from emp sort by id desc
        select id from emp distribute by dept sort by id desc
        select id from emp cluster by id
        from emp select id where id = 1
        from emp select id
        select * from values (1, 'a'), (2, 'b') as v(x, y)
        select * from values (1, 'a'), (2, 'b')
        select * from values 1, 2 as v
        values (1, 'a'), (2, null)
        values 1, 2.5
        select * from (values (1, 2)) as v(a, b)
        select v.a from (values (1, 2)) as v(a, b)
        select 1 from emp where sum(id) > 1
        select id n, count(*) from emp group by n
        select id + 1 as id, count(*) from emp group by id
        select emp.* from emp where id = 1
        select emp.id, * from emp where id = 1
        select t.k, t.s from t where xs[0] = 1
        select count(distinct dept, boss), count(all dept), count(*) from emp
        select distinct on (dept) id from emp
        select all id from emp where id = 1
        select id from emp union select id from dept order by 1
        select id from emp intersect all select id from emp
        select id from emp except all select 1
        select id from emp minus select 1
        table emp
        select * from emp as e(a, b, c, d, f) where a = 1
        select * from (emp) where id = 1
        select * from (emp join dept on emp.dept = dept.id) where emp.id = 1
        select a.id from (emp) a where id = 1
        select * from emp e join (dept d join sales s on d.id > 0) on e.dept = d.id where e.id = 1 and s.v = 10
        select 'a' as `x.y`
        select upper('a', 'b')
        select id frm emp
        selec 1
        select 1 +
        select 1 as select
        select 1 as from_
        select 1 as date, 2 as timestamp, 3 as year, 4 as user, 5 as order, 6 as table
        select "a"
        select 1 = 1 = true
        select 1 < 2 and 2 < 3 or false
        select - - 1, +1, -(-1), ~5, 5 & 3 | 8 ^ 1
        select 2 + 3 * 4 - 6 / 3
        select named_struct('a', 1).a, struct(1, 2).col1, array(1, 2)[1], map('k', 'v')['k']
        select 5 between 1 and 10, 5 not between 1 and 10, null between 1 and 2
        select count(*) filter (where id > 2), sum(id) filter (where dept = 10) from emp
        select any_value(id), first(id), bool_and(id > 0) from emp
        select mean(id), std(id), some(id > 2), any(id > 2), every(id > 2) from emp
        select max(struct(id, name)) from emp
        select sum(id) over () / 2 from emp where id < 3
        select lag(id) over (order by id) from emp
        select id from emp distribute by nosuch
        select if(null, 1, 2)
        select case when null then 1 else 2 end
        from emp e join dept d on e.dept = d.id select e.id, d.name where e.id < 3 order by e.id
    """)


def commands_on_views(x):
    """SHOW, DESCRIBE, CACHE, USE and DROP with temporary and global views; those that are not there."""
    yield from _each(x, r"""
        create or replace temp view v1 (a, b) comment 'hello' as select 1, 'x'
        select * from v1
        create temp view v1 as select 2
        create temp view if not exists v1 as select 2
        create or replace temporary view v2 (a) as select 1, 2
        create or replace temp view v2 as select id i, id I from emp
        show columns in v1
        show views
        show tables like 'v*|em*'
        show tables in nosuch
        show databases
        describe v1
        describe table extended emp
        describe emp id
        describe emp nosuch
        describe query select 1 a, 'x' b
        desc nosuch
        cache table v1
        cache table cc as select 1 z
        select * from cc
        uncache table cc
        uncache table nosuch
        uncache table if exists nosuch
        clear cache
        refresh table v1
        use default
        use nosuch
        drop view v1
        drop view v1
        drop view if exists v1
        drop table cc
        create global temp view gq1 as select 1 a, 'b' b
        select gq1.a from global_temp.gq1
        create or replace global temporary view gq1 as select 2 a
        select * from GLOBAL_TEMP.GQ1
        drop view global_temp.gq1
        select * from global_temp.gq1
        select 1;
        select 1; select 2
    """)


def files_in_from(x):
    """format.`path` in place of a table, views over files with options and schemas."""
    x.file("c/1.csv", "a,b\n1,x\n2,y\n")
    x.file("j/1.json", '{"a":1,"b":"x"}\n{"a":2}\n')
    c, j = x.url("c"), x.url("j")
    yield x.rows("select * from csv.`%s`" % c)
    yield x.rows("select j.a from json.`%s` j where b = 'x'" % j)
    yield x.error(lambda: x.rows("select * from JSON.`%s/nosuch`" % j))
    x.rows("create temporary view c1 using csv options (path '%s', header 'true', inferSchema true)" % c)
    yield x.rows("select * from c1")
    x.rows("create or replace temp view c2 (a int, b string) using csv options ('path'='%s', header=true)" % c)
    yield x.rows("select * from c2")
    x.rows("create or replace temp view j1 using org.apache.spark.sql.json options (path '%s')" % j)
    yield x.rows("select * from j1")


def variables_in_texts(x):
    """Spark puts the value of a setting in the place of ${name}, or nothing where there is none."""
    yield x.rows("select 'x${nosuch}y' a")
