package scheduler

import (
	"net/netip"
	"strings"
	"testing"

	"tenon/internal/core/placement"
)

func TestValidate(t *testing.T) {
	subnet := func(id, cidr string) placement.Subnet {
		prefix, _ := netip.ParsePrefix(cidr) // not valid: the zero prefix
		return placement.Subnet{ID: id, CIDR: prefix}
	}
	for name, c := range map[string]struct {
		cfg  Config
		want string // part of the error; empty: none
	}{
		"nothing":          {},
		"queues":           {cfg: Config{Queues: []Queue{{Name: "a"}, {Name: "b", Parent: "a"}}}},
		"a cycle":          {Config{Queues: []Queue{{Name: "a", Parent: "b"}, {Name: "b", Parent: "a"}}}, "a"},
		"no such parent":   {Config{Queues: []Queue{{Name: "a", Parent: "x"}}}, "x"},
		"a name twice":     {Config{Queues: []Queue{{Name: "a"}, {Name: "a"}}}, "a"},
		"a subnet twice":   {Config{Default: Region{Subnets: []placement.Subnet{subnet("s", "10.0.0.0/24"), subnet("s", "10.0.1.0/24")}}}, `subnet "s"`},
		"no range":         {Config{Default: Region{Subnets: []placement.Subnet{subnet("s", "x")}}}, "no range of IPv4"},
		"IPv6 in a region": {Config{Regions: map[string]Region{"eu": {Subnets: []placement.Subnet{subnet("s", "fd00::/64")}}}}, "region eu: subnet s"},
	} {
		err := c.cfg.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", name, err, c.want)
		}
	}
}
