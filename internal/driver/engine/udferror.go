package engine

import (
	"strings"

	"tenon/internal/plan"
)

// apiError begins the text of an error that a Go function gave to DuckDB.
const apiError = "Invalid Input Error: database/sql/driver: API error: "

// functionError finds in an error's text what a Go function of ours said; nil when none did. DuckDB keeps the text of an
// error alone, so that its class is read back from there.
func functionError(text string) *plan.Error {
	said, ok := strings.CutPrefix(text, apiError)
	if !ok {
		return nil
	}
	for _, class := range []plan.Class{plan.ClassUnsupported, plan.ClassExecution, plan.ClassUpgrade, plan.ClassArgument, plan.ClassAnalysis} {
		if at := strings.Index(said, string(class)+": "); at >= 0 {
			return &plan.Error{Class: class, Message: said[at+len(class)+2:]}
		}
	}
	return &plan.Error{Class: plan.ClassExecution, Message: said}
}
