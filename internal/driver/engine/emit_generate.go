package engine

import (
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// generate makes rows of a list in each row. DuckDB's unnest drops the rows whose list is empty or null; an outer
// generator gives them a list of one null.
func (em *emitter) generate(r *spark.Rel, in *level) (*level, error) {
	in = em.wrap(in, r.Inputs[0].Out)
	gen := r.Exprs[0]
	list, err := (&exprs{em: em, cols: in.cols}).rowsOf(gen)
	if err != nil {
		return nil, err
	}
	made := r.Out[len(r.Inputs[0].Out):]
	var items []string
	seen := map[spark.AttrID]bool{}
	for _, a := range r.Inputs[0].Out {
		if !seen[a.ID] {
			seen[a.ID] = true
			items = append(items, in.cols[a.ID].text+" AS "+attrName(a.ID))
		}
	}
	if strings.HasPrefix(gen.Name, "pos") {
		items = append(items, "CAST(unnest("+em.let(list, positions(r.Outer))+") AS INTEGER) AS "+attrName(made[0].ID))
		made = made[1:]
	}
	if r.Outer {
		list = em.let(list, func(v string) string {
			return "CASE WHEN coalesce(len(" + v + "), 0) = 0 THEN [NULL] ELSE " + v + " END"
		})
	}
	items = append(items, "unnest("+list+") AS "+attrName(made[0].ID))
	l := em.over("("+in.render(items)+")", r.Out)
	row := l.cols[made[0].ID].text
	for i, name := range rowMembers(gen) {
		if name != "" {
			l.cols[made[i].ID] = column{text: "struct_extract(" + row + ", " + relation.Literal(name) + ")", plain: true}
		}
	}
	return l, nil
}

// positions writes the positions of a list, from 0; of an empty list, when it keeps its row, a null.
func positions(outer bool) func(list string) string {
	return func(list string) string {
		if !outer {
			return "range(len(" + list + "))"
		}
		return "CASE WHEN coalesce(len(" + list + "), 0) = 0 THEN [NULL] ELSE range(len(" + list + ")) END"
	}
}

// rowsOf writes the list of what a generator makes rows of: elements, or structs with the members of rowMembers.
func (x *exprs) rowsOf(gen *spark.Expr) (string, error) {
	args, err := x.list(gen.Args)
	if err != nil {
		return "", err
	}
	switch strings.TrimSuffix(gen.Name, "_outer") {
	case "explode", "posexplode":
		if gen.Args[0].Type.Kind == spark.Map {
			return "map_entries(" + args[0] + ")", nil
		}
		return args[0], nil
	case "inline":
		return args[0], nil
	case "stack":
		return stackRows(gen, args), nil
	}
	f := areaEmitterOf(gen.Name)
	if f == nil {
		return "", fmt.Errorf("engine: no emission of the generator %q", gen.Name)
	}
	return f(x, gen, args)
}

// rowMembers are the members of the structs that rowsOf lists, one for each column; "" where a row is a value itself. A
// generator of some area lists structs of c0, c1, ...
func rowMembers(gen *spark.Expr) []string {
	switch strings.TrimSuffix(gen.Name, "_outer") {
	case "explode", "posexplode":
		if gen.Args[0].Type.Kind == spark.Map {
			return []string{"key", "value"}
		}
		return []string{""}
	case "inline":
		names := make([]string, len(gen.Made))
		for i, f := range gen.Args[0].Type.Elem.Fields {
			names[i] = f.Name
		}
		return names
	default:
		names := make([]string, len(gen.Made))
		for i := range names {
			names[i] = relation.Column(i)
		}
		return names
	}
}

// stackRows writes the rows of stack(n, values...).
func stackRows(gen *spark.Expr, args []string) string {
	count, _ := gen.Args[0].Value.(int64)
	rows := make([]string, count)
	next := 1
	for i := range rows {
		parts := make([]string, len(gen.Made))
		for j, f := range gen.Made {
			value := "NULL"
			if next < len(args) {
				value = args[next]
			}
			next++
			parts[j] = "'" + relation.Column(j) + "': CAST(" + value + " AS " + relation.DuckType(f.Type) + ")"
		}
		rows[i] = "{" + strings.Join(parts, ", ") + "}"
	}
	return "[" + strings.Join(rows, ", ") + "]"
}
