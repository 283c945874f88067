package plane

import (
	"strings"
	"testing"
	"time"
)

// TestParseConfig shows what a tenon.yaml may say, and how it is refused.
func TestParseConfig(t *testing.T) {
	for _, c := range []struct{ name, text, refused string }{
		{"empty", "", ""},
		{"comments only", "# nothing\n", ""},
		{"the documented keys", "listen: 127.0.0.1:9000\nstore: sqlite\nqueueing: all\nquotas: {concurrent_runs: 4, dpus: 12.5}\nexecutor: {default: local, local: {parallel: 2, memory: 4GiB}}\nmax_wait: 4h\nretention: {runs: 90d}\nmin_free: 512MiB\n", ""},
		{"unknown key", "listen: 127.0.0.1:1\nlisten_on: x\n", "line 2: unknown key listen_on"},
		{"unknown nested key", "executor:\n  local:\n    paralel: 3\n", "line 3: unknown key paralel"},
		{"wrong type", "quotas: {concurrent_runs: many}\n", "line 1"},
		{"negative quota", "quotas: {concurrent_runs: -1}\n", "quotas.concurrent_runs: -1 is not between"},
		{"enormous quota", "quotas: {dpus: 1e30}\n", "quotas.dpus"},
		{"not a number", "quotas: {dpus: .nan}\n", "quotas.dpus"},
		{"size", "min_free: plenty\n", `line 1: "plenty" is not a size`},
		{"duration", "max_wait: soon\n", `line 1: "soon" is not a duration`},
		{"account", "account: {id: \"12\"}\n", `account.id: "12" is not 12 digits`},
		{"queueing", "queueing: maybe\n", `queueing: "maybe" is not one of account, all, off`},
		{"store", "store: mysql://u:p@h/d\n", "mysql://u:***@h/d"},
		{"real s3", "s3: {endpoint: x}\n", "s3: storage in a real S3 is not implemented yet"},
		{"passthrough", "passthrough: [sqs]\n", "passthrough: letting scripts reach AWS is not implemented yet"},
		{"memory", "executor: {local: {memory: 1GiB, run_memory: 2GiB}}\n", "executor.local.run_memory"},
		{"zero parallel", "executor:\n  local: {parallel: 0}\n", "line 2: executor.local.parallel: 0 is not possible; leave the key out"},
		{"zero memory", "executor: {local: {memory: 0GiB}}\n", "executor.local.memory: 0 is not possible"},
		{"zero retention", "retention: {runs: 0d}\n", "retention.runs: 0 is not possible"},
		{"zero retention of logs", "retention: {logs: 0s}\n", "retention.logs: 0 is not possible"},
		{"zero behind an alias", "executor: {local: {threads: &none 0, processes: *none}}\n", "executor.local.processes: 0 is not possible"},
		{"keys without values", "executor: {local: {parallel: }}\nretention:\nmin_free:\n", ""},
		{"zero min_free", "min_free: 0\n", ""},
		{"negative limit", "executor: {local: {processes: -1}}\n", "executor.local.processes: -1 is negative"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseConfig([]byte(c.text))
			if c.refused == "" && err != nil {
				t.Fatal(err)
			}
			if c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
				t.Fatalf("got %v, want %q", err, c.refused)
			}
		})
	}
}

// TestDefaults pins the defaults that the documentation names.
func TestDefaults(t *testing.T) {
	c, err := ParseConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8366" || c.Executor.Local.Parallel != 4 || c.Executor.Local.RunMemory.String() != "2GiB" ||
		time.Duration(c.Retention.Runs) != 90*24*time.Hour || c.MinFree.String() != "1GiB" || c.Region != "us-east-1" {
		t.Errorf("%+v", c)
	}
}

// TestMinFreeZero: the free space is not looked at.
func TestMinFreeZero(t *testing.T) {
	for text, looks := range map[string]bool{"": true, "min_free: 1MiB\n": true, "min_free: 0\n": false} {
		c, err := ParseConfig([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p := &Plane{cfg: c}
		if got := p.controllerConfig("", ""); (got.DiskDir != "") != looks {
			t.Errorf("%q: looks at %q", text, got.DiskDir)
		}
	}
}
