package placement

import (
	"fmt"
	"net/netip"
	"strings"
)

// Range is some IPv4 addresses that follow each other, as numbers: First is not after Last.
type Range struct{ First, Last uint32 }

// ParseRange reads a range as String writes it.
func ParseRange(text string) (Range, error) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err := netip.ParseAddr(from)
	last, err2 := netip.ParseAddr(to)
	if err != nil || err2 != nil || !first.Is4() || !last.Is4() {
		return Range{}, fmt.Errorf("placement: %q is no range of IPv4 addresses", text)
	}
	if last.Less(first) {
		return Range{}, fmt.Errorf("placement: %q ends before it begins", text)
	}
	return Range{number(first), number(last)}, nil
}

// ParseRanges reads ranges as Spell writes them.
func ParseRanges(texts []string) ([]Range, error) {
	ranges := make([]Range, len(texts))
	for i, text := range texts {
		r, err := ParseRange(text)
		if err != nil {
			return nil, err
		}
		ranges[i] = r
	}
	return ranges, nil
}

// Spell writes ranges; none is nil.
func Spell(ranges []Range) (texts []string) {
	for _, r := range ranges {
		texts = append(texts, r.String())
	}
	return texts
}

// String writes the range: 10.0.0.4-10.0.0.9, or 10.0.0.4 for one address.
func (r Range) String() string {
	var room [len("255.255.255.255-255.255.255.255")]byte
	text := address(r.First).AppendTo(room[:0])
	if r.Last > r.First {
		text = address(r.Last).AppendTo(append(text, '-'))
	}
	return string(text)
}

// Overlaps reports whether a block has some of the addresses. Their ends may lie outside of it.
func (r Range) Overlaps(block netip.Prefix) bool {
	if !block.IsValid() || !block.Addr().Is4() {
		return false
	}
	base := number(block.Masked().Addr())
	return r.First <= base|uint32(1<<(32-block.Bits())-1) && base <= r.Last
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
