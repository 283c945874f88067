package plane

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenon/internal/driver/store"
)

// TestOpenRefuses: what cannot work is an error that names it, and leaves nothing open.
func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  Options
		file string // of the data directory, in place of a folder
		want string
	}{
		{name: "attempts is no folder", file: dirAttempts, want: dirAttempts},
		{name: "storage is no folder", file: DirStorage, want: DirStorage},
		{name: "key id with a slash", opt: Options{AccessKeyID: "a/b", SecretAccessKey: "s"}, want: `"a/b" cannot be an access key id`},
		{name: "key id with a blank", opt: Options{AccessKeyID: "a b", SecretAccessKey: "s"}, want: `"a b" cannot be an access key id`},
	} {
		dir := t.TempDir()
		if c.file != "" {
			if err := os.WriteFile(filepath.Join(dir, c.file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cfg := Config{DataDir: dir, Listen: "127.0.0.1:0"}
		_, err := Open(t.Context(), slog.New(slog.DiscardHandler), cfg, c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		// The lock is free again: a start without the fault opens.
		if c.file != "" {
			if err := os.Remove(filepath.Join(dir, c.file)); err != nil {
				t.Fatal(err)
			}
		}
		p, err := Open(t.Context(), slog.New(slog.DiscardHandler), cfg, Options{})
		if err != nil {
			t.Errorf("%s: a start without the fault: %v", c.name, err)
			continue
		}
		if err := p.Close(t.Context(), false); err != nil {
			t.Errorf("%s: close: %v", c.name, err)
		}
	}
}

// TestLostStore: a data directory that lost its tenon.db is not begun anew in silence; one of which the rest is removed
// too is.
func TestLostStore(t *testing.T) {
	lg := slog.New(slog.DiscardHandler)
	cfg := Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0"}
	open := func() {
		t.Helper()
		p, err := Open(t.Context(), lg, cfg, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	open()
	open()
	db := filepath.Join(cfg.DataDir, store.FileName)
	for what, lose := range map[string]func() error{
		"is missing": func() error { return os.Remove(db) },
		"is empty":   func() error { return os.WriteFile(db, nil, 0o600) },
	} {
		if err := lose(); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), lg, cfg, Options{})
		if err == nil || !strings.Contains(err.Error(), db+" "+what) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
		if info, err := os.Stat(db); err == nil && info.Size() > 0 {
			t.Errorf("%s: it was made all the same", what)
		}
	}
	for _, name := range []string{fileSeal, dirAttempts} {
		if err := os.RemoveAll(filepath.Join(cfg.DataDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	open()
}
