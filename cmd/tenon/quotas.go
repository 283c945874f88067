package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/edge/api"
)

// quotasCommand is `tenon quotas`.
func (a *app) quotasCommand() *cobra.Command {
	again, inUse := false, false
	c := &cobra.Command{
		Use: "quotas", Short: "Show every limit and how far it is used", GroupID: groupWork, Args: a.takes(),
		Long: `Show every limit of the region and how far it is used. USED contains what is RESERVED, by runs that were
admitted and have not started yet, and what is DRAINING: addresses of runs that have ended, not free yet.
SOURCE is the configuration, or AWS's default with its Service Quotas code.`,
		Example: "  tenon quotas\n  tenon quotas --in-use --watch\n  tenon quotas -o csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				var out api.QuotaList
				if err := c.Admin(ctx, "ListQuotas", api.QuotaInput{}, &out); err != nil {
					return err
				}
				list := out.Quotas
				if inUse {
					list = nil
					for _, q := range out.Quotas {
						if q.Used > 0 {
							list = append(list, q)
						}
					}
				}
				return showList(a, list, "Nothing is in use.", quotaColumns(a.con)...)
			})
		},
	}
	c.Flags().BoolVar(&inUse, "in-use", false, "only those of which something is used")
	addWatch(c, &again)
	c.Flags().SortFlags = false
	return c
}

// quotaColumns are the columns of a list of quotas; the bar is for terminals alone.
func quotaColumns(con *console) []column[api.Quota] {
	type quota = api.Quota
	amount := func(of func(quota) float64) (text, exact func(quota) string) {
		return func(q quota) string { return amountText(of(q), q.Unit) }, func(q quota) string { return number(of(q)) }
	}
	figure := func(title string, of func(quota) float64) column[quota] {
		text, exact := amount(of)
		return column[quota]{title: title, right: true, text: text, exact: exact}
	}
	columns := []column[quota]{{title: "quota", text: func(q quota) string { return strings.TrimSpace(q.Name + " " + scopeText(q.Scope)) },
		exact: func(q quota) string { return q.Name }, paint: func(quota) style { return bold }},
		{title: "scope", whole: true, text: func(q quota) string { return q.Scope }}}
	if con.outWidth > 0 {
		columns = append(columns, column[quota]{text: func(q quota) string { return bar(barWidth, q.Used-q.Draining, q.Draining, q.Limit) },
			paint: func(q quota) style { return fullStyle(q.Used, q.Limit) }, drawn: true, spare: true})
	}
	seldom := func(c column[quota]) column[quota] { // mostly 0: a dot, which the eye passes over
		c.spare = true
		text := c.text
		c.text = func(q quota) string {
			if s := text(q); s != "0" {
				return s
			}
			return "·"
		}
		return c
	}
	return append(columns,
		figure("used", func(q quota) float64 { return q.Used }),
		seldom(figure("reserved", func(q quota) float64 { return q.Reserved })),
		seldom(figure("draining", func(q quota) float64 { return q.Draining })),
		figure("free", func(q quota) float64 { return q.Free }),
		figure("limit", func(q quota) float64 { return q.Limit }),
		column[quota]{title: "unit", text: func(q quota) string { return q.Unit }, spare: true},
		column[quota]{title: "source", text: func(q quota) string { return q.Source }, paint: func(quota) style { return dim }, spare: true})
}

// scopeText names a scope for people: of a subnet, whose id says what it is, the id alone.
func scopeText(scope string) string {
	if id, ok := strings.CutPrefix(scope, "subnet "); ok && strings.HasPrefix(id, "subnet-") {
		return id
	}
	return scope
}

// amountText is an amount in its unit for people: bytes in GiB as they are configured, -1 as no limit.
func amountText(n float64, unit string) string {
	switch {
	case n < 0:
		return "no limit"
	case n == 0:
		return "0"
	case unit == "bytes":
		return number(float64(int64(n)>>20)/1024) + " GiB"
	case n == float64(int64(n)):
		return count(int64(n))
	}
	return number(n)
}

// barWidth is how many columns a bar takes.
const barWidth = 12

// bar draws how much of a limit is used: full blocks, to an eighth of one; then in half-tone what is draining; then
// light for what is free. No limit, no bar.
func bar(width int, used, draining, limit float64) string {
	if limit < 0 || width < 1 {
		return ""
	}
	const eighths = " ▏▎▍▌▋▊▉"
	cells := func(n float64) int { // in eighths of a cell; something is never drawn as nothing, nor not-all as all
		if n <= 0 || limit == 0 {
			return 0
		}
		e := int(n / limit * float64(width*8))
		if n < limit {
			e = min(e, width*8-1)
		}
		return min(max(e, 1), width*8)
	}
	solid := cells(used)
	b := strings.Repeat("█", solid/8)
	if rest := solid % 8; rest > 0 {
		b += string([]rune(eighths)[rest])
	}
	taken := (solid + 7) / 8
	if draining > 0 {
		tone := min(max((cells(used+draining)+7)/8-taken, 1), width-taken)
		b += strings.Repeat("▒", max(tone, 0))
		taken += max(tone, 0)
	}
	return b + strings.Repeat("░", max(width-taken, 0))
}

// fullStyle is the colour of a bar: red when nothing is free, yellow from four fifths on.
func fullStyle(used, limit float64) style {
	switch {
	case limit >= 0 && used >= limit && used > 0:
		return red
	case limit > 0 && used >= 0.8*limit:
		return yellow
	case used > 0:
		return green
	}
	return dim
}

// subnetsCommand is `tenon subnets`.
func (a *app) subnetsCommand() *cobra.Command {
	again := false
	c := &cobra.Command{
		Use: "subnets", Short: "Show the subnets: addresses used, lingering and free, health", GroupID: groupWork, Args: a.takes(),
		Long: `Show the subnets that runs are placed on. USED are addresses of runs that have not ended; LINGERING those
of runs that have, which come back after placement.release_lag; WAITING the runs that wait, for this or for anything
else, and can go to no other subnet. HEALTH is ok, cordoned, gone
(not configured any more, but not all of its addresses are free), or how the circuit breaker stands, which opens after
failures of the network.`,
		Example: "  tenon subnets\n  tenon subnets --watch\n  tenon subnets -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				var out api.SubnetList
				if err := c.Admin(ctx, "ListSubnets", api.QuotaInput{}, &out); err != nil {
					return err
				}
				return showList(a, out.Subnets, "No subnets are configured: runs take no addresses. `subnets:` in the configuration names them.",
					subnetColumns(a.con, time.Now())...)
			})
		},
	}
	addWatch(c, &again)
	return c
}

// subnetColumns are the columns of a list of subnets.
func subnetColumns(con *console, now time.Time) []column[api.SubnetInfo] {
	type subnet = api.SubnetInfo
	figure := func(title string, of func(subnet) int64) column[subnet] {
		return column[subnet]{title: title, right: true, text: func(s subnet) string { return count(of(s)) }, exact: func(s subnet) string { return fmt.Sprint(of(s)) }}
	}
	columns := []column[subnet]{
		{title: "subnet", text: func(s subnet) string { return s.ID }, paint: func(subnet) style { return bold }},
		{title: "zone", text: func(s subnet) string { return s.Zone }},
		{title: "vpc", whole: true, text: func(s subnet) string { return s.VPC }},
		{title: "cidr", text: func(s subnet) string { return s.CIDR }, spare: true},
	}
	if con.outWidth > 0 {
		columns = append(columns, column[subnet]{text: func(s subnet) string {
			return bar(barWidth, float64(s.Used), float64(s.Lingering), float64(s.Usable))
		}, paint: func(s subnet) style { return fullStyle(float64(s.Used+s.Lingering), float64(s.Usable)) }, drawn: true, spare: true})
	}
	return append(columns,
		figure("used", func(s subnet) int64 { return s.Used }),
		figure("lingering", func(s subnet) int64 { return s.Lingering }),
		figure("free", func(s subnet) int64 { return s.Free }),
		figure("usable", func(s subnet) int64 { return s.Usable }),
		figure("waiting", func(s subnet) int64 { return int64(s.Waiting) }),
		column[subnet]{title: "health", text: func(s subnet) string { return healthText(s, now) }, exact: func(s subnet) string { return s.Health },
			paint: func(s subnet) style {
				switch s.Health {
				case "ok":
					return green
				case "open":
					return red
				}
				return yellow
			}},
	)
}

// healthText is how a subnet does, and for how long.
func healthText(s api.SubnetInfo, now time.Time) string {
	text := s.Health
	if s.Until.After(now) {
		text += " for " + age(now, s.Until)
	}
	if s.Failures > 0 {
		text += ", " + many(int64(s.Failures), "failure")
	}
	return text
}
