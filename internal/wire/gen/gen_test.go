package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesAreCurrent generates anew and compares with what is committed.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./internal/wire", name)
		}
	}
	committed, err := filepath.Glob("../*_gen.go")
	if err != nil || len(committed) != len(files) {
		t.Errorf("%d files end in _gen.go, %d are generated (%v)", len(committed), len(files), err)
	}
}

// TestTrimIsStable checks that formatting the committed model gives it back, so
// that a new trim differs by what AWS changed and nothing else.
func TestTrimIsStable(t *testing.T) {
	path := filepath.Join("..", modelFile)
	m, err := readModel(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.format()
	if err != nil {
		t.Fatal(err)
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("format(read(%s)) differs from it (%v)", modelFile, err)
	}
}

// TestAnyOperationCanBeServed generates every operation of the model one by one:
// serving one more must be a matter of adding its name.
func TestAnyOperationCanBeServed(t *testing.T) {
	m, err := readModel(filepath.Join("..", modelFile))
	if err != nil {
		t.Fatal(err)
	}
	for name := range m.Operations {
		if err := generates(m, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// generates reports why one operation cannot be generated.
func generates(m *model, name string) error {
	g, err := newGenerator(m, map[string]servedOperation{name: {}})
	if err != nil {
		return err
	}
	for _, emit := range []func() (string, error){g.types, g.checks} {
		body, err := emit()
		if err != nil {
			return err
		}
		if _, err := finish(m, body); err != nil {
			return err
		}
	}
	return nil
}
