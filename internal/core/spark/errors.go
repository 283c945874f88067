package spark

import (
	"fmt"
	"sort"
	"strings"

	"tenon/internal/plan"
)

// analysisError is an AnalysisException. Texts are Spark's own where a script may look at them.
func analysisError(format string, args ...any) error {
	return &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf(format, args...)}
}

// unsupported refuses what Spark has and Tenon has not, by name.
func unsupported(format string, args ...any) error {
	return plan.Unsupported(fmt.Sprintf(format, args...), "")
}

// unresolved is the error for a column that does not exist, with the closest names first.
func unresolved(name string, attrs []Attr) error {
	parts := splitName(name)
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = backtick(p)
	}
	text := "A column or function parameter with name " + strings.Join(quoted, ".") + " cannot be resolved."
	if len(attrs) == 0 {
		return analysisError("[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] %s ", text)
	}
	return analysisError("[UNRESOLVED_COLUMN.WITH_SUGGESTION] %s Did you mean one of the following? [%s].", text,
		strings.Join(suggestions(name, len(parts), attrs), ", "))
}

// maxSuggestions is how many names Spark suggests.
const maxSuggestions = 5

// suggestions orders the names of attrs by their edit distance to name. Qualifiers are left out when name has none and
// all have the same.
func suggestions(name string, parts int, attrs []Attr) []string {
	same := true
	for _, a := range attrs {
		same = same && a.Qualifier == attrs[0].Qualifier
	}
	seen := map[string]bool{}
	var out []string
	for _, a := range attrs {
		s := backtick(a.Name)
		if a.Qualifier != "" && !(parts == 1 && same) {
			s = backtick(a.Qualifier) + "." + s
		}
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	sort.Strings(out)
	sort.SliceStable(out, func(i, j int) bool { return distance(out[i], name) < distance(out[j], name) })
	return out[:min(len(out), maxSuggestions)]
}

// distance is the Levenshtein distance of two texts, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// mismatch is the error for an argument of the wrong type.
func mismatch(call string, index int, want string, arg *Expr) error {
	return analysisError("[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"%s\" due to data type mismatch: "+
		"Parameter %d requires the %s type, however \"%s\" has the type \"%s\".", call, index+1, want, arg.Label,
		arg.Type.sqlName())
}

// differ is the error for operands whose types do not go together.
func differ(call string, a, b *Expr) error {
	return analysisError("[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: the "+
		"left and right operands of the binary operator have incompatible types (\"%s\" and \"%s\").", call,
		a.Type.sqlName(), b.Type.sqlName())
}

// splitName splits a dotted path at dots outside of backticks. A text with unbalanced backticks is one name.
func splitName(name string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '`' && quoted && i+1 < len(name) && name[i+1] == '`':
			b.WriteByte('`')
			i++
		case c == '`':
			quoted = !quoted
		case c == '.' && !quoted:
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return []string{name}
	}
	return append(out, b.String())
}

// argumentError is an IllegalArgumentException.
func argumentError(format string, args ...any) error {
	return &plan.Error{Class: plan.ClassArgument, Message: fmt.Sprintf(format, args...)}
}

// aggregateInWhere is the error for an aggregate function where rows are not grouped.
func aggregateInWhere(e *Expr) error {
	found := ""
	e.Walk(func(x *Expr) bool {
		if x.Op == OpAgg && found == "" {
			found = x.Label
		}
		return found == ""
	})
	return analysisError("[INVALID_WHERE_CONDITION] The WHERE condition \"%s\" contains invalid expressions: %s.\nRewrite the query to "+
		"avoid window functions, aggregate functions, and generator functions in the WHERE clause.", e.Label, found)
}
