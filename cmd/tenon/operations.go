package main

import (
	"github.com/spf13/cobra"

	"tenon/internal/wire"
)

// apiCommand is `tenon api`.
func (a *app) apiCommand() *cobra.Command {
	return a.group("api", "What of the Glue API is served", groupHelp, a.apiList())
}

// operationRow is an operation as `tenon api ls` shows it.
type operationRow struct {
	Name   string   `json:"name"`
	Served bool     `json:"served"`
	Errors []string `json:"errors"`
}

// apiList is `tenon api ls`.
func (a *app) apiList() *cobra.Command {
	served, refused := false, false
	c := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List every operation of the Glue API, served or refused", Args: a.takes(),
		Long: `List every operation of the Glue API. Those that are not served are refused with
OperationNotSupportedException and their name. No server is needed: this is what this program serves.`,
		Example: "  tenon api ls --served\n  tenon api ls -o csv",
		RunE: func(*cobra.Command, []string) error {
			if served && refused {
				return usageError("--served and --refused exclude each other: without them all are listed")
			}
			rows, n := []operationRow{}, 0
			for _, op := range wire.Operations() {
				if op.Served {
					n++
				}
				if served && !op.Served || refused && op.Served {
					continue
				}
				rows = append(rows, operationRow{op.Name, op.Served, op.Errors})
			}
			if err := showList(a, rows, "None.", []column[operationRow]{
				{title: "operation", text: func(o operationRow) string { return o.Name }},
				{title: "answer", text: func(o operationRow) string {
					if o.Served {
						return "served"
					}
					return "refused"
				}, paint: func(o operationRow) style {
					if o.Served {
						return green
					}
					return dim
				}},
			}...); err != nil {
				return err
			}
			if a.flags.output == formatTable {
				a.con.say("%s", a.con.onErr(dim, count(int64(n))+" of "+many(int64(len(wire.Operations())), "operation")+" served"))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&served, "served", false, "only those that are served")
	c.Flags().BoolVar(&refused, "refused", false, "only those that are refused")
	return c
}
