package diagram

import (
	"cmp"
	"slices"
)

// item is what a layer holds: a box, or a lane in which an edge passes the layer.
type item struct {
	box    int // -1: a lane
	edge   int // of a lane
	layer  int
	top    int
	height int
}

// middle is the row at which lines meet an item.
func (it *item) middle() int { return it.top + (it.height-1)/2 }

// net is the part of an edge between two neighbouring layers.
type net struct {
	edge  int
	left  []pin // in the layer before
	right []pin // in the layer behind
	track int   // column among those of its gap; straight: none
}

// pin is where a net meets an item. Each net has a row of its own at each.
type pin struct {
	*item
	row int
}

// straight is the track of a net that runs neither up nor down.
const straight = -1

// extent is the rows between which a net runs up and down.
func (n *net) extent() (from, to int) {
	from, to = n.left[0].row, n.left[0].row
	for _, p := range slices.Concat(n.left, n.right) {
		from, to = min(from, p.row), max(to, p.row)
	}
	return from, to
}

// pinsOf are pins of items, whose rows are not known yet.
func pinsOf(items []*item) []pin {
	out := make([]pin, len(items))
	for i, it := range items {
		out[i].item = it
	}
	return out
}

// has reports whether one of pins is at an item.
func has(pins []pin, it *item) bool {
	return slices.ContainsFunc(pins, func(p pin) bool { return p.item == it })
}

// layout is a graph that is being laid out.
type layout struct {
	boxes  []Box
	edges  []Edge
	items  []*item // of the boxes, by their places
	layers [][]*item
	gaps   [][]*net // gaps[i] lies behind layer i
}

// newLayout parts the boxes into layers and adds the lanes.
func newLayout(boxes []Box, edges []Edge) *layout {
	l := &layout{boxes: boxes, edges: edges}
	layer := longest(len(boxes), edges)
	l.layers = make([][]*item, slices.Max(layer)+1)
	l.gaps = make([][]*net, len(l.layers))
	for i := range boxes {
		it := &item{box: i, layer: layer[i], height: boxes[i].height()}
		l.items = append(l.items, it)
		l.layers[it.layer] = append(l.layers[it.layer], it)
	}
	for e := range edges {
		l.addEdge(e)
	}
	for _, it := range l.items { // room for a row for each net
		frame := it.height - len(boxes[it.box].Lines)
		for _, nets := range [][]*net{l.leaving(it), l.arriving(it)} {
			it.height = max(it.height, len(nets)+frame)
		}
	}
	return l
}

// leaving are the nets behind an item that begin at it.
func (l *layout) leaving(it *item) []*net {
	return slices.DeleteFunc(slices.Clone(l.gaps[it.layer]), func(n *net) bool { return !has(n.left, it) })
}

// arriving are the nets before an item that end at it.
func (l *layout) arriving(it *item) []*net {
	if it.layer == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.gaps[it.layer-1]), func(n *net) bool { return !has(n.right, it) })
}

// longest is the layer of each box: the most edges that lead to it one behind the other. In a cycle it is some layer.
func longest(n int, edges []Edge) []int {
	layer := make([]int, n)
	for range n { // no path is longer
		changed := false
		for _, e := range edges {
			least := 0
			for _, from := range e.From {
				least = max(least, layer[from]+1)
			}
			for _, to := range e.To {
				if least > layer[to] && least < n {
					layer[to], changed = least, true
				}
			}
		}
		if !changed {
			break
		}
	}
	return layer
}

// addEdge makes an edge's nets and lanes, from the layer of its first source to that of its last target.
func (l *layout) addEdge(e int) {
	edge := l.edges[e]
	if len(edge.From) == 0 || len(edge.To) == 0 {
		return
	}
	ends := map[int][]*item{} // the items that the edge meets, by their layer
	first, last := len(l.layers), 0
	for _, i := range slices.Concat(edge.From, edge.To) {
		it := l.items[i]
		ends[it.layer] = append(ends[it.layer], it)
		first, last = min(first, it.layer), max(last, it.layer)
	}
	join := 0 // the last layer of a source: behind it, the edge has come together
	for _, i := range edge.From {
		join = max(join, l.items[i].layer)
	}
	var before []*item
	for layer := first; layer <= last; layer++ {
		through := layer > first && layer < last
		var here []*item // what the edge leaves the layer with
		var met []*item  // what it meets in it
		if layer <= join {
			here = slices.Clone(ends[layer])
		} else {
			met = slices.Clone(ends[layer])
		}
		if through {
			lane := &item{box: -1, edge: e, layer: layer, height: 1}
			l.layers[layer] = append(l.layers[layer], lane)
			here, met = append(here, lane), append(met, lane)
		}
		if layer > first {
			l.gaps[layer-1] = append(l.gaps[layer-1], &net{edge: e, left: pinsOf(before), right: pinsOf(met)})
		}
		before = here
	}
}

// sweeps is how often the order and the places are mended, forth and back. More changes nothing in graphs that a person can
// read.
const sweeps = 6

// order sorts each layer so that few lines cross: by the mean place of what an item is joined to.
func (l *layout) order() {
	for range sweeps {
		l.sweep(func(layer []*item, mean func(*item) (float64, bool)) {
			at := map[*item]float64{}
			for i, it := range layer {
				at[it] = float64(i)
				if m, joined := mean(it); joined {
					at[it] = m
				}
			}
			slices.SortStableFunc(layer, func(a, b *item) int { return cmp.Compare(at[a], at[b]) })
		}, func(it *item) float64 { return float64(slices.Index(l.layers[it.layer], it)) })
	}
}

// place gives each item its row: near the middle of what it is joined to, in the layer's order.
func (l *layout) place() {
	for _, layer := range l.layers {
		settle(layer, func(*item) (float64, bool) { return 0, false })
	}
	for range sweeps {
		l.sweep(settle, func(it *item) float64 { return float64(it.middle()) })
	}
	top := l.layers[0][0].top
	for _, layer := range l.layers {
		top = min(top, layer[0].top)
	}
	for _, layer := range l.layers {
		for _, it := range layer {
			it.top -= top
		}
	}
}

// sweep visits the layers forth, looking at what stands before them, and back, looking at what stands behind.
func (l *layout) sweep(visit func(layer []*item, mean func(*item) (float64, bool)), at func(*item) float64) {
	mean := func(gap int, forth bool) func(*item) (float64, bool) {
		return func(it *item) (float64, bool) {
			sum, n := 0.0, 0
			for _, net := range l.gaps[gap] {
				own, other := net.right, net.left
				if !forth {
					own, other = net.left, net.right
				}
				if !has(own, it) {
					continue
				}
				for _, o := range other {
					sum, n = sum+at(o.item), n+1
				}
			}
			if n == 0 {
				return 0, false
			}
			return sum / float64(n), true
		}
	}
	for i := 1; i < len(l.layers); i++ {
		visit(l.layers[i], mean(i-1, true))
	}
	for i := len(l.layers) - 2; i >= 0; i-- {
		visit(l.layers[i], mean(i, false))
	}
}

// space is the rows between items of a layer.
const space = 1

// settle places a layer's items one below the other, each as near to its wish as the order allows.
func settle(layer []*item, mean func(*item) (float64, bool)) {
	wish := make([]int, len(layer))
	for i, it := range layer {
		wish[i] = it.top
		if m, joined := mean(it); joined {
			wish[i] = int(m+0.5) - (it.height-1)/2
		}
	}
	// Down, then up: the mean of both is where items push each other apart evenly.
	down, up := make([]int, len(layer)), make([]int, len(layer))
	for i := range layer {
		down[i] = wish[i]
		if i > 0 {
			down[i] = max(down[i], down[i-1]+layer[i-1].height+space)
		}
	}
	for i := len(layer) - 1; i >= 0; i-- {
		up[i] = wish[i]
		if i < len(layer)-1 {
			up[i] = min(up[i], up[i+1]-layer[i].height-space)
		}
	}
	for i, it := range layer {
		it.top = (down[i] + up[i]) >> 1
		if i > 0 {
			it.top = max(it.top, layer[i-1].top+layer[i-1].height+space)
		}
	}
}

// pinRows gives the nets of a gap their rows at the items beside it, ordered so that they need not cross.
func (l *layout) pinRows(gap int) {
	side := func(items []*item, nets func(*item) []*net, own, other func(*net) []pin) {
		for _, it := range items {
			list := nets(it)
			slices.SortStableFunc(list, func(a, b *net) int { return cmp.Compare(meanRow(other(a)), meanRow(other(b))) })
			first := it.middle() - (len(list)-1)/2
			if it.box >= 0 && !l.boxes[it.box].Bare {
				first = min(max(first, it.top+1), it.top+it.height-1-len(list))
			}
			for i, n := range list {
				for k, p := range own(n) {
					if p.item == it {
						own(n)[k].row = first + i
					}
				}
			}
		}
	}
	left, right := func(n *net) []pin { return n.left }, func(n *net) []pin { return n.right }
	side(l.layers[gap], l.leaving, left, right)
	side(l.layers[gap+1], l.arriving, right, left)
}

// meanRow is the mean of the rows of the items of pins.
func meanRow(pins []pin) float64 {
	sum := 0
	for _, p := range pins {
		sum += p.middle()
	}
	return float64(sum) / float64(len(pins))
}

// maxShifts bounds how often a gap's items are moved apart.
const maxShifts = 100

// route gives the nets of each gap their rows and columns. Where lines of two nets would lie upon each other whatever the
// order of the columns, what stands behind the gap is moved down a row.
func (l *layout) route() {
	for gap := range len(l.layers) - 1 {
		for range maxShifts {
			l.pinRows(gap)
			conflict := assignTracks(l.gaps[gap])
			if conflict == nil {
				break
			}
			moving := false
			for _, it := range l.layers[gap+1] {
				if moving = moving || it == conflict; moving {
					it.top++
				}
			}
		}
	}
}

// assignTracks gives the nets of a gap their columns: one for each that runs up or down, shared by those that do not
// meet. Of two nets, one of which comes in the row in which the other goes, the one that comes turns off first; where that
// goes in a circle, conflict is an item to move.
func assignTracks(nets []*net) (conflict *item) {
	var left []*net
	for _, n := range nets {
		n.track = straight
		if from, to := n.extent(); from < to {
			left = append(left, n)
		}
	}
	slices.SortStableFunc(left, func(a, b *net) int {
		fromA, toA := a.extent()
		fromB, toB := b.extent()
		return cmp.Or(cmp.Compare(fromA, fromB), cmp.Compare(toA, toB))
	})
	var columns [][]*net
	least := map[*net]int{} // the first column that a net may have
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(n *net) bool {
			return !slices.ContainsFunc(left, func(other *net) bool { return other != n && goesWhere(n, other) != nil })
		})
		if i < 0 {
			for _, other := range left[1:] {
				if p := goesWhere(left[0], other); p != nil {
					return p
				}
			}
			return left[0].right[0].item
		}
		n := left[i]
		left = slices.Delete(left, i, i+1)
		for n.track = least[n]; n.track < len(columns) && slices.ContainsFunc(columns[n.track], n.meets); n.track++ {
		}
		for len(columns) <= n.track {
			columns = append(columns, nil)
		}
		columns[n.track] = append(columns[n.track], n)
		for _, other := range left {
			if goesWhere(other, n) != nil {
				least[other] = max(least[other], n.track+1)
			}
		}
	}
	return nil
}

// goesWhere is the item to which n goes in a row in which other comes; nil if there is none.
func goesWhere(n, other *net) *item {
	for _, to := range n.right {
		for _, from := range other.left {
			if to.row == from.row {
				return to.item
			}
		}
	}
	return nil
}

// meets reports whether two nets cannot share a column.
func (n *net) meets(other *net) bool {
	fromA, toA := n.extent()
	fromB, toB := other.extent()
	return fromA <= toB && fromB <= toA
}

// columns is how many columns the nets of a gap have.
func columns(nets []*net) int {
	most := 0
	for _, n := range nets {
		most = max(most, n.track+1)
	}
	return most
}
