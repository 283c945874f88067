create table all_types (
  id serial primary key, b boolean, i2 smallint, i4 int, i8 bigint, r real, d double precision, n numeric, n52 numeric(5,2),
  n453 numeric(45,3), t text, v varchar(10), c char(5), by bytea, dt date, ts timestamp, tz timestamptz, tm time, uu uuid, j json,
  jb jsonb, ia int[], ta text[], na numeric(4,1)[], ba boolean[], da date[], bit1 bit(1), inet inet, iv interval, o oid, p point,
  bit4 bit(4), xx xml);
insert into all_types (b, i2, i4, i8, r, d, n, n52, n453, t, v, c, by, dt, ts, tz, tm, uu, j, jb, ia, ta, na, ba, da, bit1, inet, iv, o, p)
values (true, 1, 2, 3000000000, 1.5, 2.5, 3.14159, 12.34, 7.125, 'héllo', 'v', 'c', '\x0102', '2020-01-02',
  '2020-01-02 03:04:05.678901', '2020-01-02 03:04:05+02', '10:11:12', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', '{"b": 2}',
  '{1,2,null}', '{"x","y, \"z\"",NULL,"NULL",""}', '{1.5}', '{t,f}', '{2020-01-02}', B'1', '10.0.0.1', '1 day 2 hours', 7, '(1,2)');
insert into all_types (b) values (null);
insert into all_types (b, i2, r, d, n453, t, c, by, ia) values (false, -32768, 'NaN', '-Infinity', 123456789012345678901234567890123456789012.5,
  '', '', '', '{}');
