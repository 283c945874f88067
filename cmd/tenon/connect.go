package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"tenon/internal/client"
)

// defaultDataDir is where a server without configuration keeps everything.
const defaultDataDir = "./.tenon"

// The variables that give an access key. AWS_* variables are never looked at: a key for a real account must not reach a
// server by accident, nor decide which server is meant.
const (
	envAccessKey = "TENON_ACCESS_KEY_ID"
	envSecretKey = "TENON_SECRET_ACCESS_KEY"
)

// callTimeout bounds one call, so that a server that hangs does not hang the command.
const callTimeout = 60 * time.Second

// connect makes a client for the server that the flags and the data directory's profile name. It does not call it.
func (a *app) connect() (*client.Client, error) {
	a.flags.dataDir = a.nearDataDir()
	profile, err := client.ReadProfile(a.flags.dataDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	missing := err != nil
	if a.flags.endpoint != "" {
		u, err := url.Parse(a.flags.endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, usageError("--endpoint %q is not a URL such as http://127.0.0.1:8366", a.flags.endpoint)
		}
		profile.Endpoint = strings.TrimRight(a.flags.endpoint, "/")
	}
	if a.flags.region != "" {
		profile.Region = a.flags.region
	}
	if id := a.con.env(envAccessKey); id != "" {
		profile.AccessKey, profile.SecretKey = id, a.con.env(envSecretKey)
	}
	switch {
	case profile.Endpoint == "":
		return nil, &exitError{exitUnreachable, fmt.Errorf("no Tenon here: neither %s nor a folder above holds a profile; start one with `tenon dev`, or name its data directory with --data-dir", a.flags.dataDir)}
	case profile.SecretKey == "" && missing:
		return nil, &exitError{exitUnreachable, fmt.Errorf("no access key for %s: set %s and %s, or name the server's data directory with --data-dir", profile.Endpoint, envAccessKey, envSecretKey)}
	case profile.SecretKey == "":
		return nil, &exitError{exitUnreachable, fmt.Errorf("the secret of the server's access key is not in its profile: set %s and %s", envAccessKey, envSecretKey)}
	}
	return clientOf(profile), nil
}

// nearDataDir is the data directory that the flags name, or where they name none, and none is here, the one of the nearest
// folder above: work goes on in any folder of a project. One that belongs to somebody else is passed over, since a script
// is sent to the server that it leads to.
func (a *app) nearDataDir() string {
	here, err := os.Getwd()
	if err != nil || a.flags.dataDir != defaultDataDir {
		return a.flags.dataDir
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(filepath.Join(dir, defaultDataDir, client.ConfigFile))
		if err == nil && dir == here {
			return a.flags.dataDir
		}
		if err == nil {
			if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) == os.Getuid() {
				return filepath.Join(dir, defaultDataDir)
			}
		}
		if dir == filepath.Dir(dir) {
			return a.flags.dataDir
		}
	}
}

// clientOf makes the client of a profile.
func clientOf(p client.Profile) *client.Client {
	return &client.Client{Endpoint: p.Endpoint, Region: orDefault(p.Region, "us-east-1"), Credentials: p.SignWith(),
		HTTP: &http.Client{Timeout: callTimeout}}
}

// shellSafe is a word that a shell takes as it stands.
var shellSafe = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord quotes s for a POSIX shell where it must be.
func shellWord(s string) string {
	if shellSafe.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// self is how this program is called again: as it was called, where that was by a path.
func self() string {
	if strings.Contains(os.Args[0], "/") {
		return relative(os.Args[0])
	}
	return "tenon"
}

// relative is path as seen from the current folder, where it lies below that.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	below, err := filepath.Rel(here, path)
	if err != nil || !filepath.IsLocal(below) {
		return path
	}
	return below
}
