// Command gen writes the generated half of package wire: the Go types of the
// shapes that served operations reach, their constraint checks, and one row for
// every operation of the Glue API, served or refused.
//
// It has two modes, both started in internal/wire:
//
//	go run ./gen                                 (what `go generate` runs)
//	go run ./gen -trim service-2.json.gz -source "botocore 1.44.8"
//
// The first reads model/glue.json and served.txt and writes *_gen.go. The second
// makes model/glue.json anew from the model file that botocore publishes: prose,
// HTTP bindings and what is reached only through opaque shapes (see policy.go)
// are left out, so that the copy stays small and its diffs readable. After a
// trim, generate, and read the diff: it is the list of what AWS changed.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// modelFile and servedFile are the generator's two inputs, relative to internal/wire.
const (
	modelFile  = "model/glue.json"
	servedFile = "served.txt"
)

func main() {
	dir := flag.String("dir", ".", "the folder of package wire")
	trimFrom := flag.String("trim", "", "make model/glue.json from this service-2.json or service-2.json.gz instead of generating")
	source := flag.String("source", "", "with -trim: where the model comes from, with its version")
	flag.Parse()
	var err error
	if *trimFrom != "" {
		err = writeTrimmed(*trimFrom, *source, filepath.Join(*dir, modelFile))
	} else {
		err = writeGenerated(*dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// writeGenerated writes every generated file into dir.
func writeGenerated(dir string) error {
	files, err := generate(dir)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// generate reads the model and the served list in dir and returns the generated
// files by name, without writing anything: the test that they are current
// compares them with what is committed.
func generate(dir string) (map[string][]byte, error) {
	m, err := readModel(filepath.Join(dir, modelFile))
	if err != nil {
		return nil, err
	}
	served, err := readServed(filepath.Join(dir, servedFile), m)
	if err != nil {
		return nil, err
	}
	g, err := newGenerator(m, served)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, emit := range map[string]func() (string, error){
		"types_gen.go":      g.types,
		"checks_gen.go":     g.checks,
		"operations_gen.go": g.operations,
	} {
		body, err := emit()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if files[name], err = finish(m, body); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}
