package jdbc

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"tenon/internal/core/bookmark"
	"tenon/internal/plan"
)

// request is what a source or a sink was asked for.
type request struct {
	target     *target
	table      string   // as it stands after FROM
	query      bool     // table is a query in parentheses, with an alias
	predicates []string // read the rows of each, one after the other
	keys       bookmark.Keys
	truncate   bool   // overwrite empties the table instead of making it anew
	suffix     string // createTableOptions
}

// ignored are options that change nothing in the rows: how many readers and writers there are, how large batches are.
var ignored = map[string]bool{
	"hashfield": true, "hashexpression": true, "hashpartitions": true, "numpartitions": true, "partitioncolumn": true,
	"lowerbound": true, "upperbound": true, "fetchsize": true, "batchsize": true, "enablepartitioningforsamplequery": true,
	"pushdownpredicate": true, "pushdownaggregate": true, "pushdownlimit": true, "pushdownoffset": true,
	"pushdowntablesample": true, "isolationlevel": true,
	"useconnectionproperties": true, "customjdbcdrivers3path": true,
}

// drivers are the classes that stand for what is here.
var drivers = map[string]bool{
	"org.postgresql.driver": true, "com.mysql.jdbc.driver": true, "com.mysql.cj.jdbc.driver": true, "org.mariadb.jdbc.driver": true,
}

// request reads the options of a source or sink.
func (j *JDBC) request(ctx context.Context, connectionType string, given map[string]plan.Option) (*request, error) {
	o := options{}
	for name, value := range given {
		o[strings.ToLower(name)] = value
	}
	t, err := j.target(ctx, connectionType, o)
	if err != nil {
		return nil, err
	}
	r := &request{target: t, suffix: o.text("createtableoptions"), truncate: o.text("truncate") == "true"}
	if err := r.from(o); err != nil {
		return nil, err
	}
	if list := o.list("jobbookmarkkeys"); len(list) > 0 {
		r.keys.Columns = list
	}
	switch order := strings.ToLower(o.text("jobbookmarkkeyssortorder")); order {
	case "", "asc":
	case "desc":
		r.keys.Descending = true
	default:
		return nil, argument("jobBookmarkKeysSortOrder %q is not asc or desc", order)
	}
	r.predicates = o.list("predicates")
	for _, name := range []string{"driver", "customjdbcdriverclassname"} {
		if class := o.text(name); class != "" && !drivers[strings.ToLower(class)] {
			return nil, plan.Unsupported("the JDBC driver "+class, "the engine has its own for postgresql and mysql")
		}
	}
	var left []string
	for name := range o {
		if !ignored[name] {
			left = append(left, name)
		}
	}
	if sort.Strings(left); len(left) > 0 {
		return nil, plan.Unsupported("the JDBC option "+strings.Join(left, ", "), "")
	}
	return r, nil
}

// from finds what to read from, or write to.
func (r *request) from(o options) error {
	table, query, sample := o.text("dbtable"), o.text("query"), o.text("samplequery")
	switch {
	case query != "" && table != "":
		return argument("Both 'dbtable' and 'query' can not be specified at the same time.")
	case sample != "":
		query = sample // Glue: what to read of the table
	case query == "" && table == "":
		return argument("Option 'dbtable' or 'query' is required.")
	}
	if r.table = table; query != "" {
		r.table = "(" + strings.TrimRight(strings.TrimSpace(query), "; \n") + ") SPARK_GEN_SUBQ_0"
	}
	r.query = query != "" || strings.HasPrefix(strings.TrimSpace(table), "(")
	return nil
}

// target finds the database: named by a Glue connection, or by a URL.
func (j *JDBC) target(ctx context.Context, connectionType string, o options) (*target, error) {
	address, user, password := o.text("url"), o.text("user"), o.text("password")
	if name := o.text("connectionname"); name != "" {
		if j.cfg.Lookup == nil {
			return nil, plan.Unsupported("connectionName outside of a run", "give url, user and password, or use `tenon run`")
		}
		p, err := j.cfg.Lookup(ctx, name)
		if err != nil {
			return nil, err
		}
		if p["SECRET_ID"] != "" && p["PASSWORD"] == "" {
			return nil, plan.Unsupported("the SECRET_ID of connection "+name, "give the connection USERNAME and PASSWORD")
		}
		if address == "" {
			address = p["JDBC_CONNECTION_URL"]
		}
		if user == "" {
			user, password = p["USERNAME"], p["PASSWORD"]
		}
		if address == "" {
			return nil, argument("connection %s has no JDBC_CONNECTION_URL", name)
		}
	}
	if address == "" {
		return nil, argument("Option 'url' is required.")
	}
	t, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	if (connectionType == postgres || connectionType == mysql) && t.vendor != connectionType {
		return nil, argument("connection_type %s does not go with a URL of %s", connectionType, t.vendor)
	}
	if user != "" {
		t.user, t.password = user, password
	}
	if database := o.text("database"); database != "" {
		t.database = database
	}
	for _, name := range []string{"ssl", "usessl"} {
		if o.text(name) == "true" && t.tls == "prefer" {
			t.tls = "require"
		}
	}
	return t, nil
}

// options are taken one by one; what is left is unknown.
type options map[string]plan.Option

// text takes an option as a text; numbers and booleans are spelled out.
func (o options) text(name string) string {
	raw, ok := o[name]
	delete(o, name)
	if !ok || string(raw) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.ToLower(string(raw))
}

// list takes an option as a list of texts, also where it is one text with commas.
func (o options) list(name string) []string {
	raw, ok := o[name]
	if !ok {
		return nil
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		delete(o, name)
		return list
	}
	var out []string
	for s := range strings.SplitSeq(o.text(name), ",") {
		s = strings.TrimSpace(strings.Trim(strings.TrimSpace(s), `[]"'`))
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// quoted writes a text as a string literal that PostgreSQL and MySQL read alike, with what comes from bookmarks: numbers,
// dates and times have no quote and no backslash.
func quoted(s string) (string, error) {
	if strings.ContainsAny(s, `'\`) {
		return "", fmt.Errorf("jdbc: the key %q cannot be written as a literal", s)
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s, nil
	}
	return "'" + s + "'", nil
}
