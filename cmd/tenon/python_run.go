package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/glue"
	"tenon/internal/plane"
	"tenon/internal/worker"
	"tenon/python"
)

// shimLink is the name in the data directory's shim folder that always leads to the newest shim, for editors.
const shimLink = "current"

// pythonGrace is how long Python has to end when this command is told to.
const pythonGrace = 5 * time.Second

// pythonFlags are the flags of `tenon python`.
type pythonFlags struct {
	interpreter, version string
}

// runnablePython makes `tenon python` itself, beside its subcommands, start Python with the engine beside it.
func (a *app) runnablePython(c *cobra.Command) {
	f := &pythonFlags{}
	c.Use, c.Short = "python [FLAGS] [SCRIPT | -m MODULE | -c CODE] [ARG]...", "Python with awsglue, pyspark and the engine: for unit tests, scripts, an editor"
	c.Long = `Start Python so that ` + "`import awsglue`" + ` and ` + "`import pyspark`" + ` work, with the engine that runs jobs: unit tests of
Glue scripts, a script tried out, or an interpreter to type into. No server is needed, and no run is made.

Everything from the script, -m or -c on belongs to Python. Files of this machine are read and written where the
script names them; s3:// is the s3 folder of the data directory, if there is one. There are no job bookmarks:
they belong to runs (tenon run).

The interpreter is that of an active virtual environment, else the one that runs jobs (tenon python path).
For an editor, add the folder that ` + "`tenon python shim`" + ` prints to its analysis paths.`
	c.Example = `  tenon python -m pytest tests
  tenon python script.py --JOB_NAME daily --day 2026-11-26
  tenon python -c 'from pyspark.sql import SparkSession as S; ...'`
	c.Args = cobra.ArbitraryArgs
	c.DisableFlagParsing = true
	c.Flags().StringVar(&f.interpreter, "python", "", "`interpreter` to start")
	c.Flags().StringVar(&f.version, "glue-version", glue.DefaultGlueVersion, "Glue `version` whose semantics hold")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		own, rest := pythonWords(cmd, args)
		cmd.DisableFlagParsing = false
		a.at = cmd.CommandPath()
		if err := cmd.ParseFlags(own); err != nil {
			a.started = false
			return flagError(cmd, err)
		}
		if help, err := cmd.Flags().GetBool("help"); err == nil && help {
			return cmd.Help()
		}
		a.con.noColor = a.con.noColor || a.flags.noColor
		return a.python(cmd, f, rest)
	}
}

// pythonWords parts the command line: Tenon's own flags come first, and all from the script, -m, -c or a flag of
// Python's on is Python's.
func pythonWords(cmd *cobra.Command, args []string) (own, rest []string) {
	cmd.InitDefaultHelpFlag()
	for i := 0; i < len(args); i++ {
		word := args[i]
		name, _, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case word == "--":
			return own, args[i+1:]
		case word == "-h", word == "-o":
		case !strings.HasPrefix(word, "--"):
			return own, args[i:]
		}
		own = append(own, word)
		flag := cmd.Flag(name)
		if takesValue := word == "-o" || flag != nil && flag.NoOptDefVal == ""; takesValue && !joined && i+1 < len(args) {
			i++
			own = append(own, args[i])
		}
	}
	return own, nil
}

// python starts the interpreter with an engine beside it, and ends with its exit code.
func (a *app) python(cmd *cobra.Command, f *pythonFlags, words []string) (err error) {
	a.flags.dataDir = a.nearDataDir()
	cfg, err := a.serverConfig(cmd, &serverFlags{})
	if err != nil {
		return err
	}
	interpreter, err := a.interpreter(cmd.Context(), cfg, f.interpreter)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	home, remove, err := pythonHome(cfg.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = a.afterwards(err, remove()) }()
	shim, err := extractShim(home)
	if err != nil {
		return err
	}
	engine, err := worker.OpenStandalone(cmd.Context(), worker.StandaloneConfig{
		StorageRoot: filepath.Join(home, plane.DirStorage), GlueVersion: f.version,
		RunMemory: int64(cfg.Executor.Local.RunMemory), Threads: int(cfg.Executor.Local.Threads),
	})
	if err != nil {
		return err
	}
	defer func() { err = a.afterwards(err, engine.Close()) }()

	// Ctrl-C reaches Python by itself, being of the same terminal; only Python's end ends this command. What is meant for
	// this command alone is passed on.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	defer signal.Stop(caught)
	ctx, release := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	child := exec.CommandContext(ctx, interpreter, words...)
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = pythonGrace
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, a.con.out, a.con.err
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	path := shim
	if more := a.con.env("PYTHONPATH"); more != "" {
		path += string(os.PathListSeparator) + more
	}
	child.Env = append(append(os.Environ(), engine.Environment()...), "PYTHONPATH="+path, "TZ=UTC")
	err = child.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &exitError{code: max(exit.ExitCode(), exitFailed)}
	}
	return err
}

// interpreter is the Python to start: the one given, that of an active virtual environment, or that of runs.
func (a *app) interpreter(ctx context.Context, cfg plane.Config, given string) (string, error) {
	if venv := a.con.env("VIRTUAL_ENV"); given == "" && venv != "" {
		given = filepath.Join(venv, "bin", "python")
	}
	if given == "" {
		return plane.FindPython(ctx, cfg)
	}
	path, err := exec.LookPath(given)
	if err != nil {
		return "", fmt.Errorf("no interpreter %s: %w", given, err)
	}
	return path, nil
}

// pythonHome is where the shim and s3:// are: the data directory, or a temporary folder where there is none, so that
// tests leave nothing in a project that has no server. remove takes away what is temporary.
func pythonHome(dataDir string) (dir string, remove func() error, err error) {
	_, err = os.Stat(dataDir)
	if err == nil {
		return dataDir, func() error { return nil }, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	}
	folder, err := worker.NewFolder("")
	if err != nil {
		return "", nil, err
	}
	return folder.Path, folder.Remove, nil
}

// extractShim puts the shim into home and returns its folder.
func extractShim(home string) (string, error) {
	dir, err := python.Extract(filepath.Join(home, plane.DirShim))
	if err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}

// pythonShim is `tenon python shim`.
func (a *app) pythonShim() *cobra.Command {
	return &cobra.Command{
		Use: "shim", Short: "Show the folder of awsglue and pyspark, for an editor's analysis paths", Args: a.takes(),
		Long: `Put Tenon's awsglue and pyspark into the data directory and print the folder. An editor that has it among its
analysis paths (pyright and Pylance: extraPaths) completes and checks Glue scripts. The folder's name stays the
same when Tenon is updated; run the command again then.`,
		Example: "  tenon python shim",
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.flags.dataDir = a.nearDataDir()
			shim, err := extractShim(a.flags.dataDir)
			if err != nil {
				return err
			}
			link := filepath.Join(filepath.Dir(shim), shimLink)
			aside := fmt.Sprintf("%s.%d", link, os.Getpid())
			if err := errors.Join(os.Symlink(filepath.Base(shim), aside), os.Rename(aside, link)); err != nil {
				return err
			}
			a.con.print("%s\n", link)
			return nil
		},
	}
}
