package engine

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// textFunction is Go's function behind from_json and its like: settings and a text give a text.
const textFunction = "spark_text_function"

// textSettings tell textFunction what to do.
type textSettings struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	Options map[string]string `json:"options,omitempty"`
	Times   plan.TimePolicy   `json:"times,omitempty"`
}

// textFunctions are those of the engine's reader of files.
func (e *Engine) textFunctions() (relation.TextFunctions, error) {
	if e.cfg.Texts == nil {
		return nil, plan.Unsupported("a function between texts and values", "this engine reads no files")
	}
	return e.cfg.Texts, nil
}

// CheckText tells whether a function between texts and values takes a type and options.
func (c *catalog) CheckText(name string, t spark.Type, options map[string]string) error {
	f, err := c.engine.textFunctions()
	if err != nil {
		return err
	}
	_, err = f.TextFunction(name, t, options, timesOf(c.ctx))
	return err
}

// TextType gives the type that schema_of_json finds in a text.
func (c *catalog) TextType(name, text string, options map[string]string) (spark.Type, error) {
	f, err := c.engine.textFunctions()
	if err != nil {
		return spark.Type{}, err
	}
	return f.TextType(name, text, options, timesOf(c.ctx))
}

// emitTextFunction writes from_json and its like; e.Args are the text, or the value, and the options.
func emitTextFunction(x *exprs, e *spark.Expr, a []string) (string, error) {
	options, err := spark.TextOptions(e)
	if err != nil {
		return "", err
	}
	t, value := e.Type, a[0]
	reads := e.Type.Kind != spark.String
	if !reads {
		if t = e.Args[0].Type; t.Kind == spark.Null {
			return "CAST(NULL AS VARCHAR)", nil
		}
		value = relation.PipeText(value, t)
	}
	settings, err := json.Marshal(textSettings{Name: e.Name, Type: t.String(), Options: options, Times: x.em.times})
	if err != nil {
		return "", fmt.Errorf("engine: settings of %s: %w", e.Name, err)
	}
	text := textFunction + "(" + relation.Literal(string(settings)) + ", " + value + ")"
	if !reads {
		return text, nil
	}
	spelled := "from_json(" + text + ", " + relation.Literal(relation.JSONType(binariesAsTexts(t))) + ")"
	if !t.Equal(binariesAsTexts(t)) { // whose bytes only a cast of a text makes
		spelled = "CAST(" + spelled + " AS " + relation.DuckType(t) + ")"
	}
	return spelled, nil
}

// binariesAsTexts is t with texts in place of binaries.
func binariesAsTexts(t spark.Type) spark.Type {
	switch t.Kind {
	case spark.Binary:
		return spark.T(spark.String)
	case spark.Array, spark.Map:
		elem := binariesAsTexts(*t.Elem)
		t.Elem = &elem
	case spark.Struct:
		fields := t.Fields
		t.Fields = nil
		for _, f := range fields {
			t.Fields = append(t.Fields, spark.Field{Name: f.Name, Type: binariesAsTexts(f.Type), Nullable: f.Nullable})
		}
	}
	return t
}

// registerTexts makes textFunction known to all connections of the database.
func registerTexts(conn *sql.Conn, functions relation.TextFunctions) error {
	var pools sync.Map // from the settings' text to a *sync.Pool of relation.TextFunc
	text := duckdb.TYPE_VARCHAR
	f := goFunction{textFunction, []duckdb.Type{text, text}, text, func(a []driver.Value) (any, error) {
		pool, ok := pools.Load(a[0])
		if !ok {
			run, err := textFunctionOf(functions, a[0].(string))
			if err != nil {
				return nil, err
			}
			pool, _ = pools.LoadOrStore(a[0], &sync.Pool{New: func() any { return run() }})
		}
		run := pool.(*sync.Pool).Get().(relation.TextFunc)
		defer pool.(*sync.Pool).Put(run)
		out, ok, err := run(a[1].(string))
		if !ok || err != nil {
			return nil, err
		}
		return out, nil
	}}
	if err := duckdb.RegisterScalarUDF(conn, f.name, &f); err != nil {
		return fmt.Errorf("engine: register %s: %w", f.name, err)
	}
	return nil
}

// textFunctionOf makes the function that settings ask for.
func textFunctionOf(functions relation.TextFunctions, text string) (func() relation.TextFunc, error) {
	var settings textSettings
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		return nil, fmt.Errorf("engine: settings of a text function: %w", err)
	}
	t, err := spark.ParseType(settings.Type)
	if err != nil {
		return nil, fmt.Errorf("engine: type of %s: %w", settings.Name, err)
	}
	return functions.TextFunction(settings.Name, t, settings.Options, settings.Times)
}

// emitJSONTuple writes the one row of json_tuple.
func emitJSONTuple(x *exprs, e *spark.Expr, a []string) (string, error) {
	names := "CAST([" + joinTexts(a[1:]) + "] AS VARCHAR[])"
	return x.em.let("coalesce(spark_json_tuple("+a[0]+", "+names+"), CAST([] AS VARCHAR[]))", func(v string) string {
		parts := make([]string, len(e.Made))
		for i := range parts {
			parts[i] = fmt.Sprintf("'%s': %s[%d]", relation.Column(i), v, i+1)
		}
		return "[{" + joinTexts(parts) + "}]"
	}), nil
}
