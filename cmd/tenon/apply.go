package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tenon/internal/edge/api"
	"tenon/internal/plane"
)

// maxConfigBytes bounds what `tenon config apply` sends: as much as a server reads of its own file.
const maxConfigBytes = 1 << 20

// configApply is `tenon config apply`.
func (a *app) configApply() *cobra.Command {
	var in api.ConfigInput
	c := &cobra.Command{
		Use: "apply [FILE]", Short: "Change quotas, queues and subnets of a running server", Args: a.takes("[FILE]"),
		Long: `Give a running server another configuration, or with --reload let it read its own file again, as SIGHUP does,
and print what changed. Nothing that runs is stopped: a limit below what is in use admits again when enough has
ended.

FILE (- is stdin) is checked as a whole, then takes the place of the file that the server was started with
(--config), and is in force at once. What is refused changes nothing, neither the file nor what runs.

While a server runs these keys may change, with all below them; the others need a restart and are refused by name:

` + reloadableKeys(),
		Example: `  tenon config apply tenon.yaml --dry-run
  tenon config apply tenon.yaml
  tenon config apply --reload`,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := strings.Join(args, "")
			if in.Reload == (name != "") {
				return usageError("give a FILE, or --reload for the server's own")
			}
			if name != "" {
				text, err := a.readConfig(name)
				if err != nil {
					return err
				}
				in.Text = text
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			var out api.ConfigOutput
			if err := c.Admin(cmd.Context(), "ApplyConfig", in, &out); err != nil {
				return err
			}
			return a.showChanges(out)
		},
	}
	c.Flags().BoolVar(&in.Reload, "reload", false, "let the server read its own file again")
	c.Flags().BoolVar(&in.DryRun, "dry-run", false, "only say what would change")
	c.Flags().SortFlags = false
	return c
}

// reloadableKeys lists what a running server can change, some keys a line.
func reloadableKeys() string {
	const perLine = 4
	var lines []string
	for part := range slices.Chunk(plane.Reloadable(), perLine) {
		lines = append(lines, "  "+strings.Join(part, ", "))
	}
	return strings.Join(lines, ",\n")
}

// readConfig reads a configuration that is to be sent.
func (a *app) readConfig(name string) (string, error) {
	from := a.con.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxConfigBytes+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > maxConfigBytes:
		return "", fmt.Errorf("%s is larger than %d bytes", name, maxConfigBytes)
	case len(strings.TrimSpace(string(text))) == 0:
		return "", usageError("%s is empty: that would set everything to its default", name)
	}
	return string(text), nil
}

// showChanges writes what a configuration changed.
func (a *app) showChanges(out api.ConfigOutput) error {
	unset := func(s string) string { return orDefault(s, "-") }
	err := showList(a, out.Changed, "Nothing changes.", []column[api.ConfigChange]{
		{title: "key", text: func(c api.ConfigChange) string { return c.Key }, paint: func(api.ConfigChange) style { return bold }},
		{title: "before", text: func(c api.ConfigChange) string { return unset(c.Before) }, exact: func(c api.ConfigChange) string { return c.Before },
			paint: func(api.ConfigChange) style { return dim }},
		{title: "after", text: func(c api.ConfigChange) string { return unset(c.After) }, exact: func(c api.ConfigChange) string { return c.After }},
	}...)
	if err == nil && out.DryRun && len(out.Changed) > 0 && a.flags.output == formatTable {
		a.con.say("%s", a.con.onErr(dim, "Nothing was changed; without --dry-run it would be."))
	}
	return err
}
