package glue

import (
	"fmt"
	"strings"
)

// Words writes the decision record as one line, as it stands first in the run's output log; empty where there is none.
func (p *Placement) Words() string {
	if p == nil || len(p.Candidates) == 0 {
		return ""
	}
	var b strings.Builder
	switch {
	case p.Subnet == "":
		fmt.Fprintf(&b, "Placed without a subnet")
	case p.Zone == "":
		fmt.Fprintf(&b, "Placed on %s", p.Subnet)
	default:
		fmt.Fprintf(&b, "Placed on %s (%s)", p.Subnet, p.Zone)
	}
	if p.Connection != "" {
		fmt.Fprintf(&b, " by connection %s", p.Connection)
	}
	if len(p.Addresses) > 0 {
		fmt.Fprintf(&b, ", addresses %s", strings.Join(p.Addresses, ", "))
	}
	b.WriteString(".")
	if p.Why != "" {
		b.WriteString(" " + strings.TrimSuffix(p.Why, ".") + ".")
	}
	b.WriteString(" Candidates:")
	for i, c := range p.Candidates {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(" " + c.words())
	}
	b.WriteString(".")
	return b.String()
}

// words names a candidate and how it was judged.
func (c *Candidate) words() string {
	free := "free addresses unknown"
	if c.Free >= 0 {
		free = fmt.Sprintf("%d free", c.Free)
	}
	if c.Note != "" {
		free += "; " + c.Note
	}
	name := c.Connection
	if c.Subnet != "" {
		name = strings.TrimSpace(name + " " + c.Subnet)
	}
	return fmt.Sprintf("%s %s (%s)", name, c.Category, free)
}
