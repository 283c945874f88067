package javaregexp

// width is how many characters a match takes; bounded tells that most is a number that Java finds.
func (t *tree) width() (least, most int, bounded bool) {
	switch t.op {
	case opSet:
		return 1, 1, true
	case opNewline:
		return 1, 2, true
	case opSeq:
		bounded = true
		for _, sub := range t.subs {
			l, m, b := sub.width()
			least, most, bounded = limited(least+l), limited(most+m), bounded && b
		}
		return least, most, bounded
	case opAlt:
		least, bounded = noLimit, true
		for _, sub := range t.subs {
			l, m, b := sub.width()
			least, most, bounded = min(least, l), max(most, m), bounded && b
		}
		return least, most, bounded
	case opGroup, opAtomic:
		return t.subs[0].width()
	case opRepeat:
		l, m, b := t.subs[0].width()
		if t.most == noLimit && m > 0 {
			return limited(l * t.least), maxWidth, t.subs[0].op == opSet // Java knows a width of these, too
		}
		return limited(l * t.least), limited(m * min(t.most, maxWidth)), b
	case opBack:
		return 0, 0, false
	default:
		return 0, 0, true
	}
}

// maxWidth is how wide Java takes one character to be that may be repeated without a limit.
const maxWidth = 1<<31 - 1

// limited keeps a width from overflowing; what is beyond maxWidth stays beyond.
func limited(n int) int {
	return min(n, maxWidth+1)
}
