#include "market/sequence.h"

#include <criterion/criterion.h>

#define NEXT  TS_SEQUENCE_NEXT
#define STALE TS_SEQUENCE_STALE
#define GAP   TS_SEQUENCE_GAP

/* Against a book that holds update 100. */
struct row {
    const char *what;
    bool futures, fresh;
    int64_t first, last, previous;
    enum ts_sequence_place place;
};

static const struct row rows[] = {
    {"spot: the one after", false, false, 101, 105, 0, NEXT},
    {"spot: one that overlaps", false, false, 99, 101, 0, NEXT},
    {"spot: held in full", false, false, 95, 100, 0, STALE},
    {"spot: one update is missing", false, false, 102, 105, 0, GAP},
    {"spot: the snapshot stands in its midst", false, true, 90, 110, 0, NEXT},
    {"spot: it ends with the snapshot", false, true, 90, 100, 0, STALE},
    {"spot: it begins after the snapshot", false, true, 101, 103, 0, NEXT},
    {"spot: the snapshot is too old", false, true, 102, 103, 0, GAP},
    {"futures: follows, with skipped ids", true, false, 107, 120, 100, NEXT},
    {"futures: follows another one", true, false, 101, 120, 99, GAP},
    {"futures: follows a later one", true, false, 107, 120, 104, GAP},
    {"futures: held in full", true, false, 90, 99, 88, STALE},
    {"futures: the same again", true, false, 90, 100, 88, STALE},
    {"futures: the snapshot stands in its midst", true, true, 90, 110, 88, NEXT},
    {"futures: it ends with the snapshot, which may hold a part", true, true, 90, 100, 88, NEXT},
    {"futures: it follows the snapshot's update", true, true, 104, 110, 100, NEXT},
    {"futures: the snapshot is too old", true, true, 104, 110, 103, GAP},
};

Test(sequence, places_diffs_by_the_exchanges_rules)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct ts_sequence sequence = {.last_id = 100, .fresh = row->fresh};
        struct ts_message diff = {.kind = TS_MESSAGE_DIFF,
                                  .futures = row->futures,
                                  .first_id = row->first,
                                  .last_id = row->last,
                                  .previous_id = row->previous};
        cr_assert_eq(ts_sequence_place(&sequence, &diff), row->place, "%s", row->what);
    }
}

Test(sequence, a_diff_ends_what_a_snapshot_allows)
{
    struct ts_sequence sequence;
    struct ts_message diff = {
        .kind = TS_MESSAGE_DIFF, .futures = true, .first_id = 90, .last_id = 100, .previous_id = 88};
    ts_sequence_begin(&sequence, 100);
    cr_assert_eq(ts_sequence_place(&sequence, &diff), NEXT);
    ts_sequence_advance(&sequence, &diff);
    cr_assert_eq(ts_sequence_place(&sequence, &diff), STALE);
}
