-- One case a line; comments and empty lines are skipped. Rows are compared in order when the line orders them.
-- casts of texts
select s, cast(s as int) from texts
select s, cast(s as bigint) from texts
select s, cast(s as tinyint) from texts
select s, cast(s as double) from texts
select s, cast(s as float) from texts
select s, cast(s as decimal(10,2)) from texts
select s, cast(s as decimal(38,3)) from texts
select s, cast(s as boolean) from texts
select s, cast(s as date) from texts
select s, cast(s as timestamp) from texts
select s, cast(s as binary) from texts
select s, try_cast(s as int) t from texts
-- casts of numbers
select d, cast(d as int), cast(d as bigint), cast(d as tinyint), cast(d as smallint) from nums
select f, cast(f as int), cast(f as double), cast(f as string) from nums
select l, cast(l as int), cast(l as smallint), cast(l as tinyint), cast(l as double), cast(l as decimal(10,2)), cast(l as string) from nums
select x, cast(x as int), cast(x as bigint), cast(x as tinyint), cast(x as double), cast(x as decimal(5,1)), cast(x as string) from nums
select y, cast(y as int), cast(y as bigint), cast(y as decimal(10,2)), cast(y as string) from nums
select d, cast(d as string), cast(d as decimal(10,2)), cast(d as boolean), cast(d as float) from nums
select i, cast(i as boolean), cast(i as timestamp), cast(i as double), cast(i as decimal(12,3)) from nums
select ok, cast(ok as int), cast(ok as string), cast(ok as double), cast(ok as decimal(3,1)) from people
select born, cast(born as string), cast(born as timestamp) from people
select seen, cast(seen as string), cast(seen as date), cast(seen as bigint), cast(seen as double), cast(seen as int) from people
select cast(1.005D as decimal(10,2)), cast(2.5D as int), cast(-0.0D as string), cast(1e7 as string), cast(1e-4 as string), cast(123456789.123D as string)
select cast(0.0000001BD as string), cast(100BD as string), cast(1.10BD as string)
select cast(a as string), cast(s as string), cast(m as string) from nest
select cast(a as array<string>), cast(a as array<double>) from nest
select cast(12.7 as int), cast(-12.7 as int), cast(300 as tinyint), cast(3000000000L as int), cast('2020-02-29' as date)
-- arithmetic
select i, i + 1, i - 1, i * 2, -i, abs(i) from nums
select l, l + 1, l - 1, l * 2, -l, abs(l) from nums
select b, b + b, b * b, -b, abs(b), b + i from nums
select i, i / 2, i / 0, i % 3, i % 0, i div 2, i div 0, pmod(i, 3), mod(i, 3) from nums
select d, d + 1, d / 0, d % 2, -d, abs(d), d * i from nums
select x, x + 1, x - 1.5, x * 2, x / 3, x % 2, x + d, -x, abs(x) from nums
select x, y, x + y, x - y, x * y, x / y, x % y from nums
select y, y * y, y / x, y + 1L, y * 1.5, y / 7 from nums
select f, f + 1, f * d, f + x, f / 3 from nums
select '5' + 3, '5' + '3', 5 || 'x', 'a' + 1, null + 1, 2 * null, '1.5' * 2
select 9223372036854775807 + 1, 2147483647 + 1, 2147483647 * 2, -2147483648 - 1, 5/2, 1/0, 1.0/0, 1.5 * 1.5, 1.5 + 1, 10.0/3, 1/3.0
select 5 & 3, 5 | 3, 5 ^ 3, ~5, 5L & 3
select date '2020-01-31' + 1, date '2020-01-31' - 1, 1 + date '2020-01-31'
select 1L, 1S, 1Y, 1.5, 1.5D, 1.5F, 1.5BD, 1e3, 100000000000, 99999999999999999999, .5, 1.
select sum(i), sum(l), sum(b), sum(d), sum(x), sum(y), sum(f) from nums where i is null or i > 0
select sum(l) from (select 9223372036854775807 l union all select 1)
select avg(i), avg(x), avg(y), avg(l) from nums
-- comparison and boolean
select s, s = 12, s = '12', s > 5, s < 1.5, s <=> null from texts
select s, s = 12.0 from texts
select s, s in (12, 5), s in ('12', 'abc') from texts
select '5' = 5, 'abc' = 1, '1.5' = 1, true = 'true', 1 <=> null, null <=> null, 1 = null, 'a' < 'B', 1 between 0 and 2, not true
select born = '1990-01-31', born > '1990', seen > '2020-01-31', seen = date '2020-02-29', born < seen from people
select ok and null, ok or null, not ok, ok is true, ok is not true, ok is unknown from people
select d, d = d, d > 1, isnan(d), d <=> cast('NaN' as double) from nums
select i in (7, null), i not in (7, null), i in (7, 10) from nums
select 1 in ('1', 'a'), 1.0 = 1, '1' in (1, 2)
select x = 1.05, x = 1.05D, x > i, x = '1.05' from nums
select true > false, true = 1, false < 1
-- null functions and case
select coalesce(age, 0), coalesce(Name, 'none'), nvl(age, 1.5), ifnull(dept, 'z'), nullif(age, 30), nvl2(age, 'y', 'n'), isnull(age), isnotnull(age) from people
select if(age > 30, 'old', 'young'), case when age > 30 then 1 when age is null then 2 end, case dept when 'a' then 1.5 else 2 end from people
select case when true then 1 else 'x' end, case when false then 1 end, coalesce(null, null), coalesce(1, 2.5), coalesce(1, 'a')
select nanvl(d, 0) from nums
select greatest(1, null, 3), least(1, null, 3), greatest('a', 'b'), least(1, 2.5), greatest(null, null)
-- texts
select upper(Name), lower(Name), length(Name), initcap(Name), reverse(Name), trim(concat('  ', Name, ' ')), ltrim('  a '), rtrim(' a  ') from people
select initcap('hello wORLD foo-bar'), upper('ß'), length('é'), trim('x' from 'xxaxx'), trim(leading 'x' from 'xxaxx'), trim(both from ' a ')
select substring('hello', 2, 3), substring('hello', 0, 3), substring('hello', -3, 2), substring('hello', -10, 7), substring('hello', 2), substring('hello', 1, -1), substr('hello', 3), substring('hello', 10, 2), substring('hello', -2)
select substring(s, 0, 3), substring(s, -2), left(s, 2), right(s, 2) from texts
select instr('hello', 'l'), instr('hello', 'z'), instr('hello', ''), locate('l', 'hello'), locate('l', 'hello', 4), locate('l', 'hello', 5), locate('', 'abc'), position('l' in 'hello')
select lpad('abc', 5, 'xy'), rpad('abc', 5, 'xy'), lpad('abc', 2, 'x'), lpad('abc', 5, ''), rpad('abc', -1, 'x'), lpad('a', 3), repeat('ab', 2), repeat('ab', -1)
select replace('aXbX', 'X', 'y'), replace('aXbX', 'X'), replace('abc', '', 'x'), translate('abcabc', 'abc', 'x'), translate('hello', 'el', 'ip')
select concat('a', null), concat('a', 1, 2.5), concat_ws(',', 'a', null, 'b'), concat_ws(',', array('a', null, 'b'), 'c'), concat_ws(null, 'a'), concat(), concat_ws(',')
select regexp_replace('a1b22', '[0-9]+', '#'), regexp_replace('abc', '(b)', '<$1>'), regexp_replace('aaa', 'a', ''), regexp_replace(s, '\\s+', '_') from texts
select regexp_extract('abc123', '([a-z]+)([0-9]+)', 2), regexp_extract('abc123', '([a-z]+)([0-9]+)'), regexp_extract('abc', 'x(y)', 1), regexp_extract('abc', 'b', 0)
select split('a,b,,c,', ','), split('a1b2', '[0-9]'), split('', ','), split('a.b', '\\.'), split('a|b', '\\|'), split(null, ',')
select s, s rlike '^[0-9]+$', s like '%2%', s like '_2', s ilike 'A%', s not like 'a%' from texts
select 'a%c' like 'a\\%c', 'abc' like 'a\\%c', 'a_c' like 'a\\_c'
select startswith('hello', 'he'), endswith('hello', 'lo'), contains('hello', 'll'), contains('hello', null), ascii('A'), ascii('')
select md5('a'), sha1('a'), sha2('a', 256), sha('a'), sha2('a', 0), base64('hello'), unbase64('aGVsbG8='), hex(255), hex('abc'), hex(-1)
select base64(repeat('x', 100))
select levenshtein('kitten', 'sitting'), substring_index('a.b.c', '.', 2), substring_index('a.b.c', '.', -1), substring_index('a.b.c', '.', 0), substring_index('abc', 'x', 2), space(3), chr(65), char(0)
select length(encode) from (select unbase64('aGVsbG8=') encode)
select 'it''s', "dq", 'a\nb', 'a\\b', 'tab\t', '\u0041', r'a\b'
-- numbers
select d, round(d), round(d, 1), bround(d), floor(d), ceil(d), sqrt(d), signum(d) from nums
select round(2.5), round(3.5), round(-2.5), round(2.5D), round(1.005D, 2), round(125, -1), bround(2.5D), bround(3.5D), bround(125, -1), round(1234.567, -2), round(2.675D, 2), bround(2.5)
select x, round(x, 1), round(x), round(x, -1), floor(x), ceil(x), bround(x, 1) from nums
select i, floor(i), ceil(i), round(i, 1), round(i, -1), sqrt(i), ln(i), log10(i), exp(cast(i as double) / 1e9) from nums
select pow(2, 10), pow(0, -1), pow(-8, 0.5), exp(0), exp(1000), ln(0), ln(-1), log(2, 8), log(8), log10(100), log2(8), log1p(-1), expm1(0), cbrt(27), pi(), e()
select sin(0), cos(0), tan(0), asin(2), acos(2), atan(0), atan2(1, 1), sinh(0), cosh(0), tanh(0), degrees(pi()), radians(180), hypot(3, 4), signum(-5), sign(2)
-- dates
select born, year(born), month(born), dayofmonth(born), day(born), quarter(born), dayofweek(born), dayofyear(born), weekofyear(born), weekday(born), last_day(born), next_day(born, 'Mon') from people
select seen, hour(seen), minute(seen), second(seen), date_trunc('hour', seen), date_trunc('MONTH', seen), date_trunc('week', seen), date_trunc('foo', seen), trunc(seen, 'MM') from people
select date_add('2020-01-31', 1), date_sub('2020-03-01', 1), datediff('2020-03-01', '2020-02-01'), add_months('2020-01-31', 1), add_months('2020-02-29', 12), months_between('2020-03-31', '2020-02-29'), months_between('2020-03-15 12:00:00', '2020-02-10'), months_between('1997-02-28 10:30:00', '1996-10-30')
select trunc('2020-05-17', 'YEAR'), trunc('2020-05-17', 'Q'), trunc('2020-05-17', 'quarter'), trunc('2020-05-17', 'week'), trunc('2020-05-17', 'day'), make_date(2020, 2, 30), make_date(2020, 2, 29)
select date_format(seen, 'yyyy-MM-dd HH:mm:ss'), date_format(seen, 'dd/MM/yy'), date_format(seen, 'EEE MMM d yyyy h:mm a'), date_format(born, 'EEEE, MMMM D'), date_format(seen, "yyyy-MM-dd'T'HH:mm:ss.SSS") from people
select to_date('2020-01-05'), to_date('05/01/2020', 'dd/MM/yyyy'), to_date('5/1/20', 'd/M/yy'), to_date('2020-13-01', 'yyyy-MM-dd'), to_date('foo', 'yyyy-MM-dd'), to_date(null, 'yyyy'), to_date('20200105', 'yyyyMMdd'), to_date('Jan 5, 2020', 'MMM d, yyyy')
select to_date('2020-1-5', 'yyyy-MM-dd')
select to_date('2020-01-05 10:00', 'yyyy-MM-dd')
select to_timestamp('2020-01-05 10:20:30'), to_timestamp('05/01/2020 10:20', 'dd/MM/yyyy HH:mm'), to_timestamp('2020-01-05T10:20:30.123', "yyyy-MM-dd'T'HH:mm:ss.SSS"), to_timestamp('01/05/2020 10:20:30 PM', 'MM/dd/yyyy hh:mm:ss a'), to_timestamp('x')
select unix_timestamp('2020-01-05 10:20:30'), unix_timestamp('05/01/2020', 'dd/MM/yyyy'), unix_timestamp(timestamp '2020-01-05 10:20:30'), from_unixtime(0), from_unixtime(1578219630, 'yyyy/MM/dd'), unix_timestamp(date '2020-01-05')
select date '2020-01-01', timestamp '2020-01-01 10:00:00', timestamp '2020-01-01 10:00:00.5', date '2020-01-01' = timestamp '2020-01-01 00:00:00'
select extract(year from seen), extract(month from seen), extract(day from seen), extract(hour from seen) from people
select timestamp_seconds(1578219630), timestamp_seconds(1.5)
-- arrays, structs, maps
select a[0], a[1], a[5], a[-1], element_at(a, 1), element_at(a, -1), element_at(a, 9), size(a), array_contains(a, 3), array_contains(a, 9) from nest
select sort_array(a), sort_array(a, false), array_distinct(a), array_max(a), array_min(a), reverse(a), array_size(a), array_join(array('a', null, 'b'), ','), array_join(array('a', null), ',', '?') from nest
select s.x, s.y.z, s.y, as.k, as[0].v, m['a'], m['zz'], m.a, size(m), map_keys(m), map_values(m), element_at(m, 'b') from nest
select struct(1, 'x'), struct(id, s.x), named_struct('a', 1, 'b', 'x'), array(1, 2.5), array('a', 1), array(), struct(1 as a).a, flatten(array(array(1), array(2, 3))) from nest
select id, explode(a) from nest
select id, explode_outer(a) as e from nest
select explode(m) from nest
select explode(split('a,b', ',')) w, 1 one
select id, s.* from nest
select concat(array(1), array(2, 3)), array(1, 2) = array(1, 2), struct(1, 2) = struct(1, 2)
-- aggregates
select count(*), count(1), count(age), count(distinct age), count(distinct dept, age), count(age, dept) from people
select min(age), max(age), min(Name), max(Name), min(born), max(seen), max(ok), min(salary), max(salary) from people
select dept, count(*) c, sum(age) from people group by dept order by dept
select dept, collect_list(age) from (select * from people order by id) group by dept
select k, sort_array(collect_set(v)) from words group by k
select stddev(v), variance(v), stddev_pop(v), var_pop(v), stddev_samp(v), var_samp(v), corr(v, w), covar_pop(v, w), covar_samp(v, w), median(v) from words
select stddev(v), variance(v), collect_list(v), sum(v), count(v), avg(v), max(v) from words where k = 'nosuch'
select k, first(v), last(v), first(v, true), last(v, true), any_value(k) from (select * from words where k = 'y') group by k
select sum(distinct v), avg(distinct v), count_if(v > 1), bool_and(v > 0), bool_or(v > 4), every(v > 0), max_by(k, v), min_by(k, v), approx_count_distinct(v) from words
select sum('1'), avg('2'), sum(s), max(s) from texts where s = '12'
select age % 10 as g, count(*) from people group by age % 10 order by g
select age % 10, count(*) + 1, sum(age) / count(*) from people group by age % 10 order by 1 nulls last
select dept as d, count(*) from people group by d order by count(*) desc, d
select dept, count(*) from people group by 1 having count(*) > 1 order by 1
select dept, sum(age) age from people group by dept having sum(age) > 30 order by sum(age)
select dept from people group by dept order by max(age)
select sum(age) from people having sum(age) > 1000
select k, w, sum(v) from words group by rollup(k, w) order by k, w, sum(v)
select k, w, count(*) from words group by cube(k, w) order by k, w, 3
select k, sum(v) from words group by k with rollup order by k, 2
select upper(dept), count(1) from people group by upper(dept) order by 1
select count(*) from people where age > 100
select max(struct(age, Name)) from people
select mean(age), std(age), first_value(id) from people
-- windows
select id, row_number() over (partition by dept order by id) from people order by id
select id, rank() over (order by age), dense_rank() over (order by age desc), percent_rank() over (order by age), cume_dist() over (order by age), ntile(2) over (order by id) from people order by id
select id, lag(age) over (order by id), lead(age, 2) over (order by id), lag(age, 1, -1) over (order by id) from people order by id
select id, sum(age) over (partition by dept order by id) s, count(*) over (partition by dept), avg(age) over () from people order by id
select id, sum(id) over (order by id rows between 1 preceding and 1 following), max(id) over (order by id rows between unbounded preceding and current row), first(age) over (order by id), last(age) over (order by id) from people order by id
select id, sum(id) over (order by id range between 1 preceding and current row) from people order by id
select dept, sum(age), rank() over (order by sum(age)) r from people group by dept order by dept
select * from (select id, row_number() over (partition by dept order by id desc) rn from people) where rn = 1 order by id
select id, row_number() over (partition by dept order by id) + 1 as n from people where id > 1 order by id
select id, collect_list(id) over (partition by dept order by id) from people order by id
-- joins
select * from people p join depts d on p.dept = d.dept order by p.id
select p.id, d.id, title from people p left join depts d on p.dept = d.dept order by p.id
select p.id, d.title from people p right join depts d on p.dept = d.dept order by d.id, p.id
select p.id, d.title from people p full outer join depts d on p.dept = d.dept order by p.id, d.title
select id from people p left semi join depts d on p.dept = d.dept order by id
select id from people p left anti join depts d on p.dept = d.dept order by id
select p.id, title from people p cross join depts d where d.id < 15 order by 1
select p.id, title from people p, depts d where p.dept <=> d.dept order by 1
select * from people join depts using (dept) order by age, Name, salary
select dept, title from people full join depts using (dept) order by dept, title
select dept, title from people right join depts using (dept) order by dept, title
select p.id, q.id from people p join people q on p.age = q.age and p.id < q.id
select count(*) from people p join depts d on p.id < d.id
select p.id, d.id from people p full join depts d on p.id * 10 = d.id order by 1, 2
-- sets
select 1 union select 'a'
select 1 a union all select 1.5 union all select null
select dept from people union select dept from depts order by dept
select dept from people intersect select dept from depts order by dept
select dept from people except select dept from depts order by dept
select v from words except all select v from words where v = 3
select v from words intersect all select v from words where v = 3
select 1 as a, 2 as b union all select 3, 4 order by a desc
select distinct dept, age from people order by dept, age
-- order, limit, offset, with, values
select id, age from people order by age, id
select id, age from people order by age desc, id desc
select id, age from people order by age asc nulls last, id
select id, age from people order by age desc nulls first, id
select id from people order by id limit 2
select id from people order by id limit 2 offset 1
select id from people order by id offset 3
select Name from people order by length(Name), Name
select Name n from people where id > 2 order by id
select id i, age from people order by 2, 1
with a as (select id, dept from people), b as (select dept, count(*) n from a group by dept) select a.id, b.n from a join b on a.dept = b.dept order by a.id
select * from values (1, 'a'), (2, null) as t(x, y) order by x
select col1 + 1 from values (1), (2.5) order by 1
select t.* from (select 1 as a, 2 as b) t
select a x, * from (select 1 as a, 2 as b) t
select `a b`, `a b` + 1 from (select 1 as `a b`)
select NAME, ID, people.age from people where people.ID = 1
select * from (select 1 as a union all select 2) where a > 1
select (select_) from (select 1 as select_)
-- names
select count(*), sum(age + 1), upper(concat(Name, 'x')), -age, age is null, cast(age as string), age in (1, 2), Name like 'a%' from people group by age, Name, dept having age = 41
select 1 + 1, 'x', 1.5, true, null, -5, 1 = 2, not true, 1 <> 2, a.b from (select struct(1 as b) as a)
select age between 1 and 2, age <=> 1, Name rlike 'x', if(true, 1, 2), age[0] from (select array(1) age, 'x' Name) where false
select current_date() = current_date, current_timestamp() is not null
select int('5'), double('1.5'), string(5), date('2020-01-01'), boolean('true'), bigint(2.7), timestamp('2020-01-01 10:00:00')
select ucase('a'), lcase('B'), char_length('abc'), character_length('abc'), len('abc'), ceiling(1.5), power(2, 3), sign(-1), now() is not null
-- errors
select nosuch from people
select t.nosuch from people t
select id from people p join depts d on p.dept = d.dept
select nosuchfn(1)
select upper(1, 2)
select age, sum(id) from people
select age, sum(id) from people group by dept
select sum(sum(id)) from people
select id from people where sum(id) > 1
select 1 +
select * from nosuchtable
select true + 1
select sum(true)
select upper(array(1))
select id from people union select id, age from people
select s.nosuch from nest
select row_number() from people
select id from people where age
select cast(array(1) as int)
select explode(id) from people
select id from people order by nosuch
select a from (select 1 as a, 2 as a)
select date '2020-13-01'
select nosuch.* from people
select array(1, 'a', true)
-- subqueries
select id from people where dept in (select dept from depts where id > 10) order by id
select id from people where dept not in (select dept from depts where dept is not null) order by id
select id from people where dept not in (select dept from depts) order by id
select id from people p where exists (select 1 from depts d where d.dept = p.dept) order by id
select id from people p where not exists (select 1 from depts d where d.dept = p.dept and d.id > 10) order by id
select id, (select max(id) from depts) from people order by id
select id from people where age = (select max(age) from people) order by id
select id, (select max(title) from depts d where d.dept = p.dept) t from people p order by id
select id from people where id in (select id * 10 from depts) or id = 1 order by id
select id from people where age > (select avg(age) from people q where q.dept = people.dept) order by id
select count(*) from words where v in (select w from words)
select id from people where '1' in (select id from depts)
-- intervals
select date '2020-01-31' + interval 1 month, date '2020-03-31' - interval '1' month, date '2020-01-31' + interval 7 days, date '2020-01-31' - interval 1 year
select timestamp '2020-01-31 10:00:00' + interval 2 hours, timestamp '2020-01-31 10:00:00' - interval 30 minutes, date '2020-01-01' + interval 1 hour
select id from people where born > date '1990-02-01' - interval 1 month order by id
select born + interval 1 month + interval 1 day, seen + interval '5' second from people
-- filters of aggregates, lateral aliases, positions, maps
select count(*) filter (where age > 25), sum(id) filter (where dept = 'a') from people
select dept, count(*) filter (where age is null) n from people group by dept order by dept
select id as a, a + 1 as b, b * 2 from people order by id
select id as age, age + 1 from people order by id
select dept, sum(id) as s, s + 1 from people group by dept order by dept
select id, posexplode(a) from nest
select id, posexplode_outer(a) from nest
select posexplode(m) from nest
select map('a', 1, 'b', 2), map('a', 1)['a'], map(1, 'x')[2], size(map('a', 1)), map_keys(map('a', null))
select k, sum(sum(v)) over () t, rank() over (order by sum(v) desc, k) r from words group by k order by k
select btrim('  a '), size(null), -cast(0 as double), regexp_like('a', 'a')
select id from people where id = 1 and 1 in (select 1)
select date '2020-01-31' - interval 2 days, interval 1 day + date '2020-01-31'
-- statistics of one row and of constants
select corr(a, b), covar_samp(a, b), covar_pop(a, b), var_samp(a), stddev_samp(a), var_pop(a), stddev_pop(a) from values (1D, 2D) t(a, b)
select corr(a, b), covar_samp(a, b), var_samp(a), stddev(b) from values (1D, 2D), (1D, 3D) t(a, b)
select b, corr(a, b) over (order by b) c, var_samp(a) over (order by b) v from values (1D, 2D), (1D, 3D), (2D, 4D) t(a, b) order by b
-- minus zero
select -0.0D, -0e0, -0.0F, -0.0, -(0.0D), 0.0D * -1, -0.0D = 0.0D, cast(-0.0F as string)
select d, cast(d as string) s from values (-0.0D), (0.0D) t(d) order by s
select d, count(*) n from values (-0.0D), (0.0D) t(d) group by d
select distinct d from values (-0.0D), (0.0D), (-1.5D) t(d) order by d
select round(-0.4D), round(-0.4F), round(-2.5D), round(-0.001D, 2), bround(-0.5D), round(2.5F)
select extract('year', date'2020-01-01'), extract(year from date'2020-01-01'), date_part('month', date'2020-02-01')
