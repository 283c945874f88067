// Package metrics is Tenon's account of itself for Prometheus, at /metrics.
//
// Two things feed it. What has happened comes as events, the same that the audit is made of: Observe is handed those of
// each commit and counts. How things stand is asked of Sources when somebody scrapes: nothing is kept for it in between,
// and a plane that nobody scrapes pays nothing.
//
// Counters begin at 0 with the process, as Prometheus expects; what is counted over restarts is in the store.
//
// Labels are bounded by the configuration: region, queue, subnet, zone, resource; and by fixed lists: state, cause, code.
// No label ever holds a job's name, a run's id, a principal or a tag: they are without bound, and not for everybody who
// may read a /metrics that asks for no signature.
package metrics
