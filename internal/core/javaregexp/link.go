package javaregexp

// linker makes nodes of a tree, from the end to the begin.
type linker struct{ locals int }

// local is a place to keep a number in.
func (l *linker) local() int {
	l.locals++
	return l.locals - 1
}

// link makes the node that matches t and then next.
func (l *linker) link(t *tree, next node) node {
	switch t.op {
	case opSet:
		return &set{class: t.set, next: next}
	case opSeq:
		return l.sequence(t.subs, next)
	case opAlt:
		b := &branch{}
		for _, sub := range t.subs {
			b.alternatives = append(b.alternatives, l.link(sub, next))
		}
		return b
	case opGroup:
		if t.group == 0 {
			return l.link(t.subs[0], next)
		}
		local := l.local()
		return &open{local: local, next: l.link(t.subs[0], &closed{local: local, group: t.group, next: next})}
	case opRepeat:
		return l.repeat(t, next)
	case opLook:
		return l.look(t, next)
	case opAtomic:
		return &atomic{body: l.link(t.subs[0], accept{}), next: next}
	case opBack:
		return &back{group: t.group, fold: t.fold, next: next}
	case opNewline:
		return &newline{next: next}
	case opEmpty:
		return next
	default:
		return &place{holds: condition(t), next: next}
	}
}

// sequence links nodes in a row; letters become one text.
func (l *linker) sequence(subs []*tree, next node) node {
	for end := len(subs); end > 0; {
		begin := end
		var letters []rune
		for begin > 0 && subs[begin-1].op == opSet && subs[begin-1].letter >= 0 {
			begin--
			letters = append([]rune{subs[begin].letter}, letters...)
		}
		if len(letters) > 1 {
			next = &text{want: string(letters), next: next}
			end = begin
			continue
		}
		end--
		next = l.link(subs[end], next)
	}
	return next
}

// repeat links a quantifier.
func (l *linker) repeat(t *tree, next node) node {
	body := t.subs[0]
	if body.op == opSet {
		return &run{class: body.set, least: t.least, most: t.most, mode: t.mode, next: next}
	}
	if t.mode == possessive {
		greedily := *t
		greedily.mode = greedy
		return &atomic{body: l.repeat(&greedily, accept{}), next: next}
	}
	if t.least == 0 && t.most == 1 {
		b := &branch{alternatives: []node{l.link(body, next), next}}
		if t.mode == lazy {
			b.alternatives[0], b.alternatives[1] = b.alternatives[1], b.alternatives[0]
		}
		return b
	}
	out := &loop{count: l.local(), begin: l.local(), least: t.least, most: t.most, lazy: t.mode == lazy, next: next}
	out.body = l.link(body, out)
	return entry{out}
}

// look links lookaround.
func (l *linker) look(t *tree, next node) node {
	out := &look{behind: t.behind, negated: t.negated, next: next}
	if !t.behind {
		out.body = l.link(t.subs[0], accept{})
		return out
	}
	out.least, out.most, _ = t.subs[0].width()
	local := l.local()
	out.body = l.link(t.subs[0], behindEnd{local: local})
	return &mark{local: local, next: out}
}

// condition is the test of a place.
func condition(t *tree) func(m *Matcher, i int) bool {
	switch t.op {
	case opBegin:
		return func(_ *Matcher, i int) bool { return i == 0 }
	case opEnd:
		return func(m *Matcher, i int) bool { return i == len(m.text) }
	case opCaret:
		return func(m *Matcher, i int) bool { return m.lineBegin(i, t.unix) }
	case opDollar:
		return func(m *Matcher, i int) bool { return m.lineEnd(i, t.multiline, t.unix) }
	case opBound:
		return func(m *Matcher, i int) bool { return m.bound(i) != t.negated }
	default: // opLast
		return func(m *Matcher, i int) bool { return i == m.last }
	}
}
