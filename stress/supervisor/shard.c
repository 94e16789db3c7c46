#include "supervisor/shard.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool number_of(const char *text, unsigned *number)
{
    char *end = NULL;
    unsigned long value = text == NULL || text[0] < '0' || text[0] > '9' ? 0 : strtoul(text, &end, 10);
    *number = (unsigned)value;
    return end != NULL && *end == '\0' && value <= 100000;
}

/* An array from first to last, perhaps in steps. One of another size than the shards, as when a part of it is
 * started again, says nothing of the shard: it gets number 0, which is none. */
static void index_of_array(struct ts_shard *shard)
{
    unsigned first = 0, last = 0, step = 1, id = shard->index;
    (void)number_of(getenv("SLURM_ARRAY_TASK_MIN"), &first);
    if (!number_of(getenv("SLURM_ARRAY_TASK_STEP"), &step) || step == 0) {
        step = 1;
    }
    shard->index = id >= first && (id - first) % step == 0 ? (id - first) / step + 1 : 0;
    if (number_of(getenv("SLURM_ARRAY_TASK_MAX"), &last)) {
        unsigned count = last >= first ? (last - first) / step + 1 : 0;
        shard->index = shard->count == 0 || shard->count == count ? shard->index : 0;
        shard->count = count;
    } else if (shard->count == 0) {
        (void)number_of(getenv("SLURM_ARRAY_TASK_COUNT"), &shard->count);
    }
}

/* The index that the machine's scheduler gave, from 1, and where it says so the count. */
static bool index_of_environment(struct ts_shard *shard)
{
    if (number_of(getenv("SLURM_ARRAY_TASK_ID"), &shard->index)) {
        index_of_array(shard);
        return true;
    }
    if (number_of(getenv("JOB_COMPLETION_INDEX"), &shard->index)) {
        shard->index++;
        return true;
    }
    return number_of(getenv("PARALLEL_SEQ"), &shard->index);
}

ts_err ts_shard_parse(const char *text, struct ts_shard *shard, struct ts_diag *diag)
{
    char index[32];
    const char *slash = strchr(text, '/');
    snprintf(index, sizeof index, "%.*s", slash == NULL ? (int)strlen(text) : (int)(slash - text), text);
    *shard = (struct ts_shard){0};
    if (slash != NULL && !number_of(slash + 1, &shard->count)) {
        return ts_fail(diag, TS_INVALID, "read shard", text, "want INDEX/COUNT, as 2/8 or auto/8");
    }
    if (strcmp(index, "auto") == 0) {
        if (!index_of_environment(shard)) {
            return ts_fail(diag, TS_INVALID, "read shard", text,
                           "none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and PARALLEL_SEQ is a number");
        }
    } else if (!number_of(index, &shard->index)) {
        return ts_fail(diag, TS_INVALID, "read shard", text, "want INDEX/COUNT, as 2/8 or auto/8");
    }
    return shard->index >= 1 && shard->index <= shard->count
               ? TS_OK
               : ts_fail(diag, TS_INVALID, "read shard", text, "shard %u of %u: there is no such",
                         shard->index, shard->count);
}
