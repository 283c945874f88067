package local

import (
	"context"
	"os/exec"
	"time"
)

// compileTime bounds the compilation of a shim: it takes about a second.
const compileTime = time.Minute

// compileOnce has an interpreter compile the shim's modules, in the background and once for each pair, into the folders
// beside them. Scripts then load the compiled ones; without, each run would compile those it imports, which takes longer
// than everything else that comes before its first line. The folder is named by its content, so the compiled modules
// need no look at their sources (unchecked-hash).
func (d *Driver) compileOnce(python, shimDir string) {
	if python == "" || shimDir == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	pair := [2]string{python, shimDir}
	if d.closed || d.compiled[pair] {
		return
	}
	d.compiled[pair] = true
	d.wg.Go(func() {
		ctx, cancel := context.WithTimeout(d.ctx, compileTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", shimDir)
		cmd.Env = []string{"PATH=" + workerPath}
		if out, err := cmd.CombinedOutput(); err != nil && d.ctx.Err() == nil {
			d.lg.Warn("the shim cannot be compiled; scripts start slower", "python", python, "error", err, "output", string(out))
		}
	})
}
