package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// compileTime bounds the compilation of a shim: it takes about a second.
const compileTime = time.Minute

// compiledMark begins the names of the files in a shim's folder that say which interpreters it is compiled for.
const compiledMark = ".compiled-"

// compileOnce has an interpreter compile the shim's modules, in the background and once for each pair, into the folders
// beside them. Scripts then load the compiled ones; without, each run would compile those it imports, which takes longer
// than everything else that comes before its first line. The folder is named by its content, so the compiled modules
// need no look at their sources (unchecked-hash), and a mark in it spares later planes the work.
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
	mark := filepath.Join(shimDir, compiledMark+programKey(python))
	if _, err := os.Stat(mark); err == nil {
		return
	}
	d.wg.Go(func() {
		ctx, cancel := context.WithTimeout(d.ctx, compileTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", shimDir)
		cmd.Env = []string{"PATH=" + workerPath}
		out, err := cmd.CombinedOutput()
		if err == nil {
			err = os.WriteFile(mark, nil, 0o644)
		}
		if err != nil && d.ctx.Err() == nil {
			d.lg.Warn("the shim cannot be compiled; scripts start slower", "python", python, "error", err, "output", string(out))
		}
	})
}

// programKey names a program by its path and by the file that it leads to, so that a replaced one has another name. One
// that cannot be looked at has its path's.
func programKey(path string) string {
	text := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		if info, err := os.Stat(real); err == nil {
			text += "\x00" + real + "\x00" + info.ModTime().UTC().Format(time.RFC3339Nano)
		}
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
