package spark

// rowFunctions are the functions that know where a row stands or comes from: random numbers, numbers of rows, names of files.
var rowFunctions = map[string]function{
	"rand": typed(0, 1, "x", typeRandom), "random": as("rand", typed(0, 1, "x", typeRandom)), "randn": typed(0, 1, "x", typeRandom),
	fileNameCall:                  {min: 0, max: 0, result: T(String), never: true},
	"monotonically_increasing_id": fixed(0, 0, "", Long), "spark_partition_id": fixed(0, 0, "", Int),
}

// seeded gives a random number that has no seed one of its own, so that every action on the frame gives the same numbers,
// as in Spark.
func (an *Analyser) seeded(e *Expr) *Expr {
	if e.Op == OpCall && (e.Name == "rand" || e.Name == "randn") && len(e.Args) == 0 {
		e.Args = []*Expr{litExpr(T(Long), an.Catalog.Seed())}
	}
	return e
}

// typeRandom types rand and randn([seed]). A seed of null is 0.
func typeRandom(c *callTyping) error {
	c.typ, c.nullable = T(Double), false
	if c.name == "random" {
		c.label = "rand" + c.label[len("random"):]
	}
	if len(c.args) == 0 {
		return nil
	}
	seed := c.args[0]
	switch {
	case seed.Op == OpLit && seed.Value == nil:
		c.args[0] = litExpr(T(Long), int64(0))
		return nil
	case seed.Type.Kind != Int && seed.Type.Kind != Long:
		return mismatch(c.label, 0, `("INT" or "BIGINT")`, seed)
	}
	for seed.Op == OpCast {
		seed = seed.Args[0]
	}
	sign := int64(1)
	if seed.Op == OpCall && seed.Name == "negative" {
		sign, seed = -1, seed.Args[0]
	}
	n, ok := seed.Value.(int64)
	if !ok || seed.Op != OpLit {
		return unsupported("%s with a seed that is no literal", c.name)
	}
	c.args[0] = litExpr(T(Long), sign*n)
	return nil
}

// KnowsRows reports whether e holds a function whose value depends on the number of the row, which is counted once per
// row where the expression stands.
func KnowsRows(e *Expr) bool {
	found := false
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpCall && (x.Name == "rand" || x.Name == "randn" || x.Name == "monotonically_increasing_id")
		return !found
	})
	return found
}

// aggregatesRows is the error for a function of a group over an argument that depends on the number of the row.
func aggregatesRows(args []*Expr, label string) error {
	for _, a := range args {
		if KnowsRows(a) || calls(a, fileNameCall) {
			return analysisError("[AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION] Non-deterministic expression \"%s\" should not appear in "+
				"the arguments of an aggregate function.", label)
		}
	}
	return nil
}
