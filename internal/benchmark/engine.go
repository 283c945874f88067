package benchmark

import (
	"bufio"
	"context"
	_ "embed" // of scripts
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tenon/internal/demo"
	"tenon/internal/worker"
)

// The scripts that the engine's suites run, on Tenon and on PySpark.
var (
	//go:embed scripts/csv_parquet.py
	csvParquetScript string
	//go:embed scripts/input.py
	plainInputScript string
	//go:embed scripts/sort.py
	sortScript string
)

// AloneCommand is the hidden command behind the figures of DuckDB alone, a process of its own like what it is compared with.
const AloneCommand = "duckdb-alone"

// What the engine's suites give each side.
const (
	engineThreads = 2         // PySpark has local[2]
	engineMemory  = 1 << 30   // of the worker and all that it starts, in bytes
	engineBucket  = "measure" // on the disk, under the data directory
	sortRows      = 20_000_000
)

// spent is what one process took, with all that it started and waited for.
type spent struct {
	wall, cpu time.Duration
	peak      int64 // resident memory of the largest of them, in bytes
}

// csvParquet measures a large CSV file becoming Parquet, with a schema and inferred.
func csvParquet(ctx context.Context, b *bench) error {
	return b.engine(ctx, "engine-csv", func(dir string) error {
		size, err := writeOrders(filepath.Join(dir, "in", "orders.csv"), b.rows)
		if err != nil {
			return err
		}
		note := fmt.Sprintf("%.2f GB", float64(size)/1e9)
		columns := "{'id':'BIGINT','customer':'INTEGER','name':'VARCHAR','category':'VARCHAR','quantity':'INTEGER','price':'DOUBLE'," +
			"'discount':'DECIMAL(10,3)','ordered':'DATE','shipped':'TIMESTAMP','note':'VARCHAR'}"
		alone := fmt.Sprintf("COPY (FROM read_csv('%s/in/orders.csv', auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "+
			"new_line='\\n', columns=%s)) TO '%s/alone.parquet' (FORMAT parquet)", dir, columns, dir)
		for _, how := range []string{"schema", "infer"} {
			if err := b.sides(ctx, dir, "CSV -> Parquet, "+how, note, csvParquetScript, []string{"--how", how}, alone, "2"); err != nil {
				return err
			}
			alone = ""
		}
		return nil
	})
}

// demoInput measures the demonstration's Input job: CSV, named and cast, to gzip JSON.
func demoInput(ctx context.Context, b *bench) error {
	return b.engine(ctx, "engine-input", func(dir string) error {
		in := filepath.Join(dir, "in")
		if err := os.MkdirAll(in, 0o755); err != nil {
			return err
		}
		file, err := os.Create(filepath.Join(in, "charges.csv"))
		if err != nil {
			return err
		}
		if err := demo.Write(file, demo.Rows, 1); err != nil {
			_ = file.Close() // the other error says more
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
		return b.sides(ctx, dir, "Input job, CSV -> gzip JSON", "", plainInputScript, nil, "", "10")
	})
}

// spillingSort measures a sort that does not fit its memory.
func spillingSort(ctx context.Context, b *bench) error {
	return b.engine(ctx, "engine-sort", func(dir string) error {
		return b.sides(ctx, dir, fmt.Sprintf("sort of %d rows", sortRows), "", sortScript, []string{"--rows", fmt.Sprint(sortRows)}, "", "1")
	})
}

// engine makes a data directory for one suite, whose files lie where Tenon's s3:// is and PySpark's file:// too.
func (b *bench) engine(ctx context.Context, name string, f func(dir string) error) error {
	dir, remove, err := b.fresh(name)
	if err != nil {
		return err
	}
	defer remove()
	folder := filepath.Join(dir, "s3", engineBucket)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return f(folder)
}

// sides runs a script on Tenon, on PySpark where there is one, and a statement on DuckDB alone where there is one, in
// turn, as often as asked. target is how many times as fast as PySpark Tenon should be.
func (b *bench) sides(ctx context.Context, dir, name, note, script string, args []string, alone, target string) error {
	file := filepath.Join(filepath.Dir(filepath.Dir(dir)), "script.py")
	config := filepath.Join(filepath.Dir(file), "tenon.yaml")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		return err
	}
	text := fmt.Sprintf("executor:\n  local:\n    parallel: 1\n    memory: %d\n    run_memory: %d\n", engineMemory, engineMemory)
	if b.pyspark != "" { // both sides start the same interpreter
		text += fmt.Sprintf("    python: %q\n", b.pyspark)
	}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	if err := b.firstStart(ctx, filepath.Dir(filepath.Dir(dir)), config); err != nil {
		return err
	}
	var ours, spark, duck []spent
	spilled := int64(0)
	for range b.repeat {
		run := []string{"run", "-q", "--config", config, file, "--folder", "s3://" + engineBucket}
		tenon := exec.CommandContext(ctx, b.tenon, append(run, args...)...)
		tenon.Env = append(os.Environ(), "TENON_DATA_DIR="+filepath.Dir(filepath.Dir(dir)))
		stop := watchSpill(filepath.Dir(filepath.Dir(dir)), &spilled)
		s, err := measured(tenon)
		stop()
		if err != nil {
			return fmt.Errorf("tenon: %w", err)
		}
		ours = append(ours, s)
		if b.pyspark != "" {
			cmd := exec.CommandContext(ctx, b.pyspark, append([]string{file, "--folder", "file://" + dir}, args...)...)
			cmd.Env = append(os.Environ(), fmt.Sprintf("PYSPARK_SUBMIT_ARGS=--master local[%d] --driver-memory 4g pyspark-shell", engineThreads))
			if s, err = measured(cmd); err != nil {
				return fmt.Errorf("PySpark: %w", err)
			}
			spark = append(spark, s)
		}
		if alone != "" {
			if s, err = measured(exec.CommandContext(ctx, b.tenon, "bench", AloneCommand, alone)); err != nil {
				return fmt.Errorf("DuckDB: %w", err)
			}
			duck = append(duck, s)
		}
	}
	b.compare(name, note, ours, spark, duck, target)
	if spilled > 0 {
		b.report.add(name+": spilled at once", []float64{float64(spilled) / (1 << 20)}, "MiB", "", "")
	}
	return nil
}

// firstStart runs a script that does nothing, as the first run of a data directory: it makes the store and compiles the
// shim, as pip has compiled PySpark when it was installed.
func (b *bench) firstStart(ctx context.Context, dataDir, config string) error {
	file := filepath.Join(dataDir, "first.py")
	if err := os.WriteFile(file, []byte("import time\ntime.sleep(3)  # for the compilation beside it\n"), 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.tenon, "run", "-q", "--config", config, "--type", "pythonshell", file)
	cmd.Env = append(os.Environ(), "TENON_DATA_DIR="+dataDir)
	if _, err := measured(cmd); err != nil {
		return fmt.Errorf("tenon: the first start: %w", err)
	}
	return nil
}

// compare reports the sides of one measurement.
func (b *bench) compare(name, note string, ours, spark, duck []spent, target string) {
	seconds := func(all []spent, of func(spent) time.Duration) []float64 {
		out := make([]float64, len(all))
		for i, s := range all {
			out[i] = of(s).Seconds()
		}
		return out
	}
	wall, cpu := func(s spent) time.Duration { return s.wall }, func(s spent) time.Duration { return s.cpu }
	peaks := make([]float64, len(ours))
	for i, s := range ours {
		peaks[i] = float64(s.peak) / (1 << 20)
	}
	took := seconds(ours, wall)
	b.report.add(name, took, "s", "", strings.TrimPrefix(note+fmt.Sprintf("; processor time %.1f s", median(seconds(ours, cpu))), "; "))
	b.report.add(name+": peak memory", peaks, "MiB", "<= 1024", "")
	if len(spark) > 0 {
		b.report.add(name+": PySpark local[2]", seconds(spark, wall), "s", "", "")
		b.report.add(name+": times as fast as PySpark", []float64{median(seconds(spark, wall)) / median(took)}, "", ">= "+target, "")
	}
	if len(duck) > 0 {
		b.report.add(name+": DuckDB alone", seconds(duck, wall), "s", "", fmt.Sprintf("processor time %.1f s", median(seconds(duck, cpu))))
		b.report.add(name+": share of DuckDB's speed", []float64{median(seconds(duck, wall)) / median(took)}, "", ">= 0.85", "")
	}
}

// measured runs a command to its end.
func measured(cmd *exec.Cmd) (spent, error) {
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return spent{}, fmt.Errorf("%w: %s", err, out)
	}
	s := spent{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = u.Maxrss << 10 // Linux counts in KiB
	}
	return s, nil
}

// watchSpill notes the most bytes that DuckDB's files of a sort take at once, under a data directory, until stop.
func watchSpill(dir string, most *int64) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
				*most = max(*most, spillSize(dir))
			}
		}
	}()
	return func() { close(done); <-ended }
}

// spillSize adds up DuckDB's files for what does not fit its memory. Files that go meanwhile count nothing.
func spillSize(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // see above
		if err == nil && !d.IsDir() && strings.Contains(path, "duckdb_temp") {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// writeOrders makes a CSV file of so many orders, and returns its size in bytes.
func writeOrders(name string, rows int) (int64, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, err
	}
	file, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	rng := rand.New(rand.NewPCG(1, 0))
	words := strings.Fields("deliver to the neighbour please call before gift wrap")
	fmt.Fprintln(w, "id,customer,name,category,quantity,price,discount,ordered,shipped,note")
	for i := range rows {
		fmt.Fprintf(w, "%d,%d,%s,%s,%d,%d.%02d,0.%03d,2024-%02d-%02d,2024-%02d-%02d %02d:%02d:%02d,", i, rng.IntN(1_000_000),
			[]string{"Anna Smith", "Bo Brown", "Carl Jones", "Eve Miller"}[rng.IntN(4)], []string{"books", "toys", "garden", "music"}[rng.IntN(4)],
			1+rng.IntN(50), rng.IntN(500), rng.IntN(100), rng.IntN(1000), 1+rng.IntN(12), 1+rng.IntN(28), 1+rng.IntN(12), 1+rng.IntN(28),
			rng.IntN(24), rng.IntN(60), rng.IntN(60))
		for k := range 6 {
			if k > 0 {
				_ = w.WriteByte(' ') // Flush tells
			}
			_, _ = w.WriteString(words[rng.IntN(len(words))]) // Flush tells
		}
		_ = w.WriteByte('\n') // Flush tells
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// RunAlone is the child process of AloneCommand: its one argument is the statement.
func RunAlone(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet(AloneCommand, flag.ContinueOnError)
	if err := flags.Parse(args); err != nil {
		return err
	}
	return worker.DuckDBAlone(ctx, engineThreads, engineMemory, flags.Arg(0))
}
