// Package plane assembles a whole Tenon from its parts: configuration, store, executor, controller, API, S3 gateway. It
// decides nothing; it opens things in the right order and closes them in the reverse one.
package plane

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Config is tenon.yaml. Every key is optional; the zero value means the default that withDefaults gives.
type Config struct {
	Listen         string    `yaml:"listen"`
	DataDir        string    `yaml:"data_dir"`
	Store          string    `yaml:"store"` // sqlite, or a postgres:// URL
	Account        Account   `yaml:"account"`
	Region         string    `yaml:"region"`           // of the profile file that Tenon writes
	Queueing       string    `yaml:"queueing"`         // account, all or off
	ReportQueuedAs string    `yaml:"report_queued_as"` // WAITING or STARTING
	MaxWait        Duration  `yaml:"max_wait"`         // a run that waits longer ends EXPIRED; 0 is no maximum
	Quotas         Quotas    `yaml:"quotas"`
	Executor       Executor  `yaml:"executor"`
	S3             *S3       `yaml:"s3"`          // nil: s3:// is a folder under the data directory
	Passthrough    []string  `yaml:"passthrough"` // refused by name: scripts reach Tenon alone
	Retention      Retention `yaml:"retention"`
	MinFree        *Size     `yaml:"min_free"` // of the data directory's disk; below, new runs wait; 0 is not to look
	TLS            TLS       `yaml:"tls"`
}

// Account is the AWS account that Tenon answers as.
type Account struct {
	ID string `yaml:"id"` // 12 digits
}

// Quotas are the account's limits. Defaults are AWS's own (Service Quotas listing of Glue: L-5E4153CA, L-F574AED9,
// L-08F3B322, L-096DBB95). Nil is the default; 0 is none at all.
type Quotas struct {
	ConcurrentRuns       *int64   `yaml:"concurrent_runs"`
	ConcurrentRunsPerJob *int64   `yaml:"concurrent_runs_per_job"`
	DPUs                 *float64 `yaml:"dpus"`
	FlexDPUs             *float64 `yaml:"flex_dpus"`
	Jobs                 *int64   `yaml:"jobs"`
	Connections          *int64   `yaml:"connections"`
	SecurityConfigs      *int64   `yaml:"security_configurations"`
}

// Executor says where runs run.
type Executor struct {
	Default string `yaml:"default"` // local
	Local   Local  `yaml:"local"`
}

// Local bounds the runs of this machine.
type Local struct {
	Parallel     int               `yaml:"parallel"` // attempts at once
	Memory       Size              `yaml:"memory"`   // of all attempts together
	RunMemory    Size              `yaml:"run_memory"`
	LogBytes     Size              `yaml:"log_bytes"` // of one stream of one attempt
	ScratchBytes Size              `yaml:"scratch_bytes"`
	Processes    int               `yaml:"processes"`
	OpenFiles    int               `yaml:"open_files"`
	Threads      int               `yaml:"threads"` // of the engine in one attempt
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
	f, err := os.Open(path)
	if err != nil {
		return c, fmt.Errorf("config: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return c, fmt.Errorf("config: %w", err)
	}
	if len(text) > maxConfigBytes {
		return c, fmt.Errorf("config: %s is larger than %d bytes", path, maxConfigBytes)
	}
	c, err = ParseConfig(text)
	if err != nil {
		return c, fmt.Errorf("config: %s: %w", path, err)
	}
	return c, nil
}

// unknownField is how the YAML library spells an unknown key.
var unknownField = regexp.MustCompile(`line (\d+): field (\S+) not found in type \S+`)

// ParseConfig reads the text of a tenon.yaml. With a key s3:, the environment may hold its key pair.
func ParseConfig(text []byte) (Config, error) {
	var c Config
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		msg := unknownField.ReplaceAllString(err.Error(), "line $1: unknown key $2")
		msg = strings.TrimPrefix(strings.TrimPrefix(msg, "yaml: "), "unmarshal errors:\n")
		return c, errors.New(strings.TrimSpace(strings.ReplaceAll(msg, "\n  ", "; ")))
	}
	if err := refuseEmptyS3(text); err != nil {
		return c, err
	}
	if err := refuseZeros(text, c); err != nil {
		return c, err
	}
	c = c.withDefaults()
	return c, c.validate()
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
	l.Threads = or(l.Threads, min(runtime.NumCPU(), 8))
	c.Retention.Runs = or(c.Retention.Runs, Duration(90*24*time.Hour))
	c.Retention.Logs = or(c.Retention.Logs, Duration(30*24*time.Hour))
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
	maxQuota      = 10_000_000
	maxRetention  = Duration(10 * 365 * 24 * time.Hour)
	leastRunBytes = Size(64 << 20)
)

var accountID = regexp.MustCompile(`^\d{12}$`)

// validate refuses what cannot work, naming the key.
func (c Config) validate() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen: %q is not host:port", c.Listen)
	}
	if !accountID.MatchString(c.Account.ID) {
		return fmt.Errorf("account.id: %q is not 12 digits", c.Account.ID)
	}
	if c.Store != "sqlite" && !strings.HasPrefix(c.Store, "postgres://") && !strings.HasPrefix(c.Store, "postgresql://") {
		return fmt.Errorf("store: %q is neither sqlite nor a postgres:// URL", RedactURL(c.Store))
	}
	for _, k := range []struct {
		key, value string
		of         []string
	}{
		{"queueing", c.Queueing, []string{"account", "all", "off"}},
		{"report_queued_as", c.ReportQueuedAs, []string{"WAITING", "STARTING"}},
		{"executor.default", c.Executor.Default, []string{"local"}},
	} {
		if !contains(k.of, k.value) {
			return fmt.Errorf("%s: %q is not one of %s", k.key, k.value, strings.Join(k.of, ", "))
		}
	}
	if err := c.Quotas.validate(); err != nil {
		return err
	}
	l := c.Executor.Local
	if l.Parallel < 1 || l.Parallel > maxParallel {
		return fmt.Errorf("executor.local.parallel: %d is not between 1 and %d", l.Parallel, maxParallel)
	}
	if l.RunMemory < leastRunBytes || l.RunMemory > l.Memory {
		return fmt.Errorf("executor.local.run_memory: %s is not between %s and executor.local.memory, %s", l.RunMemory, leastRunBytes, l.Memory)
	}
	for key, n := range map[string]int{"processes": l.Processes, "open_files": l.OpenFiles, "threads": l.Threads} {
		if n < 0 {
			return fmt.Errorf("executor.local.%s: %d is negative", key, n)
		}
	}
	if c.MaxWait < 0 || c.Retention.Runs < 0 || c.Retention.Logs < 0 || c.Retention.Runs > maxRetention {
		return errors.New("max_wait and retention: a duration is negative or over ten years")
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		return errors.New("tls: cert and key are set together or not at all")
	}
	if c.S3 != nil {
		if err := c.S3.validate(); err != nil {
			return err
		}
	}
	if len(c.Passthrough) > 0 {
		return errors.New("passthrough: letting scripts reach AWS is not implemented yet; without the key they reach Tenon alone")
	}
	return nil
}

// validate refuses negative and absurd limits.
func (q Quotas) validate() error {
	counts := map[string]*int64{
		"concurrent_runs": q.ConcurrentRuns, "concurrent_runs_per_job": q.ConcurrentRunsPerJob, "jobs": q.Jobs,
		"connections": q.Connections, "security_configurations": q.SecurityConfigs,
	}
	for key, v := range counts {
		if v != nil && (*v < 0 || *v > maxQuota) {
			return fmt.Errorf("quotas.%s: %d is not between 0 and %d", key, *v, maxQuota)
		}
	}
	for key, v := range map[string]*float64{"dpus": q.DPUs, "flex_dpus": q.FlexDPUs} {
		if v != nil && !(*v >= 0 && *v <= maxQuota) {
			return fmt.Errorf("quotas.%s: %v is not between 0 and %d", key, *v, maxQuota)
		}
	}
	return nil
}

func contains(of []string, value string) bool {
	for _, s := range of {
		if s == value {
			return true
		}
	}
	return false
}

// RedactURL hides the password of a store URL.
func RedactURL(s string) string {
	return regexp.MustCompile(`//([^:/@]*):[^@]*@`).ReplaceAllString(s, "//$1:***@")
}

// Size is a number of bytes, written 512MiB, 8GiB, 1.5GB or a plain number.
type Size int64

var sizeForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?$`)

// UnmarshalYAML reads a Size.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	m := sizeForm.FindStringSubmatch(strings.TrimSpace(n.Value))
	if m == nil {
		return fmt.Errorf("line %d: %q is not a size such as 8GiB", n.Line, n.Value)
	}
	v, _ := strconv.ParseFloat(m[1], 64)
	base := 1000.0
	if strings.HasSuffix(m[2], "i") {
		base = 1024
	}
	if m[2] != "" {
		for range strings.Index("KMGT", m[2][:1]) + 1 {
			v *= base
		}
	}
	if v > 1<<60 {
		return fmt.Errorf("line %d: %q is larger than any disk", n.Line, n.Value)
	}
	*s = Size(v)
	return nil
}

// String writes s in the largest binary unit that divides it.
func (s Size) String() string {
	for i, unit := range []string{"TiB", "GiB", "MiB", "KiB"} {
		if u := Size(1) << (10 * (4 - i)); s >= u && s%u == 0 {
			return fmt.Sprintf("%d%s", s/u, unit)
		}
	}
	return fmt.Sprintf("%dB", int64(s))
}

// Duration is a time span, written 30s, 4h, 90d.
type Duration time.Duration

// UnmarshalYAML reads a Duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	if days, ok := strings.CutSuffix(n.Value, "d"); ok {
		v, err := strconv.ParseFloat(days, 64)
		if err != nil || v < 0 || v > 36500 {
			return fmt.Errorf("line %d: %q is not a duration such as 90d", n.Line, n.Value)
		}
		*d = Duration(v * 24 * float64(time.Hour))
		return nil
	}
	v, err := time.ParseDuration(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is not a duration such as 30s, 4h or 90d", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

// String writes d as it is written in a configuration: in days where it is whole days.
func (d Duration) String() string {
	if day := Duration(24 * time.Hour); d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := time.Duration(d).String() // 4h0m0s
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
