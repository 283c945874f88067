package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/plane"
)

// stopGrace is how long runs may take to end when `tenon dev`, `tenon run` or `tenon demo` ends its plane.
const stopGrace = 30 * time.Second

// serverFlags are the flags of the commands that start a server.
type serverFlags struct {
	listen, config      string
	insecure            bool
	logFormat, logLevel string
}

// serveCommand is `tenon serve`.
func (a *app) serveCommand() *cobra.Command {
	f := &serverFlags{}
	c := &cobra.Command{
		Use: "serve", Short: "Start the server, for a machine that keeps running", GroupID: groupServer, Args: a.takes(),
		Long: `Start the server and run until SIGTERM or Ctrl-C. Runs that are under way outlive it: the next start finds them.

Logs go to stderr, as text on a terminal and as JSON otherwise. The first access key is
TENON_ACCESS_KEY_ID and TENON_SECRET_ACCESS_KEY where they are set; else one is made, and the
profile files aws/config and aws/credentials in the data directory hold it.

SIGHUP reads the --config file again: quotas, queues, subnets and a few more keys change without a restart, see
` + "`tenon config apply --help`" + `. A file that is refused is logged with its line, and changes nothing.`,
		Example: `  tenon serve --data-dir /var/lib/tenon
  tenon serve --config /etc/tenon.yaml --log-format json
  tenon serve --listen 0.0.0.0:8366 --config tls.yaml    # with tls in the file`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lg, err := a.logger(f, slog.LevelInfo)
			if err != nil {
				return err
			}
			cfg, err := a.serverConfig(cmd, f)
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), lg, cfg, a.planeOptions(cmd, f), false)
		},
	}
	f.add(c)
	return c
}

// devCommand is `tenon dev`.
func (a *app) devCommand() *cobra.Command {
	f := &serverFlags{}
	c := &cobra.Command{
		Use: "dev", Short: "Start a server here, to develop against", GroupID: groupServer, Args: a.takes(),
		Long: `Start a server with its data in ./.tenon and show how to reach it. Ctrl-C stops it and its runs.`,
		Example: `  tenon dev
  tenon dev --listen 127.0.0.1:9000 --data-dir /tmp/tenon`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lg, err := a.logger(f, slog.LevelWarn)
			if err != nil {
				return err
			}
			cfg, err := a.serverConfig(cmd, f)
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), lg, cfg, a.planeOptions(cmd, f), true)
		},
	}
	f.add(c)
	return c
}

// add declares the flags on a command.
func (f *serverFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.listen, "listen", "", "`address` to listen on (default 127.0.0.1:8366; port 0: any free one)")
	c.Flags().StringVar(&f.config, "config", "", "configuration `file`, see `tenon config show`")
	c.Flags().BoolVar(&f.insecure, "insecure", false, "listen beyond loopback without TLS")
	c.Flags().StringVar(&f.logFormat, "log-format", "", "text or json (default: text on a terminal)")
	c.Flags().StringVar(&f.logLevel, "log-level", "", "debug, info, warn or error")
}

// logger makes the server's log on stderr.
func (a *app) logger(f *serverFlags, level slog.Level) (*slog.Logger, error) {
	if f.logLevel != "" {
		if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
			return nil, usageError("--log-level %q is not debug, info, warn or error", f.logLevel)
		}
	}
	opt := &slog.HandlerOptions{Level: level}
	switch {
	case f.logFormat == "json", f.logFormat == "" && a.con.errWidth == 0:
		return slog.New(slog.NewJSONHandler(a.con.err, opt)), nil
	case f.logFormat == "text", f.logFormat == "":
		return slog.New(slog.NewTextHandler(a.con.err, opt)), nil
	}
	return nil, usageError("--log-format %q is not text or json", f.logFormat)
}

// serverConfig reads the configuration and lays the flags over it.
func (a *app) serverConfig(cmd *cobra.Command, f *serverFlags) (plane.Config, error) {
	cfg, err := plane.LoadConfig(f.config)
	if err != nil {
		return cfg, err
	}
	a.planeOptions(cmd, f).Overlay(&cfg)
	return cfg, checkExposure(cfg, f.insecure)
}

// planeOptions says where the configuration came from, and what the flags lay over it.
func (a *app) planeOptions(cmd *cobra.Command, f *serverFlags) plane.Options {
	return plane.Options{ConfigFile: f.config, Overlay: func(cfg *plane.Config) {
		if f.listen != "" {
			cfg.Listen = f.listen
		}
		if cmd.Flags().Changed("data-dir") || f.config == "" || a.con.env("TENON_DATA_DIR") != "" {
			cfg.DataDir = a.flags.dataDir
		}
		if a.flags.region != "" {
			cfg.Region = a.flags.region
		}
	}}
}

// checkExposure refuses to offer the API in clear text to other machines: a request's signature keeps its secret, but
// anybody on the way could read what is sent and answered.
func checkExposure(cfg plane.Config, insecure bool) error {
	host, _, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return usageError("listen: %q is not host:port", cfg.Listen)
	}
	if insecure || cfg.TLS.Cert != "" || isLoopback(host) {
		return nil
	}
	return usageError("%s is reachable from other machines: give tls.cert and tls.key in the configuration, or --insecure where something else encrypts", cfg.Listen)
}

// isLoopback reports whether only this machine reaches host.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// openPlane opens a plane with the first access key of the environment.
func (a *app) openPlane(ctx context.Context, lg *slog.Logger, cfg plane.Config, opt plane.Options) (*plane.Plane, error) {
	id, secret := a.con.env(envAccessKey), a.con.env(envSecretKey)
	if (id == "") != (secret == "") {
		return nil, usageError("%s and %s are set together or not at all", envAccessKey, envSecretKey)
	}
	opt.AccessKeyID, opt.SecretAccessKey = id, secret
	p, err := plane.Open(ctx, lg, cfg, opt)
	switch {
	case errors.Is(err, store.ErrLocked):
		detail := strings.TrimPrefix(err.Error(), store.ErrLocked.Error()+": ")
		err = fmt.Errorf("a Tenon already runs on this data directory: use that one, or choose another directory with --data-dir\n(%s)", detail)
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("%s is taken, perhaps by another Tenon: choose another port with --listen, port 0 for any free one", cfg.Listen)
	}
	return p, err
}

// serve runs a server until a signal. With dev, it greets, and stops its runs at the end.
func (a *app) serve(ctx context.Context, lg *slog.Logger, cfg plane.Config, opt plane.Options, dev bool) (err error) {
	ctx, restore := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer restore()
	hangup := make(chan os.Signal, 1)
	if !dev && opt.ConfigFile != "" { // else it means that the terminal is gone, and ends the process
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
	}
	p, err := a.openPlane(ctx, lg, cfg, opt)
	if err != nil {
		return err
	}
	var feeding sync.WaitGroup
	feeding.Go(func() { reloadOn(ctx, hangup, lg, p) })
	if dev {
		a.greet(p)
		feeding.Go(func() { a.feed(ctx, a.clientOfPlane(p)) })
	} else {
		lg.Info("serving", "endpoint", p.Profile().Endpoint, "s3_endpoint", p.Profile().S3Endpoint, "data_dir", p.Config().DataDir, "version", version)
	}
	served := p.Serve(ctx)
	restore() // a second signal ends the process at once
	feeding.Wait()
	if dev {
		a.con.say("\nStopping. Press Ctrl-C again to leave at once.")
	} else {
		lg.Info("shutting down; runs under way go on")
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	return errors.Join(served, p.Close(closing, dev))
}

// reloadOn reads the configuration again at each signal until ctx ends. What is refused leaves all as it is.
func reloadOn(ctx context.Context, hangup <-chan os.Signal, lg *slog.Logger, p *plane.Plane) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		changed, err := p.Reload(ctx)
		var refused *glue.Error
		switch {
		case errors.As(err, &refused):
			lg.Error("the configuration was not reloaded; the running one stays in force", "error", refused.Message)
			continue
		case err != nil:
			lg.Error("the configuration was not reloaded; the running one stays in force", "error", err)
			continue
		}
		lg.Info("configuration reloaded", "changed_keys", len(changed))
		for _, c := range changed {
			lg.Info("configuration changed", "key", c.Key, "before", c.Before, "after", c.After)
		}
	}
}

// greet shows how to reach a server that was just started.
func (a *app) greet(p *plane.Plane) {
	c, profile, cfg := a.con, p.Profile(), p.Config()
	c.print("\n%s is ready.%s\n\n", c.onOut(bold, "Tenon "+version), c.onOut(dim, "  Ctrl-C stops it and its runs."))
	for _, f := range [][2]string{
		{"endpoint", profile.Endpoint},
		{"S3", profile.S3Endpoint},
		{"data", cfg.DataDir},
		{"region", fmt.Sprintf("%s, account %s", profile.Region, cfg.Account.ID)},
	} {
		c.print("  %s  %s\n", c.onOut(dim, fmt.Sprintf("%-8s", f[0])), f[1])
	}
	c.print("\nAny AWS client works with the profile in the data directory:\n\n%s", awsLines(cfg.DataDir))
	c.print("\nOr, without a job to create:\n\n  %s run script.py\n\n", shellWord(self()))
}

// awsLines are the shell lines that point the AWS CLI and SDKs at a data directory's server.
func awsLines(dataDir string) string {
	return fmt.Sprintf("  export AWS_CONFIG_FILE=%s\n  export AWS_SHARED_CREDENTIALS_FILE=%s\n  export AWS_PROFILE=%s\n  aws glue list-jobs\n",
		shellWord(filepath.Join(dataDir, client.ConfigFile)), shellWord(filepath.Join(dataDir, client.CredentialsFile)), client.ProfileName)
}
