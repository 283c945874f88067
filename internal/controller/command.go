package controller

// command is one thing that the loop is asked to do.
type command interface {
	// needs names what of the store decide will look at.
	needs(s *state, q *query)
	// begin forgets an earlier decision: a command may be decided again after a turn that failed.
	begin()
	// decide changes the state and notes writes and effects in the turn. It is pure but for those two.
	decide(s *state, t *turn)
	// ticket is where the answer comes.
	ticket() <-chan error
	// answer is called once, after the commit, with its error.
	answer(err error)
}

// reply is the part that all commands share. decide sets refused when the answer is no.
type reply struct {
	done    chan error
	refused error
}

// newReply makes room for one answer, so that the loop never waits for a caller.
func newReply() reply { return reply{done: make(chan error, 1)} }

// begin forgets an earlier no.
func (r *reply) begin() { r.refused = nil }

// needs is for commands that look at nothing.
func (r *reply) needs(*state, *query) {}

// ticket is where the answer comes.
func (r *reply) ticket() <-chan error { return r.done }

// answer sends the commit's error, or else what decide said.
func (r *reply) answer(err error) {
	if err == nil {
		err = r.refused
	}
	r.done <- err
}
