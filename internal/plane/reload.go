package plane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tenon/internal/controller"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// reloadable are the keys, with all below them, that may change while Tenon runs.
var reloadable = []string{
	"executor.local.memory", "executor.local.parallel", "max_wait", "placement", "queueing", "queues", "quotas", "regions",
	"report_queued_as", "reservation", "subnets",
}

// Reloadable lists the keys that may change while Tenon runs, each with all below it.
func Reloadable() []string { return slices.Clone(reloadable) }

// mayReload reports whether a key may change while Tenon runs.
func mayReload(key string) bool {
	return slices.ContainsFunc(reloadable, func(r string) bool { return key == r || strings.HasPrefix(key, r+".") })
}

// Reload reads the configuration file again and applies what changed, as SIGHUP asks for. An error changes nothing.
func (p *Plane) Reload(ctx context.Context) ([]api.ConfigChange, error) {
	out, err := p.applyConfig(ctx, "", &api.ConfigInput{Reload: true})
	if err != nil {
		return nil, err
	}
	return out.Changed, nil
}

// applyConfig is ApplyConfig:
//
//	read the text -> refuse what cannot be, or cannot change -> replace the file -> tell the controller -> tell the API
//
// The controller notes the change in the event table. If it refuses, the file is put back; so an error changes nothing.
func (p *Plane) applyConfig(ctx context.Context, principal string, in *api.ConfigInput) (*api.ConfigOutput, error) {
	if in.Reload == (in.Text != "") {
		return nil, glue.Invalid("Give the Text of a configuration, or Reload for the server's own file.")
	}
	if p.file == "" && !(in.DryRun && in.Text != "") {
		return nil, glue.Invalid("The server was started without --config, so it has no file to read or to replace: restart it with one.")
	}
	p.applying.Lock()
	defer p.applying.Unlock()
	text := []byte(in.Text)
	if in.Reload {
		var err error
		if text, err = readFile(p.file); err != nil {
			return nil, glue.Invalid("The configuration cannot be read: %v.", err)
		}
	}
	if len(bytes.TrimSpace(text)) == 0 { // as an editor leaves it for a moment
		return nil, glue.Invalid("%sit is empty, which would set everything to its default", ifSet(in.Reload, p.file+": "))
	}
	old := p.Config()
	c, err := p.successor(text, old)
	if err != nil {
		return nil, glue.Invalid("%s%v", ifSet(in.Reload, p.file+": "), err)
	}
	out := &api.ConfigOutput{Changed: []api.ConfigChange{}, DryRun: in.DryRun}
	var record []glue.ConfigChange
	for _, d := range compare(old, c) {
		out.Changed = append(out.Changed, api.ConfigChange{Key: d.key, Before: d.before, After: d.after})
		record = append(record, glue.ConfigChange{Key: d.key, Before: d.before, After: d.after})
	}
	if in.DryRun {
		return out, nil
	}
	restore := func() error { return nil }
	if !in.Reload {
		if restore, err = replaceFile(p.file, text); err != nil {
			return nil, &glue.Error{Code: glue.CodeInternal, Message: fmt.Sprintf("The configuration file cannot be replaced: %v. Nothing was changed.", err), Err: err}
		}
	}
	if len(record) == 0 {
		return out, nil
	}
	ctx = context.WithoutCancel(ctx) // whoever asked may be gone: what is begun is finished, or put back
	if err := p.ctl.Configure(ctx, controller.ConfigureRequest{Principal: principal, Policy: c.policy(), Changed: record}); err != nil {
		return nil, errors.Join(err, restore())
	}
	p.api.Configure(c.settings())
	p.running.Store(&c)
	return out, nil
}

// ifSet is text if a condition holds, else nothing.
func ifSet(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}

// successor reads the configuration that is to follow the running one. What it cannot change is refused by name.
func (p *Plane) successor(text []byte, old Config) (Config, error) {
	c, doc, err := readConfig(text)
	if err != nil {
		return c, err
	}
	if p.overlay != nil {
		p.overlay(&c)
	}
	// Without a run_memory of its own the file means a share of memory; that of running workers stays as it is.
	c.Executor.Local.RunMemory = or(c.Executor.Local.RunMemory, old.Executor.Local.RunMemory)
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return c, withLine(doc, err)
	}
	if c.DataDir, err = filepath.Abs(c.DataDir); err != nil {
		return c, fmt.Errorf("data_dir: %w", err)
	}
	return c, refuseFixed(doc, compare(old, c))
}

// refuseFixed refuses changes of what a running plane cannot change, all by name.
func refuseFixed(doc *yaml.Node, changes []change) error {
	var keys []string
	for _, d := range changes {
		if !mayReload(d.key) {
			keys = append(keys, d.key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	err := fmt.Errorf("%s cannot change while Tenon runs: restart it", strings.Join(keys, ", "))
	if line := lineOf(doc, steps(keys[0])); line > 0 {
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

// policy is the part of a configuration that the controller may be told anew.
func (c Config) policy() controller.Policy {
	p := controller.Policy{
		Admission: c.admission(), Queueing: controller.Queueing(c.Queueing), MaxWait: time.Duration(c.MaxWait),
		JobRuns: int(c.Quotas.limit(glue.QuotaRunsPerJob)), NetworkRetries: (*int)(c.Placement.NetworkRetries),
		Quotas: glue.Quotas(c.Quotas),
	}
	if most := c.Quotas.limit(glue.QuotaQueuedRuns); most != glue.NoQuota {
		p.QueuedRuns = int(most)
	}
	return p
}

// settings is the part of a configuration that the API may be told anew.
func (c Config) settings() api.Settings {
	s := api.Settings{Quotas: glue.Quotas(c.Quotas), Regions: map[string]glue.Quotas{}, ReportQueuedAs: c.ReportQueuedAs}
	for name, r := range c.Regions {
		s.Regions[name] = glue.Quotas(r.Quotas)
	}
	return s
}

// replaceFile puts text in the place of a file, whole and durable, with the file's mode and owner. The function that it
// returns puts the old text back.
func replaceFile(path string, text []byte) (restore func() error, err error) {
	path, err = filepath.EvalSymlinks(path) // the link stays one
	if err != nil {
		return nil, err
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := putFile(path, text, info); err != nil {
		return nil, err
	}
	return func() error { return putFile(path, old, info) }, nil
}

// putFile writes a file beside path and moves it there.
func putFile(path string, text []byte, like fs.FileInfo) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(like.Mode().Perm()), keepOwner(f, like), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename in a folder durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
