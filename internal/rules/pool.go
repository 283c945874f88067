package rules

import (
	"context"
	"sync"
)

// pool serves deliveries, so many at once, and of one target half as many: one that hangs does not keep the others from
// being served. As many goroutines as the window has deliveries wait for their turn.
type pool struct {
	slots   chan struct{}
	own     map[string]chan struct{} // slots of each target
	results chan result
	all     sync.WaitGroup
}

// newPool makes a pool of so many workers.
func newPool(workers int) *pool {
	return &pool{slots: make(chan struct{}, workers), own: map[string]chan struct{}{}, results: make(chan result)}
}

// run has serve called for a target when there is a place. Its result comes from results, unless ctx ends. It is called by
// one goroutine.
func (p *pool) run(ctx context.Context, target string, serve func() result) {
	own := p.own[target]
	if own == nil {
		own = make(chan struct{}, max(1, cap(p.slots)/2))
		p.own[target] = own
	}
	p.all.Go(func() {
		for _, slots := range []chan struct{}{own, p.slots} {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
		r := serve()
		<-p.slots
		<-own
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
