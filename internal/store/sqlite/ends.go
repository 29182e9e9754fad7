package sqlite

import (
	"context"
	"database/sql"

	"klaxon/internal/chain"
)

// ends holds the ends of the chains against one another, in one view. Each number is
// that of one record, in one of the chains, and in its chain each record has a place:
// so the places of the newest records of both add up to the number of the newest one,
// whatever was pruned. What was cut off the end of one is missing there. What was cut
// off where no later record stands, only an anchor shows.
func ends(ctx context.Context, tx *sql.Tx, v *chain.Verifier) error {
	touches, err := endOf(ctx, tx, touchStrand, "DESC")
	if err != nil {
		return err
	}
	alarms, err := endOf(ctx, tx, alarmStrand, "DESC")
	if err != nil {
		return err
	}
	v.Ends(max(touches.number, alarms.number), touches.Seq, alarms.Seq)
	return nil
}
