// Command setup installs what the tests need and a fresh machine may lack: a Python environment with the clients the
// conformance tests drive (boto3, the AWS CLI), and PostgreSQL's server binaries. It changes nothing that is there.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The Python environment of the tests, and the file that says what is in it.
const (
	venv         = ".venv"
	requirements = "internal/setup/requirements.txt"
)

// main runs every step and ends with 1 at the first that fails.
func main() {
	for _, step := range []func() error{python, postgres} {
		if err := step(); err != nil {
			fmt.Fprintln(os.Stderr, "setup:", err)
			os.Exit(1)
		}
	}
}

// python makes the virtual environment, unless it already holds what requirements.txt lists.
func python() error {
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
