package track

// tags finds the entries of a table by their hash. It is kept apart from the
// entries, and is small enough to stay in a processor's cache: most look-ups
// find nothing, and the others go to one entry. Sets of ways entries are
// searched linearly.
type tags struct {
	all  []uint32 // the lower half of an entry's hash, 0 for a free one
	sets setCount
}

// setCount is how many sets a table has.
type setCount uint64

// of returns the index of the first entry of a hash's set. It takes the upper
// half of the hash; entries are told apart by the lower half.
func (n setCount) of(hash uint64) uint64 { return (hash >> 32) * uint64(n) >> 32 * ways }

// tagSize is what an entry's tag takes, in bytes.
const tagSize = 4

// newTags is for as many entries, tags included, as fit into bytes in whole
// sets.
func newTags(bytes, entry int64) tags {
	sets := max(int(bytes/(entry+tagSize))/ways, 1)
	return tags{all: make([]uint32, sets*ways), sets: setCount(sets)}
}

func (t *tags) set(hash uint64) int { return int(t.sets.of(hash)) }

// find returns the index of the entry of a hash, or -1.
func (t *tags) find(hash uint64) int {
	base, tag := t.set(hash), tagOf(hash)
	for i, have := range t.all[base:][:ways] {
		if have == tag {
			return base + i
		}
	}
	return -1
}

// free returns the index of a free entry of a hash's set, or -1.
func (t *tags) free(hash uint64) int {
	base := t.set(hash)
	for i, have := range t.all[base:][:ways] {
		if have == 0 {
			return base + i
		}
	}
	return -1
}

// put gives an entry to a hash.
func (t *tags) put(index int, hash uint64) { t.all[index] = tagOf(hash) }

// tagOf tells the hashes of a set apart: two of them are taken for one with a
// chance of 2^-32.
func tagOf(hash uint64) uint32 { return max(uint32(hash), 1) }
