package packet

import (
	"errors"
	"fmt"
	"testing"
)

// TestGoOn: with two interfaces one may go; the second is the end, which is told by
// the error itself.
func TestGoOn(t *testing.T) {
	told := 0
	goOn := GoOn(2, func(error) { told++ })
	for _, tt := range []struct {
		err  error
		want bool
		told int
	}{
		{ErrIdle, true, 0},
		{fmt.Errorf("watch a: %w", ErrDown), true, 1},
		{fmt.Errorf("watch a: %w", ErrGone), true, 2},
		{errors.New("something else"), false, 2},
		{fmt.Errorf("watch b: %w", ErrGone), false, 2},
	} {
		if got := goOn(tt.err); got != tt.want || told != tt.told {
			t.Errorf("%v: %v, told %d times, want %v and %d", tt.err, got, told, tt.want, tt.told)
		}
	}
}
