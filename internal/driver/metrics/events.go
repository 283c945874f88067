package metrics

import (
	"bytes"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"tenon/internal/glue"
)

// waitBuckets and durationBuckets are the borders of the histograms, in seconds: from at once to a day.
var (
	waitBuckets     = []float64{0.01, 0.1, 1, 5, 15, 60, 300, 900, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600}
	durationBuckets = []float64{1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 24 * 3600}
)

// counters are what events count.
type counters struct {
	submitted, refused, admitted, ended, retries *prometheus.CounterVec
	read, written, dpuSeconds, opened            *prometheus.CounterVec
	configured                                   prometheus.Counter
	wait, duration                               *prometheus.HistogramVec
}

// newCounters makes them, all at zero.
func newCounters() counters {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	return counters{
		submitted:  counter("tenon_runs_submitted_total", "Runs that were accepted.", "region", "queue"),
		refused:    counter("tenon_runs_refused_total", "Starts that a limit refused, by Glue's exception.", "region", "code"),
		admitted:   counter("tenon_attempts_admitted_total", "Attempts that were given what they need, retries too.", "region", "queue"),
		ended:      counter("tenon_runs_ended_total", "Runs that ended, by final state.", "region", "queue", "state"),
		retries:    counter("tenon_run_retries_total", "Attempts that failed and are followed by another, by what failed: network or script.", "region", "cause"),
		read:       counter("tenon_run_read_bytes_total", "Bytes of the files that ended runs had read.", "region"),
		written:    counter("tenon_run_written_bytes_total", "Bytes of the files that ended runs had published.", "region"),
		dpuSeconds: counter("tenon_run_dpu_seconds_total", "Nominal DPU-seconds of ended runs.", "region", "queue"),
		opened:     counter("tenon_subnet_breaker_opened_total", "Times that a subnet's circuit breaker opened.", "region", "subnet"),
		configured: prometheus.NewCounter(prometheus.CounterOpts{Name: "tenon_config_applied_total", Help: "Configurations that were applied while the plane ran."}),
		wait: histogram("tenon_run_wait_seconds", "From the submit of a run to the admission of its first attempt.",
			waitBuckets, "region", "queue"),
		duration: histogram("tenon_run_duration_seconds", "Time that ended runs spent executing.", durationBuckets, "region", "queue"),
	}
}

// register adds them to a registry.
func (c *counters) register(r *prometheus.Registry) {
	r.MustRegister(c.submitted, c.refused, c.admitted, c.ended, c.retries, c.read, c.written, c.dpuSeconds, c.opened, c.configured,
		c.wait, c.duration)
}

// Observe counts the events of one commit. It takes about a microsecond an event and never waits.
func (m *Metrics) Observe(events []glue.Event) {
	for i := range events {
		m.counters.observe(&events[i])
	}
}

// observe counts one event. What its detail does not say counts as nothing: the event has happened.
func (c *counters) observe(e *glue.Event) {
	text := func(key string) string { return string(member(e.Detail, key)) }
	number := func(key string) float64 {
		n, _ := strconv.ParseFloat(text(key), 64)
		return max(n, 0)
	}
	switch e.Kind {
	case glue.EventRunSubmitted:
		c.submitted.WithLabelValues(e.Region, text(`"queue":`)).Inc()
	case glue.EventRunRefused:
		c.refused.WithLabelValues(e.Region, text(`"code":`)).Add(max(number(`"times":`), 1))
	case glue.EventRunAdmitted:
		queue := text(`"queue":`)
		c.admitted.WithLabelValues(e.Region, queue).Inc()
		if e.Attempt == 0 {
			c.wait.WithLabelValues(e.Region, queue).Observe(number(`"wait_us":`) / 1e6)
		}
	case glue.EventRunRetry:
		cause := "script"
		if text(`"network":`) == "true" {
			cause = "network"
		}
		c.retries.WithLabelValues(e.Region, cause).Inc()
	case glue.EventRunEnded:
		queue := text(`"queue":`)
		c.ended.WithLabelValues(e.Region, queue, text(`"state":`)).Inc()
		c.duration.WithLabelValues(e.Region, queue).Observe(number(`"executed_us":`) / 1e6)
		c.dpuSeconds.WithLabelValues(e.Region, queue).Add(number(`"dpu_seconds":`))
		c.read.WithLabelValues(e.Region).Add(number(`"bytes_read":`))
		c.written.WithLabelValues(e.Region).Add(number(`"bytes_written":`))
	case glue.EventSubnetHealth:
		if text(`"state":`) == "open" {
			c.opened.WithLabelValues(e.Region, text(`"subnet":`)).Inc()
		}
	case glue.EventConfigApplied:
		c.configured.Inc()
	}
}

// member is the value of the first member of that name in a document that json.Marshal wrote, at whatever depth; of a text
// what stands between its quotes. key is the name as it stands there, with quotes and colon: in a text the quotes would
// have backslashes, so it is found as a name alone. To decode whole documents took the loop three times as long.
func member(doc []byte, key string) []byte {
	_, value, found := bytes.Cut(doc, []byte(key))
	switch {
	case !found || len(value) == 0:
		return nil
	case value[0] == '"':
		text, _, _ := bytes.Cut(value[1:], []byte{'"'})
		return text
	}
	if end := bytes.IndexAny(value, ",}"); end >= 0 {
		value = value[:end]
	}
	return value
}
