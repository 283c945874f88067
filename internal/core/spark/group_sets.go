package spark

import (
	"strings"

	"tenon/internal/plan"
)

// groupingFunctions tell which grouping set a row is of. They are aggregates over keys, and each is checked and given
// its keys when the grouping is made.
var groupingFunctions = map[string]function{
	"grouping":    {kind: kindAgg, min: 1, max: 1, result: T(Byte), never: true},
	"grouping_id": {kind: kindAgg, min: 0, max: -1, result: T(Long), never: true},
}

// groupingSets gives the sets of a grouping by more than all its keys; parts are the keys of each of n.Exprs. Nil is
// plain grouping.
func groupingSets(n plan.Node, parts [][]int) ([][]int, error) {
	switch n.GroupKind {
	case "":
		return nil, nil
	case groupSets:
		sets := make([][]int, len(n.GroupSets))
		for i, set := range n.GroupSets {
			sets[i] = []int{}
			for _, at := range set {
				if at < 0 || at >= len(parts) {
					return nil, analysisError("a grouping set names the key %d of %d", at, len(parts))
				}
				sets[i] = append(sets[i], parts[at]...)
			}
		}
		return sets, nil
	case "rollup", "cube":
		var keys [][]int
		for _, part := range parts {
			for _, key := range part {
				keys = append(keys, []int{key})
			}
		}
		sets, ok := expandSets(n.GroupKind, keys)
		if !ok {
			return nil, unsupported("a %s of %d keys", n.GroupKind, len(keys))
		}
		return sets, nil
	default:
		return nil, unsupported("grouping by %s", n.GroupKind)
	}
}

// distinctKeys keeps each key of grouping sets once, and each once in a set. Plain keys stay as they are.
func distinctKeys(keys []named, sets [][]int) ([]named, [][]int) {
	if sets == nil {
		return keys, nil
	}
	var kept []named
	place := make([]int, len(keys))
	known := map[string]int{}
	for i, k := range keys {
		at, seen := known[k.expr.key()]
		if !seen {
			at = len(kept)
			known[k.expr.key()] = at
			kept = append(kept, k)
		}
		place[i] = at
	}
	out := make([][]int, len(sets))
	for i, set := range sets {
		out[i] = []int{}
		has := map[int]bool{}
		for _, key := range set {
			if at := place[key]; !has[at] {
				has[at] = true
				out[i] = append(out[i], at)
			}
		}
	}
	return kept, out
}

// groupingCall checks a call of grouping or grouping_id over a grouping, and gives it that grouping's own keys as
// arguments. Other aggregates stay as they are.
func groupingCall(rel *Rel, x *Expr) (*Expr, error) {
	if _, ok := groupingFunctions[x.Name]; !ok {
		return x, nil
	}
	if rel.Sets == nil {
		return nil, analysisError("[UNSUPPORTED_GROUPING_EXPRESSION] grouping()/grouping_id() can only be used with " +
			"GroupingSets/Cube/Rollup.")
	}
	keys := rel.Exprs[:rel.Keys]
	out := *x
	if x.Name == "grouping" {
		for _, k := range keys {
			if k.key() == x.Args[0].key() {
				out.Args = []*Expr{k}
				return &out, nil
			}
		}
		return nil, analysisError("[GROUPING_COLUMN_MISMATCH] Column of grouping (%s) can't be found in grouping columns %s.",
			x.Args[0].Label, labels(keys))
	}
	same := len(x.Args) == 0 || len(x.Args) == len(keys)
	for i := range x.Args {
		same = same && x.Args[i].key() == keys[i].key()
	}
	if !same {
		return nil, analysisError("[GROUPING_ID_COLUMN_MISMATCH] Columns of grouping_id (%s) does not match grouping columns (%s).",
			labels(x.Args), labels(keys))
	}
	out.Args = append([]*Expr(nil), keys...)
	return &out, nil
}

// labels lists expressions, separated by commas.
func labels(list []*Expr) string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Label
	}
	return strings.Join(out, ",")
}

// aggregateByAll is GROUP BY ALL: by every item of the select list that aggregates nothing. A column named all is
// grouped by instead.
func (an *Analyser) aggregateByAll(in *Rel, s *scope, n plan.Node) (*Rel, error) {
	if found, _ := s.lookup([]string{groupAll}); len(found) > 0 {
		n.GroupKind, n.Exprs = "", []plan.Expr{{Kind: plan.ExprColumn, Name: groupAll}}
		return an.aggregate(in, n)
	}
	outputs, err := s.selectList(n.Aggs)
	if err != nil {
		return nil, err
	}
	var keys []named
	loose := false
	for _, item := range outputs {
		if !containsAgg(item.expr) {
			keys = append(keys, item)
			continue
		}
		item.expr.Walk(func(x *Expr) bool {
			loose = loose || x.Op == OpAttr
			return x.Op != OpAgg
		})
	}
	if len(keys) == 0 && loose {
		return nil, analysisError("[UNRESOLVED_ALL_IN_GROUP_BY] Cannot infer grouping columns for GROUP BY ALL based on the select " +
			"clause. Please explicitly specify the grouping columns.")
	}
	return an.group(in, keys, outputs, n.Having, nil)
}

// withinGroupName is the call that percentile_cont(p) WITHIN GROUP (ORDER BY v) parses into, over v and p.
const withinGroupName = "percentile_cont within group"

// withinGroup parses WITHIN GROUP (ORDER BY v) and what may follow it.
func (p *parser) withinGroup(e *plan.Expr) error {
	if e.Name != "percentile_cont" || len(e.Args) != 1 {
		return p.refuseFor(e.Name+"(...) WITHIN GROUP", "percentile_cont(p) WITHIN GROUP (ORDER BY v) is")
	}
	p.pos++
	if err := p.needWord("GROUP"); err != nil {
		return err
	}
	if err := p.need("("); err != nil {
		return err
	}
	if !p.word("ORDER", "BY") {
		return p.fail()
	}
	keys, err := p.sortKeys()
	if err != nil {
		return err
	}
	if len(keys) != 1 || keys[0].Descending {
		return p.refuseFor("percentile_cont in descending order", "use 1 - p in ascending order")
	}
	e.Name, e.Args = withinGroupName, []plan.Expr{keys[0].Args[0], e.Args[0]}
	if err := p.need(")"); err != nil {
		return err
	}
	if p.word("FILTER") {
		return p.aggregateFilter(e)
	}
	return nil
}

// typeWithinGroup is percentile_cont: the function percentile under another name.
func typeWithinGroup(args []*Expr) (*Expr, error) {
	out, err := typeCall("percentile", functions["percentile"], args, false)
	if err != nil {
		return nil, err
	}
	return relabel(out, "percentile_cont("+args[1].Label+") WITHIN GROUP (ORDER BY "+args[0].Label+")"), nil
}
