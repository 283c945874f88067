package engine

import (
	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// dynamicCall writes the calls that the transforms of DynamicFrames make, which no script can name; false for any other.
func (x *exprs) dynamicCall(e *spark.Expr) (text string, done bool, err error) {
	switch e.Name {
	case "each":
		text, err = x.each(e)
	case "unbox":
		if text, err = x.sql(e.Args[0]); err == nil {
			text = "from_json(" + unboxFunction + "(" + text + ", " + relation.Literal(e.Type.String()) + "), " +
				relation.Literal(relation.JSONType(e.Type)) + ")"
		}
	default:
		return "", false, nil
	}
	return text, true, err
}
