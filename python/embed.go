// Package python carries the awsglue and pyspark shim, so that one binary can run Glue scripts.
//
// The tree is plain Python for CPython 3.9 and later, standard library only. A worker extracts it once per content
// (Extract), puts the folder first on the script's sys.path and starts Runner in it with the script's path and
// arguments. What the script's process finds in its environment is named here; the same names are generated into
// _tenon/plan.py (internal/plan/pygen), so that the two sides cannot drift.
package python

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Environment variables that the worker sets for a script's process.
const (
	EnvSocket       = "TENON_ENGINE_SOCKET"  // path of the worker's Unix socket
	EnvToken        = "TENON_RUN_TOKEN"      // the run's secret, sent in plan.Hello
	EnvErrorFile    = "TENON_ERROR_FILE"     // where the runner writes what ended the script; optional
	EnvExtraPyFiles = "TENON_EXTRA_PY_FILES" // local paths of --extra-py-files, joined by the list separator; optional
	EnvAddress      = "TENON_DRIVER_ADDRESS" // IPv4 address that the host's own name stands for; optional
)

// Runner is the path inside the tree of the program that runs a script: `python -u Runner script args...`.
const Runner = "_tenon/runner.py"

// Files are the shim's own files. Explicit patterns, because embedding a folder leaves out names that begin with an
// underscore, and would let in __pycache__.
//
//go:embed gs_*.py recipe_transforms.py _tenon/*.py awsglue/*.py awsgluedq/*.py awsglueml/*.py py4j/*.py
//go:embed pyspark/*.py pyspark/*/*.py pyspark/*/*/*.py
var Files embed.FS

// onSpark is awsglue for the real PySpark, a Runner that keeps it inside the buckets, and the program that compares tables.
//
//go:embed onspark/*.py onspark/awsglue/*.py onspark/_tenon/*.py
var onSpark embed.FS

// shared are the shim's own files that awsglue on the real PySpark has too: those that need no engine.
var shared = []string{
	"_tenon/__init__.py", "_tenon/errors.py", "_tenon/host.py", "_tenon/plan.py", "_tenon/script.py", "_tenon/text.py",
	"_tenon/ddl.py", "_tenon/studio.py", "awsglue/gluetypes.py", "awsglue/transforms.py", "awsglue/utils.py",
	"awsgluedq/__init__.py", "awsgluedq/checks.py", "awsgluedq/dqdl.py", "awsgluedq/evaluation.py", "awsgluedq/transforms.py",
}

// ExtractOnSpark puts awsglue for the real PySpark into a folder under root, with a Runner of its own, and returns
// that folder. The script's interpreter must have pyspark.
func ExtractOnSpark(root string) (string, error) {
	dir := filepath.Join(root, "onspark")
	overlay, err := fs.Sub(onSpark, "onspark")
	if err != nil {
		return "", fmt.Errorf("python: extract: %w", err)
	}
	studio, err := fs.Glob(Files, "gs_*.py")
	if err != nil {
		return "", fmt.Errorf("python: extract: %w", err)
	}
	for _, name := range slices.Concat(shared, studio) {
		text, err := Files.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("python: extract: %w", err)
		}
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, text, 0o644)); err != nil {
			return "", fmt.Errorf("python: extract: %w", err)
		}
	}
	if err := os.CopyFS(dir, overlay); err != nil {
		return "", fmt.Errorf("python: extract: %w", err)
	}
	return dir, nil
}

// Hash names the content of the tree: 16 hexadecimal digits of a SHA-256 over every path and file, in order.
func Hash() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := Files.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%d %s %d\n", len(path), path, len(text))
		sum.Write(text)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("python: hash: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// Extract puts the tree into a folder under root named by its hash, and returns that folder. What is there already is
// used as it is; two processes may extract at the same time, since a whole folder is renamed into place.
func Extract(root string) (string, error) {
	hash, err := Hash()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, hash)
	if _, err := os.Stat(filepath.Join(dir, Runner)); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("python: extract: %w", err)
	}
	aside, err := os.MkdirTemp(root, "extract-*")
	if err != nil {
		return "", fmt.Errorf("python: extract: %w", err)
	}
	defer os.RemoveAll(aside)
	if err := os.Chmod(aside, 0o755); err != nil {
		return "", fmt.Errorf("python: extract: %w", err)
	}
	if err := os.CopyFS(aside, Files); err != nil {
		return "", fmt.Errorf("python: extract: %w", err)
	}
	if err := os.Rename(aside, dir); err != nil {
		if _, lost := os.Stat(filepath.Join(dir, Runner)); lost == nil {
			return dir, nil // another process was first
		}
		return "", fmt.Errorf("python: extract: %w", err)
	}
	return dir, nil
}
