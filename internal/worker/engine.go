package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/engine"
	"tenon/internal/driver/engine/format"
	"tenon/internal/driver/engine/jdbc"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/glue"
	"tenon/internal/plan"
)

// engineSocketName is the engine's socket in the attempt's directory.
const engineSocketName = attempt.FileEngine

// maxSocketPath is the longest path that a Unix socket's address holds, its NUL not counted.
const maxSocketPath = 107

// engineWait bounds the wait for the engine's end after the script's: a query that does not let itself be interrupted
// ends with the worker.
const engineWait = 10 * time.Second

// etl is the engine beside a glueetl script.
type etl struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

// startEngine binds the engine's socket, opens the engine and serves it, both in the background: the interpreter starts
// meanwhile, and a script that is faster waits in the socket's queue. That the engine cannot be opened is a verdict.
func (w *worker) startEngine(ctx context.Context, started time.Time, verdicts chan<- verdict) (*etl, error) {
	var err error
	if w.bookmarks, err = newBookmarks(w.spec, started.UnixMilli()); err != nil {
		return nil, err
	}
	ln, err := listen(engineSocketName)
	if err != nil {
		return nil, err
	}
	if err := w.owner.give(engineSocketName); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	e := &etl{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(e.ended)
		if err := w.serveEngine(ctx, ln, started); err != nil {
			offer(verdicts, verdict{state: glue.RunFailed, message: err.Error()})
		}
	}()
	return e, nil
}

// stop interrupts what runs and waits for the engine's end. Without an engine it does nothing.
func (e *etl) stop(lg *slog.Logger) {
	if e == nil {
		return
	}
	e.cancel()
	t := time.NewTimer(engineWait)
	defer t.Stop()
	select {
	case <-e.ended:
	case <-t.C:
		lg.Error("the engine does not end")
	}
}

// serveEngine opens the engine and serves it until ctx ends. It closes the listener.
func (w *worker) serveEngine(ctx context.Context, ln net.Listener, started time.Time) (err error) {
	files := format.New(format.Config{
		Storage: w.storage, Scratch: w.scratch(dirEngine), Select: w.bookmarks.choose, StartMillis: started.UnixMilli(), Threads: w.spec.Limits.Threads,
		StageID: w.spec.Key.Name(),
	})
	outside := &sources{files: files, databases: jdbc.New(jdbc.Config{Lookup: w.connection, Bookmark: w.bookmarks, ReadOnly: w.spec.Rehearsal})}
	e, err := engine.Open(ctx, engine.Config{
		ScratchDir: w.scratch(dirEngine), MemoryBytes: engineMemory(or(w.spec.Limits.MemoryBytes, defaultMemory)), Threads: w.spec.Limits.Threads,
		Ansi: isAnsi(w.spec.GlueVersion), Reader: outside, Writer: outside, Texts: files,
	})
	if err != nil {
		_ = ln.Close() // nothing was served
		if known := (*plan.Error)(nil); errors.As(err, &known) {
			return errors.New(known.Message)
		}
		return ignoreEnd(ctx, fmt.Errorf("the engine cannot be opened: %w", err))
	}
	err = e.Serve(ctx, ln, w.token, &hooks{w, ctx})
	return ignoreEnd(ctx, errors.Join(err, e.Close()))
}

// ignoreEnd is err, unless ctx has ended: then the script has too, and nobody is to hear of it.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// isAnsi tells whether a Glue version has Spark 4, whose SQL raises errors where Spark 3's gives null.
func isAnsi(glueVersion string) bool {
	major, _, _ := strings.Cut(glueVersion, ".")
	return major != "" && (len(major) > 1 || major >= "6")
}

// pythonShare is what a run's memory holds beside the engine's: the interpreter, the script's own objects, the worker.
const pythonShare = 192 << 20

// engineMemory is DuckDB's limit within a run's limit, in bytes. DuckDB may exceed its own by a fifth, and is to spill
// long before the run is ended for its memory.
func engineMemory(limit int64) int64 { return max(limit/3, (limit-pythonShare)*3/4) }

// hooks are the run around the engine.
type hooks struct {
	w   *worker
	ctx context.Context //nolint:containedctx // of the engine; the methods that report get none of their own
}

// Hello tells the script about its run.
func (h *hooks) Hello() plan.HelloReply {
	s := h.w.spec
	return plan.HelloReply{JobName: s.Job, RunID: s.Key.Run, GlueVersion: s.GlueVersion, Ansi: isAnsi(s.GlueVersion)}
}

// JobInit changes nothing: the run's bookmark was fixed when it was submitted, whatever name the script uses.
func (h *hooks) JobInit(context.Context, plan.JobInit) error { return nil }

// JobCommit is job.commit().
func (h *hooks) JobCommit(ctx context.Context) error { return h.w.commit(ctx) }

// Connection finds the properties of a Glue connection.
func (h *hooks) Connection(ctx context.Context, name string) (map[string]string, error) {
	return h.w.connection(ctx, name)
}

// Purge deletes the objects under a path that are older than the retention.
func (h *hooks) Purge(ctx context.Context, in plan.Purge) error { return purge(ctx, h.w.storage, in) }

// purge deletes the objects under a path that are older than the retention. Source: AWS Glue,
// GlueContext.purge_s3_path.
func purge(ctx context.Context, storage *blob.Storage, in plan.Purge) error {
	before := time.Now().Add(-time.Duration(in.RetentionHours * float64(time.Hour)))
	for o, err := range storage.List(ctx, in.Path, blob.ListOptions{Recursive: true}) {
		if errors.Is(err, blob.ErrNotFound) {
			return &plan.Error{Class: plan.ClassExecution, Message: fmt.Sprintf("%s does not exist", in.Path)}
		}
		if err != nil {
			return &plan.Error{Class: plan.ClassExecution, Message: err.Error()}
		}
		if o.ModTime.After(before) {
			continue
		}
		if err := storage.Delete(ctx, o.Location.String()); err != nil {
			return &plan.Error{Class: plan.ClassExecution, Message: err.Error()}
		}
	}
	return nil
}

// SourceOpened records the files that a source will read.
func (h *hooks) SourceOpened(src plan.Source, files []relation.File) {
	h.report(src.Context, false, files)
}

// SinkWrote records the files that a sink has published.
func (h *hooks) SinkWrote(w plan.Write, published relation.Published) {
	h.report(w.Context, true, published.Files)
}

// report sums and reports files, in as many reports as their number and size need.
func (h *hooks) report(context string, write bool, files []relation.File) {
	all := make([]attempt.File, len(files))
	for i, f := range files {
		all[i] = attempt.File{
			Write: write, Context: context, Path: f.Path, Bytes: f.Bytes, Records: f.Records, Version: f.Version, Modified: f.ModTime.UTC(),
		}
	}
	h.w.meter.files(all)
	for len(all) > 0 {
		n := fitting(all)
		if _, err := h.w.out.put(h.ctx, attempt.Report{Kind: attempt.ReportFiles, Files: all[:n:n]}); err != nil {
			h.w.lg.Error("files are not recorded: the run ended before", "files", len(all), "error", err)
			return
		}
		all = all[n:]
	}
}

// fileOverhead is what a file takes in an encoded report beside its texts, in bytes. A text may grow sixfold when it is
// encoded (control characters).
const (
	fileOverhead  = 200
	textExpansion = 6
)

// fitting is how many of files, at least one, surely fit one report.
func fitting(files []attempt.File) int {
	size := 0
	for i, f := range files {
		size += fileOverhead + textExpansion*(len(f.Path)+len(f.Context)+len(f.Version))
		if i > 0 && (i == attempt.MaxReportFiles || size > maxReportBytes) {
			return i
		}
	}
	return len(files)
}
