package spark

import (
	"flag"
	"go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenon/internal/doctest"
)

// update writes the part of docs/compatibility.md that is about functions.
var _ = flag.Bool("update", false, "rewrite the list of functions in docs/compatibility.md")

// TestCompatibility keeps the page's list of functions that of the tables.
func TestCompatibility(t *testing.T) {
	word := regexp.MustCompile(`^[a-z][a-z0-9_]*$`) // the others are operators
	operators := []string{"and", "or", "not", "in"}
	kinds := map[funcKind][]string{kindScalar: {"date_part", "datepart", "extract", "mod"}} // typed as operators are
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		if word.MatchString(name) && !slices.Contains(operators, name) {
			kinds[functions[name].kind] = append(kinds[functions[name].kind], name)
		}
	}
	slices.Sort(kinds[kindScalar])
	refused := slices.DeleteFunc(strings.Fields(sparkOthers), func(name string) bool { return !isSparkOnly(name) })
	slices.Sort(refused)
	want := "**Of a row**:\n" + doctest.Names(kinds[kindScalar]) +
		"\n\n**Of a group**, with `DISTINCT` and `FILTER`, and over a window:\n" + doctest.Names(kinds[kindAgg]) +
		"\n\n**Of a window alone**:\n" + doctest.Names(kinds[kindWindow]) +
		"\n\n**Giving several rows**:\n" + doctest.Names(kinds[kindGen]) +
		"\n\n**Spark's, refused by name**:\n" + doctest.Names(refused)
	const page = "../../../docs/compatibility.md"
	doctest.Section(t, page, "functions", want)
	doctest.Section(t, page, "sql", "Refused by name:\n\n- "+strings.Join(refusals(t), "\n- "))
}

// TestSparkOnlyIsNotServed keeps what is typed as an operator out of the list of what does not run.
func TestSparkOnlyIsNotServed(t *testing.T) {
	day := litExpr(T(String), "day")
	for _, name := range strings.Fields(sparkOthers) {
		for n := range 3 {
			if _, done, _ := (&scope{}).operator(name, []*Expr{day, day}[:n]); done && isSparkOnly(name) {
				t.Errorf("%s is served, and listed as Spark's alone", name)
			}
		}
	}
}

// refusals finds what the parser refuses by name: the texts of its calls of refuse.
func refusals(t *testing.T) []string {
	files, err := filepath.Glob("parse*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		f, err := goparser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || method.Sel.Name != "refuse" && method.Sel.Name != "refuseFor" {
				return true
			}
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					found[text] = true
				}
			}
			return true
		})
	}
	if len(found) < 10 {
		t.Fatalf("found %d refusals: the search is wrong", len(found))
	}
	return slices.Sorted(maps.Keys(found))
}
