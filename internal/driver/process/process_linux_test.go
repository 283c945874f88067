package process

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestParseStat reads names that try to look like fields.
func TestParseStat(t *testing.T) {
	line := "12 (a) S 1) Z 7 12 12 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 424242 1000 3 18446744073709551615\n"
	p, err := parseStat(12, []byte(line))
	want := Info{ID: ID{12, 424242}, Parent: 7, Zombie: true, RSS: 3 * int64(os.Getpagesize())}
	if err != nil || p != want {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := parseStat(12, []byte("12 (a) S 1")); err == nil {
		t.Error("a short line was taken")
	}
}

// TestSignal ends a process by its identity, and leaves one alone that merely has its number.
func TestSignal(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	cmd.Env = append(os.Environ(), "TENON_PROCESS_TEST=here")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := Find(cmd.Process.Pid)
	if err != nil || p.Parent != os.Getpid() {
		t.Fatalf("%+v, %v", p, err)
	}
	if back, err := ParseID(p.ID.String()); err != nil || back != p.ID {
		t.Errorf("%+v, %v", back, err)
	}
	marked, err := Marked("TENON_PROCESS_TEST=here")
	if err != nil || len(marked) != 1 || marked[0] != p.ID {
		t.Errorf("marked: %+v, %v", marked, err)
	}
	other := ID{p.PID, p.Start + 1}
	if err := other.Signal(syscall.SIGKILL); !errors.Is(err, os.ErrProcessDone) || other.Alive() {
		t.Errorf("another process of the same number: %v", err)
	}
	if !p.Alive() {
		t.Fatal("the process was killed by mistake")
	}
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("sleep ended well")
	}
	if err := p.Signal(syscall.SIGKILL); !errors.Is(err, os.ErrProcessDone) || p.Alive() {
		t.Errorf("a dead process: %v", err)
	}
}

// TestDescendants finds grandchildren and survives a circle.
func TestDescendants(t *testing.T) {
	all := []Info{{ID: ID{PID: 2}, Parent: 1}, {ID: ID{PID: 3}, Parent: 2}, {ID: ID{PID: 4}, Parent: 9},
		{ID: ID{PID: 5}, Parent: 6}, {ID: ID{PID: 6}, Parent: 5}}
	if got := Descendants(all, 1); len(got) != 2 || got[0].PID != 2 || got[1].PID != 3 {
		t.Errorf("%+v", got)
	}
	if got := Descendants(all, 5); len(got) != 2 {
		t.Errorf("circle: %+v", got)
	}
}
