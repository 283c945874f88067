//go:build !failpoints

package worker

// failpoint does nothing: see the build tag failpoints.
func failpoint(string) {}
