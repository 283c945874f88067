// Package rules serves rules: for each event that the pattern of an enabled rule matches, it does what the rule's targets
// say. It reads the event table and nothing else, so whatever made an event, a run, a trigger, PutEvents or an object that
// arrived, it is matched in one way, in the shape that EventBridge would give it (core/bridge, core/pattern).
//
//	event table --+-- starts: jobs, workflows ------> controller.Deliver, in one commit with the cursor
//	              +-- deliveries: commands, webhooks -> done, and then the cursor
//
// # Two readers
//
// Each has a cursor of its own, so a webhook that takes its time delays no start.
//
// Starts happen exactly once. What a page of events is to start, and the cursor behind that page, are one commit of the
// controller; when its outcome is unknown, the cursor that is found in the store says whether it was made.
//
// Deliveries happen at least once. At most maxWindow are under way; the stored progress says up to which event all are
// settled, and which are beyond. A plane that is killed between a delivery and the commit that says so delivers again, with
// the same event id, by which a receiver can tell. Deliveries of one rule may overtake each other. A target that hangs takes
// half of the workers at most; but once it fills the window, the others wait until its deliveries are given up.
//
// # What is matched
//
// A rule sees the events of its region from after it was made, also those from while the plane was down. Rules are read
// again when an event says that one was changed. Events of the kinds rule.* match nothing, or a rule for everything would
// feed itself; that a job started by a rule ends is an event like any other, as it is in EventBridge, and a rule that
// matches the runs of its own target goes round for ever.
//
// An event that a client put and whose resources name a workflow, by ARN, is told to that workflow's EVENT trigger also
// without a rule.
//
// # Whose power
//
// A command is run as the user that the plane runs as, and a webhook is called from the plane's network. So whoever may make
// rules with such targets may run programs on the server: the key of a run may not (edge/api, ChangeRule). Rules that start
// jobs and workflows it may make, as it may make triggers.
package rules
