package bookmark

import "slices"

// Bound returns, oldest first, the files that a run with the option's MaxFiles and MaxBytes reads of files: as many as
// fit, but at least one, so that a file larger than MaxBytes is read in the end.
func (opt Option) Bound(files []File) []File {
	out := sorted(files)
	return out[:opt.fitting(out)]
}

// fitting is how many of the first files keep within MaxFiles and MaxBytes: at least one where there is one.
func (opt Option) fitting(files []File) int {
	bytes := int64(0)
	for i, f := range files {
		bytes += f.Size
		if i > 0 && (opt.MaxFiles > 0 && i >= opt.MaxFiles || opt.MaxBytes > 0 && bytes > opt.MaxBytes) {
			return i
		}
	}
	return len(files)
}

// bound cuts fresh, files that no run has read, oldest first, by MaxFiles and MaxBytes. It lowers low to below the first
// file that is left, so that this one and all after it count as unread.
//
// Files of one modification time may be cut apart: those taken lie above low and are remembered, with what is in seen.
// Where there are so many of them that MaxBandBytes cannot hold them, all of that time are taken: one run reads more
// than its bound, where otherwise no later run would get past them.
func (opt Option) bound(fresh []File, seen map[File]bool, prev, low int64) ([]File, int64) {
	n := opt.fitting(fresh)
	if n == len(fresh) || fresh[n].ModMillis > low {
		return fresh[:n], low // what is left lies in the band, above low as it is
	}
	left := fresh[n].ModMillis
	bytes := 0
	for f := range seen {
		if f.ModMillis >= left {
			bytes += f.cost()
		}
	}
	for _, f := range slices.Backward(fresh[:n]) {
		if f.ModMillis < left {
			break
		}
		bytes += f.cost()
	}
	for bytes > MaxBandBytes && n < len(fresh) && fresh[n].ModMillis == left {
		n++
	}
	if n < len(fresh) {
		low = max(prev, min(low, fresh[n].ModMillis-1))
	}
	return fresh[:n], low
}
