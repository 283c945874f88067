package spark

import (
	"strings"

	"tenon/internal/plan"
)

// early tells how the columns of groupBy and agg are named: Spark names them before it knows what they are.
type early int

const (
	earlyNot  early = iota // as in a select: by what the expression is
	earlyCall              // an expression of Columns: their functions are known, members of structs and casts are not
	earlyText              // inside of a text in SQL: no function is known
)

// earlyNames are the functions that PySpark itself calls by name, so that they are named as they are called.
var earlyNames = map[string]bool{
	"ceil": true, "floor": true, "regexp_like": true, "regexp": true, "position": true, "substr": true, "extract": true, "dateadd": true,
	"curdate": true,
}

// groupItem resolves a key of groupBy, or an item of agg. A call by name, or a text that is one, is named when it is known.
func (s *scope) groupItem(e plan.Expr) ([]named, error) {
	s.early = earlyCall
	defer func() { s.early = earlyNot }()
	top := e
	if e.Kind == plan.ExprSQL {
		parsed, err := ParseExpr(e.Text)
		if err != nil {
			return nil, err
		}
		top, s.early = parsed, earlyText
	}
	if top.Kind == plan.ExprCall && !isOperator(top.Name) && (s.early == earlyText || earlyNames[top.Name]) {
		s.early = earlyNot
	}
	return s.selectItem(e)
}

// groupItems resolves several.
func (s *scope) groupItems(list []plan.Expr) ([]named, error) {
	var out []named
	for _, e := range list {
		items, err := s.groupItem(e)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	return out, nil
}

// isOperator reports whether a call is written by a sign or a word between or before what it is of.
func isOperator(name string) bool {
	return name == "" || binaryLabels[name] != "" || strings.Contains(" not - + ~ in like rlike between getfield getitem ", " "+name+" ")
}

// earlyLabel is the name of a call before it is known what it is, or "" where it is the same as after.
func (s *scope) earlyLabel(name string, args []*Expr) string {
	if s.early == earlyNot {
		return ""
	}
	if label := timeWindowLabel(name, args); label != "" {
		return label
	}
	labels := make([]string, len(args))
	for i, a := range args {
		labels[i] = a.Label
	}
	switch {
	case (name == "getfield" || name == "getitem") && len(labels) == 2:
		return labels[0] + "[" + labels[1] + "]"
	case name == "=" || name == "<=>":
		return callLabel(name, args, false)
	case isOperator(name) || name == "isnull" || name == "isnotnull":
		return ""
	case earlyNames[name] || s.early == earlyText && (respelled[name] != "" || name == "if"):
		return name + "(" + strings.Join(labels, ", ") + ")"
	}
	return ""
}

// writtenName is the name of a column before it is known: its parts, in backticks where they have dots.
func writtenName(parts []string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = part
		if strings.Contains(part, ".") {
			quoted[i] = "`" + part + "`"
		}
	}
	return strings.Join(quoted, ".")
}

// aliased is an expression with an alias inside of another one, which names have.
func aliased(x *Expr, name string) *Expr {
	return relabelled(x, x.Label+" AS "+quoteIfNeeded(name))
}

// relabelled is an expression under another label.
func relabelled(x *Expr, label string) *Expr {
	out := *x
	out.Label = label
	return &out
}

// quoteIfNeeded puts backticks around a name that is no word, or a number.
func quoteIfNeeded(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isWordRune(r) }) || strings.Trim(name, "0123456789") == "" {
		return backtick(name)
	}
	return name
}
