create table all_types (
  id int auto_increment primary key, t1 tinyint(1), t4 tinyint(4), tu tinyint unsigned, i2 smallint, i2u smallint unsigned,
  i3 mediumint, i4 int, iu int unsigned, i8 bigint, i8u bigint unsigned, f float, d double, n decimal(10,2), n502 decimal(50,2),
  b1 bit(1), b8 bit(8), c char(5), v varchar(10), t text, e enum('a','b'), s set('x','y'), j json, bl blob, bi binary(3),
  vb varbinary(5), dt date, dtm datetime(6), ts timestamp null, tm time, y year) default charset utf8mb4;
insert into all_types (t1, t4, tu, i2, i2u, i3, i4, iu, i8, i8u, f, d, n, n502, b1, b8, c, v, t, e, s, j, bl, bi, vb, dt, dtm, ts, tm, y)
values (1, 5, 200, 1, 40000, 2, 3, 4000000000, 5, 18000000000000000000, 1.5, 2.5, 12.34, 7.25, b'1', b'00001010', 'c', 'v', 'héllo',
  'a', 'x,y', '{"a": 1}', x'0102', x'010203', x'01', '2020-01-02', '2020-01-02 03:04:05.678901', '2020-01-02 03:04:05', '10:11:12', 2020);
insert into all_types (t1) values (null);
insert into all_types (t1, t4, c, t, bl, n502, b8) values (7, -128, '', '', '', 123456789012345678901234567890123456789012.5, b'11111111');
