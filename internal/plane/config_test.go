package plane

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// TestParseConfig shows what a tenon.yaml may say, and how it is refused.
func TestParseConfig(t *testing.T) {
	for _, c := range []struct{ name, text, refused string }{
		{"empty", "", ""},
		{"comments only", "# nothing\n", ""},
		{"the documented keys", "listen: 127.0.0.1:9000\nstore: sqlite\nqueueing: all\nquotas: {concurrent_runs: 4, dpus: 12.5}\nexecutor: {default: local, local: {parallel: 2, memory: 4GiB}}\nmax_wait: 4h\nretention: {runs: 90d}\nmin_free: 512MiB\n", ""},
		{"unknown key", "listen: 127.0.0.1:1\nlisten_on: x\n", "line 2: unknown key listen_on"},
		{"unknown nested key", "executor:\n  local:\n    paralel: 3\n", "line 3: unknown key executor.local.paralel"},
		{"wrong type", "quotas: {concurrent_runs: many}\n", `line 1: quotas.concurrent_runs: "many" is not a number`},
		{"wrong type of a whole number", "executor:\n  local:\n    parallel: a hundred thousand\n", `line 3: executor.local.parallel: "a hundr..." is not a whole number`},
		{"a list where keys are wanted", "placement: [capacity]\n", "line 1: placement: a list is not a group of keys"},
		{"a list and nothing else", "- listen\n", "line 1: the file is a list, not a group of keys"},
		{"a text and nothing else", "listen\n", `line 1: the file is "listen", not a group of keys`},
		{"keys where a list is wanted", "queues:\n  name: x\n", "line 2: queues: keys is not a list"},
		{"not YAML", "listen: [\n", "line 1: did not find expected node content"},
		{"two documents", "listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2\n", "line 2: a second document begins"},
		{"a key twice", "region: a\nregion: b\n", `line 2: mapping key "region" already defined at line 1`},
		{"negative quota", "quotas: {concurrent_runs: -1}\n", "quotas.concurrent_runs: -1 is not between"},
		{"enormous quota", "quotas: {dpus: 1e30}\n", "quotas.dpus"},
		{"not a number", "quotas: {dpus: .nan}\n", "quotas.dpus"},
		{"size", "min_free: plenty\n", `line 1: min_free: "plenty" is not a size`},
		{"duration", "max_wait: soon\n", `line 1: max_wait: "soon" is not a duration`},
		{"account", "account: {id: \"12\"}\n", `account.id: "12" is not 12 digits`},
		{"queueing", "queueing: maybe\n", `queueing: "maybe" is not one of account, all, off`},
		{"store", "store: mysql://u:p@h/d\n", "mysql://u:***@h/d"},
		{"s3", "s3: {endpoint: \"http://127.0.0.1:9000\", region: eu-west-1, access_key_id: A, secret_access_key: b, path_style: false}\n", ""},
		{"s3 of a profile", "s3: {profile: lake}\n", ""},
		{"s3, ambient", "s3: {ambient: true}\n", ""},
		{"s3 unknown key", "s3:\n  profile: lake\n  bucket: x\n", "line 3: unknown key s3.bucket"},
		{"s3 without a word", "listen: 127.0.0.1:1\ns3:\n", "line 2: s3: says nothing"},
		{"s3 without credentials", "s3: {region: us-west-2}\n", "s3: no credentials"},
		{"s3 with half a pair", "s3: {access_key_id: A}\n", "are set together or not at all"},
		{"s3 with two kinds", "s3: {access_key_id: A, secret_access_key: b, profile: lake}\n", "not several of them"},
		{"s3 endpoint", "s3: {endpoint: \"minio:9000\", profile: lake}\n", "s3.endpoint: not a URL"},
		{"s3 endpoint with a password", "s3: {endpoint: \"http://u:hush@h\", profile: lake}\n", "s3.endpoint: holds a user or password"},
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

// TestS3Environment: the key pair may come from variables of Tenon's own, and only where s3: stands; no variable of AWS's
// makes a configuration.
func TestS3Environment(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AMBIENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "ambient")
	t.Setenv("AWS_PROFILE", "company")
	if _, err := ParseConfig([]byte("s3: {region: us-west-2}\n")); err == nil {
		t.Error("s3: took ambient credentials")
	}
	t.Setenv(envS3AccessKey, "OWN")
	t.Setenv(envS3SecretKey, "hush")
	if c, err := ParseConfig(nil); err != nil || c.S3 != nil {
		t.Errorf("without s3: %v %v", c.S3, err)
	}
	c, err := ParseConfig([]byte("s3: {region: us-west-2}\n"))
	if err != nil || c.S3.AccessKeyID != "OWN" || string(c.S3.SecretAccessKey) != "hush" {
		t.Fatalf("%+v %v", c.S3, err)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{c.S3.Where(), fmt.Sprintf("%v %+v %#v %s", *c.S3, *c.S3, *c.S3, c.S3.SecretAccessKey), string(asJSON), string(asYAML)} {
		if strings.Contains(shown, "hush") {
			t.Errorf("shown: %s", shown)
		}
	}
	file, err := ParseConfig([]byte("s3: {access_key_id: FILE, secret_access_key: f}\n"))
	if err != nil || file.S3.AccessKeyID != "FILE" {
		t.Errorf("the file's pair: %+v %v", file.S3, err)
	}
}
