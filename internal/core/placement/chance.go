package placement

// lot is the number that a choice draws at random, from the seed of its attempt: the output of SplitMix64 (Steele, Lea, Flood
// 2014) at its place, for the library's generators may not be used here.
func lot(seed uint64, choice int32) uint64 {
	z := seed + (uint64(choice)+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Seed is the seed of an attempt: the same attempt draws the same lots wherever it is decided.
func Seed(run string, attempt int) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(run) {
		h = (h ^ uint64(run[i])) * 1099511628211 // FNV-1a
	}
	return (h ^ uint64(attempt)) * 1099511628211
}
