package plane

import (
	"math"

	"go.yaml.in/yaml/v3"

	"tenon/internal/glue"
)

// Quotas are the account's limits in every region, by the names of glue.AllQuotas. What is absent has AWS's default; 0 is
// none at all.
type Quotas glue.Quotas

// maxQuota is the most that a quota may be: a slip of a digit is refused and not obeyed.
const maxQuota = 1_000_000_000

// UnmarshalYAML reads quotas; a name that is no quota is refused.
func (q *Quotas) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return misread(n, "the quotas are a group of keys")
	}
	*q = Quotas{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], content(n.Content[i+1])
		if _, known := glue.FindQuota(key.Value); !known {
			return misread(key, "no quota has this name; `tenon config show` lists all")
		}
		if _, twice := (*q)[key.Value]; twice {
			return misread(key, "it stands twice")
		}
		if value.ShortTag() == "!!null" {
			continue
		}
		var amount float64
		if err := value.Decode(&amount); err != nil {
			return misread(n.Content[i+1], "%q is not a number", value.Value)
		}
		(*q)[key.Value] = amount
	}
	return nil
}

// MarshalYAML writes the quotas that are set, in the order of glue.AllQuotas.
func (q Quotas) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, known := range glue.AllQuotas() {
		if limit, ok := q[known.Name]; ok {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: known.Name},
				&yaml.Node{Kind: yaml.ScalarNode, Value: glue.FormatAmount(limit)})
		}
	}
	return n, nil
}

// All returns every quota that has a limit, set or AWS's default.
func (q Quotas) All() Quotas {
	all := Quotas{}
	for _, known := range glue.AllQuotas() {
		if limit := q.limit(known.Name); limit != glue.NoQuota {
			all[known.Name] = limit
		}
	}
	return all
}

// limit is the limit of a quota.
func (q Quotas) limit(name string) float64 { return glue.Quotas(q).Limit(name) }

// validate refuses negative, absurd and broken amounts.
func (q Quotas) validate(at string) error {
	for _, known := range glue.AllQuotas() {
		if amount, ok := q[known.Name]; ok {
			key := joinKey(at, known.Name)
			if err := checkAmount(key, known.Unit, amount); err != nil {
				return err
			}
			switch {
			case amount == 0 && known.Name == glue.QuotaRunsPerJob:
				return refuse(key, "0 would let no job run")
			case amount == 0 && known.Name == glue.QuotaQueuedRuns:
				return refuse(key, "0 would let nothing wait; with queueing: off, only runs with JobRunQueuingEnabled do")
			}
		}
	}
	return nil
}

// checkAmount is the rule for every amount that is counted: whole, or for DPUs in quarters.
func checkAmount(key, unit string, amount float64) error {
	if !(amount >= 0 && amount <= maxQuota) { // NaN too
		return refuse(key, "%s is not between 0 and %d", glue.FormatAmount(amount), maxQuota)
	}
	switch {
	case unit == glue.UnitDPU && math.Mod(amount, glue.DPUStep) != 0:
		return refuse(key, "%s is not a multiple of %s DPU", glue.FormatAmount(amount), glue.FormatAmount(glue.DPUStep))
	case unit != glue.UnitDPU && amount != math.Trunc(amount):
		return refuse(key, "%s is not a whole number of %s", glue.FormatAmount(amount), unit)
	}
	return nil
}
