package spark

import "tenon/internal/plan"

// higher is a function that takes lambdas; the arguments from values on may be lambdas only. binderOf types it.
func higher(least, most, values int) function { return function{min: least, max: most, values: values} }

// lambdaFunctions are the higher-order functions.
var lambdaFunctions = map[string]function{
	"transform": higher(2, 2, 1), "filter": higher(2, 2, 1), "exists": higher(2, 2, 1), "forall": higher(2, 2, 1),
	"aggregate": higher(3, 4, 2), "reduce": as("aggregate", higher(3, 4, 2)), "zip_with": higher(3, 3, 2),
	"array_sort": higher(1, 2, 1), "transform_keys": higher(2, 2, 1), "transform_values": higher(2, 2, 1),
	"map_filter": higher(2, 2, 1), "map_zip_with": higher(3, 3, 2),
}

// binderOf finds what types a higher-order function. It stands apart from the table because it leads back to it: the
// body of a lambda may call any function.
func binderOf(name string) func(c *lambdaTyping) error {
	switch name {
	case "transform":
		return bindTransform
	case "filter":
		return bindFilter
	case "exists", "forall":
		return bindPredicate
	case "aggregate", "reduce":
		return bindAggregate
	case "zip_with":
		return bindZipWith
	case "array_sort":
		return bindArraySort
	case "map_filter":
		return bindMapFilter
	case "map_zip_with":
		return bindMapZipWith
	default:
		return bindTransformMap
	}
}

// array demands that argument i is an array; null becomes one.
func (c *lambdaTyping) array(i int) (Type, error) { return c.container(i, Array, `"ARRAY"`) }

// container demands that argument i is of a kind. A null is taken for an array or map of nulls.
func (c *lambdaTyping) container(i int, kind Kind, word string) (Type, error) {
	a := c.args[i]
	if a == nil {
		return Type{}, misplacedLambda(c.name)
	}
	if a.Type.Kind != kind {
		c.args = c.labelled()
		return Type{}, mismatch(callLabel(c.name, c.args, false), i, word, a)
	}
	return a.Type, nil
}

// labelled are the arguments for the label of an error: a lambda that was not resolved is spelled short.
func (c *lambdaTyping) labelled() []*Expr {
	out := append([]*Expr(nil), c.args...)
	for i, a := range out {
		if a == nil {
			out[i] = &Expr{Label: "lambdafunction()"}
		}
	}
	return out
}

// want demands the type of the value of lambda i.
func (c *lambdaTyping) want(i int, t Type, word string) error {
	body := c.args[i]
	switch {
	case body.Type.Equal(t):
		return nil
	case body.Type.Kind == Null:
		copied := *body
		copied.Type, copied.Args = t, []*Expr{implicitCast(body.Args[0], t)}
		c.args[i] = &copied
		return nil
	}
	return mismatch(callLabel(c.name, c.labelled(), false), i, word, c.args[i])
}

// elementOf is the parameter that takes the elements of an array or the values of a map.
func elementOf(t Type) param { return param{*t.Elem, !t.NoNulls} }

// bindTransform types transform(array, x -> ...) and transform(array, (x, i) -> ...).
func bindTransform(c *lambdaTyping) error {
	t, err := c.array(0)
	if err != nil {
		return err
	}
	body, err := c.lambda(1, 1, elementOf(t), param{T(Int), false})
	if err != nil {
		return err
	}
	c.typ = listOf(body.Type, body.Nullable)
	return nil
}

// bindFilter types filter(array, x -> ...) and filter(array, (x, i) -> ...).
func bindFilter(c *lambdaTyping) error {
	t, err := c.array(0)
	if err != nil {
		return err
	}
	if _, err := c.lambda(1, 1, elementOf(t), param{T(Int), false}); err != nil {
		return err
	}
	c.typ = t
	return c.want(1, T(Boolean), `"BOOLEAN"`)
}

// bindPredicate types exists and forall, which are null when no element decides and one is unknown.
func bindPredicate(c *lambdaTyping) error {
	t, err := c.array(0)
	if err != nil {
		return err
	}
	body, err := c.lambda(1, 1, elementOf(t))
	if err != nil {
		return err
	}
	c.typ, c.nullable = T(Boolean), c.nullable || body.Nullable
	return c.want(1, T(Boolean), `"BOOLEAN"`)
}

// bindAggregate types aggregate(array, start, (acc, x) -> ...[, acc -> ...]). Spark casts nothing here: the merge must
// give the type of the start.
func bindAggregate(c *lambdaTyping) error {
	t, err := c.array(0)
	if err != nil {
		return err
	}
	zero := c.args[1]
	if zero == nil {
		return misplacedLambda(c.name)
	}
	if len(c.args) == 3 {
		c.args = append(c.args, nil)
		c.given = append(c.given[:3:3], plan.Expr{Kind: plan.ExprLambda, Names: []string{"x"},
			Args: []plan.Expr{{Kind: plan.ExprColumn, Name: "x"}}})
	}
	merged, err := c.lambda(2, 2, param{zero.Type, true}, elementOf(t))
	if err != nil {
		return err
	}
	finished, err := c.lambda(3, 1, param{zero.Type, true})
	if err != nil {
		return err
	}
	if !merged.Type.Equal(zero.Type) {
		return mismatch(callLabel(c.name, c.args, false), 2, `"`+zero.Type.sqlName()+`"`, merged)
	}
	c.typ, c.nullable = finished.Type, c.nullable || finished.Nullable
	return nil
}

// bindZipWith types zip_with(array, array, (x, y) -> ...): the shorter one goes on with nulls.
func bindZipWith(c *lambdaTyping) error {
	a, err := c.array(0)
	if err != nil {
		return err
	}
	b, err := c.array(1)
	if err != nil {
		return err
	}
	body, err := c.lambda(2, 2, param{*a.Elem, true}, param{*b.Elem, true})
	if err != nil {
		return err
	}
	c.typ = listOf(body.Type, body.Nullable)
	return nil
}

// bindTransformMap types transform_keys and transform_values.
func bindTransformMap(c *lambdaTyping) error {
	t, err := c.container(0, Map, `"MAP"`)
	if err != nil {
		return err
	}
	body, err := c.lambda(1, 2, param{*t.Key, false}, elementOf(t))
	if err != nil {
		return err
	}
	made := body.Type
	if c.name == "transform_keys" {
		if made.holdsMap() {
			return mapInKey(callLabel(c.name, c.args, false), made)
		}
		c.typ = Type{Kind: Map, Key: &made, Elem: t.Elem, NoNulls: t.NoNulls}
	} else {
		c.typ = Type{Kind: Map, Key: t.Key, Elem: &made, NoNulls: !body.Nullable}
	}
	return nil
}

// bindMapFilter types map_filter(map, (k, v) -> ...).
func bindMapFilter(c *lambdaTyping) error {
	t, err := c.container(0, Map, `"MAP"`)
	if err != nil {
		return err
	}
	if _, err := c.lambda(1, 2, param{*t.Key, false}, elementOf(t)); err != nil {
		return err
	}
	c.typ = t
	return c.want(1, T(Boolean), `"BOOLEAN"`)
}

// bindMapZipWith types map_zip_with(map, map, (k, v1, v2) -> ...) over the keys of both.
func bindMapZipWith(c *lambdaTyping) error {
	a, err := c.container(0, Map, `"MAP"`)
	if err != nil {
		return err
	}
	b, err := c.container(1, Map, `"MAP"`)
	if err != nil {
		return err
	}
	key, ok := Wider(*a.Key, *b.Key, true)
	if !ok {
		return analysisError("[DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: Input to the "+
			"`map_zip_with` should have been two \"MAP\"s with compatible key types, but it's [\"%s\", \"%s\"].",
			callLabel(c.name, c.labelled(), false), a.Key.sqlName(), b.Key.sqlName())
	}
	c.args[0] = implicitCast(c.args[0], Type{Kind: Map, Key: &key, Elem: a.Elem, NoNulls: a.NoNulls})
	c.args[1] = implicitCast(c.args[1], Type{Kind: Map, Key: &key, Elem: b.Elem, NoNulls: b.NoNulls})
	body, err := c.lambda(2, 3, param{key, false}, param{*a.Elem, true}, param{*b.Elem, true})
	if err != nil {
		return err
	}
	value := body.Type
	c.typ = Type{Kind: Map, Key: &key, Elem: &value, NoNulls: !body.Nullable}
	return nil
}

// naturalOrder is how Spark spells the comparator of array_sort that is not given.
const naturalOrder = "lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, " +
	"(IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < " +
	"namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), " +
	"namedlambdavariable(), namedlambdavariable())"

// bindArraySort types array_sort(array[, (l, r) -> ...]); without a comparator nulls are last.
func bindArraySort(c *lambdaTyping) error {
	t, err := c.array(0)
	if err != nil {
		return err
	}
	c.typ = t
	if len(c.args) == 1 {
		if t.Elem.holdsMap() {
			return notOrdered("(namedlambdavariable() < namedlambdavariable())", "<", *t.Elem)
		}
		c.label = c.name + "(" + c.args[0].Label + ", " + naturalOrder + ")"
		return nil
	}
	if _, err := c.lambda(1, 2, elementOf(t), elementOf(t)); err != nil {
		return err
	}
	if body := c.args[1].Type; body.Kind != Int {
		return analysisError("[DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE] Cannot resolve \"%s\" due to data type mismatch: The `lambdafunction` "+
			"requires return \"INT\" type, but the actual is \"%s\" type.", callLabel(c.name, c.args, false), body.sqlName())
	}
	return nil
}
