package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// maxFrames bounds the frames that a script holds at a time. Each is a few kilobytes of tree.
const maxFrames = 200_000

// Config is what an Engine needs. ScratchDir must exist.
type Config struct {
	ScratchDir  string // for spilled and cached data; the engine removes what it wrote
	MemoryBytes int64  // DuckDB's memory_limit; 0 leaves DuckDB's default of 80 % of the machine
	Threads     int    // 0 is one for each processor
	Ansi        bool   // Spark 4 semantics, which are refused for now
	Reader      relation.Reader
	Writer      relation.Writer
	Texts       relation.Texts // of JSON and CSV in columns; nil: the Reader, if it knows of them
}

// Engine holds the frames and views of one run. Its methods may be called at the same time.
type Engine struct {
	cfg Config
	db  *sql.DB

	mu        sync.Mutex // guards all below
	lastID    int64      // the last attribute, frame or table number given
	frames    map[plan.FrameID]*spark.Rel
	roots     map[*spark.Rel]int           // how many frames have this relation: their expressions are checked
	views     map[string]*spark.Rel        // by lower-case name
	viewNames map[string]string            // of views, as they were written, by lower-case name
	cached    map[*spark.Rel]*materialised // relations to keep the rows of
	tables    map[*spark.Rel]*materialised // large literal relations, as tables
	uploads   map[int64]*upload            // rows that the script has sent ahead
	functions map[string]*plan.Function    // Python functions that SQL may call, by lower-case name
}

// materialised is a relation whose rows are, or will be, in a table of DuckDB's.
type materialised struct {
	once  sync.Mutex // held while the table is made
	table string     // empty until then
}

// Open starts an engine without any file of its own: tables live in memory and spill to the scratch folder.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Ansi {
		return nil, plan.Unsupported("Glue 6.0 (Spark 4 with ANSI mode)", "use GlueVersion 5.1")
	}
	if texts, ok := cfg.Reader.(relation.Texts); ok && cfg.Texts == nil {
		cfg.Texts = texts
	}
	if cfg.Threads == 0 {
		cfg.Threads = runtime.GOMAXPROCS(0)
	}
	restWhileIdle()
	connector, err := duckdb.NewConnector(dsn(cfg), nil)
	if err != nil {
		return nil, fmt.Errorf("engine: open duckdb: %w", err)
	}
	db := sql.OpenDB(connector)
	e := &Engine{cfg: cfg, db: db, frames: map[plan.FrameID]*spark.Rel{}, roots: map[*spark.Rel]int{},
		views: map[string]*spark.Rel{}, viewNames: map[string]string{}, cached: map[*spark.Rel]*materialised{}, tables: map[*spark.Rel]*materialised{},
		uploads: map[int64]*upload{}, functions: map[string]*plan.Function{}}
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("engine: connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := errors.Join(prepareDatabase(ctx, conn), registerUnbox(conn, cfg.Texts)); err != nil {
		_ = db.Close()
		return nil, err
	}
	if err := registerTexts(conn, cfg.Texts); err != nil { // without Texts the functions are refused before they run
		_ = db.Close()
		return nil, err
	}
	return e, nil
}

// dsn is DuckDB's configuration: nothing is fetched, nothing is loaded by itself.
func dsn(cfg Config) string {
	options := []string{
		fmt.Sprintf("threads=%d", cfg.Threads),
		"autoinstall_known_extensions=false", "autoload_known_extensions=false", "allow_community_extensions=false",
		"temp_directory=" + filepath.Join(cfg.ScratchDir, "duckdb"),
	}
	if cfg.MemoryBytes > 0 {
		options = append(options, fmt.Sprintf("memory_limit=%dB", cfg.MemoryBytes))
	}
	return "?" + strings.Join(options, "&")
}

// prepareDatabase sets what holds for all connections and registers the Go functions.
func prepareDatabase(ctx context.Context, conn *sql.Conn) error {
	for _, stmt := range []string{
		"SET GLOBAL TimeZone = 'UTC'", "SET GLOBAL default_null_order = 'NULLS_FIRST'",
		"SET GLOBAL errors_as_json = false", "SET GLOBAL max_expression_depth = 10000",
	} {
		if _, err := conn.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("engine: %s: %w", stmt, err)
		}
	}
	return registerFunctions(conn)
}

// Close ends the engine and all its queries.
func (e *Engine) Close() error {
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("engine: close: %w", err)
	}
	return nil
}

// DB is the engine's database, for readers and writers that prepare something ahead.
func (e *Engine) DB() *sql.DB { return e.db }

// nextID gives the next number of an attribute, frame or table.
func (e *Engine) nextID() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastID++
	return e.lastID
}

// Frame analyses a node and remembers it. SQL commands on views make no frame.
func (e *Engine) Frame(ctx context.Context, n plan.Node) (plan.FrameReply, error) {
	if n.Kind == plan.NodeSQL {
		st, err := spark.ParseNode(n)
		if err != nil {
			return plan.FrameReply{}, err
		}
		if st.View != "" {
			return plan.FrameReply{Schema: []plan.Field{}}, e.viewCommand(ctx, st)
		}
		if st.Command != nil {
			return e.command(ctx, *st.Command)
		}
		n = *st.Query
	}
	rel, err := e.analyse(ctx, n)
	if err != nil {
		return plan.FrameReply{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.frames) >= maxFrames {
		return plan.FrameReply{}, &plan.Error{Class: plan.ClassArgument,
			Message: fmt.Sprintf("the script holds %d frames; no more are accepted", maxFrames)}
	}
	e.lastID++
	id := plan.FrameID(e.lastID)
	e.frames[id] = rel
	e.roots[rel]++
	return plan.FrameReply{Frame: id, Schema: fieldsOf(rel)}, nil
}

// fieldsOf is the schema of a frame, of a source's with what its nulls are.
func fieldsOf(rel *spark.Rel) []plan.Field {
	fields := spark.FieldsOf(rel.Schema())
	if leaf, ok := rel.Leaf.(relation.Relation); ok && rel.Op == spark.RelLeaf {
		for i := range fields {
			fields[i].Nulls = leaf.Nulls[fields[i].Name]
		}
	}
	return fields
}

// analyse resolves a node, and checks that all it needs can be emitted.
func (e *Engine) analyse(ctx context.Context, n plan.Node) (*spark.Rel, error) {
	an := &spark.Analyser{Catalog: &catalog{ctx: ctx, engine: e}}
	rel, err := an.Node(n)
	if err != nil {
		return nil, err
	}
	if err := relation.CheckSchema(rel.Schema()); err != nil {
		return nil, err
	}
	if err := e.check(ctx, rel); err != nil {
		return nil, err
	}
	_, err = e.lift(rel, nil)
	return rel, err
}

// viewCommand runs CREATE TEMPORARY VIEW and DROP VIEW.
func (e *Engine) viewCommand(ctx context.Context, st spark.Statement) error {
	key := strings.ToLower(st.View)
	if st.Drop {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.views[key] == nil && !st.IfExists {
			return &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf(
				"[TABLE_OR_VIEW_NOT_FOUND] The table or view `spark_catalog`.`default`.`%s` cannot be found. Verify the spelling and "+
					"correctness of the schema and catalog.", st.View)}
		}
		delete(e.views, key)
		return nil
	}
	rel, err := e.analyse(ctx, *st.Query)
	if err != nil {
		return err
	}
	if name := repeated(rel.Schema()); name != "" {
		return &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf("[COLUMN_ALREADY_EXISTS] The column `%s` already exists. "+
			"Consider to choose another name or rename the existing column.", name)}
	}
	return e.setView(st.View, rel, st.Replace)
}

// repeated is a name that two columns have, case aside, in lower case; empty for none.
func repeated(schema spark.Schema) string {
	seen := map[string]bool{}
	for _, f := range schema {
		name := strings.ToLower(f.Name)
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}

// setView registers a temporary view.
func (e *Engine) setView(name string, rel *spark.Rel, replace bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := strings.ToLower(name)
	if e.views[key] != nil && !replace {
		return &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf("[TEMP_TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create the "+
			"temporary view `%s` because it already exists.\nChoose a different name, drop or replace the existing view, or add the IF "+
			"NOT EXISTS clause to tolerate pre-existing views.", name)}
	}
	e.views[key], e.viewNames[key] = rel, name
	return nil
}

// Drop forgets a frame. Its relation lives on in frames and views built upon it.
func (e *Engine) Drop(id plan.FrameID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if rel := e.frames[id]; rel != nil {
		delete(e.frames, id)
		if e.roots[rel]--; e.roots[rel] == 0 {
			delete(e.roots, rel)
		}
	}
}

// View registers or drops a temporary view.
func (e *Engine) View(v plan.View) error {
	if v.Frame == 0 {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.views, strings.ToLower(v.Name))
		return nil
	}
	rel, err := e.frame(v.Frame)
	if err != nil {
		return err
	}
	return e.setView(v.Name, rel, v.Replace)
}

// Cache keeps the rows of a frame from its next action on.
func (e *Engine) Cache(id plan.FrameID) error {
	rel, err := e.frame(id)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cached[rel] == nil {
		e.cached[rel] = &materialised{}
	}
	return nil
}

// frame finds a frame's relation.
func (e *Engine) frame(id plan.FrameID) (*spark.Rel, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	rel := e.frames[id]
	if rel == nil {
		return nil, &plan.Error{Class: plan.ClassInternal, Message: fmt.Sprintf("no frame has the number %d", id)}
	}
	return rel, nil
}

// catalog is the engine as the analyser sees it, for one request.
type catalog struct {
	ctx    context.Context //nolint:containedctx // lives for one request
	engine *Engine
}

// Frame finds the relation of a frame.
func (c *catalog) Frame(id plan.FrameID) (*spark.Rel, error) { return c.engine.frame(id) }

// View finds a temporary view.
func (c *catalog) View(name string) *spark.Rel {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	return c.engine.views[strings.ToLower(name)]
}

// NextID gives a new number.
func (c *catalog) NextID() spark.AttrID { return spark.AttrID(c.engine.nextID()) }

// Seed chooses a seed that no run can foresee.
func (c *catalog) Seed() int64 { return rand.Int64() }

// Open opens a source.
func (c *catalog) Open(src plan.Source) (spark.Opened, error) {
	if c.engine.cfg.Reader == nil {
		return spark.Opened{}, &plan.Error{Class: plan.ClassUnsupported, Message: "this engine reads no files"}
	}
	src.Times = timesOf(c.ctx)
	opened, err := c.engine.cfg.Reader.Open(c.ctx, c.engine.db, src)
	if err != nil {
		return spark.Opened{}, err
	}
	if err := relation.CheckSchema(opened.Schema); err != nil {
		return spark.Opened{}, err
	}
	if h := hooksOf(c.ctx); h != nil {
		h.SourceOpened(src, opened.Files)
	}
	return spark.Opened{Leaf: told(opened.Relation, src), Schema: opened.Schema, Errors: opened.Errors, Kept: opened.Kept}, nil
}

// Distinct runs a relation of one column for its distinct values.
func (c *catalog) Distinct(rel *spark.Rel, limit int) ([]*spark.Expr, error) {
	return c.engine.distinctValues(c.ctx, rel, limit)
}

// executionError classifies what went wrong while rows were flowing.
func executionError(ctx context.Context, err error) error {
	var known *plan.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("engine: the request was given up: %w", context.Cause(ctx))
	}
	text := err.Error()
	if said := functionError(text); said != nil {
		return said
	}
	if strings.HasPrefix(text, "Out of Range Error: ") { // Spark has an answer there: null, NaN or what wrapped around
		return plan.Unsupported("a value beyond DuckDB's numbers", strings.TrimPrefix(text, "Out of Range Error: "))
	}
	if what, ok := strings.CutPrefix(text, "Invalid Input Error: "+refusalMark); ok {
		return plan.Unsupported(what, "")
	}
	if marked, ok := strings.CutPrefix(text, "Invalid Input Error: "); ok && strings.HasPrefix(marked, "[") {
		text = marked
	}
	if said, ok := mapKeyErrors[text]; ok {
		text = said
	}
	return &plan.Error{Class: plan.ClassExecution, Message: text}
}

// mapKeyErrors are Spark's words for what DuckDB says of the keys of a map.
var mapKeyErrors = map[string]string{
	"Invalid Input Error: Map keys must be unique.": "[DUPLICATED_MAP_KEY] Duplicate map key was found, please check the input data. " +
		"If you want to remove the duplicated keys, use map_from_entries over what a group by leaves of them.",
	"Invalid Input Error: Map keys can not be NULL.": "[NULL_MAP_KEY] Cannot use null as map key.",
}

// clock is the time that current_timestamp gives in one action.
func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
