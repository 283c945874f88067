//go:build !failpoints

package local

// failpointEnv is empty: only a build with failpoints has any.
var failpointEnv []string
