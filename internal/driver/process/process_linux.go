package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Find looks at one process. One that is gone is os.ErrProcessDone.
func Find(pid int) (Info, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return Info{}, os.ErrProcessDone
	}
	if err != nil {
		return Info{}, fmt.Errorf("process: %w", err)
	}
	return parseStat(pid, b)
}

// parseStat reads proc_pid_stat(5). The command's name, in parentheses, may hold anything, also parentheses.
func parseStat(pid int, b []byte) (Info, error) {
	_, rest, ok := cutLast(b, ')')
	f := strings.Fields(string(rest))
	const state, parent, start, rss = 0, 1, 19, 21 // fields 3, 4, 22 and 24 of the manual page
	if !ok || len(f) <= rss {
		return Info{}, fmt.Errorf("process: stat of %d is not understood", pid)
	}
	ppid, err1 := strconv.Atoi(f[parent])
	ticks, err2 := strconv.ParseUint(f[start], 10, 64)
	pages, err3 := strconv.ParseInt(f[rss], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return Info{}, fmt.Errorf("process: stat of %d: %w", pid, err)
	}
	return Info{
		ID:     ID{PID: pid, Start: ticks},
		Parent: ppid,
		Zombie: f[state] == "Z" || f[state] == "X",
		RSS:    pages * int64(os.Getpagesize()),
	}, nil
}

// cutLast parts b at the last c.
func cutLast(b []byte, c byte) (before, after []byte, found bool) {
	i := bytes.LastIndexByte(b, c)
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+1:], true
}

// List looks at every process that this user can see.
func List() ([]Info, error) {
	pids, err := pids()
	if err != nil {
		return nil, err
	}
	out := make([]Info, 0, len(pids))
	for _, pid := range pids {
		if p, err := Find(pid); err == nil { // others have ended since
			out = append(out, p)
		}
	}
	return out, nil
}

// pids lists the numbers in /proc.
func pids() ([]int, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	defer dir.Close() // only read from
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	var out []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			out = append(out, pid)
		}
	}
	return out, nil
}

// PSS is the memory of a process in bytes with each shared page divided among those who share it. It costs a walk of
// the page tables, some milliseconds a gigabyte.
func PSS(pid int) (int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0, fmt.Errorf("process: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			var kb int64
			if _, err := fmt.Sscanf(rest, "%d kB", &kb); err != nil {
				return 0, fmt.Errorf("process: smaps_rollup of %d: %w", pid, err)
			}
			return kb << 10, nil
		}
	}
	return 0, ErrUnsupported
}

// Signal sends sig to the process, and to no other. One that is gone is os.ErrProcessDone.
func (id ID) Signal(sig syscall.Signal) error {
	fd, err := unix.PidfdOpen(id.PID, 0)
	if err != nil {
		return done(err)
	}
	defer unix.Close(fd) // a handle, nothing to flush
	p, err := Find(id.PID)
	if err != nil {
		return err
	}
	if p.Start != id.Start {
		return os.ErrProcessDone
	}
	return done(unix.PidfdSendSignal(fd, sig, nil, 0))
}

// Alive tells whether the process has not ended.
func (id ID) Alive() bool {
	p, err := Find(id.PID)
	return err == nil && p.Start == id.Start && !p.Zombie
}

// done turns "no such process" into os.ErrProcessDone.
func done(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// Marked lists the processes that were started with the variable entry ("NAME=value") in their environment, in so far
// as this user may look: its own.
func Marked(entry string) ([]ID, error) {
	pids, err := pids()
	if err != nil {
		return nil, err
	}
	var out []ID
	for _, pid := range pids {
		p, err := Find(pid)
		if err != nil || p.Zombie {
			continue
		}
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
		if err != nil { // another user's, or gone
			continue
		}
		for v := range bytes.SplitSeq(b, []byte{0}) {
			if string(v) == entry {
				out = append(out, p.ID)
				break
			}
		}
	}
	return out, nil
}
