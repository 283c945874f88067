package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/glue"
	"tenon/internal/plane"
	"tenon/internal/verify"
	"tenon/internal/wire"
	"tenon/internal/worker"
	"tenon/python"
)

// envPySpark names the Python with the real PySpark, where no flag does.
const envPySpark = "TENON_PYSPARK"

// dirVerify is the folder of the data directory that sandboxes are made in.
const dirVerify = "verify"

// verifyMemory is what a run on the real PySpark may use: a JVM, an interpreter, its workers.
const verifyMemory = 6 << 30

// verifyFlags are the flags of `tenon verify`.
type verifyFlags struct {
	pyspark string
	buckets []string
	keep    bool
}

// verifyCommand is `tenon verify`.
func (a *app) verifyCommand() *cobra.Command {
	f := &verifyFlags{}
	c := &cobra.Command{
		Use: "verify [FLAGS] JOB|SCRIPT [--NAME VALUE]...", Short: "Compare a script's results with the real PySpark's", GroupID: groupWork,
		Args: a.atLeastOne("JOB or SCRIPT"),
		Long: `Run a job's script, or a script, twice on copies of the same objects: on the embedded engine, and on a real
PySpark that you name. Then compare what both wrote and printed: rows, names and types of Parquet, the text of
other files and of standard output. Your objects stay as they are, and no bookmark moves: sinks that are
databases or files of this machine are refused. What a script does without Spark it really does, and twice: open(),
drivers of databases, requests to the world.

Of awsglue, what has an exact equal among DataFrames runs on PySpark; a script that uses more is not compared.

The exit code is 0 if all is equal, 1 if something differs.`,
		Example: `  python3 -m venv spark && spark/bin/pip install pyspark==3.5.6
  tenon verify --pyspark spark orders-daily
  tenon verify --pyspark spark script.py --day 2026-11-26`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.verify(cmd, f, args[0], args[1:]) },
	}
	fl := c.Flags()
	fl.SortFlags = false
	fl.SetInterspersed(false)
	fl.StringVar(&f.pyspark, "pyspark", a.con.env(envPySpark), "virtual environment or `interpreter` with pyspark 3.5; also "+envPySpark)
	fl.StringSliceVar(&f.buckets, "bucket", nil, "`name` of a bucket that the script itself makes")
	fl.BoolVar(&f.keep, "keep", false, "keep the folder with both runs")
	return c
}

// verified is what is compared.
type verified struct {
	name, script, version string // script is a path or an s3:// location
	args                  map[string]string
}

// verify runs the comparison.
func (a *app) verify(cmd *cobra.Command, f *verifyFlags, what string, words []string) (err error) {
	spark, err := findPySpark(cmd.Context(), f.pyspark)
	if err != nil {
		return err
	}
	given, err := scriptArguments(words)
	if err != nil {
		return err
	}
	a.flags.dataDir = a.nearDataDir()
	cfg, err := a.serverConfig(cmd, &serverFlags{listen: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	if cfg.S3 != nil {
		return errors.New("s3:// is another S3 here; tenon verify copies the folders of the data directory's own")
	}
	s, err := a.subject(cmd, what, given)
	if err != nil {
		return err
	}
	parent, err := filepath.Abs(filepath.Join(cfg.DataDir, dirVerify))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	folder, err := worker.NewFolder(parent)
	if err != nil {
		return err
	}
	box, err := verify.New(cmd.Context(), folder.Path, filepath.Join(cfg.DataDir, plane.DirStorage), plane.DirStorage)
	defer func() {
		if f.keep {
			a.con.say("Both runs are in %s", folder.Path)
			err = a.afterwards(err, folder.Keep())
			return
		}
		err = a.afterwards(err, folder.Remove())
	}()
	if err != nil {
		return err
	}
	interrupt, release := interrupts(cmd.Context())
	defer release()
	printed := map[verify.Side][]string{}
	for _, side := range []verify.Side{verify.Embedded, verify.Spark} {
		one, opt, err := sideOf(box, side, cfg, spark, f.buckets)
		if err != nil {
			return err
		}
		if printed[side], err = a.runSide(cmd, side, one, opt, s, interrupt); err != nil {
			return err
		}
	}
	outputs, err := box.Outputs(cmd.Context(), plane.DirStorage, scriptBucket, tablesBy(spark, box.Data(verify.Spark)))
	if err != nil {
		return err
	}
	outputs = append([]verify.Output{verify.Stdout(printed[verify.Embedded], printed[verify.Spark])}, outputs...)
	return a.showOutputs(outputs)
}

// findPySpark finds the interpreter with pyspark, and makes sure that it has the version whose semantics hold.
func findPySpark(ctx context.Context, given string) (string, error) {
	if given == "" {
		return "", usageError("--pyspark is missing: a virtual environment with pyspark 3.5 (python3 -m venv spark && spark/bin/pip install pyspark==3.5.6)")
	}
	if inside := filepath.Join(given, "bin", "python"); isFile(inside) {
		given = inside
	}
	path, err := exec.LookPath(given)
	if err != nil {
		return "", usageError("--pyspark %s: %v", given, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, path, "-c", "import pyspark; print(pyspark.__version__)").CombinedOutput()
	version := strings.TrimSpace(string(out))
	if err != nil {
		lines := strings.Split(version, "\n")
		return "", fmt.Errorf("%s has no pyspark: %s", path, lines[len(lines)-1])
	}
	if !strings.HasPrefix(version, "3.5.") {
		return "", fmt.Errorf("%s has pyspark %s; the embedded engine answers as Spark 3.5 does", path, version)
	}
	return path, nil
}

// isFile tells whether there is a file, or a link to one.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// subject finds the script: a file of that name, or the job's.
func (a *app) subject(cmd *cobra.Command, what string, given map[string]string) (verified, error) {
	if strings.HasSuffix(what, ".py") || isFile(what) {
		text, err := readScript(what)
		if err == nil && len(text) == 0 {
			err = usageError("%s is empty", what)
		}
		return verified{name: jobName(what), script: what, args: given}, err
	}
	c, end, err := a.connectOrStart(cmd, &runFlags{})
	if err != nil {
		return verified{}, err
	}
	job, err := getJob(cmd.Context(), c, what)
	if err = errors.Join(err, end()); err != nil {
		return verified{}, err
	}
	command := val(job.Command)
	if val(command.Name) != glue.CommandETL {
		return verified{}, fmt.Errorf("%s is a %s job: only glueetl jobs can be verified", what, val(command.Name))
	}
	args := map[string]string{}
	for k, v := range job.DefaultArguments {
		args[k] = v
	}
	for k, v := range given {
		args[k] = v
	}
	for k := range args {
		if strings.HasPrefix(k, "--tenon-") || strings.HasPrefix(k, "--job-bookmark") {
			delete(args, k) // there is no queue to choose, and all input is read
		}
	}
	return verified{name: what, script: val(command.ScriptLocation), version: val(job.GlueVersion), args: args}, nil
}

// sideOf is the configuration of the server that runs one side.
func sideOf(box *verify.Sandbox, side verify.Side, cfg plane.Config, spark string, buckets []string) (plane.Config, plane.Options, error) {
	own, err := plane.LoadConfig("")
	if err != nil {
		return own, plane.Options{}, err
	}
	own.Listen, own.DataDir, own.Region, own.Executor.Local = "127.0.0.1:0", box.Data(side), cfg.Region, cfg.Executor.Local
	if side == verify.Embedded {
		return own, plane.Options{Rehearsal: true}, nil
	}
	conf, err := box.SparkConf(plane.DirStorage, buckets...)
	if err != nil {
		return own, plane.Options{}, err
	}
	local := &own.Executor.Local
	local.Python, local.PythonFor = spark, nil
	local.RunMemory = max(local.RunMemory, verifyMemory)
	local.Memory = max(local.Memory, local.RunMemory)
	for name, value := range map[string]string{"SPARK_CONF_DIR": conf, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": spark} {
		if err := os.Setenv(name, value); err != nil {
			return own, plane.Options{}, err
		}
		local.PassEnv = append(local.PassEnv, name)
	}
	local.PassEnv = append(local.PassEnv, "JAVA_HOME")
	return own, plane.Options{Shim: python.ExtractOnSpark, Rehearsal: true}, nil
}

// runSide runs the script on one side, and returns the lines of its standard output.
func (a *app) runSide(cmd *cobra.Command, side verify.Side, cfg plane.Config, opt plane.Options, s verified, interrupt <-chan struct{}) (printed []string, err error) {
	a.con.say("Running on %s ...", map[verify.Side]string{verify.Embedded: "the embedded engine", verify.Spark: "PySpark"}[side])
	outside := a.flags.dataDir
	a.flags.dataDir = cfg.DataDir // the side's own server is the one to send the script to
	defer func() { a.flags.dataDir = outside }()
	c, end, err := a.startPlane(cmd.Context(), cfg, opt, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = a.afterwards(err, end()) }()
	began := time.Now()
	run, err := a.startScript(cmd.Context(), c, &runFlags{kind: glue.CommandETL, version: s.version}, s.name, s.script, s.args)
	if err != nil {
		return nil, err
	}
	var complaints []string
	w := watcher{logs: newLogReader(c, run, streamOutput, streamError), lines: func(lines []logLine) error {
		for _, l := range lines {
			if l.Stream == streamOutput {
				printed = append(printed, l.Message)
			} else {
				complaints = append(complaints, l.Message)
			}
		}
		return nil
	}}
	stop := func() error { return stopRun(cmd.Context(), c, val(run.JobName), val(run.Id)) }
	if run, err = follow(cmd.Context(), c, run, w, interrupt, stop); err != nil {
		return nil, err
	}
	if state := val(run.JobRunState); state != string(glue.RunSucceeded) {
		return nil, a.sideFailed(run, complaints)
	}
	a.con.say("  %s, %.1f s", val(run.JobRunState), time.Since(began).Seconds())
	return printed, nil
}

// sideFailed is the error for a side that ended badly, with the last lines of its error log.
func (a *app) sideFailed(run *wire.JobRun, complaints []string) error {
	const shown = 15
	for _, line := range complaints[max(0, len(complaints)-shown):] {
		a.con.say("  %s", line)
	}
	return &exitError{exitRefused, fmt.Errorf("the run ended %s: %s", val(run.JobRunState), val(run.ErrorMessage))}
}

// tablesBy compares tables by a program on the real PySpark.
func tablesBy(spark, dataDir string) verify.Tables {
	return func(ctx context.Context, format string, files [2][]string) (rows [2]int64, differences []string, err error) {
		task, err := json.Marshal(map[string]any{"format": format, "embedded": files[0], "spark": files[1]})
		if err != nil {
			return rows, nil, err
		}
		shim, err := python.ExtractOnSpark(filepath.Join(dataDir, fmt.Sprintf("compare-%d", time.Now().UnixNano())))
		if err != nil {
			return rows, nil, err
		}
		var complaints bytes.Buffer
		cmd := exec.CommandContext(ctx, spark, filepath.Join(shim, "compare.py"))
		cmd.Stdin, cmd.Stderr, cmd.Dir = bytes.NewReader(task), &complaints, dataDir
		out, err := cmd.Output()
		if err != nil {
			lines := strings.Split(strings.TrimSpace(complaints.String()), "\n")
			return rows, nil, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
		}
		var answer struct {
			Rows        [2]int64 `json:"rows"`
			Differences []string `json:"differences"`
		}
		if err := json.Unmarshal(out, &answer); err != nil {
			return rows, nil, fmt.Errorf("PySpark's answer: %w", err)
		}
		return answer.Rows, answer.Differences, nil
	}
}

// showOutputs shows the verdicts; it is an exit code of 1 where something differs.
func (a *app) showOutputs(outputs []verify.Output) error {
	verdict := func(o verify.Output) string {
		if o.Equal() {
			return "equal"
		}
		return "DIFFERS"
	}
	err := showList(a, outputs, "",
		column[verify.Output]{title: "OUTPUT", text: func(o verify.Output) string { return o.Name }},
		column[verify.Output]{title: "FORMAT", text: func(o verify.Output) string { return o.Format }},
		column[verify.Output]{title: "EMBEDDED", right: true, text: func(o verify.Output) string { return fmt.Sprint(o.Rows[0]) }},
		column[verify.Output]{title: "SPARK", right: true, text: func(o verify.Output) string { return fmt.Sprint(o.Rows[1]) }},
		column[verify.Output]{title: "VERDICT", text: verdict, paint: func(o verify.Output) style {
			if o.Equal() {
				return green
			}
			return red
		}})
	if err != nil {
		return err
	}
	differ := false
	for _, o := range outputs {
		differ = differ || !o.Equal()
		if a.flags.output != formatTable {
			continue
		}
		for i, d := range o.Differences {
			if i == 0 {
				a.con.print("\n%s\n", a.con.onOut(bold, o.Name))
			}
			a.con.print("  %s\n", d)
		}
	}
	if differ {
		return &exitError{code: exitFailed}
	}
	return nil
}
