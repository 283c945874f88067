package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tenon/internal/plane"
)

// pythonCommand is `tenon python`.
func (a *app) pythonCommand() *cobra.Command {
	c := a.group("python", "", groupWork, a.pythonInstall(), a.pythonPath(), a.pythonShim())
	a.runnablePython(c)
	return c
}

// pythonPath is `tenon python path`.
func (a *app) pythonPath() *cobra.Command {
	config := ""
	c := &cobra.Command{
		Use: "path", Short: "Show which interpreter runs scripts", Args: a.takes(),
		Example: "  tenon python path\n  $(tenon python path) -m pip list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.serverConfig(cmd, &serverFlags{config: config})
			if err != nil {
				return err
			}
			path, err := plane.FindPython(cmd.Context(), cfg)
			if err != nil {
				return &exitError{exitFailed, err}
			}
			a.con.print("%s\n", path)
			return nil
		},
	}
	c.Flags().StringVar(&config, "config", "", "configuration `file`")
	return c
}

// always is installed into every environment; often is what --common adds.
const (
	always = "boto3"
	often  = "pandas numpy pyarrow requests"
)

// pythonInstall is `tenon python install`.
func (a *app) pythonInstall() *cobra.Command {
	common, python := false, "python3"
	c := &cobra.Command{
		Use: "install [MODULE]...", Short: "Make a Python environment for scripts in the data directory",
		Long: `Make a virtual environment in the data directory, or add modules to the one that is there. A server that is
started afterwards runs scripts with it. boto3 is always part of it.`,
		Example: `  tenon python install
  tenon python install --common            # also ` + often + `
  tenon python install scikit-learn==1.7.2`,
		RunE: func(cmd *cobra.Command, args []string) error {
			modules := append([]string{always}, args...)
			if common {
				modules = append(modules, strings.Fields(often)...)
			}
			dir, err := filepath.Abs(filepath.Join(a.flags.dataDir, plane.DirVenv))
			if err != nil {
				return err
			}
			if err := a.installPython(cmd.Context(), dir, python, modules); err != nil {
				return err
			}
			a.con.print("%s\n", filepath.Join(dir, "bin", "python"))
			return nil
		},
	}
	c.Flags().BoolVar(&common, "common", false, "also "+often)
	c.Flags().StringVar(&python, "python", python, "`interpreter` to make it from")
	return c
}

// installPython makes the environment in dir, unless there is one, and installs modules into it. A half-made
// environment is taken away again.
func (a *app) installPython(ctx context.Context, dir, python string, modules []string) error {
	inside := filepath.Join(dir, "bin", "python")
	if _, err := os.Stat(inside); errors.Is(err, os.ErrNotExist) {
		a.con.say("Making %s", dir)
		if err := a.talk(ctx, python, "-m", "venv", dir); err != nil {
			return errors.Join(fmt.Errorf("%s cannot make a virtual environment (Debian: apt-get install python3-venv): %w", python, err), os.RemoveAll(dir))
		}
	}
	a.con.say("Installing %s", strings.Join(modules, ", "))
	if err := a.talk(ctx, inside, append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, modules...)...); err != nil {
		return fmt.Errorf("pip: %w", err)
	}
	return nil
}

// talk runs a program with its output on stderr.
func (a *app) talk(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = a.con.err, a.con.err
	return cmd.Run()
}
