package jdbc

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenon/internal/core/spark"
)

// pgSession is a connection to PostgreSQL.
type pgSession struct {
	conn *pgx.Conn
}

// openPostgres connects, in UTC, as a JVM in UTC does.
func openPostgres(ctx context.Context, t *target) (session, error) {
	query := url.Values{"sslmode": {t.tls}, "application_name": {"tenon"}}
	address := url.URL{Scheme: "postgres", Host: net.JoinHostPort(t.host, t.port), Path: "/" + t.database, RawQuery: query.Encode()}
	cfg, err := pgx.ParseConfig(address.String())
	if err != nil {
		return nil, argument("%s: the URL is not understood", t)
	}
	cfg.User, cfg.Password = t.user, t.password
	cfg.RuntimeParams["timezone"], cfg.RuntimeParams["datestyle"] = "UTC", "ISO"
	cfg.RuntimeParams["extra_float_digits"] = "3"
	if t.schema != "" {
		cfg.RuntimeParams["search_path"] = t.schema
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // values come as text
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, execution("cannot connect to %s: %v", t, err)
	}
	return &pgSession{conn: conn}, nil
}

// close hangs up.
func (s *pgSession) close() { _ = s.conn.Close(context.Background()) }

// quote writes an identifier.
func (s *pgSession) quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// exec runs a statement.
func (s *pgSession) exec(ctx context.Context, text string) error {
	_, err := s.conn.Exec(ctx, text)
	return err
}

// query runs a SELECT.
func (s *pgSession) query(ctx context.Context, text string) (cursor, error) {
	rows, err := s.conn.Query(ctx, text)
	if err != nil {
		return nil, err
	}
	c := &pgCursor{rows: rows}
	for _, f := range rows.FieldDescriptions() {
		name := ""
		if t, ok := s.conn.TypeMap().TypeForOID(f.DataTypeOID); ok {
			name = t.Name
		}
		column, err := pgColumn(f.Name, name, f.TypeModifier)
		if err != nil {
			rows.Close()
			return nil, err
		}
		c.cols = append(c.cols, column)
	}
	if err := rows.Err(); err != nil {
		rows.Close()
		return nil, err
	}
	return c, nil
}

// pgCursor walks over the rows of a query.
type pgCursor struct {
	rows pgx.Rows
	cols []column
}

// columns are the query's.
func (c *pgCursor) columns() []column { return c.cols }

// next gives the next row.
func (c *pgCursor) next() ([][]byte, error) {
	if !c.rows.Next() {
		return nil, c.rows.Err()
	}
	return c.rows.RawValues(), nil
}

// close ends the query.
func (c *pgCursor) close() { c.rows.Close() }

// pgModifierHeader is what PostgreSQL adds to the modifiers of numeric and char.
const pgModifierHeader = 4

// pgColumn gives a column the type that Spark's PostgresDialect gives it through PostgreSQL's JDBC driver. An unknown
// name (of an enum, a domain of another schema) is text.
func pgColumn(name, pgType string, modifier int32) (column, error) {
	elem, isArray := strings.CutPrefix(pgType, "_")
	t, parse, err := pgType1(name, elem, modifier, isArray)
	if err != nil {
		return column{}, err
	}
	if isArray {
		element, kind := parse, t
		parse = func(text []byte) (driver.Value, error) { return parseArray(text, element) }
		t = spark.Type{Kind: spark.Array, Elem: &kind}
	}
	return column{name: name, typ: t, parse: parse, timeOfDay: pgType == "time"}, nil
}

// pgType1 is the type of a value, or of an array's element.
func pgType1(column, name string, modifier int32, inArray bool) (spark.Type, parser, error) {
	switch name {
	case "bool":
		return spark.T(spark.Boolean), parseBool, nil
	case "int2":
		return spark.T(spark.Short), wholeOf(16), nil
	case "int4":
		return spark.T(spark.Int), wholeOf(32), nil
	case "int8":
		return spark.T(spark.Long), wholeOf(64), nil
	case "float4":
		return spark.T(spark.Float), parseFloat, nil
	case "float8":
		return spark.T(spark.Double), parseDouble, nil
	case "numeric":
		precision, scale := 38, 18 // without any of its own
		if modifier >= pgModifierHeader {
			m := int(modifier - pgModifierHeader)
			// Scales below zero, which PostgreSQL 15 has, come as large ones: such numbers are too long for any decimal.
			precision, scale = min(m>>16, 38), min(m&0x7ff, 38)
		}
		t := spark.Type{Kind: spark.Decimal, Precision: precision, Scale: scale}
		return t, decimalOf(t), nil
	case "oid":
		if !inArray {
			t := spark.Type{Kind: spark.Decimal, Precision: 20}
			return t, decimalOf(t), nil
		}
	case "bytea":
		return spark.T(spark.Binary), parseHex, nil
	case "date":
		return spark.T(spark.Date), parseDate, nil
	case "timestamp", "timestamptz":
		return spark.T(spark.Timestamp), parseTimestamp, nil
	case "time":
		if !inArray {
			return spark.T(spark.Timestamp), parseTime, nil
		}
	case "bit":
		switch {
		case inArray:
		case modifier == 1:
			return spark.T(spark.Boolean), parseBool, nil
		default: // its digits, as PostgreSQL's JDBC driver gives their bytes
			return spark.T(spark.Binary), parseBytes, nil
		}
	case "text", "varchar", "bpchar", "uuid", "json", "jsonb", "name", "inet", "cidr", "macaddr", "interval", "point", "line", "lseg", "box",
		"path", "polygon", "circle", "jsonpath", "xml", "":
		return spark.T(spark.String), parseText, nil
	}
	return spark.Type{}, nil, unsupportedColumn(column, "PostgreSQL", name)
}

// primaryKey lists the columns of a table's primary key.
func (s *pgSession) primaryKey(ctx context.Context, table string) ([]string, error) {
	const text = `SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indisprimary AND i.indrelid = to_regclass($1) ORDER BY array_position(i.indkey::int2[], a.attnum)`
	rows, err := s.conn.Query(ctx, text, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// exists asks as Spark does: whether the table can be read.
func (s *pgSession) exists(ctx context.Context, table string) (bool, error) {
	found := false
	err := s.conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", table).Scan(&found)
	return found, err
}

// columnType is the type of a new column. Source: Spark 3.5, PostgresDialect.getJDBCType and JdbcUtils.getCommonJDBCType.
func (s *pgSession) columnType(t spark.Type) (string, error) {
	switch t.Kind {
	case spark.Boolean:
		return "BOOLEAN", nil
	case spark.Byte, spark.Short:
		return "SMALLINT", nil
	case spark.Int:
		return "INTEGER", nil
	case spark.Long:
		return "BIGINT", nil
	case spark.Float:
		return "FLOAT4", nil
	case spark.Double:
		return "FLOAT8", nil
	case spark.Decimal:
		return fmt.Sprintf("NUMERIC(%d,%d)", t.Precision, t.Scale), nil
	case spark.String:
		return "TEXT", nil
	case spark.Binary:
		return "BYTEA", nil
	case spark.Date:
		return "DATE", nil
	case spark.Timestamp, spark.TimestampNTZ:
		return "TIMESTAMP", nil
	case spark.Array:
		elem, err := s.columnType(*t.Elem)
		if err == nil && t.Elem.Kind != spark.Array {
			return elem + "[]", nil
		}
	}
	return "", noType(t)
}

// insert copies rows into a table.
func (s *pgSession) insert(ctx context.Context, table string, schema spark.Schema, rows *sql.Rows) (int64, error) {
	names := make([]string, len(schema))
	for i, f := range schema {
		names[i] = s.quote(f.Name)
	}
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := copyText(write, schema, rows)
		done <- err
		_ = write.CloseWithError(err) // nil is end of file
	}()
	tag, err := s.conn.PgConn().CopyFrom(ctx, read, "COPY "+table+" ("+strings.Join(names, ", ")+") FROM STDIN")
	_ = read.Close() // ends the writer, should it still be at work
	if made := <-done; made != nil && !errors.Is(made, io.ErrClosedPipe) {
		return 0, made
	}
	return tag.RowsAffected(), err
}
