package workflowfile

// Keys are those that may stand at a place of a file: at its top (""), in start, a job's entry, define, or a trigger.
func Keys(at string) []string {
	f := &File{}
	return sorted(map[string]keys{"": f.topKeys(), "start": f.startKeys(&Start{}), "job": f.jobKeys(&Job{}),
		"define": f.definitionKeys(&Definition{}), "trigger": f.triggerKeys(&Trigger{}, new(bool))}[at])
}
