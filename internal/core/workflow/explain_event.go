package workflow

import "fmt"

// events speaks of an EVENT trigger: the rules that feed it, and how full its batch is.
func (x *explainer) events() {
	w := x.t.WorkflowName
	size, window := Batch(x.t)
	p := &x.q.Progress
	b := &BatchState{Events: len(p.Batch), Size: size}
	if b.Events > 0 {
		b.Since, b.Ends = p.BatchSince, p.BatchSince.Add(window)
	}
	x.e.Batch = b
	var enabled, disabled []string
	for i := range x.q.Rules {
		if x.q.Rules[i].Disabled {
			disabled = append(disabled, x.q.Rules[i].Name)
		} else {
			enabled = append(enabled, x.q.Rules[i].Name)
		}
	}
	switch {
	case b.Events > 0:
		x.good = fmt.Sprintf("It has %d of %s. It fires with %d more, or when the window ends, at %s.",
			b.Events, count(size, "event"), max(1, size-b.Events), x.clock(b.Ends))
	case len(enabled) > 0:
		x.good = fmt.Sprintf("It waits for events of rule %s; none has come since it last fired.", list(enabled, "or"))
		if p.Count == 0 {
			x.good = fmt.Sprintf("It waits for events of rule %s; none has come yet.", list(enabled, "or"))
			x.do("See what the rule would match.", "tenon", "events", "-f", "--pattern", string(x.firstPattern()))
		}
	case len(disabled) > 0:
		x.why("Every rule that hands events to workflow %s is disabled: %s.", w, list(disabled, "and"))
		x.do("Enable the rule.", "aws", "events", "enable-rule", "--name", disabled[0])
	default:
		x.why("No rule hands events to workflow %s; only events that name its ARN in their resources reach it.", w)
		x.do("Make a rule with the target workflow "+w+".", "tenon", "rules", "apply", "-f", "rule.yaml")
	}
	if b.Events > 0 && len(enabled) == 0 {
		x.e.Do = append(x.e.Do, Step{Text: "No rule hands it more events now; it fires with what it has when the window ends."})
	}
}

// firstPattern is the pattern of the first rule that is enabled.
func (x *explainer) firstPattern() []byte {
	for i := range x.q.Rules {
		if !x.q.Rules[i].Disabled {
			return x.q.Rules[i].Pattern
		}
	}
	return nil
}
