package jdbc

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"

	"tenon/internal/core/spark"
)

// mySession is a connection to MySQL or MariaDB.
type mySession struct {
	db   *sql.DB
	conn *sql.Conn
}

// openMySQL connects. Times are read as the server writes them, which a JVM in UTC takes for UTC.
func openMySQL(ctx context.Context, t *target) (session, error) {
	cfg := mysqldriver.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = t.user, t.password, "tcp", net.JoinHostPort(t.host, t.port), t.database
	cfg.InterpolateParams = true // values go with the statement, and come as text
	cfg.Timeout = connectTimeout
	switch t.tls {
	case "disable":
		cfg.TLSConfig = "false"
	case "prefer":
		cfg.TLSConfig = "preferred"
	case "require", "verify-ca":
		cfg.TLS = &tls.Config{InsecureSkipVerify: t.tls == "require", ServerName: t.host, MinVersion: tls.VersionTLS12}
	default:
		cfg.TLSConfig = "true"
	}
	connector, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return nil, argument("%s: %v", t, err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(execution("cannot connect to %s: %v", t, err), db.Close())
	}
	return &mySession{db: db, conn: conn}, nil
}

// close hangs up.
func (s *mySession) close() { _ = errors.Join(s.conn.Close(), s.db.Close()) }

// quote writes an identifier.
func (s *mySession) quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// exec runs a statement.
func (s *mySession) exec(ctx context.Context, text string) error {
	_, err := s.conn.ExecContext(ctx, text)
	return err
}

// selectAll begins the query of a whole table.
const selectAll = "SELECT * FROM "

// query runs a SELECT.
func (s *mySession) query(ctx context.Context, text string) (cursor, error) {
	rows, err := s.conn.QueryContext(ctx, text+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	types, err := rows.ColumnTypes()
	if err = errors.Join(err, rows.Close()); err != nil {
		return nil, err
	}
	c := &myCursor{}
	lengths := map[string]string{} // by column, as SHOW COLUMNS has its type; read when one is needed
	for _, t := range types {
		name := t.DatabaseTypeName()
		exact := ""
		if name == "TINYINT" || name == "BIT" || name == "CHAR" {
			if len(lengths) == 0 {
				if lengths, err = s.shapes(ctx, text); err != nil {
					return nil, execution("the exact types of the columns of %.200s: %v", text, err)
				}
			}
			exact = lengths[t.Name()]
		}
		precision, scale, _ := t.DecimalSize()
		column, err := myColumn(t.Name(), name, exact, precision, scale)
		if err != nil {
			return nil, err
		}
		c.cols = append(c.cols, column)
	}
	if c.rows, err = s.conn.QueryContext(ctx, text); err != nil {
		return nil, err
	}
	c.raw = make([]sql.RawBytes, len(c.cols))
	c.row = make([][]byte, len(c.cols))
	for i := range c.raw {
		c.places = append(c.places, &c.raw[i])
	}
	return c, nil
}

// shapes reads what the driver does not tell of a query's columns, the length in their types' names such as tinyint(1):
// off the table that it reads, else off a temporary table without rows.
func (s *mySession) shapes(ctx context.Context, text string) (found map[string]string, err error) {
	table, _, _ := strings.Cut(strings.TrimPrefix(text, selectAll), " ")
	if strings.HasPrefix(table, "(") {
		table = "tenon_shape"
		if err := s.exec(ctx, "CREATE TEMPORARY TABLE "+table+" AS "+text+" LIMIT 0"); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, s.exec(ctx, "DROP TEMPORARY TABLE "+table)) }()
	}
	rows, err := s.conn.QueryContext(ctx, "SHOW COLUMNS FROM "+table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found = map[string]string{}
	for rows.Next() {
		var name, exact string
		var rest [4]sql.RawBytes
		if err := rows.Scan(&name, &exact, &rest[0], &rest[1], &rest[2], &rest[3]); err != nil {
			return nil, err
		}
		found[name] = exact
	}
	return found, rows.Err()
}

// myCursor walks over the rows of a query.
type myCursor struct {
	rows   *sql.Rows
	cols   []column
	raw    []sql.RawBytes
	places []any
	row    [][]byte
}

// columns are the query's.
func (c *myCursor) columns() []column { return c.cols }

// next gives the next row.
func (c *myCursor) next() ([][]byte, error) {
	if !c.rows.Next() {
		return nil, c.rows.Err()
	}
	if err := c.rows.Scan(c.places...); err != nil {
		return nil, err
	}
	for i, raw := range c.raw {
		c.row[i] = raw
	}
	return c.row, nil
}

// close ends the query.
func (c *myCursor) close() { _ = c.rows.Close() }

// length is the number in parentheses of an exact type, 0 for none.
func length(exact string) int {
	_, rest, _ := strings.Cut(exact, "(")
	digits, _, _ := strings.Cut(rest, ")")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// myColumn gives a column the type that Spark's MySQLDialect gives it through MySQL's JDBC driver.
func myColumn(name, myType, exact string, precision, scale int64) (column, error) {
	make := func(kind spark.Kind, parse parser) (column, error) {
		return column{name: name, typ: spark.T(kind), parse: parse}, nil
	}
	switch myType {
	case "TINYINT":
		if length(exact) == 1 {
			return make(spark.Boolean, parseBool)
		}
		return make(spark.Byte, wholeOf(8))
	case "BIT":
		if length(exact) == 1 {
			return make(spark.Boolean, parseBool)
		}
		return make(spark.Long, parseBits)
	case "UNSIGNED TINYINT":
		return make(spark.Short, wholeOf(16))
	case "SMALLINT", "UNSIGNED SMALLINT", "MEDIUMINT", "UNSIGNED MEDIUMINT", "INT":
		return make(spark.Int, wholeOf(32))
	case "UNSIGNED INT", "BIGINT":
		return make(spark.Long, wholeOf(64))
	case "UNSIGNED BIGINT":
		t := spark.Type{Kind: spark.Decimal, Precision: 20}
		return column{name: name, typ: t, parse: decimalOf(t)}, nil
	case "FLOAT", "DOUBLE":
		return make(spark.Double, parseDouble)
	case "DECIMAL", "UNSIGNED DECIMAL":
		t := spark.Type{Kind: spark.Decimal, Precision: int(min(precision, 38)), Scale: int(min(scale, 38))}
		return column{name: name, typ: t, parse: decimalOf(t)}, nil
	case "CHAR":
		return make(spark.String, padded(length(exact)))
	case "VARCHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET", "JSON":
		return make(spark.String, parseText)
	case "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY":
		return make(spark.Binary, parseBytes)
	case "DATE":
		return make(spark.Date, parseDate)
	case "DATETIME", "TIMESTAMP":
		return make(spark.Timestamp, parseTimestamp)
	case "TIME":
		return column{name: name, typ: spark.T(spark.Timestamp), parse: parseTime, timeOfDay: true}, nil
	case "YEAR":
		return make(spark.Date, func(text []byte) (driver.Value, error) { return inTime("2006", string(text)) })
	}
	return column{}, unsupportedColumn(name, "MySQL", myType)
}

// parseBits reads the bytes of a BIT(n), the first the highest.
func parseBits(text []byte) (driver.Value, error) {
	n := int64(0)
	for _, b := range text {
		n = n<<8 | int64(b)
	}
	return n, nil
}

// padded fills texts up with blanks, as Spark reads CHAR(n).
func padded(n int) parser {
	return func(text []byte) (driver.Value, error) {
		s := string(text)
		if missing := n - len([]rune(s)); missing > 0 {
			s += strings.Repeat(" ", missing)
		}
		return s, nil
	}
}

// primaryKey lists the columns of a table's primary key.
func (s *mySession) primaryKey(ctx context.Context, table string) (names []string, err error) {
	rows, err := s.conn.QueryContext(ctx, "SHOW KEYS FROM "+table+" WHERE Key_name = 'PRIMARY'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	raw, places := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range raw {
		places[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		for i, c := range columns {
			if c == "Column_name" {
				names = append(names, string(raw[i]))
			}
		}
	}
	return names, rows.Err()
}

// errNoTable is MySQL's number of the error that a table is missing.
const errNoTable = 1146

// exists tells whether a table can be read.
func (s *mySession) exists(ctx context.Context, table string) (bool, error) {
	rows, err := s.conn.QueryContext(ctx, "SELECT 1 FROM "+table+" LIMIT 0")
	var known *mysqldriver.MySQLError
	if errors.As(err, &known) && known.Number == errNoTable {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, rows.Close()
}

// columnType is the type of a new column. Source: Spark 3.5, MySQLDialect.getJDBCType and JdbcUtils.getCommonJDBCType.
func (s *mySession) columnType(t spark.Type) (string, error) {
	switch t.Kind {
	case spark.Boolean:
		return "BIT(1)", nil
	case spark.Byte:
		return "TINYINT", nil
	case spark.Short, spark.Int:
		return "INTEGER", nil
	case spark.Long:
		return "BIGINT", nil
	case spark.Float:
		return "FLOAT", nil
	case spark.Double:
		return "DOUBLE PRECISION", nil
	case spark.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale), nil
	case spark.String:
		return "LONGTEXT", nil
	case spark.Binary:
		return "BLOB", nil
	case spark.Date:
		return "DATE", nil
	case spark.Timestamp, spark.TimestampNTZ:
		return "TIMESTAMP", nil
	}
	return "", noType(t)
}

// insertBytes is about how long one INSERT grows, in bytes: far below any server's max_allowed_packet.
const insertBytes = 512 << 10

// insert appends rows, many to a statement.
func (s *mySession) insert(ctx context.Context, table string, schema spark.Schema, rows *sql.Rows) (total int64, err error) {
	names := make([]string, len(schema))
	for i, f := range schema {
		names[i] = s.quote(f.Name)
	}
	head := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES "
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(schema)), ",") + ")"
	values, places := make([]any, len(schema)), make([]any, len(schema))
	for i := range values {
		places[i] = &values[i]
	}
	var args []any
	count, size := 0, 0
	flush := func() error {
		if count == 0 {
			return nil
		}
		_, err := s.conn.ExecContext(ctx, head+strings.TrimSuffix(strings.Repeat(row+",", count), ","), args...)
		total += int64(count)
		args, count, size = args[:0], 0, 0
		return err
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return 0, err
		}
		for i, v := range values {
			arg, err := myValue(schema[i].Type, v)
			if err != nil {
				return 0, fmt.Errorf("column %s: %w", schema[i].Name, err)
			}
			if text, ok := arg.(string); ok {
				size += len(text)
			} else if b, ok := arg.([]byte); ok {
				size += len(b)
			}
			args, size = append(args, arg), size+16
		}
		if count++; size >= insertBytes {
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	return total, errors.Join(rows.Err(), flush())
}

// myValue is a value as the driver writes it into a statement. Booleans fit BIT(1) and TINYINT(1) as numbers.
func myValue(t spark.Type, v any) (any, error) {
	switch v := v.(type) {
	case nil, string:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case []byte:
		return v, nil
	case time.Time, float32, float64:
		text, err := textOf(t, v)
		if text == "NaN" || strings.Contains(text, "Inf") {
			return nil, execution("MySQL has no %s", text)
		}
		return text, err
	}
	return textOf(t, v)
}
