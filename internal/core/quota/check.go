package quota

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// The bounds of a tree of queues.
const (
	MaxAmount = int64(1) << 40 // of any quota: a bound far above all use, so that sums cannot overflow
	MaxQueues = 10_000
	MaxDepth  = 16 // queues from the account to the lowest: every admission climbs them
)

// ConfigError says what is wrong with a configuration, and where: Path names keys and list places, as
// ["queues", 2, "dpus", "nominal"]. Who knows the file adds the line.
type ConfigError struct {
	Path []any // of string and int
	Msg  string
}

// Error writes the path and the reason.
func (e *ConfigError) Error() string {
	path := ""
	for _, p := range e.Path {
		switch p := p.(type) {
		case int:
			path += fmt.Sprintf("[%d]", p)
		default:
			if path != "" {
				path += "."
			}
			path += fmt.Sprint(p)
		}
	}
	return path + ": " + e.Msg
}

// refuse makes a ConfigError about a key of queue i.
func refuse(i int, keys []any, format string, args ...any) error {
	return &ConfigError{Path: append([]any{"queues", i}, keys...), Msg: fmt.Sprintf(format, args...)}
}

// queueName is what a queue may be called: it stands in tags, arguments, labels and sentences.
var queueName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// shareKeys are the configuration's names of the resources, in the order of divided.
var shareKeys = [len(divided)]string{"concurrent_runs", "dpus", "flex_dpus"}

// Check refuses queues that are not a tree, and shares that cannot be: the error is a *ConfigError that names the queue.
// Limits are those of every region by name, with the empty name for all others; the nominal amounts of all queues
// together must not be more than any of them.
func Check(nodes []Node, limits map[string]Vector) error {
	if _, err := sorted(nodes); err != nil {
		return err
	}
	for s, r := range divided {
		sum := int64(0)
		for i, n := range nodes {
			share := n.shares()[s]
			if share == nil {
				continue
			}
			sum += share.Nominal
			for _, region := range slices.Sorted(maps.Keys(limits)) {
				if limit := limits[region][r]; limit != NoLimit && sum > limit {
					return refuse(i, []any{shareKeys[s], "nominal"}, "the nominal amounts of the queues up to %s are %s, but %s has only %s of %s.",
						n.Name, r.Format(sum), regionName(region), r.Format(limit), r)
				}
			}
		}
	}
	return nil
}

// regionName names a region in a sentence.
func regionName(region string) string {
	if region == "" {
		return "a region"
	}
	return "region " + region
}

// sorted checks names, parents and amounts, and returns the places of nodes in an order with parents before children.
func sorted(nodes []Node) ([]int, error) {
	if len(nodes) > MaxQueues {
		return nil, &ConfigError{Path: []any{"queues"}, Msg: fmt.Sprintf("%d queues, at most %d are possible.", len(nodes), MaxQueues)}
	}
	index := make(map[string]int, len(nodes))
	for i, n := range nodes {
		if !queueName.MatchString(n.Name) {
			return nil, refuse(i, []any{"name"}, "%q is no name of a queue: letters, digits, '.', '_' and '-', at most 63, beginning with a letter or digit.", n.Name)
		}
		if first, twice := index[n.Name]; twice {
			return nil, refuse(i, []any{"name"}, "queue %s is configured twice: the first is number %d of the list.", n.Name, first+1)
		}
		index[n.Name] = i
	}
	for i, n := range nodes {
		if _, known := index[n.Parent]; n.Parent != "" && !known {
			return nil, refuse(i, []any{"parent"}, "the parent of queue %s, %s, is not configured.", n.Name, n.Parent)
		}
		if err := checkShares(i, &n); err != nil {
			return nil, err
		}
	}
	return byDepth(nodes, index)
}

// byDepth orders nodes by their depth; a cycle or too deep a tree is an error.
func byDepth(nodes []Node, index map[string]int) ([]int, error) {
	var levels [MaxDepth + 1][]int
	for i := range nodes {
		depth, at := 0, i
		for nodes[at].Parent != "" {
			at = index[nodes[at].Parent]
			depth++
			if at == i {
				return nil, refuse(i, []any{"parent"}, "queue %s is its own parent: %s.", nodes[i].Name, circle(nodes, index, i))
			}
			if depth > len(nodes) {
				break // it leads into a cycle of others, which is reported with one of them
			}
		}
		levels[min(depth, MaxDepth)] = append(levels[min(depth, MaxDepth)], i)
	}
	if deep := levels[MaxDepth]; len(deep) > 0 {
		return nil, refuse(deep[0], []any{"parent"}, "queue %s lies more than %d deep.", nodes[deep[0]].Name, MaxDepth)
	}
	var order []int
	for _, level := range levels {
		order = append(order, level...)
	}
	return order, nil
}

// circle spells the cycle that begins at node i, cut short where it is long.
func circle(nodes []Node, index map[string]int, i int) string {
	const most = 5
	words, at := nodes[i].Name, i
	for range most {
		at = index[nodes[at].Parent]
		words += " -> " + nodes[at].Name
		if at == i {
			return words
		}
	}
	return words + " -> ..."
}

// checkShares refuses amounts of node i that are negative or enormous.
func checkShares(i int, n *Node) error {
	for s, share := range n.shares() {
		if share == nil {
			continue
		}
		for _, a := range []struct {
			key    string
			amount int64
			least  int64
		}{{"nominal", share.Nominal, 0}, {"borrow", share.Borrow, NoLimit}, {"lend", share.Lend, NoLimit}} {
			switch {
			case a.amount < a.least:
				return refuse(i, []any{shareKeys[s], a.key}, "the amount of queue %s is %s: it must not be negative.", n.Name, divided[s].Format(a.amount))
			case a.amount > MaxAmount:
				return refuse(i, []any{shareKeys[s], a.key}, "the amount of queue %s is %s: at most %s is possible.", n.Name, divided[s].Format(a.amount), divided[s].Format(MaxAmount))
			}
		}
	}
	return nil
}
