package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// jobsCommand is `tenon jobs`.
func (a *app) jobsCommand() *cobra.Command {
	return a.group("jobs", "Define jobs and look at them", groupWork, a.jobsList(), a.jobsShow(), a.jobsCreate(), a.jobsDelete())
}

// pages calls one list operation until its last page; next is what the answer's NextToken was.
func pages(call func(token *string) (next *string, err error)) error {
	var token *string
	for range maxPages {
		next, err := call(token)
		if err != nil || next == nil {
			return err
		}
		token = next
	}
	return fmt.Errorf("the list has more than %d pages", maxPages)
}

// maxPages bounds a list: a thousand pages of a thousand.
const maxPages = 1000

// jobsList is `tenon jobs list`.
func (a *app) jobsList() *cobra.Command {
	again := false
	c := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the jobs", Args: a.takes(),
		Example: "  tenon jobs list\n  tenon jobs list -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				var jobs []wire.Job
				err := pages(func(token *string) (*string, error) {
					var out wire.GetJobsResponse
					err := c.Call(ctx, "GetJobs", wire.GetJobsRequest{NextToken: token}, &out)
					jobs = append(jobs, out.Jobs...)
					return out.NextToken, err
				})
				if err != nil {
					return err
				}
				return showList(a, jobs, "No jobs yet. `tenon jobs create NAME --script script.py` makes one.", jobColumns()...)
			})
		},
	}
	addWatch(c, &again)
	return c
}

// jobColumns are the columns of a list of jobs.
func jobColumns() []column[wire.Job] {
	command := func(j wire.Job) wire.JobCommand { return val(j.Command) }
	return []column[wire.Job]{
		{title: "job", text: func(j wire.Job) string { return val(j.Name) }, paint: func(wire.Job) style { return bold }},
		{title: "type", text: func(j wire.Job) string { return val(command(j).Name) }},
		{title: "glue", text: func(j wire.Job) string { return orDefault(val(j.GlueVersion), "-") }, exact: func(j wire.Job) string { return val(j.GlueVersion) }},
		{title: "dpus", right: true, text: func(j wire.Job) string { return number(val(j.MaxCapacity)) }},
		{title: "changed", right: true, text: func(j wire.Job) string { return age(when(j.LastModifiedOn), time.Now()) },
			exact: func(j wire.Job) string { return exactTime(when(j.LastModifiedOn)) }},
		{title: "script", text: func(j wire.Job) string { return val(command(j).ScriptLocation) }},
	}
}

// jobsShow is `tenon jobs show`.
func (a *app) jobsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show JOB", Short: "Show one job", Args: a.takes("JOB"),
		Example: "  tenon jobs show nightly\n  tenon jobs show nightly -o yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			j, err := getJob(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			return a.showItem(j, jobFields(j))
		},
	}
}

// getJob reads one job.
func getJob(ctx context.Context, c *client.Client, name string) (*wire.Job, error) {
	var out wire.GetJobResponse
	err := c.Call(ctx, "GetJob", wire.GetJobRequest{JobName: &name}, &out)
	return out.Job, err
}

// jobFields are the lines of one job.
func jobFields(j *wire.Job) []field {
	command, connections := val(j.Command), ""
	if j.Connections != nil {
		connections = strings.Join(j.Connections.Connections, ", ")
	}
	workers := ""
	if n := val(j.NumberOfWorkers); n > 0 {
		workers = fmt.Sprintf("%d x %s", n, val(j.WorkerType))
	}
	concurrent := int32(1)
	if j.ExecutionProperty != nil && j.ExecutionProperty.MaxConcurrentRuns != nil {
		concurrent = *j.ExecutionProperty.MaxConcurrentRuns
	}
	return []field{
		{name: "Job", value: val(j.Name), paint: bold},
		{name: "Description", value: val(j.Description)},
		{name: "Type", value: val(command.Name)},
		{name: "Script", value: val(command.ScriptLocation)},
		{name: "Glue", value: val(j.GlueVersion)},
		{name: "Role", value: val(j.Role)},
		{name: "Workers", value: workers},
		{name: "DPUs", value: number(val(j.MaxCapacity))},
		{name: "Timeout", value: fmt.Sprintf("%d min", val(j.Timeout))},
		{name: "Retries", value: fmt.Sprint(val(j.MaxRetries))},
		{name: "Runs at once", value: fmt.Sprint(concurrent)},
		{name: "Connections", value: connections},
		{name: "Created", value: clock(when(j.CreatedOn))},
		{name: "Changed", value: clock(when(j.LastModifiedOn))},
		{name: "Arguments", value: words(j.DefaultArguments)},
		{name: "Fixed arguments", value: words(j.NonOverridableArguments)},
	}
}

// jobFlags are the flags of `tenon jobs create`.
type jobFlags struct {
	script, kind, role, version, workerType, description, from string
	workers, timeout, retries, concurrent                      int32
	capacity                                                   float64
	args, tags, connections                                    []string
	update                                                     bool
}

// jobsCreate is `tenon jobs create`.
func (a *app) jobsCreate() *cobra.Command {
	f := &jobFlags{}
	c := &cobra.Command{
		Use: "create JOB", Short: "Define a job", Args: a.takes("JOB"),
		Long: `Define a job. A script that is a local file is stored in the built-in S3, bucket ` + scriptBucket + `;
any s3:// location is taken as it is. With --from, the definition is a file in the form of CreateJob,
JSON or YAML, and the flags given beside it win.`,
		Example: `  tenon jobs create nightly --script etl.py --arg day=2026-11-26
  tenon jobs create tidy --script tidy.py --type pythonshell --capacity 0.0625
  tenon jobs create nightly --script etl.py --update   # replace it
  tenon jobs create nightly --from nightly.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			req, err := f.request(args[0])
			if err != nil {
				return err
			}
			if err := a.placeScript(cmd.Context(), c, req, f.script); err != nil {
				return err
			}
			if err := putJob(cmd.Context(), c, req, f.update); err != nil {
				return err
			}
			j, err := getJob(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			if a.flags.output == formatTable {
				a.con.print("%s\n", args[0])
				return nil
			}
			return a.showItem(j, jobFields(j))
		},
	}
	fl := c.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.script, "script", "", "the job's script: a local `file`, or an s3:// location")
	fl.StringVar(&f.kind, "type", "", "glueetl or pythonshell (default glueetl)")
	fl.StringVar(&f.version, "glue-version", "", "Glue `version` (default "+glue.DefaultGlueVersion+")")
	fl.StringVar(&f.role, "role", "", "IAM role; Tenon only keeps its `name` (default "+defaultRole+")")
	fl.StringVar(&f.description, "description", "", "what it is for")
	fl.StringArrayVarP(&f.args, "arg", "a", nil, "default argument of the script, `KEY=VALUE`; may be repeated")
	fl.StringVar(&f.workerType, "worker-type", "", "worker `type`, such as G.1X; with --workers")
	fl.Int32Var(&f.workers, "workers", 0, "number of workers")
	fl.Float64Var(&f.capacity, "capacity", 0, "DPUs, instead of workers")
	fl.Int32Var(&f.timeout, "timeout", 0, "timeout in `minutes`")
	fl.Int32Var(&f.retries, "retries", 0, "how often a failed run is tried again")
	fl.Int32Var(&f.concurrent, "concurrent", 0, "how many runs at once (default 1)")
	fl.StringArrayVar(&f.connections, "connection", nil, "`name` of a connection; may be repeated")
	fl.StringArrayVar(&f.tags, "tag", nil, "tag, `KEY=VALUE`; may be repeated")
	fl.StringVar(&f.from, "from", "", "`file` with the definition")
	fl.BoolVar(&f.update, "update", false, "replace the job if it exists; its tags stay")
	return c
}

// defaultRole is what a job that names no role gets: Glue demands one, Tenon gives it no meaning.
const defaultRole = "tenon"

// request is the CreateJob that the flags and the file ask for.
func (f *jobFlags) request(name string) (*wire.CreateJobRequest, error) {
	req := &wire.CreateJobRequest{}
	if f.from != "" {
		if err := readDefinition(f.from, req); err != nil {
			return nil, err
		}
	}
	args, err := arguments("--arg", f.args)
	if err != nil {
		return nil, err
	}
	tags, err := pairs("--tag", f.tags)
	if err != nil {
		return nil, err
	}
	if req.Command == nil {
		req.Command = &wire.JobCommand{}
	}
	override(&req.Command.Name, f.kind)
	override(&req.Role, f.role)
	override(&req.GlueVersion, f.version)
	override(&req.Description, f.description)
	override(&req.WorkerType, f.workerType)
	override(&req.NumberOfWorkers, f.workers)
	override(&req.MaxCapacity, f.capacity)
	override(&req.Timeout, f.timeout)
	override(&req.MaxRetries, f.retries)
	if f.concurrent != 0 {
		req.ExecutionProperty = &wire.ExecutionProperty{MaxConcurrentRuns: &f.concurrent}
	}
	if args != nil {
		req.DefaultArguments = args
	}
	if tags != nil {
		req.Tags = tags
	}
	if f.connections != nil {
		req.Connections = &wire.ConnectionsList{Connections: f.connections}
	}
	req.Name = &name
	fallback(&req.Command.Name, glue.CommandETL)
	fallback(&req.Role, defaultRole)
	if f.script == "" && val(req.Command.ScriptLocation) == "" {
		return nil, usageError("--script is missing: a local file, or an s3:// location")
	}
	return req, nil
}

// override sets a member where its flag was given.
func override[T comparable](member **T, flag T) {
	if p := given(flag); p != nil {
		*member = p
	}
}

// fallback sets a member that is absent.
func fallback[T any](member **T, value T) {
	if *member == nil {
		*member = &value
	}
}

// maxDefinitionBytes bounds a definition's file: a request has at most 1 MiB.
const maxDefinitionBytes = 1 << 20

// readDefinition reads a request of the API from a JSON or YAML file. A member that the API does not know is refused.
func readDefinition(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(text) > maxDefinitionBytes {
		return fmt.Errorf("%s is larger than %d bytes", path, maxDefinitionBytes)
	}
	var doc any
	if err := yaml.Unmarshal(text, &doc); err != nil { // JSON is YAML
		return fmt.Errorf("%s: %w", path, err)
	}
	if text, err = json.Marshal(doc); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// putJob creates a job or, with update, replaces the one of that name.
func putJob(ctx context.Context, c *client.Client, req *wire.CreateJobRequest, update bool) error {
	err := c.Call(ctx, "CreateJob", req, nil)
	var refused *glue.Error
	exists := errors.As(err, &refused) && (refused.Code == glue.CodeAlreadyExists || refused.Code == glue.CodeIdempotentMismatch)
	if !exists || !update {
		return err
	}
	text, err := json.Marshal(req)
	if err != nil {
		return err
	}
	var u wire.JobUpdate
	if err := json.Unmarshal(text, &u); err != nil { // JobUpdate has CreateJob's members but Name and Tags
		return err
	}
	return c.Call(ctx, "UpdateJob", wire.UpdateJobRequest{JobName: req.Name, JobUpdate: &u}, nil)
}

// jobsDelete is `tenon jobs delete`.
func (a *app) jobsDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete JOB...", Short: "Delete jobs, with their bookmarks", Args: a.atLeastOne("JOB"),
		Example: "  tenon jobs delete nightly",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			for _, name := range args {
				if _, err := getJob(cmd.Context(), c, name); err != nil { // DeleteJob itself is silent about an unknown one
					return err
				}
				if err := c.Call(cmd.Context(), "DeleteJob", wire.DeleteJobRequest{JobName: &name}, nil); err != nil {
					return err
				}
				a.con.print("%s\n", name)
			}
			return nil
		},
	}
}

// scriptBucket is the bucket that keeps the scripts of `tenon run` and `tenon jobs create`.
const scriptBucket = "tenon-scripts"

// maxScriptBytes bounds a script; the worker takes no larger one.
const maxScriptBytes = 64 << 20

// placeScript stores the script of a job in S3, unless it is there, and sets the job's ScriptLocation.
func (a *app) placeScript(ctx context.Context, c *client.Client, req *wire.CreateJobRequest, script string) error {
	switch {
	case script == "":
		return nil
	case strings.Contains(script, "://"):
		req.Command.ScriptLocation = &script
		return nil
	}
	text, err := readScript(script)
	if err != nil {
		return err
	}
	store, err := a.objects(c)
	if err != nil {
		return err
	}
	if err := store.MakeBucket(ctx, scriptBucket); err != nil {
		return fmt.Errorf("bucket %s: %w", scriptBucket, err)
	}
	location, err := store.Put(ctx, scriptBucket, *req.Name+"/"+filepath.Base(script), text)
	req.Command.ScriptLocation = &location
	return err
}

// readScript reads a script, saying plainly what is wrong with its path.
func readScript(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, usageError("there is no script %s", path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, usageError("%s is a folder, not a script", path)
	case info.Size() > maxScriptBytes:
		return nil, usageError("%s has %s, a script has at most %s", path, size(info.Size()), size(maxScriptBytes))
	}
	return os.ReadFile(path)
}

// objects is the S3 side of the server that c calls.
func (a *app) objects(c *client.Client) (*client.Objects, error) {
	profile, err := client.ReadProfile(a.flags.dataDir)
	if err != nil || profile.S3Endpoint == "" {
		return nil, fmt.Errorf("the S3 endpoint of %s is not known: name the server's data directory with --data-dir, or put the script into S3 yourself and give its s3:// location", c.Endpoint)
	}
	return &client.Objects{Endpoint: profile.S3Endpoint, Region: c.Region, Credentials: c.Credentials, HTTP: c.HTTP}, nil
}
