package conformance

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"tenon/internal/driver/engine/jdbc/jdbctest"
	"tenon/internal/driver/store/storetest"
)

// TestDatabases runs jobs that copy new orders from MySQL to PostgreSQL through Glue connections: each order once, by a
// bookmark on keys, whatever fails in between.
func TestDatabases(t *testing.T) {
	pgPort := jdbctest.FreePort(t)
	pg := openDB(t, "pgx", storetest.StartPostgresOn(t, pgPort).Fresh(t))
	myPort := jdbctest.StartMySQL(t)
	my := openDB(t, "mysql", jdbctest.User+":"+jdbctest.Password+"@tcp(127.0.0.1:"+myPort+")/shop")
	runSQL(t, my, "create table orders (id int auto_increment primary key, item varchar(20), price decimal(10,2), paid tinyint(1))")
	s := start(t, "")
	for name, url := range map[string]string{
		"shop": "jdbc:mysql://127.0.0.1:" + myPort + "/shop", "warehouse": "jdbc:postgresql://127.0.0.1:" + pgPort + "/t1",
	} {
		user := map[string]string{"shop": jdbctest.User, "warehouse": "tenon"}[name]
		_, err := s.glue().CreateConnection(t.Context(), &glue.CreateConnectionInput{ConnectionInput: &types.ConnectionInput{
			Name: aws.String(name), ConnectionType: types.ConnectionTypeJdbc, ConnectionProperties: map[string]string{
				"JDBC_CONNECTION_URL": url, "USERNAME": user, "PASSWORD": jdbctest.Password}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.job("copy", "glueetl", script(t, "jdbc.py"))
	run := func(args ...string) string {
		t.Helper()
		all := map[string]string{"--job-bookmark-option": "job-bookmark-enable", "--fail": "no"}
		for i := 0; i < len(args); i += 2 {
			all[args[i]] = args[i+1]
		}
		r := s.wait("copy", s.run("copy", all))
		for _, text := range []string{s.stream(r, "output"), s.stream(r, "error"), aws.ToString(r.ErrorMessage)} {
			if strings.Contains(text, jdbctest.Password) {
				t.Errorf("a password is in the run's texts:\n%s", text)
			}
		}
		return string(r.JobRunState) + " " + strings.TrimSpace(s.stream(r, "output"))
	}
	steps := []struct{ sql, want string }{
		{"insert into orders (item, price, paid) values ('pen', 1.50, 1), ('ink', 2.25, 0), (null, null, null)", "SUCCEEDED read 3"},
		{"", "SUCCEEDED read 0"},
		{"insert into orders (item, price, paid) values ('nib', 0.75, 1)", "FAILED read 1"},
		{"insert into orders (item, price, paid) values ('cap', 9.00, 1)", "SUCCEEDED read 2"}, // the failed run has not moved the bookmark
	}
	for i, step := range steps {
		if step.sql != "" {
			runSQL(t, my, step.sql)
		}
		fail := "no"
		if strings.HasPrefix(step.want, "FAILED") {
			fail = "yes"
		}
		if got := run("--fail", fail); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
	var count int
	var total string
	if err := pg.QueryRowContext(t.Context(), "select count(*), sum(price)::text from orders").Scan(&count, &total); err != nil {
		t.Fatal(err)
	}
	if count != 5 || total != "13.50" {
		t.Errorf("the warehouse has %d orders worth %s", count, total)
	}
}

// openDB opens a database for the test's own statements.
func openDB(t *testing.T, driver, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// runSQL runs a statement.
func runSQL(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}
