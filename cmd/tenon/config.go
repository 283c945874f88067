package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"tenon/internal/plane"
)

// configCommand is `tenon config`.
func (a *app) configCommand() *cobra.Command {
	return a.group("config", "Check a configuration, show it, apply it to a running server", groupHelp, a.configCheck(), a.configShow(), a.configApply())
}

// configCheck is `tenon config check`.
func (a *app) configCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE", Short: "Check a configuration file", Args: a.takes("FILE"),
		Example: "  tenon config check tenon.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := plane.LoadConfig(args[0])
			if err != nil {
				return &exitError{exitFailed, err}
			}
			if err := checkExposure(cfg, false); err != nil {
				a.con.say("%s %v", a.con.onErr(yellow, "warn:"), err)
			}
			a.con.print("%s is good.\n", args[0])
			return nil
		},
	}
}

// configShow is `tenon config show`.
func (a *app) configShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [FILE]", Short: "Show every setting with its value, defaults filled in", Args: a.takes("[FILE]"),
		Long: `Show every setting with its value: the file's, else the default. The output is itself a configuration file.
Secrets are not shown.`,
		Example: "  tenon config show > tenon.yaml\n  tenon config show tenon.yaml -o json",
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := plane.LoadConfig(strings.Join(args, ""))
			if err != nil {
				return &exitError{exitFailed, err}
			}
			return a.showConfig(cfg)
		},
	}
}

// showConfig writes a configuration as YAML, or JSON where that is wanted.
func (a *app) showConfig(cfg plane.Config) error {
	cfg.Quotas = cfg.Quotas.All()
	node, err := configNode(reflect.ValueOf(cfg))
	if err != nil {
		return err
	}
	if a.flags.output == formatJSON {
		var plain any
		if err := node.Decode(&plain); err != nil {
			return err
		}
		return a.showDocument(plain)
	}
	return a.showYAML(node)
}

// meansZero reports whether a zero is a value and not an absence: numbers and durations.
func meansZero(f reflect.Value) bool { return f.CanInt() || f.CanFloat() }

// configNode is a configuration as YAML in the order of its declaration, sizes and durations as they are written by
// hand. What is not set and has no default is left out.
func configNode(v reflect.Value) (*yaml.Node, error) {
	if s, ok := v.Interface().(fmt.Stringer); ok && v.Kind() != reflect.Pointer {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: s.String()}, nil
	}
	if _, ok := v.Interface().(yaml.Marshaler); ok {
		n := &yaml.Node{}
		return n, n.Encode(v.Interface())
	}
	switch v.Kind() {
	case reflect.Pointer:
		return configNode(v.Elem())
	case reflect.Struct:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for i := range v.NumField() {
			key, f := v.Type().Field(i).Tag.Get("yaml"), v.Field(i)
			if f.IsZero() && !meansZero(f) {
				continue
			}
			child, err := configNode(f)
			if err != nil {
				return nil, err
			}
			if strings.Contains(key, "secret") {
				child.Value = "***"
			}
			if key == "store" {
				child.Value = plane.RedactURL(child.Value)
			}
			if child.Kind == yaml.MappingNode && len(child.Content) == 0 {
				continue
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, child)
		}
		return n, nil
	case reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			child, err := configNode(v.Index(i))
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		return n, nil
	case reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			child, err := configNode(v.MapIndex(key))
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key.String()}, child)
		}
		return n, nil
	}
	n := &yaml.Node{}
	return n, n.Encode(v.Interface())
}
