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
// The same seed gives the same events, byte for byte, as long as the code is the same, so that the Go scheduler has no say in
// what happens. Three rules see to it:
//
//   - chance comes from the seed, the question and the virtual time, not from what was asked before (chance);
//   - whatever is set off takes a time of the seed's own before it does anything: reports, deliveries of rules, the effects
//     of a turn (Hooks.Lag), and who acts waits until all has come to rest;
//   - a commit takes its time too, so that what the one before it set off is at rest when it is made, or fails, or takes the
//     plane with it: a kill finds nothing that has half happened, and two turns in a row are at two instants.
//
// The plane does its part: a decision reads no clock, and what comes of it does not follow the order of a map. Not repeated are
// the secrets, which no event shows.
package sim
