package workflow

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// tagPrefix begins the tags that mean something to Tenon.
const tagPrefix = "tenon:"

// ParseSettings reads what the tags of a trigger say beyond Glue: tenon:timezone, an IANA name that its Schedule is read
// in, and tenon:missed, what becomes of fire times that passed while no plane was up. Other tags of Tenon's own, and
// values that mean nothing, are refused by name with an InvalidInputException.
func ParseSettings(tags map[string]string) (glue.TriggerSettings, error) {
	s := glue.TriggerSettings{Missed: glue.MissedOnce}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if !strings.HasPrefix(key, tagPrefix) {
			continue
		}
		value := tags[key]
		switch key {
		case glue.TagTimezone:
			if _, err := cron.Location(value); err != nil {
				return s, glue.Invalid("Tag %s: %s", key, message(err))
			}
			s.Timezone = value
		case glue.TagMissed:
			s.Missed = glue.MissedPolicy(value)
			if !slices.Contains(policies, s.Missed) {
				return s, glue.Invalid("Tag %s cannot be %q: it is once (fire once, for the latest fire time that was missed), skip (for none) or catch-up (for each, the oldest first).", key, value)
			}
		default:
			return s, glue.Invalid("Tag %s means nothing on a trigger: the tags of Tenon are %s and %s.", key, glue.TagTimezone, glue.TagMissed)
		}
	}
	return s, nil
}

// policies are the values of tenon:missed.
var policies = []glue.MissedPolicy{glue.MissedOnce, glue.MissedSkip, glue.MissedCatchUp}

// message is what a refusal says to a client.
func message(err error) string {
	var e *glue.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}
