#include "explore/shrink_hints.h"

#include <stdlib.h>
#include <string.h>

static bool is_known(const struct ts_shrink_hints *hints, uint64_t life, const struct ts_schedule *schedule)
{
    for (size_t i = 0; i < hints->count; i++) {
        if (hints->life[i] == life && hints->list[i].checksum == schedule->checksum &&
            hints->list[i].count == schedule->count) {
            return true;
        }
    }
    return false;
}

void ts_shrink_hints_add(struct ts_shrink_hints *hints, uint64_t life, const struct ts_schedule *schedule)
{
    struct ts_deviation *copy = malloc((schedule->count + 1) * sizeof *copy);
    if (copy == NULL || is_known(hints, life, schedule)) {
        free(copy);
        return;
    }
    memcpy(copy, schedule->deviations, schedule->count * sizeof *copy);
    free(hints->list[hints->next].deviations);
    hints->list[hints->next] = *schedule;
    hints->list[hints->next].deviations = copy;
    hints->life[hints->next] = life;
    hints->next = (hints->next + 1) % TS_SHRINK_HINTS;
    hints->count += hints->count < TS_SHRINK_HINTS;
}

size_t ts_shrink_hints_of(const struct ts_shrink_hints *hints, uint64_t life, enum ts_points points,
                          struct ts_schedule *list)
{
    size_t count = 0;
    for (size_t i = 0; i < hints->count; i++) {
        if (hints->life[i] == life && hints->list[i].points == points) {
            list[count++] = hints->list[i];
        }
    }
    return count;
}

void ts_shrink_hints_fini(struct ts_shrink_hints *hints)
{
    for (size_t i = 0; i < hints->count; i++) {
        free(hints->list[i].deviations);
    }
    *hints = (struct ts_shrink_hints){0};
}
