// Package plane assembles a whole Tenon from its parts: configuration, store, executor, controller, API, S3 gateway. It
// decides nothing; it opens things in the right order and closes them in the reverse one.
package plane

import (
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Config is tenon.yaml. Every key is optional; the zero value means the default that withDefaults gives.
type Config struct {
	Listen         string            `yaml:"listen"`
	DataDir        string            `yaml:"data_dir"`
	Store          string            `yaml:"store"` // sqlite, or a postgres:// URL
	Account        Account           `yaml:"account"`
	Region         string            `yaml:"region"`           // of the profile file that Tenon writes
	Queueing       string            `yaml:"queueing"`         // account, all or off
	ReportQueuedAs string            `yaml:"report_queued_as"` // WAITING or STARTING
	MaxWait        Duration          `yaml:"max_wait"`         // a run that waits longer ends EXPIRED; 0 is no maximum
	Quotas         Quotas            `yaml:"quotas"`
	Subnets        []Subnet          `yaml:"subnets"` // in every region
	Placement      Placement         `yaml:"placement"`
	Queues         []Queue           `yaml:"queues"` // one of the name default is added where it is missing
	Reservation    Reservation       `yaml:"reservation"`
	Regions        map[string]Region `yaml:"regions"` // where they differ
	Executor       Executor          `yaml:"executor"`
	S3             *S3               `yaml:"s3"`          // nil: s3:// is a folder under the data directory
	Passthrough    []string          `yaml:"passthrough"` // refused by name: scripts reach Tenon alone
	Retention      Retention         `yaml:"retention"`
	MinFree        *Size             `yaml:"min_free"` // of the data directory's disk; below, new runs wait; 0 is not to look
	TLS            TLS               `yaml:"tls"`
}

// Account is the AWS account that Tenon answers as.
type Account struct {
	ID string `yaml:"id"` // 12 digits
}

// Executor says where runs run.
type Executor struct {
	Default string `yaml:"default"` // local
	Local   Local  `yaml:"local"`
}

// Local bounds the runs of this machine.
type Local struct {
	Parallel     Whole             `yaml:"parallel"` // attempts at once
	Memory       Size              `yaml:"memory"`   // of all attempts together
	RunMemory    Size              `yaml:"run_memory"`
	LogBytes     Size              `yaml:"log_bytes"` // of one stream of one attempt
	ScratchBytes Size              `yaml:"scratch_bytes"`
	Processes    Whole             `yaml:"processes"`
	OpenFiles    Whole             `yaml:"open_files"`
	Threads      Whole             `yaml:"threads"` // of the engine in one attempt
	User         string            `yaml:"user"`    // that scripts run as; empty is the server's own
	Python       string            `yaml:"python"`  // interpreter; empty is the one that doctor finds
	PythonFor    map[string]string `yaml:"python_for"`
	PassEnv      []string          `yaml:"pass_env"`
}

// Retention says how long what is over is kept.
type Retention struct {
	Runs Duration `yaml:"runs"` // runs, their events and file records
	Logs Duration `yaml:"logs"`
}

// TLS names the certificate of the listener; both or neither.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// maxConfigBytes bounds a configuration file.
const maxConfigBytes = 1 << 20

// LoadConfig reads tenon.yaml at path; an empty path gives the defaults. An unknown key, a wrong type or an impossible
// value is an error that names the line or the key.
func LoadConfig(path string) (Config, error) {
	var c Config
	if path == "" {
		return c.withDefaults(), nil
	}
	text, err := readFile(path)
	if err != nil {
		return c, fmt.Errorf("config: %w", err)
	}
	c, err = ParseConfig(text)
	if err != nil {
		return c, fmt.Errorf("config: %s: %w", path, err)
	}
	return c, nil
}

// readFile reads a configuration file within bounds.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err == nil && len(text) > maxConfigBytes {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxConfigBytes)
	}
	return text, err
}

// ParseConfig reads the text of a tenon.yaml. With a key s3:, the environment may hold its key pair.
func ParseConfig(text []byte) (Config, error) {
	c, doc, err := readConfig(text)
	if err != nil {
		return c, err
	}
	c = c.withDefaults()
	return c, withLine(doc, c.validate())
}

// readConfig reads what text says, and no more: without defaults, not validated.
func readConfig(text []byte) (c Config, doc *yaml.Node, err error) {
	if doc, err = decode(text, &c); err != nil {
		return c, doc, err
	}
	if err = refuseEmptyS3(doc); err == nil {
		err = refuseZeros(doc, c)
	}
	return c, doc, withLine(doc, err)
}

// or returns value, or fallback when value is the zero value.
func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// withDefaults fills what is absent.
func (c Config) withDefaults() Config {
	c.Listen = or(c.Listen, "127.0.0.1:8366")
	c.DataDir = or(c.DataDir, "./.tenon")
	c.Store = or(c.Store, "sqlite")
	c.Account.ID = or(c.Account.ID, "123456789012")
	c.Region = or(c.Region, "us-east-1")
	c.Queueing = or(c.Queueing, "account")
	c.ReportQueuedAs = or(c.ReportQueuedAs, "WAITING")
	c.Executor.Default = or(c.Executor.Default, "local")
	l := &c.Executor.Local
	l.Parallel = or(l.Parallel, 4)
	l.Memory = or(l.Memory, Size(8<<30))
	l.RunMemory = or(l.RunMemory, l.Memory/Size(max(l.Parallel, 1)))
	l.LogBytes = or(l.LogBytes, Size(64<<20))
	l.ScratchBytes = or(l.ScratchBytes, Size(64<<30))
	l.Processes = or(l.Processes, 256)
	l.OpenFiles = or(l.OpenFiles, 4096)
	l.Threads = or(l.Threads, Whole(min(runtime.NumCPU(), 8)))
	c.Retention.Runs = or(c.Retention.Runs, Duration(90*24*time.Hour))
	c.Retention.Logs = or(c.Retention.Logs, Duration(30*24*time.Hour))
	c.Placement, c.Reservation, c.Queues = c.Placement.withDefaults(), c.Reservation.withDefaults(), withDefaultQueue(c.Queues)
	c.Subnets = subnetsWithDefaults(c.Subnets)
	c.Regions = maps.Clone(c.Regions)
	for name, r := range c.Regions {
		r.Subnets = subnetsWithDefaults(r.Subnets)
		c.Regions[name] = r
	}
	if c.MinFree == nil {
		least := Size(1 << 30)
		c.MinFree = &least
	}
	if c.S3 != nil {
		s3 := c.S3.withDefaults(os.Getenv)
		c.S3 = &s3
	}
	return c
}

// Largest values that a configuration may ask for, so that a slip of a digit is refused and not obeyed.
const (
	maxParallel   = 1024
	maxRetention  = Duration(10 * 365 * 24 * time.Hour)
	leastRunBytes = Size(64 << 20)
)

var accountID = regexp.MustCompile(`^\d{12}$`)

// validate refuses what cannot work, naming the key.
func (c Config) validate() error {
	for _, check := range []func() error{
		c.validateServer, c.Executor.Local.validate,
		func() error { return c.Quotas.validate("quotas") },
		func() error { return validateSubnets("subnets", c.Subnets) },
		c.Placement.validate, c.validateRegions, c.validateQueues, c.Reservation.validate,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	if c.S3 != nil {
		return c.S3.validate()
	}
	return nil
}

// validateServer checks what is neither of the machine nor of admission.
func (c Config) validateServer() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return refuse("listen", "%q is not host:port", c.Listen)
	}
	if !accountID.MatchString(c.Account.ID) {
		return refuse("account.id", "%q is not 12 digits", c.Account.ID)
	}
	if c.Store != "sqlite" && !strings.HasPrefix(c.Store, "postgres://") && !strings.HasPrefix(c.Store, "postgresql://") {
		return refuse("store", "%q is neither sqlite nor a postgres:// URL", RedactURL(c.Store))
	}
	for _, k := range []struct {
		key, value string
		of         []string
	}{
		{"queueing", c.Queueing, []string{"account", "all", "off"}},
		{"report_queued_as", c.ReportQueuedAs, []string{"WAITING", "STARTING"}},
		{"executor.default", c.Executor.Default, []string{"local"}},
	} {
		if !slices.Contains(k.of, k.value) {
			return refuse(k.key, "%q is not one of %s", k.value, strings.Join(k.of, ", "))
		}
	}
	for _, d := range []struct {
		key   string
		value Duration
	}{{"max_wait", c.MaxWait}, {"retention.runs", c.Retention.Runs}, {"retention.logs", c.Retention.Logs}} {
		if d.value < 0 || d.value > maxRetention {
			return refuse(d.key, "%s is negative or over ten years", d.value)
		}
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		return refuse("tls", "cert and key are set together or not at all")
	}
	if len(c.Passthrough) > 0 {
		return refuse("passthrough", "letting scripts reach AWS is not implemented yet; without the key they reach Tenon alone")
	}
	return nil
}

// validate refuses a machine that cannot run anything.
func (l Local) validate() error {
	const at = "executor.local"
	if l.Parallel < 1 || l.Parallel > maxParallel {
		return refuse(joinKey(at, "parallel"), "%d is not between 1 and %d", l.Parallel, maxParallel)
	}
	if l.RunMemory < leastRunBytes || l.RunMemory > l.Memory {
		return refuse(joinKey(at, "run_memory"), "%s is not between %s and executor.local.memory, %s", l.RunMemory, leastRunBytes, l.Memory)
	}
	for _, n := range []struct {
		key   string
		value Whole
	}{{"processes", l.Processes}, {"open_files", l.OpenFiles}, {"threads", l.Threads}} {
		if n.value < 0 {
			return refuse(joinKey(at, n.key), "%d is negative", n.value)
		}
	}
	return nil
}

// RedactURL hides the password of a store URL.
func RedactURL(s string) string {
	return regexp.MustCompile(`//([^:/@]*):[^@]*@`).ReplaceAllString(s, "//$1:***@")
}
