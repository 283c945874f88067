package jdbc_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"

	"tenon/internal/core/bookmark"
	"tenon/internal/driver/engine/jdbc"
	"tenon/internal/driver/engine/jdbc/jdbctest"
	"tenon/internal/driver/store/storetest"
	"tenon/internal/plan"
)

// memory is a bookmark of one source that is always on and always committed.
type memory struct{ last []string }

func (m *memory) On() bool                                                   { return true }
func (m *memory) Range(string, bookmark.Keys) (from, to []string, err error) { return m.last, nil, nil }
func (m *memory) Read(_ string, keys bookmark.Keys) error {
	if len(keys.Values) > 0 {
		m.last = keys.Values
	}
	return nil
}

// TestKeys reads each source again and again, with rows added in between: each row is read once, or the read is refused.
func TestKeys(t *testing.T) {
	port := jdbctest.FreePort(t)
	postgres := storetest.StartPostgresOn(t, port).Fresh(t)
	myPort := jdbctest.StartMySQL(t)
	shop := jdbctest.User + ":" + jdbctest.Password + "@tcp(127.0.0.1:" + myPort + ")/shop?multiStatements=true"
	targets := map[string]map[string]any{
		"pgx": {"url": "jdbc:postgresql://127.0.0.1:" + port + "/t1", "user": "tenon"},
		"mysql": {"url": "jdbc:mysql://127.0.0.1:" + myPort + "/shop", "user": jdbctest.User,
			"password": jdbctest.Password},
	}
	address := map[string]string{"pgx": postgres, "mysql": shop}
	tests := []struct {
		name      string
		fill, add string // statements before the first read, and before the second
		options   map[string]any
		want      []string // how many rows each read has, or a part of its error
	}{
		{"a key", "create table a (id int primary key); insert into a values (1), (2)", "insert into a values (3)",
			map[string]any{"dbtable": "a"}, []string{"2 rows", "1 rows", "0 rows"}},
		{"a key in another case", "create table b (id int); insert into b values (1)", "insert into b values (2)",
			map[string]any{"dbtable": "b", "jobBookmarkKeys": []string{"ID"}}, []string{"1 rows", "1 rows", "0 rows"}},
		{"a second key that is null", "create table c (x int, y int); insert into c values (4, 1), (5, null)", "",
			map[string]any{"dbtable": "c", "jobBookmarkKeys": []string{"x", "y"}}, []string{"a bookmark key that is null"}},
		{"a null that comes later", "create table d (x int); insert into d values (1)", "insert into d values (null)",
			map[string]any{"dbtable": "d", "jobBookmarkKeys": []string{"x"}}, []string{"1 rows", "a bookmark key that is null"}},
		{"nothing but nulls", "create table e (x int); insert into e values (null)", "",
			map[string]any{"dbtable": "e", "jobBookmarkKeys": []string{"x"}}, []string{"a bookmark key that is null"}},
		{"predicates", "create table f (id int primary key, g int); insert into f values (1, 1), (2, 2), (3, 3)",
			"insert into f values (4, 1), (5, 2)", map[string]any{"dbtable": "f", "predicates": []string{"g = 1 or g = 3", "g = 2"}},
			[]string{"3 rows", "2 rows", "0 rows"}},
		{"descending", "create table g (id int); insert into g values (7), (9)", "insert into g values (5), (6)",
			map[string]any{"dbtable": "g", "jobBookmarkKeys": "id", "jobBookmarkKeysSortOrder": "desc"},
			[]string{"2 rows", "2 rows", "0 rows"}},
		{"microseconds", "create table h (x timestamp(6) not null); insert into h values ('2024-02-29 01:02:03.000004')",
			"insert into h values ('2024-02-29 01:02:03.000005')", map[string]any{"dbtable": "h", "jobBookmarkKeys": "x"},
			[]string{"1 rows", "1 rows", "0 rows"}},
		{"a time of day", "create table i (x time primary key); insert into i values ('10:00:00')", "",
			map[string]any{"dbtable": "i"}, []string{"a time of day"}},
		{"a text", "create table j (x varchar(9) primary key)", "", map[string]any{"dbtable": "j"}, []string{"a bookmark key of type string"}},
		{"a query", "create table k (id int); insert into k values (1), (2)", "insert into k values (3)",
			map[string]any{"query": "select id + 1 as n from k", "jobBookmarkKeys": "n"}, []string{"2 rows", "1 rows", "0 rows"}},
	}
	for database := range targets {
		outside, err := sql.Open(database, address[database])
		if err != nil {
			t.Fatal(err)
		}
		defer outside.Close()
		for _, test := range tests {
			t.Run(database+"/"+test.name, func(t *testing.T) {
				db, err := sql.Open("duckdb", "")
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				src := plan.Source{ConnectionType: "jdbc", Context: "src", Dynamic: true, Options: map[string]plan.Option{}}
				for _, options := range []map[string]any{targets[database], test.options} {
					for name, value := range options {
						text, err := json.Marshal(value)
						if err != nil {
							t.Fatal(err)
						}
						src.Options[name] = text
					}
				}
				m := &memory{}
				j := jdbc.New(jdbc.Config{Bookmark: m})
				for i, want := range test.want {
					if text := []string{test.fill, test.add, ""}[i]; text != "" {
						if _, err := outside.ExecContext(t.Context(), text); err != nil {
							t.Fatal(err)
						}
					}
					if got := read(t.Context(), j, db, src); !strings.Contains(got, want) {
						t.Errorf("read %d: %s, want %s", i+1, got, want)
					}
				}
			})
		}
	}
}

// read opens a source and tells how many rows it has, or the error.
func read(ctx context.Context, j *jdbc.JDBC, db *sql.DB, src plan.Source) string {
	opened, err := j.Open(ctx, db, src)
	if err != nil {
		return err.Error()
	}
	var n string
	if err := db.QueryRowContext(ctx, "SELECT count(*) || ' rows' FROM ("+opened.Relation.SQL+")").Scan(&n); err != nil {
		return err.Error()
	}
	return n
}
