#include "market/sequence.h"

void ts_sequence_begin(struct ts_sequence *sequence, int64_t snapshot_id)
{
    sequence->last_id = snapshot_id;
    sequence->fresh = true;
}

enum ts_sequence_place ts_sequence_place(const struct ts_sequence *sequence, const struct ts_message *diff)
{
    /* A snapshot of futures may hold part of the diff that ends with its id. */
    bool partly_held = diff->futures && sequence->fresh;
    if (diff->last_id < sequence->last_id || (diff->last_id == sequence->last_id && !partly_held)) {
        return TS_SEQUENCE_STALE;
    }
    if (diff->futures) {
        bool follows =
            sequence->fresh ? diff->previous_id <= sequence->last_id : diff->previous_id == sequence->last_id;
        return follows ? TS_SEQUENCE_NEXT : TS_SEQUENCE_GAP;
    }
    /* In this order no id, however absurd, overflows. */
    bool follows = diff->first_id <= sequence->last_id || diff->first_id - 1 == sequence->last_id;
    return follows ? TS_SEQUENCE_NEXT : TS_SEQUENCE_GAP;
}

void ts_sequence_advance(struct ts_sequence *sequence, const struct ts_message *diff)
{
    sequence->last_id = diff->last_id;
    sequence->fresh = false;
}
