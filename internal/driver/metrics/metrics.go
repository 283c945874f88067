package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
)

const (
	// maxScrapes bounds the scrapes at once; a further one is answered 503.
	maxScrapes = 4
	// scrapeTimeout bounds one.
	scrapeTimeout = 10 * time.Second
)

// Sources are asked at each scrape. One that is nil has no metrics. They must be cheap and may be called concurrently.
type Sources struct {
	View        func() *scheduler.View
	Loop        func() Loop
	Calibration func() forecast.Calibration
	Store       func() Store
}

// Loop is how the controller's loop does. The first five count since the start.
type Loop struct {
	Turns    int64
	Failed   int64 // turns that could not be made durable
	Commands int64 // decided
	Audits   int64 // comparisons of the memory with the leases
	Drifts   int64 // that found a difference

	Queued  int // commands that wait
	Open    int // runs that are not final
	Waiting int // of those, in line
	Leases  int // of attempts; without those that drain
}

// Store is how the committer does. All but the last two count since the start.
type Store struct {
	Commits int64         // transactions tried
	Calls   int64         // functions in them
	Failed  int64         // transactions that failed
	Refused int64         // calls refused while the store could only be read
	Unknown int64         // transactions of which nobody knows whether they are durable
	Busy    time.Duration // spent in transactions

	Queued   int // calls that wait
	ReadOnly bool
}

// Metrics counts events and serves all metrics. Its methods may be called concurrently.
type Metrics struct {
	registry *prometheus.Registry
	counters counters
}

// New makes the metrics of one plane. now is asked at each scrape, for ages.
func New(src Sources, now func() time.Time) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), counters: newCounters()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&standing{src: src, now: now},
	)
	m.counters.register(m.registry)
	return m
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, Timeout: scrapeTimeout})
}
