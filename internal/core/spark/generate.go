package spark

import (
	"math"
	"strings"

	"tenon/internal/plan"
)

// generators are the functions that make rows. What one makes of a value, an array of rows, is the engine's affair; here
// each tells the columns of those rows in callTyping.made.
var generators = map[string]function{
	"explode": generator(1, 1, typeExplode), "explode_outer": generator(1, 1, typeExplode),
	"posexplode": generator(1, 1, typeExplode), "posexplode_outer": generator(1, 1, typeExplode),
	"inline": generator(1, 1, typeInline), "inline_outer": generator(1, 1, typeInline), "stack": generator(2, -1, typeStack),
}

// generator is a function that makes rows.
func generator(least, most int, rule func(c *callTyping) error) function {
	return function{kind: kindGen, min: least, max: most, want: "x", typed: rule}
}

// typeExplode types explode of an array or map, with its positions or not.
func typeExplode(c *callTyping) error {
	t := c.args[0].Type
	if t.Kind != Array && t.Kind != Map {
		return mismatch(c.label, 0, `("ARRAY" or "MAP")`, c.args[0])
	}
	if strings.HasPrefix(c.name, "pos") {
		c.made = append(c.made, Field{Name: "pos", Type: T(Int)})
	}
	if t.Kind == Map {
		c.made = append(c.made, Field{Name: "key", Type: *t.Key}, Field{Name: "value", Type: *t.Elem, Nullable: !t.NoNulls})
	} else {
		c.made = append(c.made, Field{Name: "col", Type: *t.Elem, Nullable: !t.NoNulls})
	}
	c.typ = *t.Elem
	return nil
}

// typeInline types inline of an array of structs, whose members become columns; a null struct is a row of nulls.
func typeInline(c *callTyping) error {
	t := c.args[0].Type
	if t.Kind != Array || t.Elem.Kind != Struct {
		return mismatch(c.label, 0, `"ARRAY<STRUCT>"`, c.args[0])
	}
	for _, f := range t.Elem.Fields {
		c.made = append(c.made, Field{Name: f.Name, Type: f.Type, Nullable: f.Nullable || !t.NoNulls})
	}
	c.typ = *t.Elem
	return nil
}

// maxStackRows bounds the rows of stack: each becomes an expression of its own.
const maxStackRows = 10_000

// typeStack types stack(n, values...): the values in n rows, the last one filled up with nulls. The values of a column
// must have one type; nothing is cast but a null.
func typeStack(c *callTyping) error {
	count := c.args[0]
	if count.Type.Kind != Int {
		return mismatch(c.label, 0, `"INT"`, count)
	}
	rows, ok := count.Value.(int64)
	switch {
	case !ok || count.Op != OpLit:
		return analysisError("[DATATYPE_MISMATCH.NON_FOLDABLE_INPUT] Cannot resolve \"%s\" due to data type mismatch: the input `n` should be a "+
			"foldable \"INT\" expression; however, got \"%s\".", c.label, count.Label)
	case rows < 1:
		return analysisError("[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] Cannot resolve \"%s\" due to data type mismatch: The `n` must be between (0, "+
			"%d] (current value = %d).", c.label, math.MaxInt32, rows)
	}
	if rows > maxStackRows {
		return unsupported("stack of more than %d rows", maxStackRows)
	}
	values := len(c.args) - 1
	width := (values + int(rows) - 1) / int(rows)
	c.made = make([]Field, width)
	for i := range c.made {
		f := Field{Name: "col" + itoa(i), Type: T(Null), Nullable: true}
		for j := i; j < values; j += width {
			v := c.args[j+1]
			switch {
			case f.Type.Kind == Null:
				f.Type = v.Type
			case v.Type.Kind != Null && !v.Type.Equal(f.Type):
				return analysisError("[DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: The data type of "+
					"the column (%d) do not have the same type: \"%s\" <> \"%s\" (%d).", c.label, i, f.Type.sqlName(), v.Type.sqlName(), j+1)
			}
		}
		for j := i; j < values; j += width {
			c.args[j+1] = implicitCast(c.args[j+1], f.Type)
		}
		c.made[i] = f
	}
	c.typ = Type{Kind: Struct, Fields: c.made}
	return nil
}

// projectOrGenerate makes a projection; each generator among its items goes into a RelGenerate below it, the first one
// lowest.
func (an *Analyser) projectOrGenerate(in *Rel, items []named) (*Rel, error) {
	var out []named
	for _, item := range items {
		if item.expr.Op != OpGen {
			if Contains(item.expr, OpGen) {
				return nil, analysisError("[UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS] The generator is not supported: nested in "+
					"expressions \"%s\".", item.expr.Label)
			}
			if item.names != nil {
				return nil, aliasMismatch(1, item.names)
			}
			out = append(out, item)
			continue
		}
		names := item.names
		if names == nil && item.name != item.expr.Label {
			names = []string{item.name}
		}
		generated, made, err := an.generate(in, item.expr, names, false)
		if err != nil {
			return nil, err
		}
		in = generated
		for _, a := range made {
			out = append(out, named{name: a.Name, expr: attrExpr(a), keep: true})
		}
	}
	return an.placeWindow(an.projectRel(in, out))
}

// aliasMismatch is the error for names of which there are not as many as a generator has columns.
func aliasMismatch(want int, names []string) error {
	return analysisError("[UDTF_ALIAS_NUMBER_MISMATCH] The number of aliases supplied in the AS clause does not match the number of columns "+
		"output by the UDTF. Expected %d aliases, but got %s. Please ensure that the number of aliases provided matches the number of columns "+
		"output by the UDTF.", want, strings.Join(names, ","))
}

// generate makes the RelGenerate of a generator, whose columns have the given names or else their own. outer keeps the
// rows that it makes none of.
func (an *Analyser) generate(in *Rel, gen *Expr, names []string, outer bool) (*Rel, []Attr, error) {
	if names != nil && len(names) != len(gen.Made) {
		return nil, nil, aliasMismatch(len(gen.Made), names)
	}
	outer = outer || strings.HasSuffix(gen.Name, "_outer")
	made := make([]Attr, len(gen.Made))
	for i, f := range gen.Made {
		made[i] = an.newAttr(f.Name, f.Type, f.Nullable || outer)
		if names != nil {
			made[i].Name = names[i]
		}
	}
	rel := inherit(RelGenerate, in, append(append([]Attr(nil), in.Out...), made...))
	rel.Exprs, rel.Outer = []*Expr{gen}, outer
	return rel, made, nil
}

// lateralView is LATERAL VIEW, and a generator in FROM when there is no input.
func (an *Analyser) lateralView(n plan.Node, in *Rel) (*Rel, error) {
	if len(n.Exprs) != 1 {
		return nil, analysisError("a lateral view needs one generator")
	}
	gen, err := an.scopeOf(in).expr(n.Exprs[0])
	if err != nil {
		return nil, err
	}
	if gen.Op != OpGen {
		return nil, analysisError("[UNSUPPORTED_GENERATOR.NOT_GENERATOR] The generator is not supported: %s is expected to be a generator. However, "+
			"its class is no generator.", backtick(n.Exprs[0].Name))
	}
	rel, made, err := an.generate(in, gen, n.Names, n.Outer)
	if err != nil {
		return nil, err
	}
	for i := len(rel.Out) - len(made); i < len(rel.Out); i++ {
		rel.Out[i].Qualifier = n.Name
	}
	return rel, nil
}
