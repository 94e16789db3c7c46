/*
 * Fuzz target: plan files (ts_plan_file_load) and shards (ts_shard_parse).
 *
 * Input: a plan in YAML. A first line that is a comment is a shard as well, "#2/8". Held against it: what is
 * loaded has numbered cells of known scenarios whose shares of the time are above 0, and what is refused is
 * told.
 */
#include "memory_file.h"
#include "supervisor/plan_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct ts_shard shard_of(const uint8_t *bytes, size_t size)
{
    struct ts_shard shard = {1, 1};
    struct ts_diag diag = {0};
    char text[64];
    const uint8_t *newline = size > 0 && bytes[0] == '#' ? memchr(bytes, '\n', size) : NULL;
    size_t length = newline != NULL ? (size_t)(newline - bytes) - 1 : 0;
    if (newline == NULL || length >= sizeof text) {
        return shard;
    }
    memcpy(text, bytes + 1, length);
    text[length] = '\0';
    if (ts_shard_parse(text, &shard, &diag) != TS_OK) {
        TS_ASSERT(diag.text[0] != '\0');
        return (struct ts_shard){1, 1};
    }
    TS_ASSERT(shard.index >= 1 && shard.index <= shard.count);
    return shard;
}

static void check(const struct ts_plan *plan)
{
    TS_ASSERT(plan->count > 0);
    for (size_t i = 0; i < plan->count; i++) {
        const struct ts_cell *cell = &plan->cells[i];
        TS_ASSERT(cell->number == i && cell->set != NULL);
        TS_ASSERT(cell->scenario >= ts_scenario_catalog &&
                  cell->scenario < ts_scenario_catalog + ts_scenario_count);
        TS_ASSERT((unsigned)cell->mode < TS_MODE_COUNT && (unsigned)cell->flavour < TS_FLAVOUR_COUNT);
        TS_ASSERT(i >= 64 || ts_plan_share_ms(plan, i, 0) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ts_memory_file input;
    struct ts_plan_file *file = malloc(sizeof *file);
    struct ts_diag diag = {0};
    struct ts_plan_file_options options = {.drawn_seed = 1, .shard = shard_of(bytes, size)};
    TS_ASSERT(file != NULL);
    ts_memory_file_open(&input, bytes, size);
    ts_err error = ts_plan_file_load(input.path, &options, file, &diag);
    TS_ASSERT(diag.code == error);
    if (error == TS_OK) {
        check(&file->plan);
        ts_plan_file_free(file);
    } else {
        TS_ASSERT(diag.text[0] != '\0' && diag.subject[0] != '\0');
    }
    ts_memory_file_close(&input);
    free(file);
    return 0;
}
