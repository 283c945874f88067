package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/core/workflowfile"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// workflowPlan is what it takes to make a server's workflow what a file says.
type workflowPlan struct {
	name    string
	changes []workflowfile.Change
	scripts map[string]localScript // by job: those that are stored with it
}

// localScript is a script that lies here, and where it will lie.
type localScript struct {
	text   []byte
	bucket string
	key    string
}

// workflowsPlan is `tenon workflows plan`.
func (a *app) workflowsPlan() *cobra.Command {
	file, check := "", false
	c := &cobra.Command{
		Use: "plan [FILE]", Short: "Show what applying a workflow file would change", Args: a.takes("[FILE]"),
		Long: `Compare a workflow file with the workflow of its name on the server, and show what ` + "`tenon workflows apply`" + ` would
change. FILE (- is stdin) is described in docs/workflow-file.md.`,
		Example: `  tenon workflows plan -f nightly.yaml
  tenon workflows plan -f nightly.yaml --check   # for scripts`,
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := oneFile(file, args)
			if err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			p, err := a.planWorkflow(cmd.Context(), c, path)
			if err != nil {
				return err
			}
			if err := a.showPlan(p); err != nil {
				return err
			}
			if check && len(p.changes) > 0 {
				return &exitError{code: exitFailed}
			}
			return nil
		},
	}
	addFile(c, &file)
	c.Flags().BoolVar(&check, "check", false, "end with exit code 1 if anything would change")
	return c
}

// workflowsApply is `tenon workflows apply`.
func (a *app) workflowsApply() *cobra.Command {
	file, yes := "", false
	c := &cobra.Command{
		Use: "apply [FILE]", Short: "Make a workflow, its triggers and its jobs what a file says", Args: a.takes("[FILE]"),
		Long: `Make a workflow, its triggers and the jobs that the file defines what a workflow file says. What differs is shown
and then changed, in an order that leaves nothing half wired; what is as it should be is not touched, so that
applying a file again changes nothing. Triggers that the file has no more are deleted, which is asked about; jobs
never are. The first change that is refused ends it: what was done stays, and applying the file again goes on.

Scripts that are local files are stored in the built-in S3, bucket ` + scriptBucket + `, by what they contain: a changed
script is a changed job. FILE (- is stdin) is described in docs/workflow-file.md.`,
		Example: `  tenon workflows apply -f nightly.yaml
  tenon workflows apply -f nightly.yaml --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := oneFile(file, args)
			if err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			p, err := a.planWorkflow(cmd.Context(), c, path)
			if err != nil {
				return err
			}
			if err := a.showPlan(p); err != nil || len(p.changes) == 0 {
				return err
			}
			if n := p.deletes(); n > 0 && !yes {
				if path == "-" {
					return usageError("it deletes %s; with the file on stdin, --yes says that this is right", many(int64(n), "trigger"))
				}
				if !a.confirm("Delete %s?", many(int64(n), "trigger")) {
					return &exitError{exitFailed, fmt.Errorf("nothing was changed: deleting was not confirmed; --yes does")}
				}
			}
			return a.applyPlan(cmd.Context(), c, p)
		},
	}
	addFile(c, &file)
	c.Flags().BoolVarP(&yes, "yes", "y", false, "delete without asking")
	return c
}

// addFile declares -f.
func addFile(c *cobra.Command, into *string) {
	c.Flags().StringVarP(into, "file", "f", "", "the workflow `file`; - is stdin")
	c.Flags().SortFlags = false
}

// oneFile is the file that was given, as a flag or as an argument.
func oneFile(flag string, args []string) (string, error) {
	given := slices.DeleteFunc(append([]string{flag}, args...), func(s string) bool { return s == "" })
	if len(given) != 1 {
		return "", usageError("give one workflow file: -f FILE")
	}
	return given[0], nil
}

// confirm asks a question and reports whether the answer is yes. Where nobody answers, it is no.
func (a *app) confirm(format string, args ...any) bool {
	fmt.Fprintf(a.con.err, "%s [y/N] ", a.con.onErr(bold, fmt.Sprintf(format, args...)))
	line, err := bufio.NewReader(a.con.in).ReadString('\n')
	if err != nil {
		a.con.say("")
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

// readWorkflowFile reads a workflow file within bounds, and the folder that its scripts are relative to.
func (a *app) readWorkflowFile(path string) (f *workflowfile.File, dir string, err error) {
	var from io.Reader = a.con.in
	dir = "."
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, "", err
		}
		defer file.Close()
		from, dir = file, filepath.Dir(path)
	}
	text, err := io.ReadAll(io.LimitReader(from, workflowfile.MaxBytes+1))
	if err != nil {
		return nil, "", err
	}
	if f, err = workflowfile.Read(text); err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return f, dir, nil
}

// planWorkflow compares the file at path with the server.
func (a *app) planWorkflow(ctx context.Context, c *client.Client, path string) (*workflowPlan, error) {
	f, dir, err := a.readWorkflowFile(path)
	if err != nil {
		return nil, err
	}
	p := &workflowPlan{name: f.Name, scripts: map[string]localScript{}}
	if err := p.takeScripts(f, dir); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	want, err := f.Objects()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var defined, used []string
	for _, j := range f.Jobs {
		if j.Define != nil {
			defined = append(defined, j.Name)
		} else {
			used = append(used, j.Name)
		}
	}
	if err := jobsExist(ctx, c, used); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	have, err := readObjects(ctx, c, f.Name, defined, true)
	if err != nil {
		return nil, err
	}
	p.changes = workflowfile.Diff(have, want)
	if err := triggersFree(ctx, c, have, p.changes); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for name := range p.scripts { // only what a change refers to is stored
		if !slices.ContainsFunc(p.changes, func(c workflowfile.Change) bool { return c.Kind == workflowfile.KindJob && c.Name == name }) {
			delete(p.scripts, name)
		}
	}
	return p, nil
}

// takeScripts reads the scripts that are local files, and gives their jobs the places where they will lie: by a hash of what
// they contain, so that a run keeps the script that it was started with, and a changed script shows.
func (p *workflowPlan) takeScripts(f *workflowfile.File, dir string) error {
	const digits = 12
	for i := range f.Jobs {
		d := f.Jobs[i].Define
		if d == nil || strings.Contains(d.Script, "://") {
			continue
		}
		path := d.Script
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		text, err := readScript(path)
		if err != nil {
			return fmt.Errorf("job %s: %w", f.Jobs[i].Name, err)
		}
		sum := sha256.Sum256(text)
		key := fmt.Sprintf("%s/%s/%s", f.Jobs[i].Name, hex.EncodeToString(sum[:])[:digits], filepath.Base(path))
		p.scripts[f.Jobs[i].Name] = localScript{text, scriptBucket, key}
		d.Script = "s3://" + scriptBucket + "/" + key
	}
	return nil
}

// deletes counts the triggers that go for good: not those that are made anew.
func (p *workflowPlan) deletes() int {
	n := 0
	for _, c := range p.changes {
		again := slices.ContainsFunc(p.changes, func(o workflowfile.Change) bool {
			return o.Verb == workflowfile.Create && o.Kind == c.Kind && o.Name == c.Name
		})
		if c.Verb == workflowfile.Delete && !again {
			n++
		}
	}
	return n
}

// jobsExist refuses jobs that the file uses and neither it nor the server defines.
func jobsExist(ctx context.Context, c *client.Client, names []string) error {
	var gone []string
	for part := range slices.Chunk(names, glue.MaxBatchGet) {
		var out wire.BatchGetJobsResponse
		if err := c.Call(ctx, "BatchGetJobs", wire.BatchGetJobsRequest{JobNames: part}, &out); err != nil {
			return err
		}
		gone = append(gone, out.JobsNotFound...)
	}
	switch len(gone) {
	case 0:
		return nil
	case 1:
		hint := ""
		if near := closest(gone[0], jobNames(ctx, c)); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return fmt.Errorf("job %s does not exist: create it, or define it in the file%s", gone[0], hint)
	}
	return fmt.Errorf("jobs %s do not exist: create them, or define them in the file, with a script each", strings.Join(gone, ", "))
}

// triggersFree refuses names of new triggers that others have.
func triggersFree(ctx context.Context, c *client.Client, have *workflowfile.Objects, changes []workflowfile.Change) error {
	var names []string
	for _, ch := range changes {
		ours := have != nil && slices.ContainsFunc(have.Triggers, func(t workflowfile.Tagged) bool { return t.Name == ch.Name })
		if ch.Kind == workflowfile.KindTrigger && ch.Verb == workflowfile.Create && !ours {
			names = append(names, ch.Name)
		}
	}
	for part := range slices.Chunk(names, glue.MaxBatchGet) {
		var out wire.BatchGetTriggersResponse
		if err := c.Call(ctx, "BatchGetTriggers", wire.BatchGetTriggersRequest{TriggerNames: part}, &out); err != nil {
			return err
		}
		for _, t := range out.Triggers {
			where := "outside any workflow"
			if w := val(t.WorkflowName); w != "" {
				where = "in workflow " + w
			}
			return fmt.Errorf("a trigger %s exists already, %s: give this one another name with trigger", val(t.Name), where)
		}
	}
	return nil
}

// reshape turns a value into another that has the same members in JSON, as Glue's nouns and the API's shapes have.
func reshape(from, into any) error {
	doc, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(doc, into)
}

// readObjects reads a workflow with its triggers, and the definitions of jobs; nil where there is no workflow and no such job.
// With tags, everything has its tags.
func readObjects(ctx context.Context, c *client.Client, name string, jobs []string, tags bool) (*workflowfile.Objects, error) {
	o := &workflowfile.Objects{}
	w, err := getWorkflow(ctx, c, name)
	if err != nil && !isCode(err, glue.CodeEntityNotFound) {
		return nil, err
	}
	if err == nil {
		if err := reshape(w, &o.Workflow); err != nil {
			return nil, err
		}
		if o.Tags, err = readTags(ctx, c, tags, "workflow", name); err != nil {
			return nil, err
		}
		for _, n := range w.Graph.Nodes {
			if n.TriggerDetails == nil || n.TriggerDetails.Trigger == nil {
				continue
			}
			t := workflowfile.Tagged{}
			if err := reshape(n.TriggerDetails.Trigger, &t.Trigger); err != nil {
				return nil, err
			}
			if t.Tags, err = readTags(ctx, c, tags, "trigger", t.Name); err != nil {
				return nil, err
			}
			o.Triggers = append(o.Triggers, t)
		}
	}
	for part := range slices.Chunk(jobs, glue.MaxBatchGet) {
		var out wire.BatchGetJobsResponse
		if err := c.Call(ctx, "BatchGetJobs", wire.BatchGetJobsRequest{JobNames: part}, &out); err != nil {
			return nil, err
		}
		for i := range out.Jobs {
			var j glue.Job
			if err := reshape(out.Jobs[i], &j); err != nil {
				return nil, err
			}
			if j.Tags, err = readTags(ctx, c, tags, "job", j.Name); err != nil {
				return nil, err
			}
			o.Jobs = append(o.Jobs, j)
		}
	}
	if w == nil && len(o.Jobs) == 0 {
		return nil, nil
	}
	return o, nil
}

// readTags reads the tags of a resource.
func readTags(ctx context.Context, c *client.Client, wanted bool, kind, name string) (map[string]string, error) {
	if !wanted {
		return nil, nil
	}
	var out wire.GetTagsResponse
	arn := arnOf(c, kind, name)
	err := c.Call(ctx, "GetTags", wire.GetTagsRequest{ResourceArn: &arn}, &out)
	return out.Tags, err
}

// arnOf names a resource for the calls about tags. The account may be left out: a server has one.
func arnOf(c *client.Client, kind, name string) string {
	return fmt.Sprintf("arn:aws:glue:%s::%s/%s", c.Region, kind, name)
}

// applyPlan makes the changes, and says each that is made. The first that is refused ends it.
func (a *app) applyPlan(ctx context.Context, c *client.Client, p *workflowPlan) error {
	if err := a.storeScripts(ctx, c, p); err != nil {
		return err
	}
	for i, ch := range p.changes {
		if err := applyChange(ctx, c, ch); err != nil {
			return fmt.Errorf("%s %s %s: %w\n%s made and stay; mend the cause and apply the file again for the rest", ch.Verb, ch.Kind, ch.Name, err, changesMade(i, len(p.changes)))
		}
	}
	if a.flags.output == formatTable {
		a.con.say("%s", a.con.onErr(green, "Done.")+" "+changesMade(len(p.changes), len(p.changes))+" made.")
	}
	return nil
}

// changesMade counts: 2 of 5 changes were.
func changesMade(made, all int) string {
	if made == 1 && all == 1 {
		return "1 change was"
	}
	return fmt.Sprintf("%d of %s were", made, many(int64(all), "change"))
}

// storeScripts puts local scripts where their jobs look for them.
func (a *app) storeScripts(ctx context.Context, c *client.Client, p *workflowPlan) error {
	if len(p.scripts) == 0 {
		return nil
	}
	store, err := a.objects(c)
	if err != nil {
		return err
	}
	if err := store.MakeBucket(ctx, scriptBucket); err != nil {
		return fmt.Errorf("bucket %s: %w", scriptBucket, err)
	}
	for name, s := range p.scripts {
		if _, err := store.Put(ctx, s.bucket, s.key, s.text); err != nil {
			return fmt.Errorf("script of job %s: %w", name, err)
		}
	}
	return nil
}

// applyChange makes one change.
func applyChange(ctx context.Context, c *client.Client, ch workflowfile.Change) error {
	switch {
	case ch.Verb == workflowfile.Tag:
		return applyTags(ctx, c, ch)
	case ch.Kind == workflowfile.KindJob:
		var in wire.CreateJobRequest
		if err := reshape(ch.Job, &in); err != nil {
			return err
		}
		in.Tags = ch.Tags
		return putJob(ctx, c, &in, ch.Verb == workflowfile.Update)
	case ch.Kind == workflowfile.KindWorkflow && ch.Verb == workflowfile.Create:
		var in wire.CreateWorkflowRequest
		if err := reshape(ch.Workflow, &in); err != nil {
			return err
		}
		in.Tags = ch.Tags
		return c.Call(ctx, "CreateWorkflow", in, nil)
	case ch.Kind == workflowfile.KindWorkflow:
		var in wire.UpdateWorkflowRequest
		if err := reshape(ch.Workflow, &in); err != nil {
			return err
		}
		return c.Call(ctx, "UpdateWorkflow", in, nil)
	}
	return applyTrigger(ctx, c, ch)
}

// applyTrigger makes one change of a trigger.
func applyTrigger(ctx context.Context, c *client.Client, ch workflowfile.Change) error {
	switch ch.Verb {
	case workflowfile.Create:
		var in wire.CreateTriggerRequest
		if err := reshape(ch.Trigger.Trigger, &in); err != nil {
			return err
		}
		in.Tags = ch.Tags
		if ch.Trigger.State == glue.TriggerActivated {
			on := true
			in.StartOnCreation = &on
		}
		return c.Call(ctx, "CreateTrigger", in, nil)
	case workflowfile.Update:
		var in wire.TriggerUpdate
		if err := reshape(ch.Trigger.Trigger, &in); err != nil {
			return err
		}
		in.Name = nil
		return c.Call(ctx, "UpdateTrigger", wire.UpdateTriggerRequest{Name: &ch.Name, TriggerUpdate: &in}, nil)
	case workflowfile.Activate:
		return c.Call(ctx, "StartTrigger", wire.StartTriggerRequest{Name: &ch.Name}, nil)
	case workflowfile.Deactivate:
		return c.Call(ctx, "StopTrigger", wire.StopTriggerRequest{Name: &ch.Name}, nil)
	}
	return c.Call(ctx, "DeleteTrigger", wire.DeleteTriggerRequest{Name: &ch.Name}, nil)
}

// applyTags sets and takes away tags.
func applyTags(ctx context.Context, c *client.Client, ch workflowfile.Change) error {
	arn := arnOf(c, string(ch.Kind), ch.Name)
	if len(ch.Tags) > 0 {
		if err := c.Call(ctx, "TagResource", wire.TagResourceRequest{ResourceArn: &arn, TagsToAdd: ch.Tags}, nil); err != nil {
			return err
		}
	}
	if len(ch.Untag) == 0 {
		return nil
	}
	return c.Call(ctx, "UntagResource", wire.UntagResourceRequest{ResourceArn: &arn, TagsToRemove: ch.Untag}, nil)
}

// workflowsExport is `tenon workflows export`.
func (a *app) workflowsExport() *cobra.Command {
	refer := false
	c := &cobra.Command{
		Use: "export WORKFLOW", Short: "Write a workflow as a file", Args: a.takes("WORKFLOW"),
		Long: `Write a workflow, its triggers and its jobs as a workflow file, whoever made them: applying that file changes
nothing. A job that has what the file cannot say (such as a visual job's graph) is only named, which is told; what
of the triggers it cannot say is refused by name. The file is described in docs/workflow-file.md.`,
		Example: `  tenon workflows export nightly > nightly.yaml
  tenon workflows export nightly --no-jobs`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			text, err := a.exportWorkflow(cmd.Context(), c, args[0], !refer)
			if err != nil {
				return err
			}
			a.con.print("%s", text)
			return nil
		},
	}
	c.Flags().BoolVar(&refer, "no-jobs", false, "only name the jobs, do not define them")
	return c
}

// exportWorkflow is the file of a workflow.
func (a *app) exportWorkflow(ctx context.Context, c *client.Client, name string, define bool) ([]byte, error) {
	w, err := getWorkflow(ctx, c, name)
	if err != nil {
		return nil, err
	}
	var jobs []string
	for _, n := range jobNodes(w.Graph) {
		if define {
			jobs = append(jobs, val(n.Name))
		}
	}
	o, err := readObjects(ctx, c, name, jobs, true)
	if err != nil {
		return nil, err
	}
	foreign, err := foreignJobs(ctx, c, jobs)
	if err != nil {
		return nil, err
	}
	o.Jobs = slices.DeleteFunc(o.Jobs, func(j glue.Job) bool {
		why := foreign[j.Name]
		if err := workflowfile.Definable(j); why == "" && err != nil {
			why = err.Error()
		}
		if why != "" {
			a.con.say("Job %s is only named: it has %s, which a workflow file cannot say.", j.Name, why)
		}
		return why != ""
	})
	f, err := workflowfile.Export(o)
	if err != nil {
		return nil, err
	}
	return f.Text()
}

// foreignJobs tells which jobs have members that glue.Job has not, and which member that is.
func foreignJobs(ctx context.Context, c *client.Client, names []string) (map[string]string, error) {
	out := map[string]string{}
	for part := range slices.Chunk(names, glue.MaxBatchGet) {
		var got wire.BatchGetJobsResponse
		if err := c.Call(ctx, "BatchGetJobs", wire.BatchGetJobsRequest{JobNames: part}, &got); err != nil {
			return nil, err
		}
		for _, j := range got.Jobs {
			switch name := val(j.Name); {
			case j.CodeGenConfigurationNodes != nil:
				out[name] = "CodeGenConfigurationNodes"
			case j.SourceControlDetails != nil:
				out[name] = "SourceControlDetails"
			case j.LogUri != nil:
				out[name] = "LogUri"
			}
		}
	}
	return out, nil
}
