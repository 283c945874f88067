package jdbc_test

import (
	"context"
	"database/sql"
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/driver/engine"
	"tenon/internal/driver/engine/jdbc"
	"tenon/internal/driver/engine/jdbc/jdbctest"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/driver/store/storetest"
	"tenon/internal/plan"
	"tenon/python"
)

// record makes the expectations anew: with the real PySpark of .venv-pyspark and the databases' own JDBC drivers, which
// Maven fetches.
var record = flag.Bool("record", false, "record what the real PySpark answers")

// jars are the drivers that expectations are recorded with.
var jars = []string{"org.postgresql:postgresql:42.7.7", "com.mysql:mysql-connector-j:9.4.0"}

// answers is the recording.
const answers = "testdata/spark-3.5.6.txt"

// databases starts both, fills them, and gives the environment that the script finds them by.
func databases(t *testing.T) []string {
	t.Helper()
	port := jdbctest.FreePort(t)
	pg := storetest.StartPostgresOn(t, port).Fresh(t)
	fill(t, "pgx", pg, "testdata/postgresql.sql")
	my := jdbctest.StartMySQL(t)
	fill(t, "mysql", jdbctest.User+":"+jdbctest.Password+"@tcp(127.0.0.1:"+my+")/shop?multiStatements=true", "testdata/mysql.sql")
	return []string{"POSTGRES_URL=jdbc:postgresql://127.0.0.1:" + port + "/t1", "MYSQL_URL=jdbc:mysql://127.0.0.1:" + my + "/shop",
		"MYSQL_USER=" + jdbctest.User, "MYSQL_PASSWORD=" + jdbctest.Password}
}

// fill runs a file of statements.
func fill(t *testing.T, driver, address, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// hooks are those of an engine without a run.
type hooks struct{}

func (hooks) Hello() plan.HelloReply                                        { return plan.HelloReply{} }
func (hooks) JobInit(context.Context, plan.JobInit) error                   { return nil }
func (hooks) JobCommit(context.Context) error                               { return nil }
func (hooks) Purge(context.Context, plan.Purge) error                       { return nil }
func (hooks) Connection(context.Context, string) (map[string]string, error) { return nil, nil }
func (hooks) SourceOpened(plan.Source, []relation.File)                     {}
func (hooks) SinkWrote(plan.Write, relation.Published)                      {}

// TestAgainstSpark runs one script on the shim over both databases, and holds what it prints to what the real PySpark
// printed with the databases' own drivers: every type, every mode.
func TestAgainstSpark(t *testing.T) {
	env := append(os.Environ(), databases(t)...)
	if *record {
		write(t, env)
	}
	d := jdbc.New(jdbc.Config{})
	e, err := engine.Open(t.Context(), engine.Config{ScratchDir: t.TempDir(), MemoryBytes: 1 << 30, Threads: 2, Reader: d, Writer: d})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	dir, err := os.MkdirTemp("", "jdbc") // a Unix socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, ln, "token", hooks{}) }()
	cmd := exec.Command("python3", "testdata/script.py")
	cmd.Env = append(env, python.EnvSocket+"="+ln.Addr().String(), python.EnvToken+"=token", "PYTHONDONTWRITEBYTECODE=1", "TZ=UTC",
		"PYTHONPATH="+filepath.Join("..", "..", "..", "..", "python"))
	got, err := cmd.Output()
	if cancel(); err != nil {
		t.Errorf("%v\n%s", err, err.(*exec.ExitError).Stderr)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	want, err := os.ReadFile(answers)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("-Spark +engine\n%s", diff)
	}
}

// write records.
func write(t *testing.T, env []string) {
	t.Helper()
	folder := t.TempDir()
	for _, jar := range jars {
		if out, err := exec.Command("mvn", "-q", "dependency:copy", "-Dartifact="+jar, "-DoutputDirectory="+folder).CombinedOutput(); err != nil {
			t.Fatalf("mvn: %v\n%s", err, out)
		}
	}
	found, err := filepath.Glob(filepath.Join(folder, "*.jar"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join("..", "..", "..", "..", ".venv-pyspark", "bin", "python"), "testdata/script.py")
	cmd.Env = append(env, "TZ=UTC", "JDBC_JARS="+strings.Join(found, ":"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, err.(*exec.ExitError).Stderr)
	}
	if err := os.WriteFile(answers, out, 0o644); err != nil {
		t.Fatal(err)
	}
}
