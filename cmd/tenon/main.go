// Command tenon is the whole of Tenon in one binary: the server (serve, dev), the command line over its endpoint, and,
// re-executed by the server, the worker that runs one attempt of a job.
//
//	main.go      entry; the worker's verb is taken before anything else
//	root.go      the command tree, global flags, exit codes
//	console.go   where a command reads and writes, and in which colours
//	output.go    tables, fields, JSON, YAML, CSV
//	connect.go   from the profile of a data directory to a signed client
//	<verb>.go    one file for each group of commands
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"tenon/internal/worker"
)

// version is set by the linker: -X main.version=...
var version = "devel"

// main tells the worker from the rest. The worker's verb is looked at first: it starts with every run, and building the
// command tree would only delay it.
func main() {
	if len(os.Args) == 3 && os.Args[1] == "worker" {
		os.Exit(work(os.Args[2]))
	}
	os.Exit(execute(context.Background(), os.Args[1:], systemConsole()))
}

// work runs the attempt in dir and returns the process's exit code.
func work(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := worker.Main(ctx, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	return exitOK
}

// execute runs one command line and returns the process's exit code. What went wrong is said once, here.
func execute(ctx context.Context, args []string, con *console) int {
	a := &app{con: con}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code := exitCode(err, a.started)
	var silent *exitError
	if !errors.As(err, &silent) || silent.err != nil {
		con.complain(err)
	}
	if !a.started {
		con.say("Run `%s --help` for what it takes.", a.at)
	} else if hint := a.whereNames(err); hint != "" {
		con.say("%s", hint)
	}
	return code
}
