package rules

import (
	"context"
	"sync"
)

// pool serves deliveries, so many at once. As many goroutines as the window has deliveries wait for their turn.
type pool struct {
	slots   chan struct{}
	results chan result
	all     sync.WaitGroup
}

// newPool makes a pool of so many workers.
func newPool(workers int) *pool {
	return &pool{slots: make(chan struct{}, workers), results: make(chan result)}
}

// run has serve called when there is a place. Its result comes from results, unless ctx ends.
func (p *pool) run(ctx context.Context, serve func() result) {
	p.all.Go(func() {
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		r := serve()
		<-p.slots
		select {
		case p.results <- r:
		case <-ctx.Done():
		}
	})
}

// drain returns a result and the others that are there, so that they share a commit.
func (p *pool) drain(first result) []result {
	all := []result{first}
	for {
		select {
		case r := <-p.results:
			all = append(all, r)
		default:
			return all
		}
	}
}

// wait returns when nothing runs; the context of run has ended.
func (p *pool) wait() { p.all.Wait() }
