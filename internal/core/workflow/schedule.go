package workflow

import (
	"strings"
	"time"

	"tenon/internal/glue"
)

// checkSchedule checks the expression of a SCHEDULED trigger.
func checkSchedule(expr string) error {
	if expr == "" {
		return glue.Invalid("Schedule cannot be null or empty for trigger type SCHEDULED")
	}
	if !strings.HasPrefix(expr, "cron(") {
		return glue.Invalid("Schedule %s is not a cron expression: a trigger's is cron(Minutes Hours Day-of-month Month Day-of-week Year), in UTC", expr)
	}
	return nil
}

// location finds a time zone by its IANA name.
func location(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return nil, glue.Invalid("Time zone %q is not known: it is an IANA name, like Europe/Berlin.", name)
	}
	return loc, nil
}
