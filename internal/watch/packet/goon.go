package packet

import "errors"

// GoOn returns what decides about an error of Next whether to go on: as long as one
// of so many interfaces is there. tell hears of one that went down or is gone, but
// for the last, which is the error that ends it.
func GoOn(interfaces int, tell func(error)) func(error) bool {
	gone := 0
	return func(err error) bool {
		switch {
		case errors.Is(err, ErrIdle):
			return true
		case errors.Is(err, ErrDown):
			tell(err)
			return true
		case errors.Is(err, ErrGone):
			if gone++; gone < interfaces {
				tell(err)
				return true
			}
		}
		return false
	}
}
