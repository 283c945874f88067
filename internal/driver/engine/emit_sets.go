package engine

import (
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// withKeys computes the keys of grouping sets below the grouping, as columns of their own, and gives their names: an
// aggregate over a column that is a key, too, sees its values.
func (em *emitter) withKeys(r *spark.Rel, in *level) (*level, []string, error) {
	below := r.Inputs[0].Out
	var items []string
	seen := map[spark.AttrID]bool{}
	for _, a := range below {
		if !seen[a.ID] {
			seen[a.ID] = true
			items = append(items, in.cols[a.ID].text+" AS "+attrName(a.ID))
		}
	}
	x := &exprs{em: em, cols: in.cols}
	names := make([]string, r.Keys)
	for i, e := range r.Exprs[:r.Keys] {
		text, err := x.sql(e)
		if err != nil {
			return nil, nil, err
		}
		names[i] = em.name("k")
		items = append(items, plainZero(text, e.Type, 0)+" AS "+names[i])
	}
	l := em.over("("+in.render(items)+")", below)
	table := l.from[strings.LastIndexByte(l.from, ' ')+1:]
	for i := range names {
		names[i] = table + "." + names[i]
	}
	return l, names, nil
}

// aggregateItem writes expression i of a grouping; keys are the names of its keys' columns, nil without grouping sets.
func (x *exprs) aggregateItem(r *spark.Rel, i int, keys []string) (string, error) {
	e := r.Exprs[i]
	switch {
	case keys == nil:
		return x.sql(e)
	case i < r.Keys:
		return keys[i], nil
	case isGrouping(e):
		var args []string
		for _, arg := range e.Args {
			for j, key := range r.Exprs[:r.Keys] {
				if key == arg {
					args = append(args, keys[j])
				}
			}
		}
		if len(args) == 0 {
			return "CAST(0 AS " + relation.DuckType(e.Type) + ")", nil
		}
		return "CAST(GROUPING(" + strings.Join(args, ", ") + ") AS " + relation.DuckType(e.Type) + ")", nil
	default:
		return x.sql(e)
	}
}

// isGrouping reports whether e tells which grouping set a row is of, which only its own grouping can write.
func isGrouping(e *spark.Expr) bool {
	return e.Op == spark.OpAgg && (e.Name == "grouping" || e.Name == "grouping_id")
}

// setsSQL writes the sets of GROUPING SETS.
func setsSQL(sets [][]int, keys []string) string {
	out := make([]string, len(sets))
	for i, set := range sets {
		names := make([]string, len(set))
		for j, at := range set {
			names[j] = keys[at]
		}
		out[i] = "(" + strings.Join(names, ", ") + ")"
	}
	return strings.Join(out, ", ")
}
