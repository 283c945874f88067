// Package failpoint lets the crash tests kill this process, as kill -9 does, at named places. It does nothing, and costs
// nothing, unless the program is built with the tag failpoints; a released binary is not.
//
// TENON_FAILPOINTS is a comma-separated list of
//
//	name         always
//	name=0.25    with that probability
//	name=/path   once: only the process that creates the file
package failpoint

// Env is the variable that names the points.
const Env = "TENON_FAILPOINTS"

// Passed names the variables that a process hands to its children: none in a build without failpoints.
func Passed() []string {
	if Enabled {
		return []string{Env}
	}
	return nil
}
