package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"tenon/internal/driver/store"
	"tenon/internal/plane"
)

// The states of a finding.
const (
	healthy = "ok"
	dubious = "warn" // works, but something will not
	broken  = "fail" // does not work
)

// finding is what one check found. Advice is what to do about it.
type finding struct {
	Check  string `json:"check"`
	State  string `json:"state"`
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"`
}

// checkTimeout bounds one check.
const checkTimeout = 20 * time.Second

// doctorCommand is `tenon doctor`.
func (a *app) doctorCommand() *cobra.Command {
	f := &serverFlags{}
	c := &cobra.Command{
		Use: "doctor", Short: "Check what Tenon needs, and say what to do about it", GroupID: groupHelp, Args: a.takes(),
		Long: `Check this machine and the data directory. Each line is ok, warn (it works, but something will not) or fail.
The exit code is 1 if anything fails. Nothing is changed.`,
		Example: "  tenon doctor\n  tenon doctor --config /etc/tenon.yaml\n  tenon doctor -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.serverConfig(cmd, f)
			findings := []finding{configFinding(f.config, err)}
			if findings[0].State != broken {
				findings = append(findings, examine(cmd.Context(), cfg)...)
			}
			if err := a.showFindings(findings); err != nil {
				return err
			}
			for _, f := range findings {
				if f.State == broken {
					return &exitError{code: exitFailed}
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&f.config, "config", "", "configuration `file`")
	c.Flags().StringVar(&f.listen, "listen", "", "`address` that the server would listen on")
	c.Flags().BoolVar(&f.insecure, "insecure", false, "as of `tenon serve`")
	return c
}

// showFindings writes the findings, each advice under its line.
func (a *app) showFindings(findings []finding) error {
	if a.flags.output != formatTable {
		return showList(a, findings, "", []column[finding]{
			{title: "check", text: func(f finding) string { return f.Check }},
			{title: "state", text: func(f finding) string { return f.State }},
			{title: "found", text: func(f finding) string { return f.Found }},
			{title: "advice", text: func(f finding) string { return f.Advice }},
		}...)
	}
	width := 0
	for _, f := range findings {
		width = max(width, len(f.Check))
	}
	paint := map[string]style{healthy: green, dubious: yellow, broken: red}
	for _, f := range findings {
		a.con.print("%s%s%-*s%s%s\n", a.con.onOut(paint[f.State], fmt.Sprintf("%-4s", f.State)), gap, width, f.Check, gap, oneLine(f.Found))
		if f.Advice != "" {
			a.con.print("%s%s\n", strings.Repeat(" ", 4+len(gap)+width+len(gap)), a.con.onOut(dim, "-> "+f.Advice))
		}
	}
	return nil
}

// configFinding is about the configuration itself.
func configFinding(file string, err error) finding {
	f := finding{Check: "config", State: healthy, Found: orDefault(file, "defaults, no file")}
	if err != nil {
		f.State, f.Found, f.Advice = broken, err.Error(), "correct it; `tenon config show` lists every setting"
	}
	return f
}

// examine makes every check, in the order in which they build on one another.
func examine(ctx context.Context, cfg plane.Config) []finding {
	var all []finding
	for _, check := range []func(context.Context, plane.Config) []finding{
		checkPython, checkDataDir, checkStorage, checkStore, checkListen, checkClock, checkMemory, checkFiles,
	} {
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		all = append(all, check(ctx, cfg)...)
		cancel()
	}
	return all
}

// leastPython is the oldest Python that the shim runs on.
const leastPython = "3.9"

// probeScript asks an interpreter who it is and whether boto3 is there.
const probeScript = `import json, sys
try:
    import boto3
    found = boto3.__version__
except ImportError:
    found = ""
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "new": sys.version_info >= (3, 9), "boto3": found}))`

// checkPython finds the interpreter of scripts and boto3.
func checkPython(ctx context.Context, cfg plane.Config) []finding {
	path, err := plane.FindPython(ctx, cfg)
	if err != nil {
		return []finding{{"python", broken, err.Error(), "install Python " + leastPython + " or later, or run `tenon python install --python /path/to/python3`"}}
	}
	out, err := exec.CommandContext(ctx, path, "-c", probeScript).Output()
	var said struct {
		Version, Boto3 string
		New            bool
	}
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil {
		return []finding{{"python", broken, fmt.Sprintf("%s does not run: %v", path, err), "repair it, or name another one in executor.local.python"}}
	}
	python := finding{"python", healthy, said.Version + ", " + path, ""}
	if !said.New {
		python.State, python.Advice = broken, "scripts need Python "+leastPython+" or later: name one in executor.local.python"
	}
	boto3 := finding{"boto3", healthy, said.Boto3, ""}
	if said.Boto3 == "" {
		boto3.State, boto3.Found, boto3.Advice = dubious, "not there: scripts that import it fail", "tenon python install"
	}
	return []finding{python, boto3}
}

// checkDataDir writes, syncs and tags a file where the data will be, and measures the disk.
func checkDataDir(_ context.Context, cfg plane.Config) []finding {
	dir, err := existing(cfg.DataDir)
	if err != nil {
		return []finding{{"data dir", broken, err.Error(), "name another one with --data-dir"}}
	}
	found := cfg.DataDir
	if dir != cfg.DataDir {
		found += ", made at the first start"
	}
	probe, err := os.CreateTemp(dir, ".tenon-doctor-")
	if err != nil {
		return []finding{{"data dir", broken, err.Error(), "make it writable for this user, or name another one with --data-dir"}}
	}
	_, err = probe.WriteString("x")
	err = errors.Join(err, probe.Sync())
	tagged := unix.Fsetxattr(int(probe.Fd()), "user.tenon-doctor", []byte("x"), 0)
	err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return []finding{{"data dir", broken, err.Error(), "the disk takes no writes: look at its state and space"}}
	}
	return []finding{{"data dir", healthy, found, ""}, diskFinding(dir, cfg), xattrFinding(tagged)}
}

// existing is the nearest folder of a path that is there.
func existing(path string) (string, error) {
	for {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			return path, nil
		case err == nil:
			return "", fmt.Errorf("%s is no folder", path)
		case !errors.Is(err, os.ErrNotExist):
			return "", err
		case filepath.Dir(path) == path:
			return "", err
		}
		path = filepath.Dir(path)
	}
}

// roomyDisk is how many times min_free a disk should have free.
const roomyDisk = 4

// diskFinding compares the free space with what new runs wait for.
func diskFinding(dir string, cfg plane.Config) finding {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return finding{"disk", dubious, err.Error(), ""}
	}
	free := int64(fs.Bavail) * int64(fs.Bsize)
	f := finding{"disk", healthy, size(free) + " free", ""}
	switch {
	case free < int64(*cfg.MinFree):
		f.State, f.Advice = broken, "new runs wait below "+cfg.MinFree.String()+" (min_free): free some, or move the data directory"
	case free < roomyDisk*int64(*cfg.MinFree):
		f.State, f.Advice = dubious, "new runs will wait below "+cfg.MinFree.String()+" (min_free)"
	}
	return f
}

// xattrFinding says where the metadata of S3 objects will be kept.
func xattrFinding(err error) finding {
	if err == nil {
		return finding{"xattr", healthy, "object metadata stays with its file", ""}
	}
	return finding{"xattr", dubious, "none on this file system: object metadata is kept in a folder beside",
		"works; but a file that is moved by hand loses its metadata"}
}

// checkStorage says what s3:// stands for, and whether a real S3 takes the configured credentials.
func checkStorage(ctx context.Context, cfg plane.Config) []finding {
	if cfg.S3 == nil {
		return []finding{{"storage", healthy, "s3:// is the folder " + filepath.Join(cfg.DataDir, plane.DirStorage), ""}}
	}
	f := finding{"storage", healthy, "s3:// is " + cfg.S3.Where(), ""}
	if err := plane.CheckStorage(ctx, cfg); err != nil {
		f.State, f.Found = broken, f.Found+": "+err.Error()
		f.Advice = "correct s3: in the configuration: runs would fail, and nothing is stored elsewhere instead"
	}
	return []finding{f}
}

// checkStore looks whether the state can be read and which schema it has.
func checkStore(ctx context.Context, cfg plane.Config) []finding {
	where := "sqlite"
	if cfg.Store != "sqlite" {
		where = plane.RedactURL(cfg.Store)
	}
	have, want, err := store.Inspect(ctx, store.Config{Dir: cfg.DataDir, URL: cfg.Store})
	switch {
	case err != nil:
		return []finding{{"store", broken, where + ": " + err.Error(), "for PostgreSQL: is the server up, the database there, the user allowed? For SQLite: restore tenon.db from a backup"}}
	case have == 0:
		return []finding{{"store", healthy, where + ", empty: made at the first start", ""}}
	case have > want:
		return []finding{{"store", broken, fmt.Sprintf("%s, schema %d: this program knows %d", where, have, want), "run the newer program, or restore the copy made before its migration"}}
	case have < want:
		return []finding{{"store", healthy, fmt.Sprintf("%s, schema %d: brought to %d at the next start, after a copy", where, have, want), ""}}
	}
	return []finding{{"store", healthy, fmt.Sprintf("%s, schema %d", where, have), ""}}
}

// checkListen looks whether the port is free, or whose it is.
func checkListen(ctx context.Context, cfg plane.Config) []finding {
	l, err := net.Listen("tcp", cfg.Listen)
	if err == nil {
		if err := l.Close(); err != nil {
			return []finding{{"port", dubious, err.Error(), ""}}
		}
		return []finding{{"port", healthy, cfg.Listen + " is free", ""}}
	}
	scheme := "http"
	if cfg.TLS.Cert != "" {
		scheme = "https"
	}
	status, text := get(ctx, scheme+"://"+cfg.Listen+"/readyz")
	switch {
	case status == http.StatusOK && text == "ready":
		return []finding{{"port", healthy, "a Tenon serves on " + cfg.Listen, ""}}
	case status == http.StatusServiceUnavailable:
		return []finding{{"port", dubious, "a Tenon on " + cfg.Listen + " is not ready: " + text, "look at its log"}}
	}
	return []finding{{"port", broken, fmt.Sprintf("%s: %v", cfg.Listen, errors.Unwrap(err)), "end what holds it, or choose another port with --listen"}}
}

// get asks a URL of a Tenon; status 0 is no answer.
func get(ctx context.Context, url string) (status int, text string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	b := make([]byte, 512)
	n, _ := resp.Body.Read(b)
	return resp.StatusCode, strings.TrimSpace(string(b[:n]))
}

// builtAfter is a day before which no clock of this program can be right.
var builtAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// futureSlack is how far ahead of the clock a file of the data directory may be.
const futureSlack = 5 * time.Minute

// checkClock looks for a clock that stands or was set back: bookmarks go by modification times, signatures are good for
// five minutes.
func checkClock(_ context.Context, cfg plane.Config) []finding {
	now := time.Now()
	f := finding{"clock", healthy, now.UTC().Format("2006-01-02 15:04:05 UTC"), ""}
	if now.Before(builtAfter) {
		f.State, f.Advice = broken, "set it: signatures are refused beyond five minutes of difference"
		return []finding{f}
	}
	for _, name := range []string{"tenon.db", "tenon.db-wal", "lock"} {
		info, err := os.Stat(filepath.Join(cfg.DataDir, name))
		if err == nil && info.ModTime().After(now.Add(futureSlack)) {
			f.State = dubious
			f.Found += fmt.Sprintf(", but %s was written at %s", name, info.ModTime().UTC().Format("2006-01-02 15:04:05 UTC"))
			f.Advice = "it was set back: new files look older than those that bookmarks have seen; set it right before the next run"
		}
	}
	return []finding{f}
}

// checkMemory compares what runs may use with what there is.
func checkMemory(_ context.Context, cfg plane.Config) []finding {
	have, err := memoryBytes()
	if err != nil {
		return []finding{{"memory", healthy, "not known on this system", ""}}
	}
	l := cfg.Executor.Local
	f := finding{"memory", healthy, fmt.Sprintf("%s; %d runs of %s at once", size(have), l.Parallel, l.RunMemory), ""}
	if have < int64(l.Memory) {
		f.State = dubious
		f.Advice = fmt.Sprintf("executor.local.memory is %s: set it below what the machine has", l.Memory)
	}
	if have < int64(l.RunMemory) {
		f.State, f.Advice = broken, "one run may use more than there is: set executor.local.run_memory and memory lower"
	}
	return []finding{f}
}

// filesPerRun is how many open files of the server itself one run in flight and its clients cost, with room.
const filesPerRun = 16

// leastFiles is what the server needs beside: store, listener, S3.
const leastFiles = 1024

// checkFiles looks whether the server may open enough files.
func checkFiles(_ context.Context, cfg plane.Config) []finding {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return []finding{{"open files", dubious, err.Error(), ""}}
	}
	need := uint64(leastFiles + filesPerRun*int(cfg.Executor.Local.Parallel))
	f := finding{"open files", healthy, fmt.Sprintf("up to %d", l.Max), ""}
	if l.Max < need {
		f.State, f.Advice = dubious, fmt.Sprintf("raise the limit to %d or more: ulimit -n, or LimitNOFILE= of the service", need)
	}
	return []finding{f}
}
