package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tenon/internal/plane"
)

// TestReloadOnHangup: a file that changed is in force and logged key by key; one that is refused is logged with its line
// and leaves all as it was.
func TestReloadOnHangup(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tenon.yaml")
	write := func(text string) {
		if err := errors.Join(os.WriteFile(file+".new", []byte(text), 0o600), os.Rename(file+".new", file)); err != nil {
			t.Fatal(err)
		}
	}
	write("quotas: {jobs: 1}\n")
	cfg, err := plane.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	overlay := func(c *plane.Config) { c.Listen, c.DataDir = "127.0.0.1:0", filepath.Join(dir, "data") }
	overlay(&cfg)
	p, err := plane.Open(t.Context(), slog.New(slog.DiscardHandler), cfg, plane.Options{ConfigFile: file, Overlay: overlay})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	hangup := make(chan os.Signal)
	var log bytes.Buffer
	var reloading sync.WaitGroup
	reloading.Go(func() {
		reloadOn(ctx, hangup, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})), p)
	})
	for _, text := range []string{"quotas: {jobs: 2}\n", "quotas: {jobs: 2}\nquues: []\n", "account: {id: \"999999999999\"}\n", "\n", "quotas: {jobs: 3}\n"} {
		write(text)
		hangup <- syscall.SIGHUP
		hangup <- syscall.SIGHUP // taken when the first is done with; it reads this text or the next
	}
	stop()
	reloading.Wait()
	if err := p.Close(t.Context(), false); err != nil {
		t.Error(err)
	}
	kept := `level=ERROR msg="the configuration was not reloaded; the running one stays in force" error="` + file
	for _, want := range []string{
		"level=INFO msg=\"configuration reloaded\" changed_keys=1\nlevel=INFO msg=\"configuration changed\" key=quotas.jobs before=1 after=2\n",
		kept + `: line 2: unknown key quues"`,
		kept + `: line 1: account.id cannot change while Tenon runs: restart it"`,
		kept + `: it is empty, which would set everything to its default"`,
		"key=quotas.jobs before=2 after=3",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	if got := p.Config().Quotas["jobs"]; got != 3 {
		t.Errorf("jobs: %v", got)
	}
}
