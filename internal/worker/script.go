package worker

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"tenon/internal/attempt"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
	"tenon/internal/driver/blob/s3"
)

// Limits of what is fetched for a script. Glue documents none; these keep a mistaken path from filling the disk.
const (
	maxScriptBytes = 64 << 20
	maxExtraBytes  = 1 << 30 // of one extra file
	maxExtras      = 100     // files in one list
	maxWheelFiles  = 20_000  // members of one wheel
)

// files are what a script is started with.
type files struct {
	script  string   // in the working directory
	pyFiles []string // entries of sys.path
}

// openStorage is the storage that s3:// stands for: the folder StorageRoot, or without one whatever the plane's S3 gateway
// passes on to. Then output is made in the plane's staging folder, so that the plane can finish what a dead worker had
// decided to publish.
func openStorage(ctx context.Context, s attempt.Spec) (*blob.Storage, error) {
	if s.StorageRoot != "" {
		d, err := file.New(s.StorageRoot)
		if err != nil {
			return nil, err
		}
		return blob.New(d), nil
	}
	d, err := s3.New(ctx, s3.Config{
		Endpoint: s.S3Endpoint, Region: s.Region, AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretKey, Staging: s.Staging,
	})
	if err != nil {
		return nil, err
	}
	return blob.New(d), nil
}

// fetchFiles brings the script and its extra files into the scratch folder. Errors are for the script's author.
func (w *worker) fetchFiles(ctx context.Context) (f files, err error) {
	args := w.spec.Arguments
	location := w.spec.Command.ScriptLocation
	if l := args["--scriptLocation"]; l != "" {
		location = l
	}
	if location == "" {
		return f, errors.New("the job names no script")
	}
	f.script = filepath.Join(w.scratch(dirWork), baseName(location))
	if err := w.fetch(ctx, location, f.script, maxScriptBytes); err != nil {
		return f, err
	}
	extra, err := list("--extra-files", args["--extra-files"])
	if err != nil {
		return f, err
	}
	for _, l := range extra {
		if err := w.fetch(ctx, l, filepath.Join(w.scratch(dirWork), baseName(l)), maxExtraBytes); err != nil {
			return f, fmt.Errorf("--extra-files: %w", err)
		}
	}
	extra, err = list("--extra-py-files", args["--extra-py-files"])
	if err != nil {
		return f, err
	}
	for _, l := range extra {
		if ofGlueStudio(l) {
			continue
		}
		entry, err := w.fetchPython(ctx, l)
		if err != nil {
			return f, fmt.Errorf("--extra-py-files: %w", err)
		}
		if entry != "" {
			f.pyFiles = append(f.pyFiles, entry)
		}
	}
	return f, nil
}

// ofGlueStudio tells whether a location is a module of a node of Glue Studio, in a bucket of AWS's that has one name for
// each region. The shim has these modules (_tenon/studio.py).
func ofGlueStudio(location string) bool {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	return ok && strings.HasPrefix(bucket, "aws-glue-studio-transforms-") && strings.HasPrefix(key, "gs_") && path.Ext(key) == ".py"
}

// baseName is the last part of a location.
func baseName(location string) string { return path.Base(filepath.ToSlash(location)) }

// list parts a list of locations, which Glue separates by commas.
func list(name, value string) ([]string, error) {
	var out []string
	for l := range strings.SplitSeq(value, ",") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	if len(out) > maxExtras {
		return nil, fmt.Errorf("%s names %d files, at most %d", name, len(out), maxExtras)
	}
	return out, nil
}

// fetchPython brings one file of --extra-py-files and returns the entry of sys.path under which Python finds it: a
// module's folder, an archive itself, a wheel unpacked (its libraries cannot be loaded from within an archive).
func (w *worker) fetchPython(ctx context.Context, location string) (entry string, err error) {
	name := baseName(location)
	to := filepath.Join(w.scratch(dirLib), name)
	if err := w.fetch(ctx, location, to, maxExtraBytes); err != nil {
		return "", err
	}
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".py":
		return w.scratch(dirLib), nil
	case ".zip", ".egg":
		return to, nil
	case ".whl":
		dir := to + ".d"
		if err := unzip(to, dir); err != nil {
			return "", fmt.Errorf("%s: %w", location, err)
		}
		return dir, nil
	default:
		return "", fmt.Errorf("%s: a file ending in %q is not supported; .py, .zip, .egg and .whl are", location, ext)
	}
}

// fetch copies the object or local file at location into a new file of at most limit bytes.
func (w *worker) fetch(ctx context.Context, location, to string, limit int64) (err error) {
	var in io.ReadCloser
	switch {
	case strings.Contains(location, "://"):
		in, _, err = w.storage.Open(ctx, location, blob.Range{Length: -1})
		if errors.Is(err, blob.ErrNotFound) {
			return fmt.Errorf("%s does not exist", location)
		}
	case filepath.IsAbs(location) && w.spec.RunAs != "":
		// It would be read as the server's user, and given to another.
		return fmt.Errorf("%s is a file of the server; with local.user set, only s3:// locations are fetched", location)
	case filepath.IsAbs(location):
		in, err = openRegular(location)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s does not exist", location)
		}
	default:
		return fmt.Errorf("%s is neither an s3:// location nor an absolute path", location)
	}
	if err != nil {
		return err
	}
	defer in.Close() // only read from
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: another file of the job has the same name", location)
	}
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	n, err := io.Copy(out, io.LimitReader(in, limit+1))
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("%s: %w", location, err)
	}
	if n > limit {
		return fmt.Errorf("%s is larger than %d bytes", location, limit)
	}
	return nil
}

// openRegular opens a file that is no folder, device or pipe: those end late or never.
func openRegular(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// unzip unpacks an archive of at most maxWheelFiles members and maxExtraBytes.
func unzip(archive, dir string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close() // only read from
	if len(z.File) > maxWheelFiles {
		return fmt.Errorf("holds more than %d files", maxWheelFiles)
	}
	left := int64(maxExtraBytes)
	for _, member := range z.File {
		if !filepath.IsLocal(filepath.FromSlash(member.Name)) {
			return fmt.Errorf("member %q lies outside of the archive", member.Name)
		}
		to := filepath.Join(dir, filepath.FromSlash(member.Name))
		if member.FileInfo().IsDir() {
			continue
		}
		n, err := unzipFile(member, to, left)
		if err != nil {
			return fmt.Errorf("member %q: %w", member.Name, err)
		}
		if left -= n; left < 0 {
			return fmt.Errorf("holds more than %d bytes", int64(maxExtraBytes))
		}
	}
	return nil
}

// unzipFile unpacks one member, at most one byte beyond limit.
func unzipFile(member *zip.File, to string, limit int64) (int64, error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, err
	}
	in, err := member.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close() // only read from
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, io.LimitReader(in, limit+1))
	return n, errors.Join(err, out.Close())
}
