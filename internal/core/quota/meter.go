package quota

import "time"

// NoLimit stands for a limit that is not set: the resource is counted, and refuses nobody.
const NoLimit = int64(-1)

// Unlimited is the amount that stands for NoLimit where one is counted with. It is more than there can be of anything, and
// small enough for sums: leases never hold more of a pool.
const Unlimited = int64(1) << 60

// Meter counts one pool. Ledger.Meter hands it out; it stays true, so that who asks often need not look it up again.
// Only the ledger changes it.
type Meter struct {
	pool  Pool
	limit int64 // NoLimit, or not negative

	// Invariant: used is the sum of the needs of all leases of the pool, active and draining; reserved and draining are
	// parts of it, and hidden those not yet visible at the observation. Audit checks them.
	used     int64
	reserved int64
	draining int64
	hidden   int64

	observed bool // somebody outside counted, at a time, how much was free
	seen     int64
	at       time.Time
}

// Pool is what m counts.
func (m *Meter) Pool() Pool { return m.pool }

// Limit is how much there is in all, or NoLimit.
func (m *Meter) Limit() int64 { return m.limit }

// Used is what leases hold, reserved and draining ones among them.
func (m *Meter) Used() int64 { return m.used }

// Reserved is the part of Used that is held for attempts which have not started yet.
func (m *Meter) Reserved() int64 { return m.reserved }

// Draining is the part of Used that attempts have left behind which have ended.
func (m *Meter) Draining() int64 { return m.draining }

// Observed returns the last observation; false where nobody ever observed.
func (m *Meter) Observed() (free int64, at time.Time, ok bool) { return m.seen, m.at, m.observed }

// Free is what the next lease may take, never negative: what the limit leaves, and no more than the last observation
// leaves after those leases that it cannot have seen. (The lesser of limit and observation alone would let two leases
// take the same addresses, both after one observation.)
func (m *Meter) Free() int64 {
	limit := m.limit
	if limit == NoLimit || limit > Unlimited {
		limit = Unlimited
	}
	free := limit - m.used
	if m.observed {
		free = min(free, m.seen-m.hidden)
	}
	return max(0, free)
}

// Within reports whether need is not more than there is in all.
func (m *Meter) Within(need int64) bool { return m.limit == NoLimit || need <= m.limit }

// shortage says that need is more than is free.
func (m *Meter) shortage(need int64) Shortage {
	return Shortage{Pool: m.pool, Need: need, Free: m.Free(), Limit: m.limit}
}
