package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// connectionsCommand is `tenon connections`.
func (a *app) connectionsCommand() *cobra.Command {
	return a.group("connections", "Look at connections", groupWork, a.connectionsList(), a.connectionsShow(), a.connectionsCreate(), a.connectionsDelete())
}

// subnet is where a connection places its runs.
func subnet(c wire.Connection) string {
	return val(val(c.PhysicalConnectionRequirements).SubnetId)
}

// connectionsList is `tenon connections list`.
func (a *app) connectionsList() *cobra.Command {
	again := false
	c := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the connections, without passwords", Args: a.takes(),
		Example: "  tenon connections list\n  tenon connections list -o csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			hide := true
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				var all []wire.Connection
				err := pages(func(token *string) (*string, error) {
					var out wire.GetConnectionsResponse
					err := c.Call(ctx, "GetConnections", wire.GetConnectionsRequest{NextToken: token, HidePassword: &hide}, &out)
					all = append(all, out.ConnectionList...)
					return out.NextToken, err
				})
				if err != nil {
					return err
				}
				return showList(a, all, "No connections yet.", []column[wire.Connection]{
					{title: "connection", text: func(c wire.Connection) string { return val(c.Name) }, paint: func(wire.Connection) style { return bold }},
					{title: "type", text: func(c wire.Connection) string { return val(c.ConnectionType) }},
					{title: "subnet", text: func(c wire.Connection) string { return orDefault(subnet(c), "-") }, exact: subnet},
					{title: "changed", right: true, text: func(c wire.Connection) string { return age(when(c.LastUpdatedTime), time.Now()) },
						exact: func(c wire.Connection) string { return exactTime(when(c.LastUpdatedTime)) }},
					{title: "description", text: func(c wire.Connection) string { return val(c.Description) }},
				}...)
			})
		},
	}
	addWatch(c, &again)
	return c
}

// connectionsShow is `tenon connections show`.
func (a *app) connectionsShow() *cobra.Command {
	reveal := false
	c := &cobra.Command{
		Use: "show CONNECTION", Short: "Show one connection", Args: a.takes("CONNECTION"),
		Example: "  tenon connections show warehouse\n  tenon connections show warehouse --reveal -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			hide := !reveal
			var out wire.GetConnectionResponse
			if err := c.Call(cmd.Context(), "GetConnection", wire.GetConnectionRequest{Name: &args[0], HidePassword: &hide}, &out); err != nil {
				return err
			}
			conn := val(out.Connection)
			place := val(conn.PhysicalConnectionRequirements)
			return a.showItem(conn, []field{
				{name: "Connection", value: val(conn.Name), paint: bold},
				{name: "Description", value: val(conn.Description)},
				{name: "Type", value: val(conn.ConnectionType)},
				{name: "Status", value: val(conn.Status)},
				{name: "Subnet", value: val(place.SubnetId)},
				{name: "Zone", value: val(place.AvailabilityZone)},
				{name: "Security groups", value: strings.Join(place.SecurityGroupIdList, ", ")},
				{name: "Created", value: clock(when(conn.CreationTime))},
				{name: "Changed", value: clock(when(conn.LastUpdatedTime))},
				{name: "Properties", value: words(conn.ConnectionProperties)},
			})
		},
	}
	c.Flags().BoolVar(&reveal, "reveal", false, "with the password")
	return c
}

// connectionsCreate is `tenon connections create`.
func (a *app) connectionsCreate() *cobra.Command {
	var kind, description, from, subnetID, zone string
	var properties, groups []string
	c := &cobra.Command{
		Use: "create CONNECTION", Short: "Define a connection", Args: a.takes("CONNECTION"),
		Example: `  tenon connections create subnet-a --subnet subnet-a --zone us-east-1a
  tenon connections create warehouse --from warehouse.json   # a ConnectionInput`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			in := &wire.ConnectionInput{}
			if from != "" {
				if err := readDefinition(from, in); err != nil {
					return err
				}
			}
			props, err := pairs("--property", properties)
			if err != nil {
				return err
			}
			in.Name = &args[0]
			override(&in.ConnectionType, kind)
			override(&in.Description, description)
			fallback(&in.ConnectionType, "NETWORK")
			if props != nil || in.ConnectionProperties == nil {
				in.ConnectionProperties = props
			}
			if in.ConnectionProperties == nil {
				in.ConnectionProperties = map[string]string{}
			}
			if subnetID != "" || zone != "" || groups != nil {
				in.PhysicalConnectionRequirements = &wire.PhysicalConnectionRequirements{
					SubnetId: given(subnetID), AvailabilityZone: given(zone), SecurityGroupIdList: groups}
			}
			if err := c.Call(cmd.Context(), "CreateConnection", wire.CreateConnectionRequest{ConnectionInput: in}, nil); err != nil {
				return err
			}
			a.con.print("%s\n", args[0])
			return nil
		},
	}
	fl := c.Flags()
	fl.SortFlags = false
	fl.StringVar(&kind, "type", "", "connection `type` (default NETWORK)")
	fl.StringVar(&subnetID, "subnet", "", "`id` of its subnet")
	fl.StringVar(&zone, "zone", "", "availability `zone` of the subnet")
	fl.StringArrayVar(&groups, "security-group", nil, "`id` of a security group; may be repeated")
	fl.StringArrayVar(&properties, "property", nil, "connection property, `KEY=VALUE`; may be repeated")
	fl.StringVar(&description, "description", "", "what it is for")
	fl.StringVar(&from, "from", "", "`file` with the definition")
	return c
}

// connectionsDelete is `tenon connections delete`.
func (a *app) connectionsDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete CONNECTION...", Short: "Delete connections", Args: a.atLeastOne("CONNECTION"),
		Example: "  tenon connections delete warehouse",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			var out wire.BatchDeleteConnectionResponse
			if err := c.Call(cmd.Context(), "BatchDeleteConnection", wire.BatchDeleteConnectionRequest{ConnectionNameList: args}, &out); err != nil {
				return err
			}
			for _, name := range out.Succeeded {
				a.con.print("%s\n", name)
			}
			for _, name := range args {
				if e, failed := out.Errors[name]; failed {
					return &glue.Error{Code: glue.Code(val(e.ErrorCode)), Message: val(e.ErrorMessage)}
				}
			}
			return nil
		},
	}
}
