package placement

import (
	"fmt"
	"math/bits"
	"net/netip"
)

// Book hands out the addresses of one subnet. It goes on where it stopped, so that an address given back rests as long as
// possible: on AWS an interface lingers, and logs of two runs with one address confuse. It is not safe for concurrent use.
type Book struct {
	cidr  netip.Prefix
	base  uint32   // of the block
	size  uint32   // addresses in the block, the reserved ones too
	taken []uint64 // one bit an address
	free  int64
	next  uint32 // where to look first
}

// NewBook returns the book of a block without an address taken. A block that no subnet can have is an error.
func NewBook(cidr netip.Prefix) (*Book, error) {
	if Usable(cidr) == 0 {
		return nil, fmt.Errorf("placement: %s is no block of a subnet: an IPv4 block between /%d and /%d", cidr, MinBits, MaxBits)
	}
	cidr = cidr.Masked()
	b := &Book{cidr: cidr, base: number(cidr.Addr()), size: 1 << (32 - cidr.Bits()), free: Usable(cidr), next: reservedFirst}
	b.taken = make([]uint64, (b.size+63)/64)
	return b, nil
}

// CIDR is the block.
func (b *Book) CIDR() netip.Prefix { return b.cidr }

// Free is how many addresses are not taken.
func (b *Book) Free() int64 { return b.free }

// Take takes n addresses and appends them to into, in order. More than are free is an error, and none is taken then.
func (b *Book) Take(into []Range, n int64) ([]Range, error) {
	if n < 0 || n > b.free {
		return nil, fmt.Errorf("placement: %d addresses of %s wanted, %d are free", n, b.cidr, b.free)
	}
	for n > 0 {
		first := b.search(b.next)
		last := first
		b.set(first)
		for n--; n > 0 && last+1 < b.size-reservedLast && !b.has(last+1); n-- {
			last++
			b.set(last)
		}
		into = append(into, Range{b.base + first, b.base + last})
		b.next = last + 1
	}
	return into, nil
}

// search returns the first address from at on, around the end of the block, that is not taken. There is one.
func (b *Book) search(at uint32) uint32 {
	for {
		if at < reservedFirst || at >= b.size-reservedLast {
			at = reservedFirst
		}
		word, shift := at/64, at%64
		if left := ^b.taken[word] >> shift; left != 0 {
			if at += uint32(bits.TrailingZeros64(left)); at < b.size-reservedLast {
				return at
			}
			continue
		}
		at = (word + 1) * 64
	}
}

// Restore takes the addresses of a lease that was taken before, as far as they are of this block: it may have been another
// when they were taken. A range with an address that is taken is an error, and nothing is taken then.
func (b *Book) Restore(ranges []Range) error {
	for i, r := range ranges {
		if err := b.mark(r, true); err != nil {
			for _, done := range ranges[:i] {
				if undo := b.mark(done, false); undo != nil {
					panic(undo) // Invariant: it was taken a moment ago.
				}
			}
			return err
		}
	}
	return nil
}

// Return gives addresses back, as far as they are of this block. A range with an address that is not taken is an error, and
// nothing of it is given back; ranges before it are.
func (b *Book) Return(ranges []Range) error {
	for _, r := range ranges {
		if err := b.mark(r, false); err != nil {
			return err
		}
	}
	return nil
}

// Within is how many of a lease's addresses are of this block, and so are taken while it has them.
func (b *Book) Within(ranges []Range) (n int64) {
	for _, r := range ranges {
		if first, last, some := b.within(r); some {
			n += int64(last-first) + 1
		}
	}
	return n
}

// mark takes one range, or gives it back.
func (b *Book) mark(r Range, take bool) error {
	first, last, some := b.within(r)
	if !some {
		return nil
	}
	for at := first; at <= last; at++ {
		if b.has(at) == take {
			state := "not taken"
			if take {
				state = "taken already"
			}
			return fmt.Errorf("placement: %s of %s: %s is %s", r, b.cidr, Range{b.base + at, b.base + at}, state)
		}
	}
	for at := first; at <= last; at++ {
		if take {
			b.set(at)
			b.next = last + 1
		} else {
			b.taken[at/64] &^= 1 << (at % 64)
			b.free++
		}
	}
	return nil
}

// has reports whether an address is taken.
func (b *Book) has(at uint32) bool { return b.taken[at/64]&(1<<(at%64)) != 0 }

// set takes an address.
func (b *Book) set(at uint32) {
	b.taken[at/64] |= 1 << (at % 64)
	b.free--
}

// within is the places of a range in the block, without those that it does not hand out; some is whether any is left.
func (b *Book) within(r Range) (first, last uint32, some bool) {
	low, high := max(r.First, b.base+reservedFirst), min(r.Last, b.base+(b.size-1-reservedLast))
	if low > high {
		return 0, 0, false
	}
	return low - b.base, high - b.base, true
}
