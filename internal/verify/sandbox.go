// Package verify compares what one script writes on the embedded engine with what it writes on the real PySpark: each
// runs on a copy of the same objects, and afterwards every object that it made or replaced is compared.
//
// The copy is of hard links, since whoever writes objects replaces files and does not change them in place; so it costs no
// room, and a file that is no longer the original's is output. Hadoop's marks (_SUCCESS, .part.crc) are the exception: it
// writes into them where they are, so they are copied. Should an original be changed all the same, the comparison fails.
package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Side is one of the two runs.
type Side string

// The sides.
const (
	Embedded Side = "embedded"
	Spark    Side = "spark"
)

// Sandbox is a folder with a data directory for each side. Original is the folder whose folders are the buckets.
type Sandbox struct {
	Dir      string
	Original string
	began    time.Time
}

// New makes a sandbox in dir, which is empty or not there, over the buckets in original, with storage the name of the
// folder of buckets in a data directory.
func New(ctx context.Context, dir, original, storage string) (*Sandbox, error) {
	s := &Sandbox{Dir: dir, Original: original, began: time.Now()}
	for _, side := range []Side{Embedded, Spark} {
		if err := link(ctx, original, filepath.Join(s.Data(side), storage)); err != nil {
			return nil, fmt.Errorf("verify: copy the objects: %w", err)
		}
	}
	return s, nil
}

// Data is the data directory of a side.
func (s *Sandbox) Data(side Side) string { return filepath.Join(s.Dir, string(side)) }

// mark tells whether a file or folder of this name is no data: Spark passes over it, and Hadoop writes such files in place.
func mark(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") && !strings.Contains(name, "=")
}

// copyFile makes a file of the same bytes.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read from
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// link makes a tree of hard links; what stands in for no bucket (a name that begins with a dot) is left out.
func link(ctx context.Context, from, to string) error {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir() && strings.HasPrefix(rel, ".") && rel != ".":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case d.Type().IsRegular() && mark(d.Name()):
			return copyFile(path, target)
		case d.Type().IsRegular():
			return os.Link(path, target)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(to, 0o755)
	}
	return err
}

// SparkConf writes Spark's configuration for the Spark side into its data directory and returns its folder, the value of
// SPARK_CONF_DIR. s3://, s3a:// and s3n:// are the side's buckets: Hadoop's view file system maps each onto its folder.
// So that a script may use a bucket which it makes itself, more names buckets beside those that are there.
func (s *Sandbox) SparkConf(storage string, more ...string) (string, error) {
	root, err := filepath.Abs(filepath.Join(s.Data(Spark), storage))
	if err != nil {
		return "", fmt.Errorf("verify: %w", err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return "", fmt.Errorf("verify: %w", err)
	}
	buckets := more
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			buckets = append(buckets, e.Name())
		}
	}
	lines := []string{
		"spark.master local[2]", "spark.ui.enabled false", "spark.ui.showConsoleProgress false", "spark.driver.host 127.0.0.1",
		"spark.driver.bindAddress 127.0.0.1", "spark.sql.session.timeZone UTC", "spark.driver.extraJavaOptions -Duser.timezone=UTC",
		"spark.sql.shuffle.partitions 4", "spark.sql.warehouse.dir " + filepath.Join(filepath.Dir(root), "warehouse"),
		"spark.hadoop.fs.viewfs.overload.scheme.target.file.impl org.apache.hadoop.fs.LocalFileSystem",
	}
	for _, scheme := range []string{"s3", "s3a", "s3n"} {
		lines = append(lines, "spark.hadoop.fs."+scheme+".impl org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme")
	}
	for _, bucket := range buckets {
		lines = append(lines, fmt.Sprintf("spark.hadoop.fs.viewfs.mounttable.%s.linkFallback file://%s", bucket, filepath.Join(root, bucket)))
	}
	dir := filepath.Join(s.Data(Spark), "spark-conf")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("verify: %w", err)
	}
	quiet := "rootLogger.level = off\n"
	return dir, errors.Join(
		os.WriteFile(filepath.Join(dir, "spark-defaults.conf"), []byte(strings.Join(lines, "\n")+"\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "log4j2.properties"), []byte(quiet), 0o644))
}
