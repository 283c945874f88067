package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// floors gives every package tree its floor; the longest matching prefix counts. An import goes to a lower floor, or
// along one of the sideways arrows.
var floors = map[string]int{
	"internal/glue":             0,
	"internal/failpoint":        0,
	"internal/core":             1,
	"internal/wire":             1,
	"internal/sigv4":            1,
	"internal/plan":             1,
	"internal/attempt":          1,
	"python":                    1,
	"internal/driver":           2,
	"internal/worker":           2,
	"internal/client":           2,
	"internal/demo":             3,
	"internal/verify":           3,
	"internal/controller":       3,
	"internal/edge":             4,
	"internal/rules":            4,
	"internal/plane":            5,
	"internal/sim":              5,
	"internal/benchmark":        6,
	"internal/conformance":      6,
	"cmd/tenon":                 6,
	"internal/archtest":         6,
	"internal/setup":            6,
	"internal/wire/gen":         6,
	"internal/plan/pygen":       6,
	"internal/driver/blob/file": 2,
}

// sideways are the imports allowed within one floor, by package tree.
var sideways = [][2]string{
	{"internal/core/scheduler", "internal/core/quota"},
	{"internal/core/scheduler", "internal/core/placement"},
	{"internal/core/forecast", "internal/core/scheduler"},
	{"internal/core/forecast", "internal/core/quota"},
	{"internal/core/forecast", "internal/core/placement"},
	{"internal/core/audit", "internal/core/quota"},
	{"internal/core/workflowfile", "internal/core/cron"},
	{"internal/core/spark", "internal/plan"},
	{"internal/core/workflow", "internal/core/cron"},
	{"internal/driver/executor/local", "internal/driver/blob"},
	{"internal/worker", "internal/driver/engine"},
	{"internal/worker", "internal/driver/blob"},
	{"internal/worker", "internal/driver/attemptdir"},
	{"internal/worker", "internal/driver/process"},
	{"internal/worker", "internal/client"},
	{"internal/driver/engine", "internal/driver/blob"},
	{"internal/edge/server", "internal/edge/api"},
	{"internal/edge/server", "internal/edge/neighbour"},
	{"internal/edge/server", "internal/edge/gateway"},
	{"internal/edge/neighbour", "internal/edge/api"},
	{"cmd/tenon", "internal/benchmark"},
}

// confined packages may be imported by the trees listed alone: the first is a prefix of the import path.
var confined = []struct {
	path string
	by   []string
	why  string
}{
	{"github.com/duckdb/", []string{"internal/driver/engine"}, "every other binary would link 80 MB of C++"},
	{"tenon/internal/driver/engine", []string{"internal/driver/engine", "internal/worker"}, "DuckDB comes with it"},
	{"github.com/aws/", []string{"internal/driver/executor/aws", "internal/driver/network", "internal/driver/notify", "internal/driver/blob/s3", "internal/edge/gateway"}, "the SDK is the client in tests only (versitygw's own interface is written in its types)"},
	{"github.com/versity/", []string{"internal/edge/gateway"}, "one package owns the S3 server"},
}

// maxFileLines and maxFunctionLines bound hand-written code.
const (
	maxFileLines     = 600
	maxFunctionLines = 100
)

// source is one parsed Go file of the project.
type source struct {
	path string // relative to the root, with slashes
	dir  string
	file *ast.File
	set  *token.FileSet
}

// sources parses every Go file of the project.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{path: rel, dir: filepath.ToSlash(filepath.Dir(rel)), file: f, set: set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d files: the walk is wrong", len(all))
	}
	return all
}

// within reports whether dir is the tree or lies in it.
func within(dir, tree string) bool { return dir == tree || strings.HasPrefix(dir, tree+"/") }

// floorOf returns the floor of a package and the tree that gave it.
func floorOf(dir string) (floor int, tree string) {
	floor = -1
	for t, f := range floors {
		if within(dir, t) && len(t) > len(tree) {
			floor, tree = f, t
		}
	}
	return floor, tree
}

// isTest reports whether s is test code, which may import what it likes of the project.
func (s source) isTest() bool {
	return strings.HasSuffix(s.path, "_test.go") || strings.HasSuffix(s.dir, "test")
}

// TestFloors checks every import of production code.
func TestFloors(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		from, tree := floorOf(s.dir)
		if from < 0 {
			t.Errorf("%s: its package has no floor; add it to floors", s.path)
			continue
		}
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			for _, c := range confined {
				if strings.HasPrefix(path, c.path) && !anyWithin(s.dir, c.by) && from < 6 {
					t.Errorf("%s imports %s: only %v may, for %s", s.path, path, c.by, c.why)
				}
			}
			if from <= 1 && (path == "os" || path == "net" || path == "database/sql" || path == "log/slog" || strings.HasPrefix(path, "math/rand")) && tree != "python" && tree != "internal/failpoint" {
				t.Errorf("%s imports %s: floors 0 and 1 do no I/O", s.path, path)
			}
			dep, ok := strings.CutPrefix(path, "tenon/")
			if !ok {
				continue
			}
			to, depTree := floorOf(dep)
			if to < from || within(dep, tree) || within(s.dir, depTree) || permitted(s.dir, dep) || sameFamily(s.dir, dep) {
				continue
			}
			t.Errorf("%s (floor %d) imports %s (floor %d)", s.path, from, dep, to)
		}
	}
}

// sameFamily allows a package its own subpackages and parents.
func sameFamily(a, b string) bool { return within(a, b) || within(b, a) }

// anyWithin reports whether dir lies in one of the trees.
func anyWithin(dir string, trees []string) bool {
	for _, t := range trees {
		if within(dir, t) {
			return true
		}
	}
	return false
}

// permitted reports whether a sideways arrow goes from a to b.
func permitted(a, b string) bool {
	for _, arrow := range sideways {
		if within(a, arrow[0]) && within(b, arrow[1]) {
			return true
		}
	}
	return false
}

// clockCalls are the ways to learn the time that floors 0 and 1 must not use.
var clockCalls = map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "Tick": true, "NewTimer": true, "NewTicker": true, "AfterFunc": true}

// TestNoClockBelow checks that pure floors take now as a parameter.
func TestNoClockBelow(t *testing.T) {
	for _, s := range sources(t) {
		floor, _ := floorOf(s.dir)
		if s.isTest() || floor > 1 {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == "time" && clockCalls[sel.Sel.Name] {
				t.Errorf("%s uses time.%s: floors 0 and 1 take now as a parameter", s.set.Position(n.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

// TestSizes bounds files and functions of hand-written code.
func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if ast.IsGenerated(s.file) {
			continue
		}
		text, err := os.ReadFile(filepath.Join("..", "..", s.path))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > maxFileLines {
			t.Errorf("%s has %d lines, at most %d", s.path, n, maxFileLines)
		}
		if s.isTest() {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, at most %d", s.path, f.Name.Name, n, maxFunctionLines)
			}
		}
	}
}

// TestComments demands a doc comment on every package and every exported declaration.
func TestComments(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		documented[s.dir] = documented[s.dir] || s.file.Doc != nil
		if ast.IsGenerated(s.file) {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil {
					t.Errorf("%s: %s has no comment", s.set.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				uncommented(t, s, d)
			}
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no comment", dir)
		}
	}
}

// uncommented reports exported names of d without a comment of their own or of their group.
func uncommented(t *testing.T, s source, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && d.Doc == nil {
				t.Errorf("%s: %s has no comment", s.set.Position(spec.Pos()), spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
					t.Errorf("%s: %s has no comment", s.set.Position(name.Pos()), name.Name)
				}
			}
		}
	}
}
