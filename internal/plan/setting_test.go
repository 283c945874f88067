package plan

import (
	"strings"
	"testing"
)

// TestCheckSetting holds one key of each kind; the script's side has the same table and cases.
func TestCheckSetting(t *testing.T) {
	for _, c := range []struct{ key, value, refusal string }{
		{"spark.sql.shuffle.partitions", "8", ""},
		{"spark.sql.shuffle.partitionsX", "8", "the Spark setting spark.sql.shuffle.partitionsX is not supported by the embedded engine"},
		{"spark.executor.memory", "2g", ""},
		{"spark.sql.session.timeZone", "UTC", ""},
		{"spark.sql.session.timeZone", "Europe/Paris", "the Spark setting spark.sql.session.timeZone=Europe/Paris is not supported by the embedded engine: only utc or "},
		{"spark.sql.ansi.enabled", "false", ""},
		{"spark.sql.ansi.enabled", "true", "the Spark setting spark.sql.ansi.enabled=true is not"},
		{"spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version", "2", ""},
		{"spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "false", "only true"},
		{"my.note", "x", ""},
	} {
		err := CheckSetting(c.key, c.value)
		if c.refusal == "" && err != nil || c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal)) {
			t.Errorf("%s=%s: %v, want %q", c.key, c.value, err, c.refusal)
		}
	}
}
