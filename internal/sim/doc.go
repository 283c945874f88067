// Package sim lives through many histories of a plane in virtual time: the real controller over a real store, with the
// real scheduler, what serves rules, and a machine whose attempts fail in all the ways that attempts can. A seed chooses
// everything: what is submitted, stopped, held and configured, which triggers there are, what fires them, which workflow
// runs are stopped and resumed, and when; how long each attempt takes and how it ends; which reports are lost or come
// twice; which commits fail before or after they were made, or take the plane with them; when the wall clock is set; which
// zone is lost and for how long.
//
// After each commit a ledger of the package's own, folded from the event table alone, is held against the limits in force
// and against the lease rows (ledger.go); the scheduler's own counts are not asked. So a history shows
//
//   - no limit exceeded at any commit, of account, machine, job, queue or subnet;
//   - no attempt admitted twice, and no script begun twice;
//   - leases that are the fold of the events, addresses that no two of them share;
//   - every trigger fired exactly once for what it should fire for, in the very commit that decides it, and never for what it
//     should not: fire times, ends of runs in the flow, events, callers (flow.go judges schedules and predicates by itself);
//   - exactly the runs that were fired for, fires that are stored as long as their runs are not there, and no workflow run
//     that goes on with nothing left, or waits with room for it;
//   - at its end, with the faults gone, every run that was accepted in one final state, and nothing held.
//
// # How far a history repeats
//
// The same seed gives the same events, byte for byte, as long as the code is the same: chance comes from the seed and the
// virtual time, and everything that could come at one instant is spread by delays of the seed's own, so that the Go
// scheduler has hardly a say in the order. It keeps one where a plane is killed: whether a report that was on its way at
// that very instant still arrived. About one history in several hundred has such an instant (TestRepeats says so when it
// meets one), and then a seed has two histories. Not repeated at all are the secrets, which no event shows.
package sim
