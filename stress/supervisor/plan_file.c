#include "supervisor/plan_file.h"

#include "faults/spec.h"
#include "reports/yaml.h"
#include "supervisor/duration.h"
#include "supervisor/suggest.h"
#include "supervisor/supervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARE_MIN_MS 100 /* below this a cell's life is not worth a process */
#define WEIGHT_LIMIT 1e6
#define TEXT_OF_(x)  #x
#define TEXT_OF(x)   TEXT_OF_(x)

static const char operation[] = "read plan";

struct set {
    char *name;
    char **scenarios, **modes, **flavours, **settings, **required, **allowed, **forbidden;
    uint32_t scenarios_count, modes_count, flavours_count, settings_count, required_count, allowed_count,
        forbidden_count;
    double *weight;
    char *time, *hang, *faults;
    uint32_t *lives;
};

struct document {
    char *name, *budget, *seed, *hang, *baseline;
    struct set *sets;
    uint32_t sets_count;
};

static const cyaml_schema_value_t word_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED),
};

#define TEXT(key, type, member, flags)                                                                       \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), type, member, 1, CYAML_UNLIMITED)
#define WORDS(member, flags)                                                                                 \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | (flags), struct set, member, &word_schema, 0,         \
                         CYAML_UNLIMITED)

static const cyaml_schema_field_t set_fields[] = {
    TEXT("name", struct set, name, 0),
    WORDS(scenarios, 0),
    WORDS(modes, 0),
    WORDS(flavours, 0),
    WORDS(settings, CYAML_FLAG_OPTIONAL),
    WORDS(required, CYAML_FLAG_OPTIONAL),
    WORDS(allowed, CYAML_FLAG_OPTIONAL),
    WORDS(forbidden, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_FLOAT_PTR("weight", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct set, weight),
    TEXT("for", struct set, time, CYAML_FLAG_OPTIONAL),
    TEXT("hang", struct set, hang, CYAML_FLAG_OPTIONAL),
    TEXT("faults", struct set, faults, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_UINT_PTR("lives", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct set, lives),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t set_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct set, set_fields),
};

static const cyaml_schema_field_t document_fields[] = {
    TEXT("name", struct document, name, 0),
    TEXT("budget", struct document, budget, 0),
    TEXT("seed", struct document, seed, CYAML_FLAG_OPTIONAL),
    TEXT("hang", struct document, hang, CYAML_FLAG_OPTIONAL),
    TEXT("baseline", struct document, baseline, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_SEQUENCE("sets", CYAML_FLAG_POINTER, struct document, sets, &set_schema, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t document_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, document_fields),
};

struct reader {
    const char *path;
    const struct set *set;
    struct ts_plan_file *file;
    struct ts_diag *diag;
};

static ts_err refuse(const struct reader *reader, const char *member, const char *value, const char *why)
{
    return ts_fail(reader->diag, TS_MALFORMED, operation, reader->path, "%s%s%s%s: '%s' %s",
                   reader->set == NULL ? "" : "set ", reader->set == NULL ? "" : reader->set->name,
                   reader->set == NULL ? "" : ": ", member, value, why);
}

/* With the known name that was meant, where one is near. */
static ts_err refuse_name(const struct reader *reader, const char *member, const char *name, const char *why,
                          const char *const *known, size_t count)
{
    char text[160];
    const char *near = ts_suggest(name, known, count);
    snprintf(text, sizeof text, "%s%s%s%s", why, near == NULL ? "" : "; did you mean '",
             near == NULL ? "" : near, near == NULL ? "" : "'?");
    return refuse(reader, member, name, text);
}

static ts_err refuse_scenario(const struct reader *reader, const char *name)
{
    const char *known[64];
    size_t count = 0;
    for (size_t i = 0; i < ts_scenario_count && count < sizeof known / sizeof *known; i++) {
        known[count++] = ts_scenario_catalog[i].name;
    }
    return refuse_name(reader, "scenarios", name, "is no scenario", known, count);
}

static ts_err refuse_outcome(const struct reader *reader, const char *member, const char *name)
{
    const char *known[TS_RECORD_OUTCOME_COUNT];
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        known[i] = ts_record_outcome_name((ts_record_outcome)i);
    }
    return refuse_name(reader, member, name, "is no outcome", known, TS_RECORD_OUTCOME_COUNT);
}

static ts_err take_duration(const struct reader *reader, const char *member, const char *value,
                            int64_t *value_ms)
{
    return value == NULL || ts_parse_duration(value, value_ms)
               ? TS_OK
               : refuse(reader, member, value, "is no duration, as 10s or 3m");
}

static ts_err choose_scenarios(const struct reader *reader, bool *chosen)
{
    for (uint32_t i = 0; i < reader->set->scenarios_count; i++) {
        const char *name = reader->set->scenarios[i];
        bool all = strcmp(name, "all") == 0, canaries = strcmp(name, "canaries") == 0;
        int found = ts_scenario_find(name);
        for (size_t j = 0; j < ts_scenario_count; j++) {
            bool canary = ts_scenario_catalog[j].canary;
            chosen[j] = chosen[j] || (all && !canary) || (canaries && canary) || (int)j == found;
        }
        if (!all && !canaries && found < 0) {
            return refuse_scenario(reader, name);
        }
    }
    return TS_OK;
}

static ts_err choose(const struct reader *reader, const char *member, char **names, uint32_t count,
                     const char *const *known, bool *chosen, size_t size)
{
    for (uint32_t i = 0; i < count; i++) {
        bool all = strcmp(names[i], "all") == 0, found = all;
        for (size_t j = 0; j < size; j++) {
            bool named = all || strcmp(names[i], known[j]) == 0;
            chosen[j] = chosen[j] || named;
            found = found || named;
        }
        if (!found) {
            return refuse_name(reader, member, names[i], "is not known", known, size);
        }
    }
    return TS_OK;
}

static ts_err take_outcomes(const struct reader *reader, const char *member, char **names, uint32_t count,
                            uint32_t *outcomes)
{
    for (uint32_t i = 0; i < count; i++) {
        ts_record_outcome outcome;
        if (!ts_record_outcome_of(names[i], &outcome)) {
            return refuse_outcome(reader, member, names[i]);
        }
        *outcomes |= TS_OUTCOME_BIT(outcome);
    }
    return TS_OK;
}

static ts_err take_expectation(const struct reader *reader, struct ts_expectation *expectation)
{
    const struct set *set = reader->set;
    *expectation = (struct ts_expectation){.allowed = TS_OUTCOME_BIT(TS_RECORD_PASS)};
    ts_err error =
        take_outcomes(reader, "required", set->required, set->required_count, &expectation->required);
    if (error == TS_OK) {
        error = take_outcomes(reader, "allowed", set->allowed, set->allowed_count, &expectation->allowed);
    }
    if (error == TS_OK) {
        error =
            take_outcomes(reader, "forbidden", set->forbidden, set->forbidden_count, &expectation->forbidden);
    }
    if (error == TS_OK && ((expectation->required | expectation->allowed) & expectation->forbidden) != 0) {
        return refuse(reader, "forbidden", set->forbidden[0], "contradicts what is required or allowed");
    }
    return error;
}

static ts_err check_settings(const struct reader *reader, const bool *scenarios)
{
    for (uint32_t i = 0; i < reader->set->settings_count; i++) {
        const char *setting = reader->set->settings[i];
        for (size_t j = 0; j < ts_scenario_count; j++) {
            if (strchr(setting, '=') == NULL ||
                (scenarios[j] && !ts_scenario_knows(&ts_scenario_catalog[j], setting))) {
                return refuse(reader, "settings", setting, "is no key=value of each scenario of the set");
            }
        }
    }
    return TS_OK;
}

static ts_err check_faults(const struct reader *reader)
{
    const struct set *set = reader->set;
    struct ts_fault_spec spec;
    ts_fault_spec_begin(&spec);
    ts_err error = set->faults == NULL ? TS_OK : ts_fault_spec_parse(set->faults, &spec, reader->diag);
    if (error != TS_OK) {
        ts_diag_context(reader->diag, "%s: set %s: faults", reader->path, set->name);
    }
    return error;
}

static ts_err add_cell(const struct reader *reader, const struct ts_cell *cell)
{
    struct ts_plan *plan = &reader->file->plan;
    struct ts_cell *cells = reallocarray(plan->cells, plan->count + 1, sizeof *cells);
    if (cells == NULL) {
        return ts_fail(reader->diag, TS_NO_MEMORY, operation, reader->path, "no memory for its cells");
    }
    plan->cells = cells;
    cells[plan->count++] = *cell;
    return TS_OK;
}

/* A canary beside which nothing watches would prove nothing. */
static bool makes_sense(const struct ts_scenario_info *scenario, int flavour)
{
    return !scenario->canary || scenario->shows[flavour] != NULL;
}

static ts_err add_cells(const struct reader *reader, const bool *scenarios, const bool *modes,
                        const bool *flavours, struct ts_cell *form, bool expects)
{
    ts_err error = TS_OK;
    double weight = form->weight;
    for (size_t scenario = 0; scenario < ts_scenario_count; scenario++) {
        const struct ts_scenario_info *info = &ts_scenario_catalog[scenario];
        for (int i = 0; error == TS_OK && i < (int)TS_MODE_COUNT * (int)TS_FLAVOUR_COUNT; i++) {
            int mode = i / (int)TS_FLAVOUR_COUNT, flavour = i % (int)TS_FLAVOUR_COUNT;
            if (!scenarios[scenario] || !modes[mode] || !flavours[flavour] || !makes_sense(info, flavour)) {
                continue;
            }
            form->scenario = info;
            form->mode = (enum ts_mode)mode;
            form->flavour = (enum ts_flavour)flavour;
            form->weight = weight * info->weight;
            form->seed =
                ts_cell_seed(reader->file->seed, info->name, ts_mode_names[mode], ts_flavour_names[flavour]);
            form->plan_expects = expects;
            if (!expects) {
                form->expectation = ts_expectation_of(info, form->mode, form->flavour);
            }
            error = add_cell(reader, form);
        }
    }
    return error;
}

/* What was meant to be tested would not be, and nobody would see it. */
static ts_err refuse_empty(const struct reader *reader)
{
    const struct set *set = reader->set;
    const char *empty = set->scenarios_count == 0  ? "scenarios"
                        : set->modes_count == 0    ? "modes"
                        : set->flavours_count == 0 ? "flavours"
                                                   : NULL;
    return ts_fail(reader->diag, TS_MALFORMED, operation, reader->path, "set %s makes no cell: %s%s",
                   set->name,
                   empty == NULL ? "none of its flavours can see what its canaries plant" : "it names no ",
                   empty == NULL ? "" : empty);
}

static ts_err add_set(const struct reader *reader)
{
    char weight[32];
    TS_ASSERT(ts_scenario_count > 0);
    const struct set *set = reader->set;
    bool modes[TS_MODE_COUNT] = {false}, flavours[TS_FLAVOUR_COUNT] = {false};
    bool *scenarios = calloc(ts_scenario_count, sizeof *scenarios);
    struct ts_cell form = {
        .set = set->name,
        .weight = set->weight == NULL ? 1.0 : *set->weight,
        .lives = set->lives == NULL ? 0 : *set->lives,
        .settings = (const char *const *)set->settings,
        .setting_count = set->settings_count,
        .faults = set->faults,
    };
    bool expects = set->required_count + set->allowed_count + set->forbidden_count > 0;
    ts_err error = scenarios == NULL
                       ? ts_fail(reader->diag, TS_NO_MEMORY, operation, reader->path, "no memory")
                       : choose_scenarios(reader, scenarios);
    if (error == TS_OK) {
        error = choose(reader, "modes", set->modes, set->modes_count, ts_mode_names, modes, TS_MODE_COUNT);
    }
    if (error == TS_OK) {
        error = choose(reader, "flavours", set->flavours, set->flavours_count, ts_flavour_names, flavours,
                       TS_FLAVOUR_COUNT);
    }
    if (error == TS_OK) {
        error = check_settings(reader, scenarios);
    }
    if (error == TS_OK) {
        error = check_faults(reader);
    }
    if (error == TS_OK) {
        error = take_expectation(reader, &form.expectation);
    }
    if (error == TS_OK) {
        error = take_duration(reader, "for", set->time, &form.for_ms);
    }
    if (error == TS_OK) {
        error = take_duration(reader, "hang", set->hang, &form.hang_ms);
    }
    if (error == TS_OK && !(form.weight > 0.0 && form.weight < WEIGHT_LIMIT)) {
        snprintf(weight, sizeof weight, "%g", form.weight);
        error = refuse(reader, "weight", weight, "is not above 0 and below " TEXT_OF(WEIGHT_LIMIT));
    }
    size_t before = reader->file->plan.count;
    if (error == TS_OK) {
        error = add_cells(reader, scenarios, modes, flavours, &form, expects);
    }
    if (error == TS_OK && reader->file->plan.count == before) {
        error = refuse_empty(reader);
    }
    free(scenarios);
    return error;
}

struct claims {
    int64_t fixed_ms; /* of the cells with a time of their own */
    size_t sharing;   /* the others */
    double weight;    /* of those */
};

static void claim(struct claims *claims, const struct ts_cell *cell)
{
    if (cell->for_ms > 0) {
        claims->fixed_ms += cell->for_ms;
    } else {
        claims->sharing++;
        claims->weight += cell->weight;
    }
}

static ts_err check_budget(const struct reader *reader)
{
    const struct ts_plan *plan = &reader->file->plan;
    struct claims claims = {0};
    for (size_t i = 0; i < plan->count; i++) {
        claim(&claims, &plan->cells[i]);
    }
    return plan->budget_ms - claims.fixed_ms >= (int64_t)claims.sharing * SHARE_MIN_MS
               ? TS_OK
               : ts_fail(reader->diag, TS_INVALID, operation, reader->path,
                         "a budget of %.1f s is too small: %zu cells have times of their own, %.1f s in all, "
                         "and each of the other %zu needs %.1f s at least",
                         (double)plan->budget_ms / 1e3, plan->count - claims.sharing,
                         (double)claims.fixed_ms / 1e3, claims.sharing, (double)SHARE_MIN_MS / 1e3);
}

/* Every count-th cell, with its part of the budget. */
static void cut_shard(struct ts_plan *plan, struct ts_shard shard)
{
    struct claims all = {0}, mine = {0};
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        claim(&all, &plan->cells[i]);
        if (i % shard.count == shard.index - 1) {
            claim(&mine, &plan->cells[i]);
            plan->cells[kept++] = plan->cells[i];
        }
    }
    plan->count = kept;
    double share = all.weight > 0.0 ? mine.weight / all.weight : 0.0;
    plan->budget_ms = mine.fixed_ms + (int64_t)((double)(plan->budget_ms - all.fixed_ms) * share);
}

static ts_err take_seed(const struct reader *reader, const struct document *document,
                        const struct ts_plan_file_options *options)
{
    struct ts_plan_file *file = reader->file;
    file->seed = options->seed != NULL ? *options->seed : options->drawn_seed;
    if (options->seed != NULL) {
        return TS_OK;
    }
    if (document->seed != NULL && !ts_parse_seed(document->seed, &file->seed)) {
        return refuse(reader, "seed", document->seed, "is no number of 64 bits, as 0x1f or 31");
    }
    return document->seed != NULL || options->shard.count == 1
               ? TS_OK
               : ts_fail(reader->diag, TS_INVALID, operation, reader->path,
                         "shards share its cells out by one seed: give each the same --seed");
}

static ts_err build(struct reader *reader, const struct document *document,
                    const struct ts_plan_file_options *options)
{
    struct ts_plan_file *file = reader->file;
    struct ts_plan *plan = &file->plan;
    plan->shared_budget = true;
    snprintf(file->name, sizeof file->name, "%s", document->name);
    ts_err error = take_seed(reader, document, options);
    if (error == TS_OK) {
        error = take_duration(reader, "budget", document->budget, &plan->budget_ms);
    }
    plan->budget_ms = options->budget_ms > 0 ? options->budget_ms : plan->budget_ms;
    if (error == TS_OK) {
        error = take_duration(reader, "hang", document->hang, &file->hang_ms);
    }
    for (uint32_t i = 0; error == TS_OK && i < document->sets_count; i++) {
        reader->set = &document->sets[i];
        error = add_set(reader);
    }
    if (error == TS_OK && document->baseline != NULL) {
        const char *slash = document->baseline[0] == '/' ? NULL : strrchr(reader->path, '/');
        int folder = slash == NULL ? 0 : (int)(slash - reader->path + 1);
        snprintf(file->baseline, sizeof file->baseline, "%.*s%s", folder, reader->path, document->baseline);
    }
    if (error == TS_OK) {
        error = check_budget(reader);
    }
    if (error == TS_OK) {
        error = ts_plan_order(plan, file->seed, reader->diag);
    }
    if (error == TS_OK) {
        cut_shard(plan, options->shard);
        for (size_t i = 0; i < plan->count; i++) {
            plan->cells[i].number = i;
        }
    }
    return error;
}

ts_err ts_plan_file_load(const char *path, const struct ts_plan_file_options *options,
                         struct ts_plan_file *file, struct ts_diag *diag)
{
    struct reader reader = {.path = path, .file = file, .diag = diag};
    *file = (struct ts_plan_file){0};
    ts_err error = ts_yaml_load(path, operation, &document_schema, &file->loaded, diag);
    if (error == TS_OK) {
        error = build(&reader, file->loaded, options);
    }
    if (error == TS_OK && file->plan.count == 0) {
        error = ts_fail(diag, TS_INVALID, operation, path, "shard %u of %u has no cell", options->shard.index,
                        options->shard.count);
    }
    if (error != TS_OK) {
        ts_plan_file_free(file);
    }
    return error;
}

void ts_plan_file_free(struct ts_plan_file *file)
{
    ts_plan_destroy(&file->plan);
    ts_yaml_free(&document_schema, file->loaded);
    file->loaded = NULL;
}
