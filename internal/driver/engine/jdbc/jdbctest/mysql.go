// Package jdbctest starts databases for tests.
package jdbctest

import (
	"bytes"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
)

// MySQLEnv, set to "required", makes a missing server a failure of the test rather than a reason to skip it.
const MySQLEnv = "TENON_TEST_MYSQL"

// User and Password are those of the account that may do everything.
const (
	User     = "glue"
	Password = "pa55-wörd"
)

// startWait bounds the start of a server.
const startWait = 60 * time.Second

// FreePort finds a port of 127.0.0.1 that nobody listens on.
func FreePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}

// StartMySQL starts MariaDB from the binaries of this machine with an empty database "shop", and returns the port of
// 127.0.0.1 that it listens on. It ends with the test.
func StartMySQL(t *testing.T) (port string) {
	t.Helper()
	server, install, err := binaries()
	if err != nil {
		if os.Getenv(MySQLEnv) == "required" {
			t.Fatal(err)
		}
		t.Skipf("%v; set %s=required to make this a failure", err, MySQLEnv)
	}
	dir, err := os.MkdirTemp("", "tenon-my-") // short: a Unix socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := unprivileged(t, dir)
	data := filepath.Join(dir, "data")
	made := exec.Command(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db")
	made.SysProcAttr, made.Dir = attr, dir
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", install, err, out)
	}
	port = FreePort(t)
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(server, "--no-defaults", "--datadir="+data, "--socket="+socket, "--port="+port, "--bind-address=127.0.0.1",
		"--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--default-time-zone=+00:00")
	var log bytes.Buffer
	cmd.SysProcAttr, cmd.Dir, cmd.Stdout, cmd.Stderr = attr, dir, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", server, log.Bytes())
		}
	})
	db, err := sql.Open("mysql", "root@unix("+socket+")/")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if err = db.PingContext(t.Context()); err == nil {
			break
		}
		if time.Since(began) > startWait {
			t.Fatalf("%s does not answer: %v\n%s", server, err, log.Bytes())
		}
	}
	for _, text := range []string{
		"CREATE DATABASE shop CHARACTER SET utf8mb4", fmt.Sprintf("CREATE USER '%s'@'127.0.0.1' IDENTIFIED BY '%s'", User, Password),
		fmt.Sprintf("GRANT ALL ON *.* TO '%s'@'127.0.0.1'", User),
	} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	return port
}

// binaries finds MariaDB's programs.
func binaries() (server, install string, err error) {
	for _, names := range [][2]string{{"mariadbd", "mariadb-install-db"}, {"mysqld", "mysql_install_db"}} {
		server, err1 := find(names[0])
		install, err2 := find(names[1])
		if err1 == nil && err2 == nil {
			return server, install, nil
		}
	}
	return "", "", fmt.Errorf("no MariaDB server found: install the package mariadb-server")
}

// find looks on PATH, and where Debian puts servers.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}

// unprivileged gives dir to a user other than root, as whom MariaDB agrees to run; nil if the test is not root.
func unprivileged(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("mysql")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err1 != nil || err2 != nil {
		t.Fatalf("user %s has ids %s and %s", u.Username, u.Uid, u.Gid)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
