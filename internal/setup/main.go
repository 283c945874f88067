// Command setup installs what the tests need and a fresh machine may lack: a Python environment with the clients the
// conformance tests drive (boto3, the AWS CLI), and PostgreSQL's server binaries. `setup pyspark` installs what makes
// the expectations instead: the real PySpark in an environment of its own, and Java. It changes nothing that is there.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// main runs every step and ends with 1 at the first that fails.
func main() {
	steps := []func() error{python, postgres, mariadb}
	if len(os.Args) > 1 && os.Args[1] == "pyspark" {
		steps = []func() error{pyspark, java}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			fmt.Fprintln(os.Stderr, "setup:", err)
			os.Exit(1)
		}
	}
}

// python makes the environment of the tests.
func python() error { return environment(".venv", "internal/setup/requirements.txt") }

// pyspark makes the environment of the expectations.
func pyspark() error { return environment(".venv-pyspark", "internal/setup/pyspark.txt") }

// java sees to it that there is one that Spark 3.5 runs on.
func java() error {
	if _, err := exec.LookPath("java"); err == nil {
		return nil
	}
	fmt.Println("setup: installing java")
	if err := apt("openjdk-17-jre-headless"); err != nil {
		return fmt.Errorf("no java: install a Java 17: %w", err)
	}
	return nil
}

// environment makes a virtual environment, unless it already holds what the file of requirements lists.
func environment(venv, requirements string) error {
	want, err := os.ReadFile(requirements)
	if err != nil {
		return err
	}
	stamp := filepath.Join(venv, "requirements.txt")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == string(want) {
		return nil
	}
	fmt.Println("setup: making", venv)
	if err := run("python3", "-m", "venv", "--clear", venv); err != nil {
		if aptErr := apt("python3-venv"); aptErr != nil {
			return errors.Join(err, aptErr)
		}
		if err := run("python3", "-m", "venv", "--clear", venv); err != nil {
			return fmt.Errorf("python3 cannot make a virtual environment: %w", err)
		}
	}
	pip := filepath.Join(venv, "bin", "python")
	if err := run(pip, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements); err != nil {
		return fmt.Errorf("install %s: %w", requirements, err)
	}
	return os.WriteFile(stamp, want, 0o644)
}

// postgres sees to it that initdb and postgres exist.
func postgres() error {
	if _, err := exec.LookPath("initdb"); err == nil {
		return nil
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return nil
	}
	fmt.Println("setup: installing postgresql")
	if err := apt("postgresql"); err != nil {
		return fmt.Errorf("no PostgreSQL binaries (initdb, postgres): install postgresql: %w", err)
	}
	return nil
}

// mariadb sees to it that mariadbd exists.
func mariadb() error {
	for _, path := range []string{"mariadbd", "/usr/sbin/mariadbd"} {
		if _, err := exec.LookPath(path); err == nil {
			return nil
		}
	}
	fmt.Println("setup: installing mariadb-server")
	if err := apt("mariadb-server"); err != nil {
		return fmt.Errorf("no MariaDB server (mariadbd): install mariadb-server: %w", err)
	}
	return nil
}

// apt installs Debian packages, where that is possible without asking.
func apt(packages ...string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("not root: run apt-get install %s", strings.Join(packages, " "))
	}
	if err := run("apt-get", "update", "-qq"); err != nil {
		return err
	}
	return run("apt-get", append([]string{"install", "-y", "-qq", "--no-install-recommends"}, packages...)...)
}

// run runs a command with its output on ours.
func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return cmd.Run()
}
