#include "supervisor/plan_hash.h"

#include <string.h>
#include <xxhash.h>

/* Each part is hashed with the hash so far as its seed, which keeps "ab" + "c" apart from "a" + "bc". */
static void add(uint64_t *hash, const void *part, size_t size)
{
    *hash = XXH3_64bits_withSeed(part, size, *hash);
}

static void add_number(uint64_t *hash, uint64_t number)
{
    add(hash, &number, sizeof number);
}

/* NULL is not "". */
static void add_text(uint64_t *hash, const char *text)
{
    add_number(hash, text != NULL);
    add(hash, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static void add_texts(uint64_t *hash, const char *const *texts, size_t count)
{
    add_number(hash, count);
    for (size_t i = 0; i < count; i++) {
        add_text(hash, texts[i]);
    }
}

static void add_cell(uint64_t *hash, const struct ts_cell *cell)
{
    add_text(hash, cell->set);
    add_text(hash, cell->scenario->name);
    add_text(hash, ts_mode_names[cell->mode]);
    add_text(hash, ts_flavour_names[cell->flavour]);
    add_number(hash, cell->seed);
    add_number(hash, cell->expectation.required);
    add_number(hash, cell->expectation.allowed);
    add_number(hash, cell->expectation.forbidden);
    add(hash, &cell->weight, sizeof cell->weight);
    add_number(hash, (uint64_t)cell->for_ms);
    add_number(hash, (uint64_t)cell->hang_ms);
    add_number(hash, cell->lives);
    add_texts(hash, cell->settings, cell->setting_count);
    add_text(hash, cell->faults);
}

uint64_t ts_plan_hash(const struct ts_run_request *request)
{
    const struct ts_plan *plan = request->plan;
    uint64_t hash = 0;
    add_number(&hash, (uint64_t)plan->budget_ms);
    add_number(&hash, plan->shared_budget);
    add_number(&hash, plan->count);
    for (size_t i = 0; i < plan->count; i++) {
        add_cell(&hash, &plan->cells[i]);
    }
    add_text(&hash, request->tape);
    add_text(&hash, request->speed);
    add_text(&hash, request->passes);
    add_text(&hash, request->library);
    add_texts(&hash, request->settings, request->setting_count);
    add_text(&hash, request->faults);
    add_number(&hash, (uint64_t)request->hang_ms);
    return hash;
}
