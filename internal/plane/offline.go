package plane

import "tenon/internal/core/scheduler"

// Admission is what the configuration tells the scheduler: for simulations without a server.
func (c Config) Admission() scheduler.Config { return c.admission() }
