package api

import (
	"errors"
	"maps"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// choices reads where a run of a job may go: the subnets of its connections, in their order. A connection without a
// subnet is no place. One that does not exist is refused where the run or a tag names it; where only the job does, it is a
// candidate that nobody can check, as in Glue, which looks at connections when the run starts.
func choices(r *store.Reader, region string, job *glue.Job, previous *glue.JobRun, args map[string]string) ([]glue.Choice, error) {
	if previous != nil {
		args = overlaid(previous.Arguments, args)
	}
	without := *job
	without.Connections = nil
	names := controller.ConnectionNames(&without, job.Tags, args)
	strict := len(names) > 0 // they are named for Tenon
	if !strict {
		names = controller.ConnectionNames(job, job.Tags, args)
	}
	var found []glue.Choice
	for _, name := range names {
		d, err := r.GetDefinition(region, kindConnection, name)
		switch {
		case errors.Is(err, store.ErrNotFound) && !strict:
			found = append(found, glue.Choice{Connection: name})
			continue
		case errors.Is(err, store.ErrNotFound):
			return nil, glue.Invalid("Connection %s, which tenon:connections names, does not exist in %s.", name, region)
		case err != nil:
			return nil, err
		}
		conn, err := decode[wire.Connection](d)
		if err != nil {
			return nil, err
		}
		if p := conn.PhysicalConnectionRequirements; p != nil && val(p.SubnetId) != "" {
			found = append(found, glue.Choice{Connection: name, Subnet: *p.SubnetId})
		}
	}
	return found, nil
}

// overlaid is what stands in both, the second first.
func overlaid(under, over map[string]string) map[string]string {
	merged := maps.Clone(under)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, over)
	return merged
}
