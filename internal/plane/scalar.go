package plane

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Size is a number of bytes, written 512MiB, 8GiB, 1.5GB or a plain number.
type Size int64

var sizeForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?$`)

// UnmarshalYAML reads a Size.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	m := sizeForm.FindStringSubmatch(strings.TrimSpace(n.Value))
	if m == nil {
		return misread(n, "%q is not a size such as 8GiB", n.Value)
	}
	v, _ := strconv.ParseFloat(m[1], 64)
	base := 1000.0
	if strings.HasSuffix(m[2], "i") {
		base = 1024
	}
	if m[2] != "" {
		for range strings.Index("KMGT", m[2][:1]) + 1 {
			v *= base
		}
	}
	if v > 1<<60 {
		return misread(n, "%q is larger than any disk", n.Value)
	}
	*s = Size(v)
	return nil
}

// String writes s in the largest binary unit that divides it.
func (s Size) String() string {
	for i, unit := range []string{"TiB", "GiB", "MiB", "KiB"} {
		if u := Size(1) << (10 * (4 - i)); s >= u && s%u == 0 {
			return fmt.Sprintf("%d%s", s/u, unit)
		}
	}
	return fmt.Sprintf("%dB", int64(s))
}

// Whole is a number without a fraction: digits with an optional minus, as in the tag tenon:priority. The YAML library reads a
// fraction into an integer by cutting it off.
type Whole int

var wholeForm = regexp.MustCompile(`^-?[0-9]+$`)

// UnmarshalYAML reads a Whole.
func (w *Whole) UnmarshalYAML(n *yaml.Node) error {
	if err := n.Decode((*int)(w)); err != nil {
		return err
	}
	if !wholeForm.MatchString(n.Value) {
		return misread(n, "%q is not a whole number such as 50 or -10", n.Value)
	}
	return nil
}

// Duration is a time span, written 30s, 4h, 90d.
type Duration time.Duration

// UnmarshalYAML reads a Duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	if days, ok := strings.CutSuffix(n.Value, "d"); ok {
		v, err := strconv.ParseFloat(days, 64)
		if err != nil || v < 0 || v > 36500 {
			return misread(n, "%q is not a duration such as 90d", n.Value)
		}
		*d = Duration(v * 24 * float64(time.Hour))
		return nil
	}
	v, err := time.ParseDuration(n.Value)
	if err != nil {
		return misread(n, "%q is not a duration such as 30s, 4h or 90d", n.Value)
	}
	*d = Duration(v)
	return nil
}

// String writes d as it is written in a configuration: in days where it is whole days.
func (d Duration) String() string {
	if day := Duration(24 * time.Hour); d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := time.Duration(d).String() // 4h0m0s
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
