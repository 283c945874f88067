package plane

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// forgetStart lets go of the pages of the program's code that were mapped so far. A start runs code all over the executable, which
// has the engine in it, and the kernel maps much around each place: 20 to 30 MiB, of which serving needs a part. Code is never
// written, so nothing is lost: what runs again is mapped again from the system's cache. An error means that memory stays as it is.
func forgetStart() error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		if !strings.Contains(line, " r-xp ") || !strings.HasSuffix(line, " "+exe+"\n") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil {
			return fmt.Errorf("/proc/self/maps: %w", err)
		}
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("madvise: %w", errno)
		}
	}
	return nil
}
