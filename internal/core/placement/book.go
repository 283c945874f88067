package placement

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strings"
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

// Take takes n addresses and returns them as ranges, in order: "10.0.0.4-10.0.0.9", or "10.0.0.4" for one. More than are
// free is an error, and none is taken then.
func (b *Book) Take(n int64) ([]string, error) {
	if n < 0 || n > b.free {
		return nil, fmt.Errorf("placement: %d addresses of %s wanted, %d are free", n, b.cidr, b.free)
	}
	var ranges []string
	for n > 0 {
		first := b.search(b.next)
		last := first
		b.set(first)
		for n--; n > 0 && last+1 < b.size-reservedLast && !b.has(last+1); n-- {
			last++
			b.set(last)
		}
		ranges = append(ranges, b.write(first, last))
		b.next = last + 1
	}
	return ranges, nil
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
// when they were taken. A range that is malformed or holds an address that is taken is an error, and nothing is taken then.
func (b *Book) Restore(ranges []string) error {
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
func (b *Book) Return(ranges []string) error {
	for _, r := range ranges {
		if err := b.mark(r, false); err != nil {
			return err
		}
	}
	return nil
}

// Within is how many of a lease's addresses are of this block, and so are taken while it has them. Ranges that are
// malformed have none.
func (b *Book) Within(ranges []string) (n int64) {
	for _, r := range ranges {
		if first, last, some, err := b.read(r); err == nil && some {
			n += int64(last-first) + 1
		}
	}
	return n
}

// mark takes one range, or gives it back.
func (b *Book) mark(text string, take bool) error {
	first, last, some, err := b.read(text)
	if err != nil || !some {
		return err
	}
	for at := first; at <= last; at++ {
		if b.has(at) == take {
			state := "not taken"
			if take {
				state = "taken already"
			}
			return fmt.Errorf("placement: %s of %s: %s is %s", text, b.cidr, b.write(at, at), state)
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

// write spells a range of places in the block.
func (b *Book) write(first, last uint32) string {
	var room [len("255.255.255.255-255.255.255.255")]byte
	text := address(b.base + first).AppendTo(room[:0])
	if last > first {
		text = address(b.base + last).AppendTo(append(text, '-'))
	}
	return string(text)
}

// read is the places of a range, without those that the block does not hand out; some is whether any is left.
func (b *Book) read(text string) (first, last uint32, some bool, err error) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	var ends [2]uint32
	for i, s := range [2]string{from, to} {
		a, err := netip.ParseAddr(s)
		if err != nil || !a.Is4() {
			return 0, 0, false, fmt.Errorf("placement: %q is no range of IPv4 addresses", text)
		}
		ends[i] = number(a)
	}
	if ends[0] > ends[1] {
		return 0, 0, false, fmt.Errorf("placement: %q ends before it begins", text)
	}
	low, high := max(ends[0], b.base+reservedFirst), min(ends[1], b.base+(b.size-1-reservedLast))
	if low > high {
		return 0, 0, false, nil
	}
	return low - b.base, high - b.base, true, nil
}

// number is an IPv4 address as a number.
func number(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// address is the IPv4 address of a number.
func address(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}
