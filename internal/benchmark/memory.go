package benchmark

import (
	"context"
	"errors"
	"time"
)

// idle measures the memory and the start of an empty plane.
func idle(ctx context.Context, b *bench) error {
	columns, err := b.repeated(func() ([]float64, error) {
		var mib, own, booted float64
		dir, remove, err := b.fresh("idle")
		if err != nil {
			return nil, err
		}
		defer remove()
		err = b.withPlane(ctx, "idle", dir, planeOptions{slots: 1, lasts: time.Hour}, func(p *process) (err error) {
			booted = p.booted.Seconds() * 1e3
			if err := sleep(ctx, settle); err != nil {
				return err
			}
			var err1, err2 error
			mib, err1 = p.resident()
			own, err2 = p.own()
			return errors.Join(err1, err2)
		})
		return []float64{mib, booted, own}, err
	})
	if err != nil {
		return err
	}
	b.report.add("memory, idle", columns[0], "MiB", "<= 60", "")
	b.report.add("of it its own, the rest is pages of files", columns[2], "MiB", "", "")
	b.report.add("start to ready, empty", columns[1], "ms", "<= 500", "")
	return nil
}

// restarts measures the start of a plane that finds 100,000 waiting runs, and the memory that these take.
func restarts(ctx context.Context, b *bench) error {
	const pending, longest = 100_000, 5 * time.Minute
	dir, remove, err := b.fresh("restart")
	if err != nil {
		return err
	}
	defer remove()
	parked := planeOptions{slots: 1, lasts: time.Hour}
	err = b.withPlane(ctx, "restart-fill", dir, parked, func(p *process) error {
		if err := p.createJob(ctx, "parked", "glueetl", "s3://b/s.py"); err != nil {
			return err
		}
		_, err := p.drive(ctx, longest, pending, func() error {
			_, err := p.start(ctx, "parked")
			return err
		})
		return err
	})
	if err != nil {
		return err
	}
	columns, err := b.repeated(func() ([]float64, error) {
		var row []float64
		err := b.withPlane(ctx, "restart", dir, parked, func(p *process) error {
			cpu, err := p.cpu()
			if err != nil {
				return err
			}
			if err := sleep(ctx, settle); err != nil {
				return err
			}
			mib, err := p.resident()
			row = []float64{p.booted.Seconds() * 1e3, cpu.Seconds() * 1e3, mib}
			return err
		})
		return row, err
	})
	if err != nil {
		return err
	}
	b.report.add("start to ready, 100,000 pending", columns[0], "ms", "<= 2,000", "")
	b.report.add("processor time of that", columns[1], "ms", "", "")
	b.report.add("memory, 100,000 pending", columns[2], "MiB", "", "")
	return nil
}
