package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tenon/internal/client"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/plane"
	"tenon/internal/wire"
)

// tagAdhoc marks the jobs that `tenon run` makes, and may replace.
const tagAdhoc = "tenon:adhoc"

// adhocConcurrent is how many runs of one script may go on at once.
const adhocConcurrent = 1000

// runFlags are the flags of `tenon run`.
type runFlags struct {
	kind, version, name, config string
	timeout                     int32
	settings                    settingFlags
	quiet                       bool
}

// runCommand is `tenon run`.
func (a *app) runCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use: "run [FLAGS] SCRIPT [--NAME VALUE]...", Short: "Run a script, no job to create", GroupID: groupWork,
		Args: a.atLeastOne("SCRIPT"),
		Long: `Run a Glue script as a job run: its stdout and stderr come as they are written, Ctrl-C stops it, and the
exit code is the run's (see tenon exit-codes).

Everything after the script belongs to the script: --NAME VALUE pairs, as Glue gives them, the special ones
(--extra-py-files, --job-bookmark-option, --conf, ...) among them. Flags of Tenon come before it.

The server of the data directory is used if it runs; else one is started for the while. The script becomes a
job of its name, tagged ` + tagAdhoc + `, whose runs and logs stay.`,
		Example: `  tenon run script.py --day 2026-11-26
  tenon run --type pythonshell tidy.py
  tenon run script.py --job-bookmark-option job-bookmark-enable`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd, f, args[0], args[1:]) },
	}
	fl := c.Flags()
	fl.SortFlags = false
	fl.SetInterspersed(false)
	fl.StringVar(&f.kind, "type", glue.CommandETL, "glueetl or pythonshell")
	fl.StringVar(&f.version, "glue-version", "", "Glue `version` (default "+glue.DefaultGlueVersion+")")
	fl.StringVar(&f.name, "name", "", "`name` of the job (default: the script's)")
	fl.Int32Var(&f.timeout, "timeout", 0, "timeout in `minutes`")
	f.settings.add(fl)
	fl.StringVar(&f.config, "config", "", "configuration `file`, for a server that is started for the while")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "nothing on stderr but the script's own and errors")
	return c
}

// run runs one script.
func (a *app) run(cmd *cobra.Command, f *runFlags, script string, words []string) (err error) {
	if f.kind != glue.CommandETL && f.kind != glue.CommandShell {
		return usageError("--type %q is not %s or %s", f.kind, glue.CommandETL, glue.CommandShell)
	}
	args, err := scriptArguments(words)
	if err != nil {
		return err
	}
	f.settings.put(args)
	if !f.quiet {
		a.warnMisplaced(cmd.Flags(), args)
	}
	text, err := readScript(script)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return usageError("%s is empty", script)
	}
	// From here on, Ctrl-C is the run's: it is stopped, and its end is waited for.
	interrupt, release := interrupts(cmd.Context())
	defer release()
	c, closePlane, err := a.connectOrStart(cmd, f)
	if err != nil {
		return err
	}
	defer func() { err = a.afterwards(err, closePlane()) }() // of whichever server it is by then

	name := orDefault(f.name, jobName(script))
	run, err := a.startScript(cmd.Context(), c, f, name, script, args)
	if err != nil {
		return err
	}
	w := watcher{logs: newLogReader(c, run, streamOutput, streamError),
		lines: func(lines []logLine) error { return a.printLines(lines, false, false) }}
	if !f.quiet {
		w.state = func(r *wire.JobRun) {
			if val(r.JobRunState) == string(glue.RunWaiting) && val(r.StateDetail) != "" {
				a.con.say("%s", a.con.onErr(dim, firstSentence(val(r.StateDetail))))
			}
		}
	}
	stop := func() error {
		a.con.say("Stopping the run; Ctrl-C again leaves at once.")
		return stopRun(cmd.Context(), c, val(run.JobName), val(run.Id))
	}
	last, err := follow(cmd.Context(), c, run, w, interrupt, stop)
	for tries := 0; lostServer(err) && a.flags.endpoint == "" && tries < maxReconnects; tries++ {
		// The server was another command's and ended with it, while the run goes on: a new one finds it.
		if c, closePlane, err = a.connectOrStart(cmd, f); err != nil {
			return err
		}
		w.logs.c = c
		last, err = follow(cmd.Context(), c, run, w, interrupt, stop)
	}
	if run = last; err != nil {
		return err
	}
	if f.quiet {
		return a.endedQuietly(run)
	}
	return a.ended(cmd.Context(), c, run, a.flags.output != formatTable)
}

// maxReconnects bounds how often a run is followed through another server.
const maxReconnects = 10

// lostServer reports an error that is no answer of a server.
func lostServer(err error) bool {
	var refused *glue.Error
	return err != nil && !errors.As(err, &refused) && !errors.Is(err, context.Canceled)
}

// endedQuietly is ended for --quiet: a word only about what went wrong.
func (a *app) endedQuietly(run *wire.JobRun) error {
	if m := val(run.ErrorMessage); m != "" {
		a.con.say("%s", a.con.onErr(red, fold(m, a.con.errWidth, 0)))
	}
	if code := stateCode(glue.RunState(val(run.JobRunState))); code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

// startScript makes or replaces the script's job and starts it.
func (a *app) startScript(ctx context.Context, c *client.Client, f *runFlags, name, script string, args map[string]string) (*wire.JobRun, error) {
	if err := ownJob(ctx, c, name); err != nil {
		return nil, err
	}
	concurrent := int32(adhocConcurrent)
	role, description := defaultRole, "Made by tenon run from "+filepath.Base(script)
	req := &wire.CreateJobRequest{
		Name: &name, Role: &role, Description: &description, Command: &wire.JobCommand{Name: &f.kind},
		GlueVersion: given(f.version), Timeout: given(f.timeout),
		ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &concurrent},
		Tags:              map[string]string{tagAdhoc: "true"},
	}
	if f.kind == glue.CommandETL {
		workers, kind := int32(2), "G.1X"
		req.NumberOfWorkers, req.WorkerType = &workers, &kind
	}
	if err := a.placeScript(ctx, c, req, script); err != nil {
		return nil, err
	}
	if err := putJob(ctx, c, req, true); err != nil {
		return nil, err
	}
	var out wire.StartJobRunResponse
	if err := c.Call(ctx, "StartJobRun", wire.StartJobRunRequest{JobName: &name, Arguments: args}, &out); err != nil {
		return nil, err
	}
	return getRun(ctx, c, name, val(out.JobRunId))
}

// ownJob refuses to replace a job that `tenon run` did not make.
func ownJob(ctx context.Context, c *client.Client, name string) error {
	_, err := getJob(ctx, c, name)
	var refused *glue.Error
	if errors.As(err, &refused) && refused.Code == glue.CodeEntityNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	mine := false
	err = pages(func(token *string) (*string, error) {
		var out wire.ListJobsResponse
		err := c.Call(ctx, "ListJobs", wire.ListJobsRequest{NextToken: token, Tags: map[string]string{tagAdhoc: "true"}}, &out)
		mine = mine || slices.Contains(out.JobNames, name)
		return out.NextToken, err
	})
	if err == nil && !mine {
		err = fmt.Errorf("job %s was not made by tenon run: run the script under another name with --name, or the job with `tenon runs start %s`", name, name)
	}
	return err
}

// notInName is what a job's name should not hold.
var notInName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// jobName makes a job's name of a script's.
func jobName(script string) string {
	name := strings.TrimSuffix(filepath.Base(script), filepath.Ext(script))
	return cut(orDefault(strings.Trim(notInName.ReplaceAllString(name, "-"), "-"), "script"), glue.MaxNameLength)
}

// scriptArguments reads the words after the script as Glue's arguments: --NAME VALUE, --NAME=VALUE, or --NAME alone
// where the next word begins with two hyphens. Glue hands a script nothing else.
func scriptArguments(words []string) (map[string]string, error) {
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	args := map[string]string{}
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(words[i], "=")
		if len(name) < 3 || !strings.HasPrefix(name, "--") {
			return nil, usageError("%q: a Glue script is given --NAME VALUE pairs only", words[i])
		}
		if !joined && i+1 < len(words) && !strings.HasPrefix(words[i+1], "--") {
			i++
			value = words[i]
		}
		if _, twice := args[name]; twice {
			return nil, usageError("%s is given twice", name)
		}
		args[name] = value
	}
	return args, nil
}

// warnMisplaced says so when an argument of the script has the name of a flag that perhaps was meant.
func (a *app) warnMisplaced(flags *pflag.FlagSet, args map[string]string) {
	flags.VisitAll(func(f *pflag.Flag) {
		if _, same := args["--"+f.Name]; same {
			a.con.say("%s", a.con.onErr(dim, "--"+f.Name+" stands after the script, so the script gets it; as a flag of Tenon it stands before."))
		}
	})
}

// connectOrStart connects to the server of the data directory, or starts one for the while where none answers. What it
// returns as second ends that one.
func (a *app) connectOrStart(cmd *cobra.Command, f *runFlags) (*client.Client, func() error, error) {
	if f.config == "" {
		a.flags.dataDir = a.nearDataDir()
	}
	cfg, err := a.serverConfig(cmd, &serverFlags{config: f.config, listen: "127.0.0.1:0"})
	if err != nil {
		return nil, nothing, err
	}
	a.flags.dataDir = cfg.DataDir
	c, err := a.connect()
	if err == nil && answers(cmd.Context(), c) {
		return c, nothing, nil
	}
	if a.flags.endpoint != "" {
		if err == nil {
			err = c.Call(cmd.Context(), "ListJobs", struct{}{}, nil)
		}
		return c, nothing, err
	}
	own, end, err := a.startPlane(cmd.Context(), cfg, plane.Options{}, false)
	if errors.Is(err, store.ErrLocked) {
		// Somebody else was a moment faster.
		if c, connectErr := a.connect(); connectErr == nil && answers(cmd.Context(), c) {
			return c, nothing, nil
		}
	}
	return own, end, err
}

// nothing is what ends a server that is not ours.
func nothing() error { return nil }

// afterwards is the outcome of a command whose server ended with closeErr: err, where there is one already.
func (a *app) afterwards(err, closeErr error) error {
	if err == nil || closeErr == nil {
		return errors.Join(err, closeErr)
	}
	a.con.complain(closeErr)
	return err
}

// startPlane opens a plane in this process, serves it, and returns a client for it and what ends it: with its runs, or
// leaving alone those that go on, which are others' than the caller's.
func (a *app) startPlane(ctx context.Context, cfg plane.Config, opt plane.Options, stopRuns bool) (*client.Client, func() error, error) {
	lg := slog.New(slog.NewTextHandler(a.con.err, &slog.HandlerOptions{Level: slog.LevelError}))
	p, err := a.openPlane(ctx, lg, cfg, opt)
	if err != nil {
		return nil, nothing, err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- p.Serve(serving) }()
	end := func() error {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		stop()
		return errors.Join(<-served, p.Close(closing, stopRuns))
	}
	return a.clientOfPlane(p), end, nil
}

// clientOfPlane makes the client of a plane in this process; the secret of a key from outside is in the environment.
func (a *app) clientOfPlane(p *plane.Plane) *client.Client {
	profile := p.Profile()
	if profile.SecretKey == "" {
		profile.SecretKey = a.con.env(envSecretKey)
	}
	return clientOf(profile)
}

// answerTimeout bounds the question whether a server answers.
const answerTimeout = 2 * time.Second

// answers reports whether c's server takes its calls.
func answers(ctx context.Context, c *client.Client) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	one := int32(1)
	probe := client.Client{Endpoint: c.Endpoint, Region: c.Region, Credentials: c.Credentials, HTTP: &http.Client{}}
	return probe.Call(ctx, "ListJobs", wire.ListJobsRequest{MaxResults: &one}, nil) == nil
}
