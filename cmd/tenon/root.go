package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tenon/internal/client"
	"tenon/internal/glue"
)

// Exit codes. They are documented in docs/cli.md and by `tenon help exit-codes`; scripts depend on them.
const (
	exitOK          = 0
	exitFailed      = 1   // the run ended FAILED, ERROR or EXPIRED, a job of a workflow's run did; a check failed; not confirmed
	exitUsage       = 2   // the command line is wrong
	exitRefused     = 3   // the server refused the call, or something on this side failed
	exitUnreachable = 4   // no Tenon answers
	exitTimeout     = 124 // the run ended TIMEOUT, as timeout(1) says it
	exitStopped     = 130 // the run was STOPPED, or Ctrl-C ended the command, as shells say it
)

// exitCodesText is the help topic of the same name.
const exitCodesText = `Exit codes

    0  done; a run that was waited for SUCCEEDED
    1  the run ended FAILED, ERROR or EXPIRED, or a job of a workflow's run
       did not end well; a check failed; a question was not answered with yes;
       the demo is off
    2  the command line is wrong
    3  the server refused the call, or something on this side failed
    4  no Tenon answers at the endpoint
  124  the run ended TIMEOUT
  130  the run was STOPPED, or Ctrl-C ended the command
`

// exitError ends the process with a code of its own. With a nil err, everything has been said.
type exitError struct {
	code int
	err  error
}

// Error is the cause's text.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap gives the cause.
func (e *exitError) Unwrap() error { return e.err }

// exitCode is the process's exit code for an error. started tells whether the command line was accepted.
func exitCode(err error, started bool) int {
	var e *exitError
	switch {
	case errors.As(err, &e):
		return e.code
	case !started:
		return exitUsage
	case errors.Is(err, client.ErrUnreachable):
		return exitUnreachable
	case errors.Is(err, context.Canceled):
		return exitStopped
	}
	return exitRefused
}

// whereNames is the next step after a name that the server does not know: the command that lists the names there are.
func (a *app) whereNames(err error) string {
	var refused *glue.Error
	if !errors.As(err, &refused) || refused.Code != glue.CodeEntityNotFound || strings.Contains(err.Error(), "\n") {
		return "" // with a second line, the next step has been said
	}
	verb, _, _ := strings.Cut(strings.TrimPrefix(a.at, "tenon "), " ")
	switch verb {
	case "triggers", "rules":
		return fmt.Sprintf("`tenon %s ls` shows what there is.", verb)
	case "connections", "keys":
		return fmt.Sprintf("`tenon %s list` shows what there is.", verb)
	case "workflows":
		if strings.Contains(refused.Message, " of workflow ") {
			return "`tenon workflows runs WORKFLOW` shows its runs."
		}
		return "`tenon workflows ls` shows what there is."
	case "jobs", "runs", "bookmarks", "queue", "audit":
		if strings.Contains(refused.Message, glue.RunIDPrefix) {
			return "`tenon runs list` shows the newest runs."
		}
		return "`tenon jobs list` shows what there is."
	}
	return ""
}

// stateCode is the exit code of a command that waited for a run.
func stateCode(s glue.RunState) int {
	switch s {
	case glue.RunSucceeded:
		return exitOK
	case glue.RunTimeout:
		return exitTimeout
	case glue.RunStopped:
		return exitStopped
	}
	return exitFailed
}

// usageError is an error of the command line that a command finds itself.
func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// app is one invocation: its console and its global flags.
type app struct {
	con     *console
	flags   globalFlags
	at      string // path of the command that was given, for the hint at its help
	started bool   // the command line was accepted
}

// globalFlags are understood by every command.
type globalFlags struct {
	endpoint string
	region   string
	dataDir  string
	output   string
	noColor  bool
}

// Groups of commands in `tenon --help`.
const (
	groupServer = "server"
	groupWork   = "work"
	groupHelp   = "help"
)

// root builds the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tenon",
		Short: "A self-hosted control plane for AWS Glue jobs",
		Long: `Tenon speaks the AWS Glue API on your own machine and really runs the jobs.

  tenon dev                      start it here, no configuration needed
  tenon run script.py --day 7    run a Glue script, no job to create
  tenon demo                     watch a two-job pipeline at work

Glue clients work against it as they are: the AWS CLI, boto3, the SDKs.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,
		Args:          a.noneBut("a command"),

		SuggestionsMinimumDistance: typos,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := checkFormat(a.flags.output); err != nil {
				return err
			}
			a.started = true
			a.con.noColor = a.con.noColor || a.flags.noColor
			return nil
		},
	}
	root.SetOut(a.con.out)
	root.SetErr(a.con.err)
	root.SetVersionTemplate("tenon {{.Version}}\n")
	root.SetHelpFunc(a.help)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		a.at = cmd.CommandPath()
		return flagError(cmd, err)
	})
	root.AddGroup(
		&cobra.Group{ID: groupServer, Title: "Start"},
		&cobra.Group{ID: groupWork, Title: "Work"},
		&cobra.Group{ID: groupHelp, Title: "Look after it"},
	)
	root.SetHelpCommandGroupID(groupHelp)
	root.CompletionOptions.DisableDefaultCmd = true

	p := root.PersistentFlags()
	p.SortFlags = false
	p.StringVar(&a.flags.endpoint, "endpoint", a.con.env("TENON_ENDPOINT"), "`URL` of the server (default: the profile's)")
	p.StringVar(&a.flags.region, "region", a.con.env("TENON_REGION"), "`name` of the AWS region (default: the profile's)")
	p.StringVar(&a.flags.dataDir, "data-dir", orDefault(a.con.env("TENON_DATA_DIR"), defaultDataDir), "data `directory` of the server")
	p.StringVarP(&a.flags.output, "output", "o", formatTable, "`format`: table, json, yaml or csv")
	p.BoolVar(&a.flags.noColor, "no-color", false, "no colours (also: NO_COLOR in the environment)")

	for _, c := range a.commands(root) {
		root.AddCommand(c)
	}
	a.completeArguments(root)
	a.at = root.CommandPath()
	return root
}

// commands are the verbs.
func (a *app) commands(root *cobra.Command) []*cobra.Command {
	return []*cobra.Command{
		a.devCommand(),
		a.serveCommand(),
		a.demoCommand(),
		a.runCommand(),
		a.verifyCommand(),
		a.jobsCommand(),
		a.runsCommand(),
		a.workflowsCommand(),
		a.triggersCommand(),
		a.rulesCommand(),
		a.queueCommand(),
		a.queuesCommand(),
		a.quotasCommand(),
		a.simulateCommand(),
		a.subnetsCommand(),
		a.connectionsCommand(),
		a.bookmarksCommand(),
		a.keysCommand(),
		a.eventsCommand(),
		a.auditCommand(),
		a.benchCommand(),
		a.doctorCommand(),
		a.pythonCommand(),
		a.configCommand(),
		a.apiCommand(),
		a.completionCommand(root),
		a.versionCommand(),
		exitCodesTopic(),
	}
}

// flagError says of a flag that is wrong what was perhaps meant, or what its value should be.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		add := func(f *pflag.Flag) { names = append(names, f.Name) }
		cmd.Flags().VisitAll(add)
		cmd.InheritedFlags().VisitAll(add)
		if c := closest(unknown.GetSpecifiedName(), names); c != "" {
			return fmt.Errorf("%w; did you mean --%s?", err, c)
		}
	case errors.As(err, &bad):
		kind := "right"
		switch t := bad.GetFlag().Value.Type(); {
		case strings.HasPrefix(t, "int"):
			kind = "a whole number"
		case strings.HasPrefix(t, "float"):
			kind = "a number"
		case t == "bool":
			kind = "true or false"
		case t == "duration":
			kind = "a time such as 90s, 45m or 24h"
		}
		return fmt.Errorf("--%s %q is not %s", bad.GetFlag().Name, bad.GetValue(), kind)
	}
	return err
}

// typos is how many wrong letters a suggested command may be away.
const typos = 2

// group is a command that only holds others: alone it shows its help, and an unknown word after it is refused.
func (a *app) group(use, short, group string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, GroupID: group,
		Args: a.noneBut("a command"),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: typos,
	}
	c.AddCommand(subs...)
	return c
}

// noneBut refuses arguments of a group, suggesting the command that was perhaps meant.
func (a *app) noneBut(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		a.at = cmd.CommandPath()
		if len(args) == 0 {
			return nil
		}
		hint := ""
		if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
			hint = "; did you mean " + strings.Join(s, " or ") + "?"
		}
		return fmt.Errorf("%q is not %s of %s%s", args[0], what, cmd.CommandPath(), hint)
	}
}

// takes checks the number of arguments; names are how the usage line calls them, in order, optional ones in brackets.
func (a *app) takes(names ...string) cobra.PositionalArgs {
	least := 0
	for _, n := range names {
		if !strings.HasPrefix(n, "[") {
			least++
		}
	}
	return func(cmd *cobra.Command, args []string) error {
		a.at = cmd.CommandPath()
		switch {
		case len(args) < least:
			return fmt.Errorf("%s is missing: %s", names[len(args)], strings.TrimSuffix(cmd.UseLine(), " [flags]"))
		case len(args) > len(names):
			return fmt.Errorf("%q is one argument too many: %s", args[len(names)], strings.TrimSuffix(cmd.UseLine(), " [flags]"))
		}
		return nil
	}
}

// exitCodesTopic is the help topic about exit codes.
func exitCodesTopic() *cobra.Command {
	return &cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", GroupID: groupHelp, Long: exitCodesText}
}

// versionCommand is `tenon version`.
func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the version", GroupID: groupHelp, Args: a.takes(),
		Example: "  tenon version\n  tenon version -o json",
		RunE:    func(*cobra.Command, []string) error { return a.showVersion() },
	}
}

// completionCommand is `tenon completion`.
func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "completion SHELL", Short: "Write a completion script: bash, zsh or fish", GroupID: groupHelp, Args: a.takes("SHELL"),
		Long:      "Write a completion script for a shell. Names of jobs, runs, queues and the like are asked of the server. In bash it\nneeds the package bash-completion.",
		ValidArgs: []string{"bash", "zsh", "fish"},
		Example: `  source <(tenon completion bash)
  tenon completion zsh > "${fpath[1]}/_tenon"
  tenon completion fish > ~/.config/fish/completions/tenon.fish`,
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.con.out, true)
			case "zsh":
				return root.GenZshCompletion(a.con.out)
			case "fish":
				return root.GenFishCompletion(a.con.out, true)
			}
			return usageError("%q is not bash, zsh or fish", args[0])
		},
	}
}

// orDefault returns s, or fallback when s is empty.
func orDefault(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
