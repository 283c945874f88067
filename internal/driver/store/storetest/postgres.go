package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// PostgresEnv, set to "required", makes a missing PostgreSQL a failure of the test rather than a reason to skip it.
const PostgresEnv = "TENON_TEST_POSTGRES"

// Postgres is a server of the test's own, on a Unix socket, without durability: it ends with the test.
type Postgres struct {
	socketDir string
	port      string // of the socket's name, and on the loopback interface where it listens there
	databases atomic.Int64
}

// StartPostgres starts a server from the binaries of this machine.
func StartPostgres(t *testing.T) *Postgres { return startPostgres(t, "5432", "") }

// StartPostgresOn starts a server that listens on a port of 127.0.0.1 too.
func StartPostgresOn(t *testing.T, port string) *Postgres { return startPostgres(t, port, "127.0.0.1") }

// startPostgres starts a server that listens on addresses.
func startPostgres(t *testing.T, port, addresses string) *Postgres {
	t.Helper()
	bin, err := postgresBin()
	if err != nil {
		if os.Getenv(PostgresEnv) == "required" {
			t.Fatal(err)
		}
		t.Skipf("%v; set %s=required to make this a failure", err, PostgresEnv)
	}
	dir, err := os.MkdirTemp("", "tenon-pg-") // short: a Unix socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := unprivileged(t, dir)
	data := filepath.Join(dir, "data")
	// Another collation than C, to show that ours does not depend on the database's.
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "tenon", "-A", "trust", "-N", "-E", "UTF8",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-p", port, "-c", "listen_addresses="+addresses,
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=50")
	var log bytes.Buffer
	server.SysProcAttr, server.Dir, server.Stdout, server.Stderr = attr, dir, &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT) // at once
		_ = server.Wait()
		if t.Failed() {
			t.Logf("postgres: %s", log.Bytes())
		}
	})
	p := &Postgres{socketDir: dir, port: port}
	until(t, "an answer of postgres", func() bool { return p.exec(t.Context(), "SELECT 1") == nil })
	return p
}

// Fresh makes an empty database and returns its URL.
func (p *Postgres) Fresh(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("t%d", p.databases.Add(1))
	if err := p.exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return p.url(name)
}

// Kick ends every session that a plane has with a database, as a restart of the server would, and waits for their end.
func (p *Postgres) Kick(ctx context.Context) error {
	return p.exec(ctx, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'tenon'")
}

// url names a database of the server.
func (p *Postgres) url(database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User("tenon"), Path: "/" + database,
		RawQuery: url.Values{"host": {p.socketDir}, "port": {p.port}}.Encode()}).String()
}

// exec runs a statement in the administrator's database.
func (p *Postgres) exec(ctx context.Context, statement string) error {
	db, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// postgresBin finds the newest PostgreSQL of the machine: on PATH, or where Debian puts it.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("no PostgreSQL server found: install the package postgresql")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives dir to a user other than root, as whom PostgreSQL agrees to run; nil if the test is not root.
func unprivileged(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
