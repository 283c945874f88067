"""SQL as analysts write it: subqueries that see what is around them, names used twice, groups, joins and windows."""


def _tables(x):
    """Employees, departments and payments."""
    x.rows("select * from values (1, 'Ann', 10, null, 5000.00), (2, 'Bob', 10, 1, 4000.00), (3, 'Cid', 20, 1, 4000.00), (4, 'Dan', 20, 3, 3000.00), "
           "(5, 'Eve', null, 3, null) e(id, name, dept, boss, pay)").createOrReplaceTempView("emp")
    x.rows("select * from values (10, 'Sales'), (20, 'Tech'), (30, 'Legal') d(id, name)").createOrReplaceTempView("dept")
    x.rows("select * from values (1, date'2020-01-31', 100), (1, date'2020-02-29', 110), (2, date'2020-01-31', 90), (4, date'2020-03-31', null), "
           "(9, date'2020-01-31', 5) p(emp, day, amount)").createOrReplaceTempView("paid")


def subqueries_see_what_is_around_them(x):
    """Correlated subqueries in where, select and having, over the same table and others, one and two levels deep."""
    _tables(x)
    yield x.rows("select name from emp e where pay >= (select avg(pay) from emp where dept = e.dept)")
    yield x.rows("select name from emp where pay > (select avg(pay) from emp e where e.dept = emp.dept)")
    yield x.rows("select d.name, (select count(*) from emp where dept = d.id) n from dept d")
    yield x.rows("select d.name, (select max(e.pay) from emp e where e.dept = d.id and e.boss is not null) m from dept d")
    yield x.rows("select name from emp e where exists (select 1 from emp b where b.boss = e.id)")
    yield x.rows("select name from emp e where not exists (select 1 from emp where boss = e.id)")
    yield x.rows("select name from dept d where not exists (select * from emp e where e.dept = d.id)")
    yield x.rows("select name from emp e where exists (select 1 from paid p where p.emp = e.id and p.amount > 95)")
    yield x.rows("select name from dept d where exists (select 1 from emp e where e.dept = d.id and exists (select 1 from paid p where p.emp = e.id))")
    yield x.rows("select e.name, b.name from emp e left join emp b on e.boss = b.id where e.dept in (select id from dept where name like 'T%')")
    yield x.rows("select dept, max(pay) m from emp e group by dept having max(pay) > (select min(pay) from emp)")
    yield x.rows("select name from emp where dept not in (select id from dept where id > 10)")
    yield x.rows("select name from emp where id not in (select boss from emp)")
    yield x.rows("select name from emp where (select count(*) from paid where emp = emp.id) > 1")


def names_used_twice(x):
    """Tables joined with themselves, columns of one name, aliases that hide columns."""
    _tables(x)
    yield x.rows("select e.name, b.name as boss, bb.name as boss2 from emp e left join emp b on e.boss = b.id left join emp bb on b.boss = bb.id")
    yield x.rows("select a.id, b.id from emp a join emp b on a.dept = b.dept and a.id < b.id")
    yield x.rows("select id, name from (select e.id, d.name from emp e join dept d on e.dept = d.id) t where name = 'Tech'")
    yield x.rows("select upper(name) name from emp where name < 'C'")
    yield x.rows("select pay * 2 as pay from emp where pay > 3500 order by pay")
    yield x.rows("select name as id, id as name from emp order by id desc limit 2")
    yield x.error(lambda: x.rows("select id from emp join dept on emp.dept = dept.id"))
    yield x.error(lambda: x.rows("select emp.id from emp e"))
    yield x.rows("select * from emp join dept using (id)")
    yield x.rows("select e.*, d.name dname from emp e join dept d on d.id = e.dept where e.id < 3")


def common_table_expressions(x):
    """with, several times, used twice, over each other, and hiding a view."""
    _tables(x)
    yield x.rows("with t as (select dept, sum(pay) s from emp group by dept) select a.dept, b.dept from t a join t b on a.s < b.s")
    yield x.rows("with a as (select 1 n), b as (select n + 1 n from a) select * from a union all select * from b")
    yield x.rows("with emp as (select 7 id) select id from emp")
    yield x.rows("with t as (select id, dept from emp) select id from t where dept = (select max(dept) from t) order by id")
    yield x.rows("with t as (with u as (select 3 x) select x + 1 y from u) select y from t")


def groups_and_totals(x):
    """Expressions and places in group by, conditions in aggregates, having by alias, rollup, nested aggregates."""
    _tables(x)
    yield x.rows("select coalesce(dept, 0) d, count(*) n, sum(pay) s, round(avg(pay), 1) a from emp group by coalesce(dept, 0)")
    yield x.rows("select case when pay > 3500 then 'high' else 'low' end band, count(*) from emp group by 1")
    yield x.rows("select dept, count(*) n from emp group by dept having n > 1")
    yield x.rows("select dept, sum(case when pay > 3500 then 1 else 0 end) hi, count(distinct boss) b from emp group by dept")
    yield x.rows("select dept, boss, sum(pay) from emp group by rollup(dept, boss)")
    yield x.rows("select max(s) from (select dept, sum(pay) s from emp group by dept)")
    yield x.rows("select year(day) y, month(day) m, sum(amount) from paid group by year(day), month(day) order by y, m")
    yield x.rows("select count(*), count(pay), count(distinct dept), sum(distinct pay), min(name), max(day) from emp join paid on id = emp")
    yield x.error(lambda: x.rows("select name, max(pay) from emp group by dept"))
    yield x.error(lambda: x.rows("select dept from emp where max(pay) > 1 group by dept"))


def windows_over_groups(x):
    """Ranks within a part, shares of a total, the row before, the first n of each."""
    _tables(x)
    yield x.rows("select name from (select name, row_number() over (partition by dept order by pay desc, id) r from emp) where r = 1")
    yield x.rows("select name, round(pay / sum(pay) over (partition by dept), 2) share from emp")
    yield x.rows("select emp, day, amount - lag(amount) over (partition by emp order by day) d from paid")
    yield x.rows("select dept, sum(pay) s, rank() over (order by sum(pay) desc nulls last) r from emp group by dept")
    yield x.rows("select name, dense_rank() over (order by pay desc nulls last) r from emp order by r, name limit 3")
    yield x.rows("select id, sum(pay) over (order by id rows between 1 preceding and 1 following) s, count(*) over () n from emp")


def joins_of_every_kind(x):
    """inner, outer, semi, anti, cross, with conditions on one side, and commas."""
    _tables(x)
    yield x.rows("select e.name, d.name from emp e left join dept d on e.dept = d.id and d.name <> 'Tech'")
    yield x.rows("select e.name, d.name from emp e right join dept d on e.dept = d.id where e.id is null or e.pay > 4500")
    yield x.rows("select e.id, p.amount from emp e full outer join paid p on e.id = p.emp")
    yield x.rows("select name from emp left semi join paid on id = emp")
    yield x.rows("select name from emp left anti join paid on id = emp")
    yield x.rows("select e.id, d.id from emp e, dept d where e.dept = d.id and e.pay > 3500")
    yield x.rows("select count(*) from emp cross join dept")
    yield x.rows("select d.name, t.n from dept d join (select dept, count(*) n from emp group by dept) t on t.dept = d.id")


def sets_and_orders(x):
    """union, intersect and except with orders and limits of the whole."""
    _tables(x)
    yield x.rows("select name from emp union select name from dept order by name desc limit 4")
    yield x.rows("(select dept from emp where id < 3) union all (select id from dept where id > 10 order by id limit 1)")
    yield x.rows("select id from dept except select dept from emp")
    yield x.rows("select dept from emp intersect select id from dept")
    yield x.rows("select id, name from emp order by pay desc nulls last, name limit 2")
    yield x.rows("select distinct dept from emp order by dept desc")
    yield x.rows("select name from emp order by length(name), name desc limit 1 offset 1")
