// Package attempt is the contract between the plane and one local attempt of a run: the attempt's directory on disk,
// the specification it starts from, and the reports it sends back over its control socket.
//
// The directory is the truth (WORKER): lock is held for as long as the worker lives, started exists once the script may
// have begun, result.json once it has ended. From these three a plane that was killed and came back decides what to do,
// without trusting a process id:
//
//	lock held                      reconnect over sock
//	lock free, result              apply the result
//	lock free, no start            spawn again, the same attempt
//	lock free, started, no result  the attempt is lost
package attempt

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"tenon/internal/glue"
)

// Protocol is the version of Spec and Message. A plane also speaks the version before it.
const Protocol = 1

// Names of the files in an attempt's directory.
const (
	FileSpec    = "spec.json" // mode 0600: it holds the run's key
	FileLock    = "lock"
	FileStarted = "started"
	FileResult  = "result.json"
	FileStdout  = "stdout.log"
	FileStderr  = "stderr.log"
	FileError   = "error.json"  // the script's exception, written by the runner
	FileSocket  = "sock"        // the control socket, served by the worker
	FileEngine  = "engine.sock" // the plan protocol, served by the worker for the script
	DirScratch  = "scratch"

	FileWorkerLog = "worker.log" // what the worker itself says: faults of Tenon, never the script's output
)

// EnvMark is the variable that holds the attempt's directory in the environment of every process of its script, so that
// a dead worker's processes can be found and ended.
const EnvMark = "TENON_ATTEMPT_DIR"

// Key names one attempt.
type Key struct {
	Run     string `json:"run"`
	Attempt int    `json:"attempt"`
}

// Name is short, for a Unix socket's path has 108 bytes: the first 24 hex digits of the run id (12 of time, 12 random) and
// the attempt. It names the attempt's folder, and begins the names of what the attempt makes elsewhere.
func (k Key) Name() string {
	id := strings.TrimPrefix(k.Run, glue.RunIDPrefix)
	if len(id) > 24 {
		id = id[:24]
	}
	return fmt.Sprintf("%s-%d", id, k.Attempt)
}

// Dir is the folder of the attempt under root.
func (k Key) Dir(root string) string { return filepath.Join(root, k.Name()) }

// String is for logs.
func (k Key) String() string { return fmt.Sprintf("%s/%d", k.Run, k.Attempt) }

// Spec is all a worker knows when it starts.
type Spec struct {
	Protocol    int               `json:"protocol"`
	Key         Key               `json:"key"`
	Region      string            `json:"region"`
	Account     string            `json:"account"`
	Job         string            `json:"job"`
	Command     glue.Command      `json:"command"` // glueetl or pythonshell
	GlueVersion string            `json:"glue_version"`
	Arguments   map[string]string `json:"arguments"` // merged; the worker makes argv of them
	SubmittedAt time.Time         `json:"submitted_at"`
	Timeout     time.Duration     `json:"timeout"`     // of this attempt, from the script's start
	Endpoint    string            `json:"endpoint"`    // Tenon's own, for every AWS service but S3
	S3Endpoint  string            `json:"s3_endpoint"` // the built-in S3
	AccessKeyID string            `json:"access_key_id"`
	SecretKey   string            `json:"secret_access_key"`
	StorageRoot string            `json:"storage_root"` // the folder that s3:// stands for; empty: S3Endpoint is
	Staging     string            `json:"staging"`      // without StorageRoot: the folder where output is made, outliving the worker
	Python      string            `json:"python"`       // interpreter, absolute
	ShimDir     string            `json:"shim_dir"`     // goes first on PYTHONPATH
	Limits      Limits            `json:"limits"`
	Bookmark    *Bookmark         `json:"bookmark,omitempty"`  // nil: disabled
	RunAs       string            `json:"run_as,omitempty"`    // user name; empty is the server's own
	PassEnv     []string          `json:"pass_env,omitempty"`  // names of variables handed through
	Address     string            `json:"address,omitempty"`   // IPv4 address of the driver in the ledger; empty: it has none
	Notice      string            `json:"notice,omitempty"`    // first line of the output log: how the run was placed, in words
	Rehearsal   bool              `json:"rehearsal,omitempty"` // the objects are copies: nothing else may be written, databases above all
}

// Limits bound one attempt. Zero means the worker's own default, never "none".
type Limits struct {
	MemoryBytes  int64 `json:"memory_bytes"`  // RSS of the process tree
	LogBytes     int64 `json:"log_bytes"`     // of each stream
	ScratchBytes int64 `json:"scratch_bytes"` // of the scratch folder
	Processes    int   `json:"processes"`     // in the process tree
	OpenFiles    int   `json:"open_files"`
	Threads      int   `json:"threads"` // of the engine
}

// Bookmark is what job.init gets: how bookmarks work in this run and what earlier runs left.
type Bookmark struct {
	Option  string `json:"option"`         // enable or pause
	From    string `json:"from,omitempty"` // run ids, with pause
	To      string `json:"to,omitempty"`
	Version int64  `json:"version"`         // expected at commit
	State   []byte `json:"state,omitempty"` // core/bookmark's JSON
}

// Kind tells which fields of a Report count.
type Kind string

// The reports of a worker, in the order they can come.
const (
	ReportStarted  Kind = "started"  // the script is about to begin
	ReportFiles    Kind = "files"    // Files: what a source listed or a sink published
	ReportBookmark Kind = "bookmark" // Bookmark: job.commit(), blocks the script until acknowledged
	ReportProgress Kind = "progress" // Usage so far; may be lost, never repeated
	ReportResult   Kind = "result"   // Result: the last one
)

// Report is one thing a worker has to say. It is sent again until acknowledged, so the receiver applies (Key, Seq) once.
type Report struct {
	Key      Key             `json:"key"`
	Seq      int64           `json:"seq"` // from 1, dense within an attempt
	At       time.Time       `json:"at"`
	Kind     Kind            `json:"kind"`
	Files    []File          `json:"files,omitempty"`
	Bookmark *BookmarkCommit `json:"bookmark,omitempty"`
	Usage    *glue.Usage     `json:"usage,omitempty"`
	Result   *Result         `json:"result,omitempty"`
}

// MaxReportFiles bounds the files of one report; a source of more sends several.
const MaxReportFiles = 10_000

// File is one object that a source listed for reading or a sink published.
type File struct {
	Write    bool      `json:"write,omitempty"`
	Context  string    `json:"ctx,omitempty"` // transformation_ctx
	Path     string    `json:"path"`          // s3://bucket/key
	Bytes    int64     `json:"bytes"`
	Records  int64     `json:"records"`           // -1: not known
	Version  string    `json:"version,omitempty"` // ETag
	Modified time.Time `json:"modified"`
}

// BookmarkCommit is the new state of every context the run read, against the version it started from.
type BookmarkCommit struct {
	Version int64  `json:"version"`
	State   []byte `json:"state"`
}

// Result is how the attempt ended. It is also the content of result.json.
type Result struct {
	State        glue.RunState `json:"state"` // SUCCEEDED FAILED TIMEOUT STOPPED
	ErrorMessage string        `json:"error_message,omitempty"`
	Started      time.Time     `json:"started"`
	Ended        time.Time     `json:"ended"`
	Usage        glue.Usage    `json:"usage"`
	NextSeq      int64         `json:"next_seq"`          // the Seq of the result's own report
	Network      bool          `json:"network,omitempty"` // it failed for want of addresses or of a connection, before the script began
}

// Message is one line of JSON on the control socket, in either direction: exactly one field is set.
type Message struct {
	Hello  *Hello  `json:"hello,omitempty"`  // worker -> plane, first
	Report *Report `json:"report,omitempty"` // worker -> plane
	Ack    *Ack    `json:"ack,omitempty"`    // plane -> worker
	Stop   *Stop   `json:"stop,omitempty"`   // plane -> worker
}

// MaxMessage bounds one line on the control socket, in bytes.
const MaxMessage = 16 << 20

// Hello tells a plane whom it reached.
type Hello struct {
	Protocol int `json:"protocol"`
	Key      Key `json:"key"`
	PID      int `json:"pid"`
}

// Ack says that a report is durable, or (Refused not empty) that it will never be accepted and why.
type Ack struct {
	Seq     int64  `json:"seq"`
	Refused string `json:"refused,omitempty"`
}

// Stop asks the worker to end its script: TERM, then KILL after Grace. The result is STOPPED.
type Stop struct {
	Grace time.Duration `json:"grace"`
}
