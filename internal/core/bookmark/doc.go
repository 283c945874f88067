// Package bookmark decides which files of a source a run still has to read.
//
// A job has one State. Each source of its script that carries a transformation_ctx has a Context in it, and nothing
// else is bookmarked. A run reads the State once, at job.init; every source then calls Context.Select on the files it
// listed, which answers the ones to read and an Advance: what will have been read. At job.commit the Advances of all
// sources enter the State together, by State.Commit, or not at all. A run that never commits therefore changes nothing,
// and its files are read again by the next.
//
// "Read" is known by time, as in Glue, because a list of every object ever read would grow for ever: at and before a
// Context's low bound everything counts as read; above it each file is remembered by itself. The low bound of a run is
// its own start less the band (maxBand, 15 minutes), so a file that turns up late, with a modification time of up to
// one band ago, is still found. A file that turns up later than that is not: choose maxBand accordingly.
//
// A modified file, one whose time, size or version (ETag) differs from what was read, is new.
//
// The State keeps the bounds of the last MaxHistory committed runs, and the remembered files that these runs still
// need, each once. So the state after any of them can be told exactly: Rewind goes back to it, and Window answers what
// lay between two of them (--job-bookmark-from and -to).
//
// Invariants, which the tests state as properties: over any sequence of arrivals within the band, commits and failures,
// every version of a file is in exactly one committed run; and bounds never go back, whatever the clock does.
package bookmark
