//go:build failpoints

package local

// failpointEnv names the variables that reach a worker's failpoints.
var failpointEnv = []string{"TENON_FAILPOINTS"}
