// Package workflow decides what triggers do: whether a definition makes sense, what a workflow's graph is, which triggers
// fire when a run has ended, which fire times are due, what a resumed run starts, and why a trigger did or did not fire.
// It is pure: values in, values out; it reads no clock and starts nothing.
//
// # Flows
//
// A flow is what one firing of a start trigger brought about: a workflow run, or outside of workflows a chain. A
// CONDITIONAL trigger is looked at within one flow alone: its condition is met by a run of that flow that ended in the
// state it names. That is Glue's rule, that a condition counts only runs that triggers started and that descend from one
// start, made into structure: a run started by hand has no flow, and so fires nothing.
//
// Invariants of Advance, which its tests hold it to: a trigger fires at most once in a flow, whatever happens later; it
// never fires unmet, nor unless it is ACTIVATED; once it is met and ACTIVATED it does fire. As a flow's runs only end and
// are never taken back, what is met stays met: the order in which ends are told makes no difference to what has fired in
// the end.
//
// # Graphs
//
// The triggers of a workflow are drawn as a graph of triggers, jobs and crawlers (Build), frozen in each run as it
// starts. CheckWorkflow keeps it a graph that ends: one start trigger at most, and no cycle. Standalone triggers may form
// a cycle: a flow ends all the same, since each of them fires once.
package workflow
