package rules

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenon/internal/glue"
)

// ran runs a script as a rule's command.
func ran(ctx context.Context, timeout time.Duration, script string, more ...string) (string, error) {
	d := &delivery{rule: "r", id: "e1", doc: []byte(`{"id":"e1"}`), target: glue.Target{Command: append([]string{"sh", "-c", script}, more...)}}
	out, err := runCommand(ctx, d, timeout)
	return string(out), err
}

// TestCommand runs programs that behave well and badly.
func TestCommand(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "the plane's own")
	for _, test := range []struct{ name, script, out, err string }{
		{"event", `cat; echo " $TENON_EVENT_ID $TENON_RULE $1"`, `{"id":"e1"} e1 r $(id); *` + "\n", ""},
		{"environment", `env | cut -d= -f1 | grep -v -e ^PWD -e ^SHLVL -e ^_ -e ^OLDPWD | sort | tr '\n' ' '`, "HOME PATH TENON_EVENT_ID TENON_RULE ", ""},
		{"both outputs", `echo out; echo err >&2`, "out\nerr\n", ""},
		{"fails", `echo why >&2; exit 3`, "why\n", "exit status 3: why"},
		{"reads nothing", `true`, "", ""},
		{"leaves a daemon", `echo done; if command -v setsid >/dev/null; then exec setsid -f sleep 5; fi`, "done\n", ""},
		{"long", `head -c 1000000 /dev/zero | tr '\0' x; echo end`, strings.Repeat("x", maxOutput-4) + "end\n", ""},
	} {
		out, err := ran(t.Context(), time.Minute, test.script, "sh", "$(id); *")
		if out != test.out {
			t.Errorf("%s: %d bytes %.200q, want %.200q", test.name, len(out), out, test.out)
		}
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.name, err, test.err)
		}
	}
	if _, err := runCommand(t.Context(), &delivery{target: glue.Target{Command: []string{"tenon-no-such-program"}}}, time.Minute); err == nil {
		t.Error("a program that is not there was run")
	}
}

// TestCommandGroup shows that nothing of a command is left, whether it hangs, ends and leaves children, or is given up.
func TestCommandGroup(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	for _, test := range []struct {
		name, script, err string
		give              bool // up, by the context
	}{
		{"hangs", `sleep 1000 & echo $! >>"$1"; echo $$ >>"$1"; wait`, "killed after 300ms", false},
		{"leaves a child with its output", `sleep 1000 & echo $! >>"$1"`, "", false},
		{"given up", `sleep 1000 & echo $! >>"$1"; echo $$ >>"$1"; wait`, "killed", true},
	} {
		if err := os.WriteFile(pids, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		limit := 300 * time.Millisecond
		if test.give {
			limit = time.Minute
			time.AfterFunc(300*time.Millisecond, cancel)
		}
		_, err := ran(ctx, limit, test.script, "sh", pids)
		cancel()
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.name, err, test.err)
		}
		b, err := os.ReadFile(pids)
		if err != nil {
			t.Fatal(err)
		}
		if len(strings.Fields(string(b))) == 0 {
			t.Errorf("%s: it never ran", test.name)
		}
		for _, word := range strings.Fields(string(b)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			if !gone(pid) {
				t.Errorf("%s: process %d is left", test.name, pid)
			}
		}
	}
}

// gone reports whether a process ends: one that was killed may be a zombie for a moment, until its new parent has seen it.
func gone(pid int) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); <-tick.C {
		if syscall.Kill(pid, 0) == syscall.ESRCH {
			return true
		}
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err == nil && strings.Contains(string(stat), ") Z ") {
			return true
		}
	}
	return false
}
