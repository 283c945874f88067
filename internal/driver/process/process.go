// Package process looks at processes of this machine and ends them, never mistaking one for another: a process is named
// by its id and its start time together, and is signalled through a handle (pidfd) that was verified after it was
// opened. A process id alone may have been given to somebody else meanwhile.
//
// It is complete on Linux only. Elsewhere List and Marked answer ErrUnsupported, and limits that need them are off.
package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ErrUnsupported is what this machine's system cannot do.
var ErrUnsupported = errors.New("process: not supported on this system")

// ID names one process, for ever.
type ID struct {
	PID   int
	Start uint64 // clock ticks after boot; 0 where the system does not tell
}

// String is the form that ParseID reads: "pid start".
func (id ID) String() string { return strconv.Itoa(id.PID) + " " + strconv.FormatUint(id.Start, 10) }

// ParseID reads what String wrote.
func ParseID(s string) (ID, error) {
	var id ID
	if n, err := fmt.Sscanf(strings.TrimSpace(s), "%d %d", &id.PID, &id.Start); err != nil || n != 2 || id.PID <= 0 {
		return ID{}, fmt.Errorf("process: %q is not an id and a start time", s)
	}
	return id, nil
}

// Info is one process as it was seen.
type Info struct {
	ID
	Parent int
	Zombie bool  // ended, and not waited for yet
	RSS    int64 // resident memory in bytes, shared pages included
}

// Descendants selects from all those that descend from root, root itself not included.
func Descendants(all []Info, root int) []Info {
	children := make(map[int][]Info, len(all))
	for _, p := range all {
		children[p.Parent] = append(children[p.Parent], p)
	}
	var out []Info
	visit := []int{root}
	for len(visit) > 0 {
		pid := visit[0]
		visit = visit[1:]
		for _, p := range children[pid] {
			out = append(out, p)
			visit = append(visit, p.PID)
		}
		delete(children, pid) // a listing taken while processes came and went could hold a circle
	}
	return out
}

// maxSweeps bounds KillTree: each sweep ends all that was there when it began, so only a tree that forks faster than it
// is killed sees more than three.
const maxSweeps = 50

// KillTree ends every descendant of root, root itself not included: all are stopped first, so that none can fork in
// answer to the others' end. root must reap, or be the subreaper of, its descendants. wait is called between sweeps.
func KillTree(root int, wait func()) error {
	for range maxSweeps {
		all, err := List()
		if err != nil {
			return err
		}
		alive := 0
		tree := Descendants(all, root)
		for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} {
			alive = 0
			for _, p := range tree {
				if p.Zombie {
					continue
				}
				if err := p.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
					return fmt.Errorf("process: signal %d: %w", p.PID, err)
				}
				alive++
			}
		}
		if alive == 0 {
			return nil
		}
		wait()
	}
	return fmt.Errorf("process: descendants of %d are left after %d sweeps", root, maxSweeps)
}
