package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
	"tenon/internal/driver/engine/format"
)

// TestFuzz composes random frames and programs and compares what the engine answers with the real PySpark; see
// python/tests/fuzz. FUZZ_N is how many programs (10,000 in a soak, none without one), FUZZ_SEED where they begin.
// Spark's answers are kept in build/fuzz.
func TestFuzz(t *testing.T) {
	count, seed := os.Getenv("FUZZ_N"), os.Getenv("FUZZ_SEED")
	if count == "" && os.Getenv("TENON_SOAK") != "" {
		count = "10000"
	}
	if count == "" {
		t.Skip("a long test: set TENON_SOAK=1, or run make fuzz")
	}
	if seed == "" {
		seed = "1"
	}
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	spark := filepath.Join(root, ".venv-pyspark", "bin", "python")
	if _, err := os.Stat(spark); err != nil {
		t.Fatal("no PySpark: make fuzz installs it")
	}
	storage, scratch := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(storage, "fuzz"), 0o755); err != nil {
		t.Fatal(err)
	}
	drv, err := file.New(storage)
	if err != nil {
		t.Fatal(err)
	}
	files := format.New(format.Config{Storage: blob.New(drv), Scratch: scratch, StartMillis: time.Now().UnixMilli(), Threads: 2})
	e, err := Open(t.Context(), Config{ScratchDir: scratch, MemoryBytes: 1 << 30, Threads: 2, Reader: files, Writer: files})
	if err != nil {
		t.Fatal(err)
	}
	runShim(t, e, "tests.fuzz.check", spark, filepath.Join(root, "build", "fuzz"), seed, count)
}
