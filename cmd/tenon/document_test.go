package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"tenon/internal/plane"
)

// TestDocumentedConfiguration holds the configuration file in docs/ARCHITECTURE.md to the code: every key that it names is
// one, every value is the default, and no section of the defaults is missing.
func TestDocumentedConfiguration(t *testing.T) {
	page, err := os.ReadFile("../../docs/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/ARCHITECTURE.md has lost its configuration file")
	}
	have, err := plane.ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want, err := plane.LoadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	have.Quotas, want.Executor.Local.Threads = want.Quotas, have.Executor.Local.Threads // AWS's own; of this machine
	tree := func(c plane.Config) string {
		out, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if diff := cmp.Diff(tree(want), tree(have)); diff != "" {
		t.Errorf("the configuration file in docs/ARCHITECTURE.md is not the default (-code +page):\n%s", diff)
	}
	var named map[string]any
	if err := yaml.Unmarshal([]byte(text), &named); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(tree(want)) {
		key, _, _ := strings.Cut(line, ":")
		if _, ok := named[key]; !ok && !strings.HasPrefix(line, " ") && key != "passthrough" && key != "s3" {
			t.Errorf("docs/ARCHITECTURE.md does not name the setting %s", key)
		}
	}
}
