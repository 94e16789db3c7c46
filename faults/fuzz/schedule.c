/*
 * Fuzz target: schedules as text (ts_schedule_parse, ts_schedule_text).
 *
 * Input: a text, cut at its first zero; its length decides how many deviations there is room for. Held
 * against it: what is accepted fits its room, is written in the size foretold, and is the same when it is
 * read again; what is refused names a place within the text; nothing is written behind the room.
 */
#include "explore/core/schedule.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool same(const struct ts_schedule *a, const struct ts_schedule *b)
{
    bool same = a->points == b->points && a->has_checksum == b->has_checksum && a->checksum == b->checksum &&
                a->count == b->count;
    for (uint32_t i = 0; same && i < a->count; i++) {
        const struct ts_deviation *x = &a->deviations[i], *y = &b->deviations[i];
        same = x->at == y->at && x->thread == y->thread && x->value == y->value && x->choice == y->choice;
    }
    return same;
}

/* A text that is written is no longer than was said, and says the same. */
static void check_written(const struct ts_schedule *schedule)
{
    size_t size = ts_schedule_text_size(schedule), place = 0;
    char *text = malloc(size);
    struct ts_schedule again = {.deviations = malloc((schedule->count + 1) * sizeof(struct ts_deviation))};
    TS_ASSERT(text != NULL && again.deviations != NULL);
    TS_ASSERT(ts_schedule_text(schedule, text, size) && strlen(text) < size);
    TS_ASSERT(ts_schedule_parse(text, &again, schedule->count, &place) && place == strlen(text));
    TS_ASSERT(same(schedule, &again));
    TS_ASSERT(schedule->count == 0 || !ts_schedule_parse(text, &again, schedule->count - 1, &place));
    free(again.deviations);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    uint32_t room = (uint32_t)(size % 5 == 0 ? 1 : size);
    size_t place = SIZE_MAX;
    struct ts_schedule schedule = {.deviations = malloc((room + 1) * sizeof(struct ts_deviation))};
    TS_ASSERT(text != NULL && schedule.deviations != NULL);
    if (size > 0) {
        memcpy(text, bytes, size);
    }
    text[size] = '\0';
    if (ts_schedule_parse(text, &schedule, room, &place)) {
        TS_ASSERT(schedule.count <= room && place == strlen(text));
        TS_ASSERT(ts_points_find(ts_points_letter(schedule.points)) == (int)schedule.points);
        check_written(&schedule);
    } else {
        TS_ASSERT(place <= strlen(text));
    }
    free(schedule.deviations);
    free(text);
    return 0;
}
