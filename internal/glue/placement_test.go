package glue

import "testing"

func TestPlacementWords(t *testing.T) {
	for _, c := range []struct {
		p    *Placement
		want string
	}{
		{nil, ""},
		{&Placement{Strategy: "capacity"}, ""},
		{&Placement{Connection: "c1", Subnet: "subnet-a", Zone: "us-east-1a", Addresses: []string{"10.0.0.4-10.0.0.9"},
			Why: "It has the most free addresses.",
			Candidates: []Candidate{{Connection: "c1", Subnet: "subnet-a", Category: "good", Free: 40},
				{Connection: "c2", Subnet: "subnet-b", Category: "usable", Free: 3, Note: "just failed"}}},
			"Placed on subnet-a (us-east-1a) by connection c1, addresses 10.0.0.4-10.0.0.9. It has the most free addresses. " +
				"Candidates: c1 subnet-a good (40 free), c2 subnet-b usable (3 free; just failed)."},
		{&Placement{Connection: "jdbc", Candidates: []Candidate{{Connection: "jdbc", Category: "unchecked", Free: -1}}},
			"Placed without a subnet by connection jdbc. Candidates: jdbc unchecked (free addresses unknown)."},
	} {
		if got := c.p.Words(); got != c.want {
			t.Errorf("\n got %q\nwant %q", got, c.want)
		}
	}
	if got := (&Placement{Addresses: []string{"10.0.0.4-10.0.0.9", "10.0.0.20"}}).Driver(); got != "10.0.0.4" {
		t.Errorf("the driver's address is %s", got)
	}
}
