package engine

import (
	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// Windows of time, over microseconds since 1970: $2 is their length, $3 how far they slide, $4 where the first one begins.

// windowBegin is the begin of the last window that a time is in.
const windowBegin = "(epoch_us($1) - (((epoch_us($1) - $4) % $3) + $3) % $3)"

// timeWindowTemplates are the windows that the analyser has put into columns.
var timeWindowTemplates = map[string]string{
	"time_window": "{'start': make_timestamp(" + windowBegin + "), 'end': make_timestamp(" + windowBegin + " + $2)}",
	"sliding_windows": "list_filter(list_transform(range(($2 + $3 - 1) // $3), lambda i: {'start': make_timestamp(" + windowBegin + " - i * $3), " +
		"'end': make_timestamp(" + windowBegin + " - i * $3 + $2)}), lambda w: struct_extract(w, 'start') <= $1 AND struct_extract(w, 'end') > $1)",
	"begins_session":  "(CASE WHEN $2 IS NULL OR epoch_us($1) > epoch_us($2) + $3 THEN 1 ELSE 0 END)",
	"session_between": "{'start': $1, 'end': make_timestamp(epoch_us($2) + $3)}",
	"window_time":     "make_timestamp(epoch_us(struct_extract($1, 'end')) - 1)",
}

// timeWindowEmitterOf refuses the windows that stand where no column can be made of them.
func timeWindowEmitterOf(name string) callEmitter {
	if name != "window" && name != "session_window" {
		return nil
	}
	return func(*exprs, *spark.Expr, []string) (string, error) {
		return "", plan.Unsupported(name+" in a condition, an order, an aggregate or a window function", "make it a column with select or "+
			"withColumn first")
	}
}
