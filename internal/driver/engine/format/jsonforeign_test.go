package format

import (
	"context"
	"strings"
	"testing"

	"tenon/internal/plan"
)

// TestForeignJSON refuses JSON that is not UTF-8 and does not say so, of which Spark reads a part.
func TestForeignJSON(t *testing.T) {
	b := newBench(t)
	for name, text := range map[string]string{"latin": "{\"a\":\"\xe9\"}\n", "utf16": "{\x00\"\x00a\x00\"\x00:\x001\x00}\x00", "mark": "\xff\xfe{\x00}\x00"} {
		b.put(t, "s3://bucket/"+name+"/a.json", []byte(text))
		for _, many := range []string{"true", "false"} {
			src := plan.Source{ConnectionType: "file", Format: "json", Paths: []string{"s3://bucket/" + name},
				Options: opts(map[string]any{"multiLine": many})}
			if _, err := b.Open(context.Background(), b.db, src); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
				t.Errorf("%s, multiLine %s: %v", name, many, err)
			}
		}
	}
}
