package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// answer is the rows that a command gives.
type answer struct {
	columns []plan.Field
	rows    [][]json.RawMessage
}

// textField is a column of texts.
func textField(name string, nullable bool) plan.Field {
	return plan.Field{Name: name, Type: "string", Nullable: nullable}
}

// add appends a row.
func (a *answer) add(cells ...any) error {
	row := make([]json.RawMessage, len(cells))
	for i, c := range cells {
		raw, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("engine: encode a command's answer: %w", err)
		}
		row[i] = raw
	}
	a.rows = append(a.rows, row)
	return nil
}

// command runs a command on temporary views, and makes a frame of its answer.
func (e *Engine) command(ctx context.Context, c spark.Command) (plan.FrameReply, error) {
	a, err := e.runCommand(ctx, c)
	if err != nil || a == nil {
		return plan.FrameReply{Schema: []plan.Field{}}, err
	}
	return e.Frame(ctx, plan.Node{Kind: plan.NodeValues, Values: &plan.Values{Schema: a.columns, Rows: a.rows}})
}

// runCommand runs a command; without rows the answer is nil.
func (e *Engine) runCommand(ctx context.Context, c spark.Command) (*answer, error) {
	switch c.Kind {
	case spark.ShowTables, spark.ShowViews:
		return e.showViews(c)
	case spark.ShowDatabases:
		a := &answer{columns: []plan.Field{textField("namespace", false)}}
		if matches(c.Pattern, "default") {
			return a, a.add("default")
		}
		return a, nil
	case spark.ShowColumns:
		rel, err := e.named(ctx, c.Name)
		if err != nil {
			return nil, err
		}
		a := &answer{columns: []plan.Field{textField("col_name", false)}}
		for _, f := range rel.Schema() {
			if err := a.add(f.Name); err != nil {
				return nil, err
			}
		}
		return a, nil
	case spark.Describe:
		return e.describe(ctx, c)
	case spark.Explain:
		return e.explainQuery(ctx, *c.Query)
	case spark.UseDatabase:
		return nil, databaseKnown(c.Database)
	case spark.UncacheTable:
		if _, err := e.named(ctx, c.Name); err != nil && !c.IfExists {
			return nil, err
		}
		return nil, nil
	case spark.CheckTable:
		_, err := e.named(ctx, c.Name)
		return nil, err
	case spark.CacheTable:
		return nil, e.cacheTable(ctx, c)
	default:
		return nil, nil
	}
}

// named is the relation of a temporary view.
func (e *Engine) named(ctx context.Context, name string) (*spark.Rel, error) {
	return e.analyse(ctx, plan.Node{Kind: plan.NodeTable, Name: name})
}

// databaseKnown refuses every database but the one there is.
func databaseKnown(name string) error {
	if name == "" || strings.EqualFold(name, "default") || strings.EqualFold(name, "global_temp") {
		return nil
	}
	return &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf("[SCHEMA_NOT_FOUND] The schema `%s` cannot be found. Verify "+
		"the spelling and correctness of the schema and catalog.\nIf you did not qualify the name with a catalog, verify the "+
		"current_schema() output, or qualify the name with the correct catalog.\nTo tolerate the error on drop use DROP SCHEMA IF "+
		"EXISTS.", name)}
}

// showViews lists the temporary views, which are in no database; global ones are listed with their own.
func (e *Engine) showViews(c spark.Command) (*answer, error) {
	if err := databaseKnown(c.Database); err != nil {
		return nil, err
	}
	name := "tableName"
	if c.Kind == spark.ShowViews {
		name = "viewName"
	}
	a := &answer{columns: []plan.Field{textField("namespace", false), textField(name, false),
		{Name: "isTemporary", Type: "boolean"}}}
	e.mu.Lock()
	keys := slices.Sorted(maps.Keys(e.views))
	names := maps.Clone(e.viewNames)
	e.mu.Unlock()
	for _, global := range []bool{true, false} {
		for _, key := range keys {
			_, isGlobal := strings.CutPrefix(key, "global_temp.")
			view, database := names[key], ""
			if isGlobal {
				view, database = view[len("global_temp."):], "global_temp"
			}
			if isGlobal != global || isGlobal && !strings.EqualFold(c.Database, database) || !matches(c.Pattern, view) {
				continue
			}
			if err := a.add(database, view, true); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// matches tells whether a name fits a pattern of SHOW: * is any text, alternatives are separated by |, case aside.
func matches(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	for _, one := range strings.Split(pattern, "|") {
		if matchesOne(strings.ToLower(strings.TrimSpace(one)), strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// matchesOne is matches for one alternative.
func matchesOne(pattern, name string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	for i := 0; i <= len(name); i++ {
		if matchesOne(rest, name[i:]) {
			return true
		}
	}
	return false
}

// describe lists the columns of a view or query, or tells about one.
func (e *Engine) describe(ctx context.Context, c spark.Command) (*answer, error) {
	n := plan.Node{Kind: plan.NodeTable, Name: c.Name}
	if c.Query != nil {
		n = *c.Query
	}
	rel, err := e.analyse(ctx, n)
	if err != nil {
		return nil, err
	}
	a := &answer{columns: []plan.Field{textField("col_name", false), textField("data_type", false), textField("comment", true)}}
	if c.Column != "" {
		a.columns = []plan.Field{textField("info_name", false), textField("info_value", false)}
	}
	for _, f := range rel.Schema() {
		switch {
		case c.Column == "":
			err = a.add(f.Name, f.Type.String(), nil)
		case strings.EqualFold(f.Name, c.Column):
			a.rows = nil
			for _, pair := range [][2]string{{"col_name", f.Name}, {"data_type", f.Type.String()}, {"comment", "NULL"}} {
				if err := a.add(pair[0], pair[1]); err != nil {
					return nil, err
				}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if c.Column != "" && a.rows == nil {
		return nil, &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf("[COLUMN_NOT_FOUND] The column `%s` "+
			"cannot be found. Verify the spelling and correctness of the column name according to the SQL config "+
			"\"spark.sql.caseSensitive\".", c.Column)}
	}
	return a, nil
}

// explainQuery is EXPLAIN.
func (e *Engine) explainQuery(ctx context.Context, n plan.Node) (*answer, error) {
	reply, err := e.Frame(ctx, n)
	if err != nil {
		return nil, err
	}
	defer e.Drop(reply.Frame)
	text, err := e.Explain(ctx, reply.Frame)
	if err != nil {
		return nil, err
	}
	a := &answer{columns: []plan.Field{textField("plan", false)}}
	return a, a.add(text.Text)
}

// cacheTable is CACHE TABLE: it keeps the rows of a view, which a query may make first.
func (e *Engine) cacheTable(ctx context.Context, c spark.Command) error {
	if c.Query != nil {
		if err := e.viewCommand(ctx, spark.Statement{Query: c.Query, View: c.Name}); err != nil {
			return err
		}
	}
	e.mu.Lock()
	rel := e.views[strings.ToLower(c.Name)]
	e.mu.Unlock()
	if rel == nil {
		_, err := e.named(ctx, c.Name)
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cached[rel] == nil {
		e.cached[rel] = &materialised{}
	}
	return nil
}
