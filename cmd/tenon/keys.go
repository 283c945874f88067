package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/edge/api"
)

// keysCommand is `tenon keys`.
func (a *app) keysCommand() *cobra.Command {
	return a.group("keys", "Make and remove access keys", groupWork, a.keysList(), a.keysCreate(), a.keysDelete())
}

// keysList is `tenon keys list`.
func (a *app) keysList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the access keys, without their secrets", Args: a.takes(),
		Example: "  tenon keys list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			var out api.KeyList
			if err := c.Admin(cmd.Context(), "ListAccessKeys", struct{}{}, &out); err != nil {
				return err
			}
			return showList(a, out.Keys, "No access keys.", []column[api.KeyOutput]{
				{title: "key", text: func(k api.KeyOutput) string { return k.ID }, paint: func(api.KeyOutput) style { return bold }},
				{title: "for", text: func(k api.KeyOutput) string { return k.Principal }},
				{title: "made", right: true, text: func(k api.KeyOutput) string { return age(k.Created, time.Now()) },
					exact: func(k api.KeyOutput) string { return exactTime(k.Created) }},
				{title: "state", text: func(k api.KeyOutput) string {
					if k.Disabled {
						return "disabled"
					}
					return "active"
				}},
			}...)
		},
	}
}

// keysCreate is `tenon keys create`.
func (a *app) keysCreate() *cobra.Command {
	return &cobra.Command{
		Use: "create WHO", Short: "Make an access key for somebody or something", Args: a.takes("WHO"),
		Long:    "Make an access key. Its secret is shown this once.",
		Example: "  tenon keys create airflow\n  tenon keys create ci -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			var k api.KeyOutput
			if err := c.Admin(cmd.Context(), "CreateAccessKey", api.KeyInput{Principal: args[0]}, &k); err != nil {
				return err
			}
			if a.flags.output == formatTable {
				a.con.say("%s", a.con.onErr(dim, "The secret is not shown again."))
			}
			return a.showItem(k, []field{
				{name: "aws_access_key_id", value: k.ID},
				{name: "aws_secret_access_key", value: k.Secret},
			})
		},
	}
}

// keysDelete is `tenon keys delete`.
func (a *app) keysDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete KEY...", Short: "Delete access keys; requests signed with them are refused from then on", Args: a.atLeastOne("KEY"),
		Example: "  tenon keys delete TNKAEXAMPLE234567AB",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return each(cmd.Context(), args, func(ctx context.Context, id string) error {
				if err := c.Admin(ctx, "DeleteAccessKey", api.KeyInput{ID: id}, nil); err != nil {
					return err
				}
				a.con.print("%s\n", id)
				return nil
			})
		},
	}
}

// each does the same to each of args, up to the first that fails.
func each(ctx context.Context, args []string, do func(context.Context, string) error) error {
	for _, arg := range args {
		if err := do(ctx, arg); err != nil {
			return err
		}
	}
	return nil
}
