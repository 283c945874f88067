package format

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenon/internal/doctest"
)

// update writes the part of docs/compatibility.md that is about options.
var _ = flag.Bool("update", false, "rewrite the list of options in docs/compatibility.md")

// TestCompatibility keeps options.md, which is a part of docs/compatibility.md, naming every option that the code asks for.
func TestCompatibility(t *testing.T) {
	text, err := os.ReadFile("options.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, w := range strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" |,;:()=\n`", r) }) {
		known[strings.ToLower(w)] = true
	}
	keys := optionKeys(t)
	if len(keys) < 50 {
		t.Fatalf("found %d options: the search is wrong", len(keys))
	}
	for _, key := range keys {
		if !known[strings.ToLower(key)] && !strings.HasPrefix(key, "allow") {
			t.Errorf("options.md does not name the option %s", key)
		}
	}
	_, body, _ := strings.Cut(string(text), "\n\n")
	doctest.Section(t, "../../../../docs/compatibility.md", "options", strings.ReplaceAll(body, "\n## ", "\n### "))
}

// optionKeys finds the keys of every call of an accessor of options in this package.
func optionKeys(t *testing.T) []string {
	t.Helper()
	first := []string{"text", "boolean", "integer", "choice", "strings", "only", "take"} // the key is the first argument
	var keys []string
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			args := call.Args
			if slices.Contains(first, method.Sel.Name) {
				args = args[:1]
			} else if method.Sel.Name != "harmless" {
				return true
			}
			for _, arg := range args {
				if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if key, err := strconv.Unquote(lit.Value); err == nil && key != "" {
						keys = append(keys, key)
					}
				}
			}
			return true
		})
	}
	return keys
}
