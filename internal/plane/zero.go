package plane

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// refuseZeros refuses a 0 that is written where the zero value stands for the default: whoever writes it means something
// else, most often "no limit" or "never". c is what text said, without defaults.
func refuseZeros(text []byte, c Config) error {
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); err != nil {
		return nil // nothing in it
	}
	l := c.Executor.Local
	for _, k := range []struct {
		key  string
		zero bool
	}{
		{"executor.local.parallel", l.Parallel == 0},
		{"executor.local.memory", l.Memory == 0},
		{"executor.local.run_memory", l.RunMemory == 0},
		{"executor.local.log_bytes", l.LogBytes == 0},
		{"executor.local.scratch_bytes", l.ScratchBytes == 0},
		{"executor.local.processes", l.Processes == 0},
		{"executor.local.open_files", l.OpenFiles == 0},
		{"executor.local.threads", l.Threads == 0},
		{"retention.runs", c.Retention.Runs == 0},
		{"retention.logs", c.Retention.Logs == 0},
	} {
		if n := lookUp(&doc, strings.Split(k.key, ".")); k.zero && n != nil && n.ShortTag() != "!!null" {
			return fmt.Errorf("line %d: %s: 0 is not possible; leave the key out for the default", n.Line, k.key)
		}
	}
	return nil
}

// lookUp finds the value of a key of a key; nil if there is none.
func lookUp(n *yaml.Node, path []string) *yaml.Node {
	switch {
	case n.Kind == yaml.AliasNode:
		return lookUp(n.Alias, path)
	case n.Kind == yaml.DocumentNode && len(n.Content) > 0:
		return lookUp(n.Content[0], path)
	case len(path) == 0:
		return n
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == path[0] {
				return lookUp(n.Content[i+1], path[1:])
			}
		}
	}
	return nil
}
