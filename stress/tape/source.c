#include "tape/source_kind.h"

ts_err ts_source_next(struct ts_source *source, struct ts_tick *tick)
{
    ts_err err = source->operations->next(source, tick);
    if (err == TS_OK) {
        ts_tick_counts_add(&source->counts, tick->type);
    }
    return err;
}

struct ts_tick_counts ts_source_counts(const struct ts_source *source)
{
    return source->counts;
}

void ts_source_close(struct ts_source *source)
{
    if (source != NULL) {
        source->operations->destroy(source);
    }
}
