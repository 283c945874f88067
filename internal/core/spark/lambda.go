package spark

import (
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// lambdaVar is a parameter of a lambda in whose body an expression stands.
type lambdaVar struct {
	name string
	api  bool // made by the API, whose parameters no name in SQL can mean
	expr *Expr
}

// lambdaTyping is a call of a higher-order function while it is being typed. args[i] is nil for a lambda that was not
// resolved yet, since the types of its parameters come from the other arguments.
type lambdaTyping struct {
	*callTyping
	scope *scope
	given []plan.Expr
}

// higherOrder resolves a call of a function that takes lambdas: the arguments first that are none.
func (s *scope) higherOrder(name string, f function, e plan.Expr) (*Expr, error) {
	if len(e.Args) < f.min || f.max >= 0 && len(e.Args) > f.max {
		return nil, wrongArity(name, f, len(e.Args))
	}
	c := &lambdaTyping{callTyping: &callTyping{name: name, args: make([]*Expr, len(e.Args))}, scope: s, given: e.Args}
	for i, a := range e.Args {
		if a.Kind == plan.ExprLambda || i >= f.values {
			continue
		}
		x, err := s.expr(a)
		if err != nil {
			return nil, err
		}
		c.args[i], c.nullable = x, c.nullable || x.Nullable
	}
	if err := binderOf(name)(c); err != nil {
		return nil, err
	}
	if c.label == "" {
		c.label = callLabel(name, c.args, false)
	}
	canonical := name
	if f.canonical != "" {
		canonical = f.canonical
	}
	return &Expr{Op: OpCall, Name: canonical, Args: c.args, Type: c.typ, Nullable: c.nullable, Label: c.label}, nil
}

// param is the type of one parameter of a lambda.
type param struct {
	typ      Type
	nullable bool
}

// lambda resolves argument i, a lambda over parameters of these types, of which it may take fewer than all but not
// fewer than least. Any other expression counts as a lambda that uses none of them.
func (c *lambdaTyping) lambda(i, least int, params ...param) (*Expr, error) {
	out, err := c.scope.lambda(c.given[i], least, params)
	if err == nil {
		c.args[i] = out
	}
	return out, err
}

// lambda resolves a lambda. Its parameters are numbered by how deep they stand, so that equal lambdas have equal keys.
func (s *scope) lambda(e plan.Expr, least int, params []param) (*Expr, error) {
	if e.Kind != plan.ExprLambda {
		e = plan.Expr{Kind: plan.ExprLambda, Names: make([]string, least), Args: []plan.Expr{e}}
	}
	if n := len(e.Names); n < least || n > len(params) || len(e.Args) != 1 {
		return nil, analysisError("[INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH] Invalid lambda function call. A higher order function "+
			"expects %d arguments, but got %d.", n, least)
	}
	inner := *s
	inner.vars = append([]lambdaVar(nil), s.vars...)
	out := &Expr{Op: OpLambda}
	labels := ""
	for i, name := range e.Names {
		for _, before := range e.Names[:i] {
			if name != "" && strings.EqualFold(name, before) {
				return nil, analysisError("[INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES] Invalid lambda function call. The lambda "+
					"function has duplicate arguments %s, %s. Please, consider to rename the argument names or set "+
					"\"spark.sql.caseSensitive\" to \"true\".", backtick(before), backtick(name))
			}
		}
		v := &Expr{Op: OpVar, Name: "x" + strconv.Itoa(len(inner.vars)), Type: params[i].typ, Nullable: params[i].nullable,
			Label: "namedlambdavariable()", Attr: Attr{Name: name}}
		inner.vars = append(inner.vars, lambdaVar{name: name, api: e.Name == apiLambda, expr: v})
		out.Params = append(out.Params, v)
		labels += ", " + v.Label
	}
	body, err := inner.expr(e.Args[0])
	if err != nil {
		return nil, err
	}
	if err := lambdaBody(body); err != nil {
		return nil, err
	}
	out.Args, out.Type, out.Nullable = []*Expr{body}, body.Type, body.Nullable
	out.Label = "lambdafunction(" + body.Label + labels + ")"
	return out, nil
}

// apiLambda in Expr.Name marks a lambda whose parameters are made by the API.
const apiLambda = "api"

// lambdaBody refuses what cannot stand in a lambda.
func lambdaBody(body *Expr) error {
	switch {
	case Contains(body, OpAgg), Contains(body, OpWindow):
		return unsupported("an aggregate or window function inside a lambda function")
	case Contains(body, OpGen):
		return analysisError("[UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS] The generator is not supported: nested in expressions \"%s\".",
			body.Label)
	case Contains(body, OpQuery):
		return unsupported("a subquery inside a lambda function")
	}
	return nil
}

// variable finds the parameter of a lambda that a name means, innermost first; nil for none.
func (s *scope) variable(name string, api bool) *Expr {
	for i := len(s.vars) - 1; i >= 0; i-- {
		v := s.vars[i]
		if v.api == api && v.name != "" && strings.EqualFold(v.name, name) {
			return v.expr
		}
	}
	return nil
}

// misplacedLambda is the error for a lambda where no higher-order function takes it.
func misplacedLambda(name string) error {
	if name == "" {
		return analysisError("a lambda function stands outside of a higher-order function")
	}
	return analysisError("[INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION] Invalid lambda function call. A lambda function should only "+
		"be used in a higher order function. However, its class is %s, which is not a higher order function.", name)
}
