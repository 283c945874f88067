// Package api is the Glue API: one table of operations, one file per group. An operation is decoded and checked by
// package wire before it comes here; here it gets its meaning: definitions and reads go to the store, runs and bookmarks
// to the controller, and the answer is built in the wire's shape.
package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// Config is what the API is told.
type Config struct {
	Account string
	// PageKey signs pagination tokens; it must be the same for all planes over one store.
	PageKey []byte
	Settings
	// Objects is told when rules change; nil: nobody is.
	Objects *ObjectRules
	// Apply is ApplyConfig, which is the plane's: it alone knows the file.
	Apply func(ctx context.Context, principal string, in *ConfigInput) (*ConfigOutput, error)
}

// Settings are the part of Config that may change while requests are served: Configure.
type Settings struct {
	// Quotas bound definitions per region, and what a job may say.
	Quotas glue.Quotas
	// Regions are the quotas that differ in a region.
	Regions map[string]glue.Quotas
	// ReportQueuedAs is the state that waiting runs are shown in: WAITING or STARTING.
	ReportQueuedAs string
}

// quotas are those of a region.
func (s *Settings) quotas(region string) glue.Quotas {
	own, differs := s.Regions[region]
	if !differs {
		return s.Quotas
	}
	all := maps.Clone(s.Quotas)
	if all == nil {
		all = glue.Quotas{}
	}
	maps.Copy(all, own)
	return all
}

// API serves operations. It may be used by many goroutines.
type API struct {
	lg    *slog.Logger
	db    *store.DB
	ctl   *controller.Controller
	keys  *Keyring
	cfg   Config
	pages pager
	jobs  knownJobs
	ops   map[string]operation
	admin map[string]operation
	// settings are those of cfg until Configure.
	settings atomic.Pointer[Settings]

	simulating sync.Mutex // one simulation at a time: each takes a processor
}

// Configure replaces the settings; requests under way may still see the old ones.
func (a *API) Configure(s Settings) { a.settings.Store(&s) }

// Call is who asks, and from where.
type Call struct {
	Region     string
	Principal  string
	AccessKey  string
	RequestID  string
	Invocation string // amz-sdk-invocation-id: the same for all tries of one call
	bodyHash   [sha256.Size]byte
}

// operation serves one operation on its decoded input.
type operation func(ctx context.Context, c Call, in any) (any, error)

// serve adapts a typed method to the table.
func serve[In, Out any](f func(ctx context.Context, c Call, in *In) (*Out, error)) operation {
	return func(ctx context.Context, c Call, in any) (any, error) {
		typed, ok := in.(*In)
		if !ok {
			return nil, fmt.Errorf("api: input is %T", in)
		}
		return f(ctx, c, typed)
	}
}

// New makes the API over an open store and a running controller.
func New(lg *slog.Logger, db *store.DB, ctl *controller.Controller, keys *Keyring, cfg Config) *API {
	a := &API{lg: lg, db: db, ctl: ctl, keys: keys, cfg: cfg, pages: pager{cfg.PageKey}}
	a.Configure(cfg.Settings)
	a.ops = a.table()
	a.admin = a.adminTable()
	return a
}

// table is the operations that are served, in alphabetical order.
func (a *API) table() map[string]operation {
	return map[string]operation{
		"BatchDeleteConnection":       serve(a.batchDeleteConnection),
		"BatchGetJobs":                serve(a.batchGetJobs),
		"BatchGetTriggers":            serve(a.batchGetTriggers),
		"BatchGetWorkflows":           serve(a.batchGetWorkflows),
		"BatchStopJobRun":             serve(a.batchStopJobRun),
		"CreateConnection":            serve(a.createConnection),
		"CreateJob":                   serve(a.createJob),
		"CreateSecurityConfiguration": serve(a.createSecurityConfiguration),
		"CreateTrigger":               serve(a.createTrigger),
		"CreateWorkflow":              serve(a.createWorkflow),
		"DeleteConnection":            serve(a.deleteConnection),
		"DeleteJob":                   serve(a.deleteJob),
		"DeleteSecurityConfiguration": serve(a.deleteSecurityConfiguration),
		"DeleteTrigger":               serve(a.deleteTrigger),
		"DeleteWorkflow":              serve(a.deleteWorkflow),
		"GetConnection":               serve(a.getConnection),
		"GetConnections":              serve(a.getConnections),
		"GetJob":                      serve(a.getJob),
		"GetJobBookmark":              serve(a.getJobBookmark),
		"GetJobRun":                   serve(a.getJobRun),
		"GetJobRuns":                  serve(a.getJobRuns),
		"GetJobs":                     serve(a.getJobs),
		"GetSecurityConfiguration":    serve(a.getSecurityConfiguration),
		"GetSecurityConfigurations":   serve(a.getSecurityConfigurations),
		"GetTags":                     serve(a.getTags),
		"GetTrigger":                  serve(a.getTrigger),
		"GetTriggers":                 serve(a.getTriggers),
		"GetWorkflow":                 serve(a.getWorkflow),
		"GetWorkflowRun":              serve(a.getWorkflowRun),
		"GetWorkflowRunProperties":    serve(a.getWorkflowRunProperties),
		"GetWorkflowRuns":             serve(a.getWorkflowRuns),
		"ListJobs":                    serve(a.listJobs),
		"ListTriggers":                serve(a.listTriggers),
		"ListWorkflows":               serve(a.listWorkflows),
		"PutWorkflowRunProperties":    serve(a.putWorkflowRunProperties),
		"ResetJobBookmark":            serve(a.resetJobBookmark),
		"ResumeWorkflowRun":           serve(a.resumeWorkflowRun),
		"StartJobRun":                 serve(a.startJobRun),
		"StartTrigger":                serve(a.startTrigger),
		"StartWorkflowRun":            serve(a.startWorkflowRun),
		"StopTrigger":                 serve(a.stopTrigger),
		"StopWorkflowRun":             serve(a.stopWorkflowRun),
		"TagResource":                 serve(a.tagResource),
		"TestConnection":              serve(a.testConnection),
		"UntagResource":               serve(a.untagResource),
		"UpdateConnection":            serve(a.updateConnection),
		"UpdateJob":                   serve(a.updateJob),
		"UpdateTrigger":               serve(a.updateTrigger),
		"UpdateWorkflow":              serve(a.updateWorkflow),
	}
}

// Serve answers one Glue operation. The error is for the client: a *glue.Error, or an internal one.
func (a *API) Serve(ctx context.Context, c Call, name string, body []byte) (any, error) {
	op, ok := wire.Lookup(name)
	if !ok {
		return nil, wire.Unknown(wire.TargetPrefix + name)
	}
	in, err := wire.Decode(op, body)
	if err != nil {
		return nil, err
	}
	f, ok := a.ops[name]
	if !ok {
		return nil, wire.NotSupported(name, "")
	}
	c.bodyHash = sha256.Sum256(body)
	out, err := f(ctx, c, in)
	return out, clientError(name, err)
}

// clientError turns the store's errors into those a client can act on.
func clientError(op string, err error) error {
	var e *glue.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		if e.Op == "" {
			e.Op = op
		}
		return err
	case errors.Is(err, store.ErrFull):
		return &glue.Error{Code: glue.CodeInternal, Op: op, Message: "The disk under the data directory is full; nothing was changed.", Err: err}
	case errors.Is(err, store.ErrReadOnly):
		return &glue.Error{Code: glue.CodeInternal, Op: op, Message: "Tenon cannot write its state at the moment and serves reads only; nothing was changed. Its log says why.", Err: err}
	case errors.Is(err, store.ErrTooManyTags):
		return &glue.Error{Code: glue.CodeInvalidInput, Op: op, Message: fmt.Sprintf("A resource carries at most %d tags.", glue.MaxTags), Err: err}
	case errors.Is(err, store.ErrVersion):
		return &glue.Error{Code: glue.CodeConcurrentMod, Op: op, Message: "The resource was changed by another call at the same time; read it again.", Err: err}
	}
	return fmt.Errorf("%s: %w", op, err)
}
