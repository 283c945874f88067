package controller

import (
	"context"
	"fmt"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
)

// auditEvery is between two comparisons of the memory with the rows of leases.
const auditEvery = time.Minute

// audit compares, when it is due, what the memory counts as used with the rows of leases: they are the truth. The memory
// equals them between two turns, unless something is wrong in this program; then the memory is loaded again, the drift is
// counted and said aloud. What cannot be read now is looked at the next time.
func (c *Controller) audit(ctx context.Context) {
	s := c.state
	if !due(&s.nextAudit, s.now) {
		return
	}
	s.nextAudit = s.now.Add(auditEvery)
	var rows []store.Lease
	err := c.db.Read(ctx, func(r *store.Reader) (err error) {
		rows, err = r.Leases()
		return err
	})
	if err != nil {
		c.lg.Warn("leases could not be audited", "err", err)
		return
	}
	c.stats.audits.Add(1)
	if err := s.compare(rows); err != nil {
		c.stats.drifts.Add(1)
		c.lg.Error("the memory has drifted from the leases: it is loaded again", "err", err)
		c.reload(ctx)
	}
}

// compare returns how the memory differs from the rows of leases.
func (s *state) compare(rows []store.Lease) error {
	if err := s.sched.Audit(); err != nil {
		return err
	}
	snap := s.sched.Snapshot(0)
	held := make(map[attempt.Key]*quota.Lease, len(snap.Holding)+len(snap.Draining))
	for _, list := range [][]scheduler.Admission{snap.Holding, snap.Draining} {
		for i := range list {
			held[attempt.Key{Run: list[i].Run.ID, Attempt: list[i].Lease.Attempt}] = &list[i].Lease
		}
	}
	for i := range rows {
		key := attempt.Key{Run: rows[i].Run, Attempt: rows[i].Attempt}
		row, err := readLease(&rows[i])
		if err != nil {
			return err
		}
		lease := held[key]
		draining := rows[i].Phase == store.LeaseDraining
		switch {
		case lease == nil:
			return fmt.Errorf("the lease of attempt %s is in no account", key)
		case draining == lease.Until.IsZero():
			return fmt.Errorf("the lease of attempt %s is %s in the store, in the memory it is not", key, rows[i].Phase)
		case !draining && lease.Need != row.Need, lease.Need[quota.Addresses] != row.Need[quota.Addresses], lease.Subnet != row.Subnet:
			return fmt.Errorf("attempt %s holds %v on %q, its lease says %v on %q", key, lease.Need, lease.Subnet, row.Need, row.Subnet)
		}
		delete(held, key)
	}
	for key := range held {
		return fmt.Errorf("attempt %s holds capacity without a lease", key)
	}
	return nil
}
