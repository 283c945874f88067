package scheduler

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

func TestValidate(t *testing.T) {
	subnet := func(id, cidr string) placement.Subnet {
		prefix, _ := netip.ParsePrefix(cidr) // not valid: the zero prefix
		return placement.Subnet{ID: id, CIDR: prefix}
	}
	subnets := func(s ...placement.Subnet) Config { return Config{Default: Region{Subnets: s}} }
	queues := func(q ...Queue) Config { return Config{Queues: q} }
	deep := Config{}
	for i := range quota.MaxDepth + 2 {
		q := Queue{Name: strings.Repeat("q", i+1)}
		if i > 0 {
			q.Parent = strings.Repeat("q", i)
		}
		deep.Queues = append(deep.Queues, q)
	}
	for name, c := range map[string]struct {
		cfg        Config
		path, want string // where, and part of the message; empty: no error
	}{
		"nothing":              {},
		"no limits":            {cfg: Config{Default: Region{Slots: NoLimit, QuarterDPUs: NoLimit}, Workers: NoLimit}},
		"a tree":               {cfg: queues(Queue{Name: "a"}, Queue{Name: "b", Parent: "a"})},
		"shares above a limit": {cfg: queues(Queue{Name: "a", Slots: &Share{Nominal: 10}})},
		"the same block apart": {cfg: Config{Default: Region{Subnets: []placement.Subnet{
			{ID: "a", VPC: "v", CIDR: netip.MustParsePrefix("10.0.0.0/24")}, {ID: "b", VPC: "w", CIDR: netip.MustParsePrefix("10.0.0.0/24")}}}}},
		"a circle":           {queues(Queue{Name: "a", Parent: "b"}, Queue{Name: "b", Parent: "a"}), "queues[0].parent", "a under b under a"},
		"its own parent":     {queues(Queue{Name: "a", Parent: "a"}), "queues[0].parent", "in a circle: a under a"},
		"below a circle":     {queues(Queue{Name: "c", Parent: "a"}, Queue{Name: "a", Parent: "b"}, Queue{Name: "b", Parent: "a"}), "queues[0].parent", "c under a under b under a"},
		"no such parent":     {queues(Queue{Name: "a", Parent: "x"}), "queues[0].parent", "x is not configured"},
		"too deep":           {deep, "queues[16].parent", "more than 15 queues above it"},
		"a name twice":       {queues(Queue{Name: "a"}, Queue{Name: "a"}), "queues[1].name", "it is queues[0] too"},
		"no name":            {queues(Queue{}), "queues[0].name", "no name"},
		"a bad name":         {queues(Queue{Name: "a b"}), "queues[0].name", "no name"},
		"a negative weight":  {queues(Queue{Name: "a", Weight: -1}), "queues[0].weight", "negative"},
		"a huge weight":      {queues(Queue{Name: "a", Weight: 1 << 40}), "queues[0].weight", "too much"},
		"a huge priority":    {queues(Queue{Name: "a", Priority: 5000}), "queues[0].priority", "between"},
		"a negative nominal": {queues(Queue{Name: "a", QuarterDPUs: &Share{Nominal: -4}}), "queues[0].dpus.nominal", "negative"},
		"a negative borrow":  {queues(Queue{Name: "a", Slots: &Share{Borrow: -2}}), "queues[0].concurrent_runs.borrow", "negative"},
		"an enormous lend":   {queues(Queue{Name: "a", FlexQuarterDPUs: &Share{Lend: 1 << 62}}), "queues[0].flex_dpus.lend", "too much"},
		"a negative wait":    {queues(Queue{Name: "a", MaxWait: -time.Second}), "queues[0].max_wait", "negative"},
		"negative slots":     {Config{Default: Region{Slots: -2}}, "default.concurrent_runs", "negative"},
		"enormous DPUs":      {Config{Regions: map[string]Region{"eu": {QuarterDPUs: 1 << 62}}}, "regions.eu.dpus", "too much"},
		"negative workers":   {Config{Workers: -5}, "workers", "negative"},
		"a subnet twice":     {subnets(subnet("s", "10.0.0.0/24"), subnet("s", "10.0.1.0/24")), "default.subnets[1].id", "twice"},
		"overlapping blocks": {subnets(subnet("s", "10.0.0.0/16"), subnet("t", "10.0.9.0/24")), "default.subnets[1].cidr", "overlaps 10.0.0.0/16"},
		"no block":           {subnets(subnet("s", "x")), "default.subnets[0].cidr", "no block"},
		"too small a block":  {subnets(subnet("s", "10.0.0.0/30")), "default.subnets[0].cidr", "no block"},
		"IPv6 in a region":   {Config{Regions: map[string]Region{"eu": {Subnets: []placement.Subnet{subnet("s", "fd00::/64")}}}}, "regions.eu.subnets[0].cidr", "IPv4"},
		"a strategy":         {Config{Placement: Placement{Strategy: "best"}}, "placement.strategy", "Unknown strategy specified: best"},
		"a negative lag":     {Config{Placement: Placement{ReleaseLag: -1}}, "placement.release_lag", "negative"},
		"an endless wait":    {Config{Reservation: Reservation{After: 1 << 62}}, "reservation.after", "too long"},
	} {
		err := c.cfg.Validate()
		var at *ConfigError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &at) || at.Path != c.path || !strings.Contains(at.Message, c.want)) {
			t.Errorf("%s: error is %v, want %s: %q", name, err, c.path, c.want)
		}
	}
}
