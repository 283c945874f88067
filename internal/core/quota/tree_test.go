package quota

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestTreeScripts runs testdata/tree/*.txt, which count DPUs. The commands:
//
//	tree account=N            a new tree; a line for each queue: NAME [parent=P] [nominal=N] [borrow=N] [lend=N]
//	account N                 another limit of the account
//	take QUEUE N | give QUEUE N
//	force QUEUE N             take, whether or not there is room: what is found after a restart
//	show                      how every queue stands
//
// A queue without numbers has no share; a number left out is no limit.
func TestTreeScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/tree", func(t *testing.T, path string) {
		var tree *Tree
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "tree":
				made, err := NewTree(scriptNodes(t, d.Input), Vector{DPUs: scriptDPUs(t, d.CmdArgs[0].Vals[0])})
				if err != nil {
					return err.Error()
				}
				tree = made
				return "ok"
			case "account":
				tree.SetRoot(Vector{DPUs: scriptDPUs(t, d.CmdArgs[0].Key)})
				return "ok"
			case "show":
				return show(tree)
			}
			queue, need := d.CmdArgs[0].Key, scriptDPUs(t, d.CmdArgs[1].Key)
			switch d.Cmd {
			case "take":
				if no, refused := tree.Refusing(queue, DPUs, need); refused {
					return no.String()
				}
				says := "ok"
				if tree.Borrows(queue, DPUs, need) {
					says = "ok, by borrowing"
				}
				tree.Add(queue, Vector{DPUs: need})
				return says
			case "force":
				tree.Add(queue, Vector{DPUs: need})
				return "ok"
			case "give":
				tree.Sub(queue, Vector{DPUs: need})
				return "ok"
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// scriptDPUs reads an amount of DPUs.
func scriptDPUs(t *testing.T, text string) int64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	if n < 0 {
		return NoLimit
	}
	return int64(n * 4)
}

// scriptNodes reads the queues of a tree.
func scriptNodes(t *testing.T, text string) (nodes []Node) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		n := Node{Name: words[0]}
		for _, w := range words[1:] {
			key, value, _ := strings.Cut(w, "=")
			if key == "parent" {
				n.Parent = value
				continue
			}
			if n.DPUs == nil {
				n.DPUs = &Share{Borrow: NoLimit, Lend: NoLimit}
			}
			*map[string]*int64{"nominal": &n.DPUs.Nominal, "borrow": &n.DPUs.Borrow, "lend": &n.DPUs.Lend}[key] = scriptDPUs(t, value)
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// show is a table of a tree's queues.
func show(t *Tree) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %6s %9s %6s %6s\n", "queue", "used", "borrowed", "free", "most")
	for _, q := range append([]string{""}, t.Queues()...) {
		name := q
		if q == "" {
			name = "(account)"
		}
		fmt.Fprintf(&b, "%-10s %6s %9s %6s %6s\n", name, DPUs.Format(t.Used(q, DPUs)), DPUs.Format(t.Borrowed(q, DPUs)),
			DPUs.Format(t.Available(q, DPUs)), DPUs.Format(t.Potential(q, DPUs)))
	}
	return b.String()
}

// TestTreeClone: a clone is alike, and goes its own way.
func TestTreeClone(t *testing.T) {
	tree, err := NewTree(scriptNodes(t, "dept nominal=40 borrow=60 lend=0\nred parent=dept nominal=100\nblue parent=dept nominal=100 lend=20\nother"),
		Vector{DPUs: 4000})
	if err != nil {
		t.Fatal(err)
	}
	tree.Add("red", Vector{DPUs: 480})
	before := show(tree)
	clone := tree.Clone()
	if got := show(clone); got != before {
		t.Errorf("the clone differs:\n%s\n%s", got, before)
	}
	clone.Add("blue", Vector{DPUs: 200})
	clone.SetRoot(Vector{DPUs: 2000})
	if got := show(tree); got != before {
		t.Errorf("a change of the clone changed the tree:\n%s\n%s", got, before)
	}
	again := tree.Clone()
	again.Add("blue", Vector{DPUs: 200})
	again.SetRoot(Vector{DPUs: 2000})
	if show(again) != show(clone) {
		t.Errorf("the same changes differ:\n%s\n%s", show(again), show(clone))
	}
	if (*Tree)(nil).Clone() != nil {
		t.Error("no tree has a clone")
	}
}
