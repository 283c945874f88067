package format

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"tenon/internal/core/bookmark"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// Config is what readers and writers need of their run.
type Config struct {
	Storage *blob.Storage // where s3:// is
	Scratch string        // an existing folder for intermediate files; whoever made it removes it
	// Select answers which of a bookmarked source's files are to be read. It is called for sources with a
	// transformation_ctx only. Nil reads everything.
	Select func(ctx string, files []bookmark.File, opt bookmark.Option) ([]bookmark.File, error)
	// StartMillis is the start of the run in Unix milliseconds. It names the files of Glue's sinks.
	StartMillis int64
	// StageID begins the ids of the stages that sinks fill, so that whoever outlives this process can finish or discard
	// them: the first is StageID-1. Empty means random ids.
	StageID string
	// Threads bounds how many files are scanned or compressed at a time; 0 means GOMAXPROCS.
	Threads int
}

// Format is both a relation.Reader and a relation.Writer. It may be used concurrently.
type Format struct {
	cfg    Config
	serial atomic.Int64 // numbers scratch files
	stages atomic.Int64 // numbers stages

	mu      sync.Mutex
	origins map[string][]string // what stands in queries that read a file of a source, by the file's URL; guarded by mu
}

// New makes readers and writers for one run.
func New(cfg Config) *Format { return &Format{cfg: cfg, origins: map[string][]string{}} }

// stage begins the stage of one sink.
func (f *Format) stage() (*blob.Stage, error) {
	if f.cfg.StageID == "" {
		return f.cfg.Storage.Stage("")
	}
	return f.cfg.Storage.Stage(fmt.Sprintf("%s-%d", f.cfg.StageID, f.stages.Add(1)))
}

var (
	_ relation.Reader = (*Format)(nil)
	_ relation.Writer = (*Format)(nil)
)

// Open lists, selects and prepares a source.
func (f *Format) Open(ctx context.Context, db *sql.DB, src plan.Source) (relation.Opened, error) {
	if src.Database != "" || src.Table != "" {
		return relation.Opened{}, plan.Unsupported("reading the catalog table "+src.Database+"."+src.Table, "give the table's path with from_options")
	}
	if src.Predicate != "" {
		return relation.Opened{}, plan.Unsupported("push_down_predicate",
			"it is an option of catalog tables; give the folders of the partitions as paths, or filter the frame")
	}
	if err := checkConnection(src.ConnectionType, src.Dynamic); err != nil {
		return relation.Opened{}, err
	}
	s, err := newSource(src, f.cfg.Storage.HasDisk())
	if err != nil {
		return relation.Opened{}, err
	}
	opened, err := f.openAs(ctx, db, s, src.Format)
	if err == nil && !src.Dynamic {
		opened = withMetadata(opened, s, strings.EqualFold(src.Format, "parquet"))
	}
	return opened, err
}

// openAs opens a source in a format.
func (f *Format) openAs(ctx context.Context, db *sql.DB, s *source, format string) (relation.Opened, error) {
	switch strings.ToLower(format) {
	case "csv":
		return f.openCSV(ctx, s)
	case "json":
		return f.openJSON(ctx, s)
	case "parquet", "glueparquet":
		return f.openParquet(ctx, db, s)
	case "text":
		return f.openLines(ctx, s)
	default:
		return relation.Opened{}, plan.Unsupported(fmt.Sprintf("reading format %q", format), otherFormat(format))
	}
}

// Write runs rel into files.
func (f *Format) Write(ctx context.Context, db *sql.DB, rel relation.Relation, w plan.Write) (relation.Published, error) {
	if err := checkConnection(w.ConnectionType, w.Dynamic); err != nil {
		return relation.Published{}, err
	}
	k, err := newSink(rel, w, f.cfg.Storage.HasDisk())
	if err != nil {
		return relation.Published{}, err
	}
	return f.write(ctx, db, k)
}

// otherFormat says what to do about a format that is not here.
func otherFormat(name string) string {
	switch strings.ToLower(name) {
	case "orc":
		return "csv, json, parquet and text are; convert it to Parquet, or run the job with the Spark executor"
	case "xml", "avro", "ion", "groklog":
		return "csv, json, parquet and text are; convert it to JSON lines or Parquet, or run the job with the Spark executor"
	case "delta", "iceberg", "hudi":
		return "the embedded engine keeps no table format: its files alone are not the table; run the job with the Spark executor"
	}
	return "csv, json, parquet and text are"
}

// checkConnection lets file storage through.
func checkConnection(kind string, dynamic bool) error {
	switch kind {
	case "s3", "file":
		return nil
	case "":
		if !dynamic {
			return nil
		}
	}
	return plan.Unsupported(fmt.Sprintf("connection_type %q", kind), "s3 is")
}

// remember notes what stands in for the files of a source in SQL.
func (f *Format) remember(files []input, ready []prepared) {
	for i, in := range files {
		f.note(in.Path, fileLiteral(ready[i].path))
	}
}

// note remembers that a query with text in it reads the file at url.
func (f *Format) note(url, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.origins[url], text) {
		f.origins[url] = append(f.origins[url], text)
	}
}

// reads reports whether a relation reads, or may read, the file at url.
func (f *Format) reads(rel relation.Relation, url string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.origins[url], func(text string) bool { return strings.Contains(rel.SQL, text) })
}

// scratch names a new file in the scratch folder.
func (f *Format) scratch(ext string) string {
	return fmt.Sprintf("%s/format-%06d%s", f.cfg.Scratch, f.serial.Add(1), ext)
}

// unsupported refuses what Spark or Glue has and the embedded engine does not.
func unsupported(format string, args ...any) error {
	return plan.Unsupported(fmt.Sprintf(format, args...), "")
}

// argument refuses an option's value.
func argument(format string, args ...any) error {
	return &plan.Error{Class: plan.ClassArgument, Message: fmt.Sprintf(format, args...)}
}

// analysis is what Spark refuses while it analyses.
func analysis(format string, args ...any) error {
	return &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf(format, args...)}
}

// execution is a failure while rows were flowing.
func execution(format string, args ...any) error {
	return &plan.Error{Class: plan.ClassExecution, Message: fmt.Sprintf(format, args...)}
}

// outside turns a failure of storage into one that names the place, and leaves every other error as it is.
func outside(err error) error {
	if e := (*blob.Error)(nil); errors.As(err, &e) {
		return execution("%v", err)
	}
	return err
}
