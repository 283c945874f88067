package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"tenon/internal/glue"
)

// maxEventDetail bounds what `tenon events put` sends, in bytes: EventBridge's limit.
const maxEventDetail = 256 << 10

// eventEntry is an entry of PutEvents.
type eventEntry struct {
	Source     string   `json:"Source"`
	DetailType string   `json:"DetailType"`
	Detail     string   `json:"Detail"`
	Resources  []string `json:"Resources,omitempty"`
}

// putAnswer is what PutEvents says of its entries.
type putAnswer struct {
	Entries []struct {
		EventID string    `json:"EventId"`
		Code    glue.Code `json:"ErrorCode"`
		Message string    `json:"ErrorMessage"`
	} `json:"Entries"`
}

// eventsPut is `tenon events put`.
func (a *app) eventsPut() *cobra.Command {
	e := eventEntry{}
	c := &cobra.Command{
		Use: "put DETAIL", Short: "Put an event, as EventBridge's PutEvents does", Args: a.takes("DETAIL"),
		Long: `Put an event, as EventBridge's PutEvents does, for the rules and workflows that wait for it, and print its id.
DETAIL is a JSON object, or - for one on standard input.`,
		Example: `  tenon events put --source shop --type Order '{"total": 20}'
  tenon events put --source shop --type Order - < order.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if e.Source == "" || e.DetailType == "" {
				return usageError("say what it is: --source and --type")
			}
			if e.Detail = args[0]; e.Detail == "-" {
				text, err := a.readFileOrStdin("-", maxEventDetail)
				if err != nil {
					return err
				}
				e.Detail = string(text)
			}
			var object map[string]json.RawMessage
			if json.Unmarshal([]byte(e.Detail), &object) != nil || object == nil {
				return usageError("DETAIL is not a JSON object, such as {\"total\": 20}")
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			var out putAnswer
			if err := c.Events(cmd.Context(), "PutEvents", map[string]any{"Entries": []eventEntry{e}}, &out); err != nil {
				return err
			}
			for _, r := range out.Entries {
				if r.Code != "" {
					return &glue.Error{Code: r.Code, Message: r.Message}
				}
				a.con.print("%s\n", r.EventID)
			}
			return nil
		},
	}
	c.Flags().StringVar(&e.Source, "source", "", "the event's `source`: your own, not aws. or tenon")
	c.Flags().StringVar(&e.DetailType, "type", "", "its detail-`type`: what happened")
	c.Flags().StringArrayVar(&e.Resources, "resource", nil, "`ARN` of what it is about; may be repeated; a workflow's is told it without a rule")
	c.Flags().SortFlags = false
	return c
}
