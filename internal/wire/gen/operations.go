package main

import (
	"fmt"
	"strings"
)

// operations emits the table of all operations, and the list of exceptions that
// are the server's fault.
func (g *generator) operations() (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "// TargetPrefix stands before an operation's name in the X-Amz-Target header.\nconst TargetPrefix = %q\n\n", g.m.TargetPrefix+".")
	b.WriteString("// operations is the whole API in alphabetical order.\nvar operations = [...]Operation{\n")
	for _, name := range sortedKeys(g.m.Operations) {
		op := g.m.Operations[name]
		fmt.Fprintf(&b, "{Name: %q, Input: %q, Output: %q, Errors: []string{", name, op.Input, op.Output)
		for i, e := range op.Errors {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%q", e)
		}
		b.WriteString("}")
		if so, ok := g.served[name]; ok {
			limit := "DefaultMaxBodyBytes"
			if so.maxBodyBytes > 0 {
				limit = fmt.Sprint(so.maxBodyBytes)
			}
			fmt.Fprintf(&b, ",\nServed: true, MaxBodyBytes: %s, \nnewInput: func() Checked { return new(%s) }, newOutput: func() any { return new(%s) }", limit, op.Input, op.Output)
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n\n// faults lists the exceptions that the model calls the server's fault: HTTP 500.\nvar faults = [...]string{")
	for _, name := range sortedKeys(g.m.Shapes) {
		if s := g.m.Shapes[name]; s.Exception && s.Fault {
			fmt.Fprintf(&b, "%q, ", name)
		}
	}
	b.WriteString("}\n")
	return b.String(), nil
}
