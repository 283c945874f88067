package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tenon/internal/edge/api"
)

// shapes are what the commands on admission write with -o json, where Glue has no shape of its own.
var shapes = []struct {
	commands string
	of       any
}{
	{"`tenon queue`, a list; `tenon runs explain`, one", api.RunExplanation{}},
	{"`tenon queues`, `tenon queue ls`: a list", api.QueueInfo{}},
	{"`tenon quotas`: a list", api.Quota{}},
	{"`tenon subnets`: a list", api.SubnetInfo{}},
	{"`tenon audit`, a list; `tenon audit export`, one a line", api.AuditRecord{}},
	{"`tenon audit verify`", api.AuditProof{}},
	{"`tenon config apply`: a list", api.ConfigChange{}},
	{"`tenon simulate`", simulation{}},
}

// TestReferenceJSON keeps docs/json.md current: below its mark stands every member of the shapes, with what its comment says.
// A member that is renamed or gone shows there, for a reader to decide whether scripts can bear it.
func TestReferenceJSON(t *testing.T) {
	r := &jsonReference{comments: fieldComments(t, "../../internal/edge/api", "../../internal/glue", "../../internal/core/forecast", "../../internal/core/history", ".")}
	for _, s := range shapes {
		fmt.Fprintf(&r.out, "\n## %s\n\n| Member | Is | |\n|---|---|---|\n", s.commands)
		r.members(reflect.TypeOf(s.of), "")
	}
	keepCurrent(t, "../../docs/json.md", r.out.String())
}

// jsonReference writes the members of shapes.
type jsonReference struct {
	out      strings.Builder
	comments map[string]string // of a field: package.Type.Field
	within   []reflect.Type    // the types that are being written: one that is within itself is not written again
}

// members writes the members of a type, each behind the names of those it is in.
func (r *jsonReference) members(of reflect.Type, prefix string) {
	r.within = append(r.within, of)
	defer func() { r.within = r.within[:len(r.within)-1] }()
	for i := range of.NumField() {
		f := of.Field(i)
		if !f.IsExported() {
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		name = prefix + cmp.Or(name, f.Name)
		inner, kind := jsonKind(f.Type)
		if option != "" {
			kind += ", may be absent"
		}
		fmt.Fprintf(&r.out, "| `%s` | %s | %s |\n", name, kind, r.comments[of.PkgPath()[strings.LastIndexByte(of.PkgPath(), '/')+1:]+"."+of.Name()+"."+f.Name])
		if inner != nil && !slices.Contains(r.within, inner) {
			r.members(inner, name+".")
		}
	}
}

// jsonKind is what a member is in JSON, and the struct whose members it has, if any.
func jsonKind(t reflect.Type) (inner reflect.Type, kind string) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return nil, "time"
	case t.Kind() == reflect.Pointer:
		return jsonKind(t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		inner, kind = jsonKind(t.Elem())
		return inner, "list of " + strings.TrimSuffix(kind, "s") + "s"
	}
	switch t.Kind() {
	case reflect.Struct:
		return t, "object"
	case reflect.String:
		return nil, "text"
	case reflect.Bool:
		return nil, "true or false"
	case reflect.Slice, reflect.Map:
		return nil, "object"
	}
	return nil, "number"
}

// fieldComments reads what stands beside the fields of the structs in some folders.
func fieldComments(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	comments := map[string]string{}
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return true
				}
				if s, ok := spec.Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						text := strings.Join(strings.Fields(f.Comment.Text()+" "+f.Doc.Text()), " ")
						for _, name := range f.Names {
							comments[file.Name.Name+"."+spec.Name.Name+"."+name.Name] = text
						}
					}
				}
				return true
			})
		}
	}
	return comments
}
