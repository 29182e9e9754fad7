package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
)

// headerOf says what is wrong with the numbers of the header, which are in no hash: with
// others klaxond may refuse the file, fail to write it, or put it aside. known tells that
// the tables are ours; else they may be of another layout, and cannot be read.
func headerOf(ctx context.Context, tx *sql.Tx, known bool) (string, error) {
	var app, layout int
	row := tx.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version)")
	switch err := row.Scan(&app, &layout); {
	case err != nil:
		return "", err
	case layout != version && layout != 0 && !known:
		return "", fmt.Errorf("it has layout %d, and this klaxonctl reads %d: take that of the klaxond that wrote it", layout, version)
	case app != applicationID:
		return fmt.Sprintf("its header says that it is a database of something else (application %#x)", app), nil
	case layout != version:
		return fmt.Sprintf("its header says layout %d, and its tables are of layout %d", layout, version), nil
	}
	return pagesOf(ctx, tx)
}

// Where the header has what SQLite does not look at before it writes: see "Database File
// Format" on sqlite.org, 1.3.
const (
	writeVersion = 18 // at most walVersion, else the file is not written
	walVersion   = 2
	spared       = 20 // bytes at the end of each page that are not used: we spare none
	freeFirst    = 32 // the first page of the list of free ones
	freeCount    = 36 // how many are free
	trunkMax     = pageSize/4 - 2
)

// pagesOf says what is wrong with the header's word on the file's pages.
func pagesOf(ctx context.Context, tx *sql.Tx) (string, error) {
	head, err := pageOf(ctx, tx, 1)
	if err != nil || len(head) < freeCount+4 {
		return "", err
	}
	if v := head[writeVersion]; v > walVersion {
		return fmt.Sprintf("its header says that it may be read and not written (version %d in byte %d), so that klaxond keeps nothing", v, writeVersion), nil
	}
	if n := head[spared]; n != 0 {
		return fmt.Sprintf("its header says that %d bytes of each page are not used (byte %d), and klaxond may put it aside", n, spared), nil
	}
	var pages uint32
	if err := tx.QueryRowContext(ctx, "SELECT page_count FROM pragma_page_count").Scan(&pages); err != nil {
		return "", err
	}
	said, free := binary.BigEndian.Uint32(head[freeCount:]), uint32(0)
	for next := binary.BigEndian.Uint32(head[freeFirst:]); next != 0; {
		page, err := pageOf(ctx, tx, next)
		if err != nil {
			return "", err
		}
		if len(page) < 8 || free > pages { // nowhere, or in a circle
			return fmt.Sprintf("its list of free pages leads to page %d of %d, and klaxond may put it aside", next, pages), nil
		}
		leaves := binary.BigEndian.Uint32(page[4:])
		next, free = binary.BigEndian.Uint32(page), free+1+min(leaves, trunkMax)
	}
	if free != said {
		return fmt.Sprintf("its header says that %d pages are free, and %d are in the list of them, and klaxond may put it aside", said, free), nil
	}
	return "", nil
}

// pageOf is a page as SQLite has it, which may stand in the log still; nil for none.
// The file itself must not be opened beside it: see prepare.
func pageOf(ctx context.Context, tx *sql.Tx, number uint32) (page []byte, err error) {
	err = tx.QueryRowContext(ctx, "SELECT data FROM sqlite_dbpage WHERE pgno = ?", number).Scan(&page)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return page, err
}
