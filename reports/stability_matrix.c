#include "reports/stability_build_parts.h"

#include <stdlib.h>
#include <string.h>

static const char *const usual_flavours[] = {"plain", "asan", "tsan", "explore"};

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void name_scenarios(struct ts_stability_builder *builder, struct ts_stability_matrix *matrix)
{
    size_t used = 0;
    const char **names = ts_stability_keep(builder->report, builder->cell_count, sizeof *names);
    for (size_t i = 0; names != NULL && i < builder->cell_count; i++) {
        if (!builder->cells[i].tests) {
            names[used++] = builder->cells[i].cell->scenario;
        }
    }
    if (used > 0) {
        qsort(names, used, sizeof *names, by_name);
    }
    for (size_t i = 0; i < used; i++) {
        if (matrix->scenario_total == 0 || strcmp(names[matrix->scenario_total - 1], names[i]) != 0) {
            names[matrix->scenario_total++] = names[i];
        }
    }
    matrix->scenarios = names;
    matrix->scenario_count =
        matrix->scenario_total < TS_STABILITY_ROWS ? matrix->scenario_total : TS_STABILITY_ROWS;
}

static size_t column_of(const struct ts_stability_matrix *matrix, const struct ts_record_cell *cell)
{
    size_t at = 0;
    while (at < matrix->column_count && (strcmp(matrix->columns[at].mode, cell->mode) != 0 ||
                                         strcmp(matrix->columns[at].flavour, cell->flavour) != 0)) {
        at++;
    }
    return at;
}

static void add_column(struct ts_stability_matrix *matrix, const struct ts_stability_builder *builder,
                       const char *mode, const char *flavour)
{
    struct ts_record_cell wanted = {.mode = mode, .flavour = flavour};
    for (size_t i = 0; i < builder->cell_count && matrix->column_count < TS_STABILITY_ROWS; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        if (!builder->cells[i].tests && strcmp(cell->mode, mode) == 0 &&
            strcmp(cell->flavour, flavour) == 0 && column_of(matrix, &wanted) == matrix->column_count) {
            matrix->columns[matrix->column_count++] = (struct ts_stability_column){mode, flavour};
        }
    }
}

/* The usual ones in their usual order, then what else there is. */
static void name_columns(struct ts_stability_builder *builder, struct ts_stability_matrix *matrix)
{
    size_t modes = 0;
    const char **names = ts_stability_modes(builder, &modes);
    matrix->columns = ts_stability_keep(builder->report, TS_STABILITY_ROWS, sizeof *matrix->columns);
    for (size_t i = 0; names != NULL && matrix->columns != NULL && i < modes; i++) {
        for (size_t j = 0; j < sizeof usual_flavours / sizeof *usual_flavours; j++) {
            add_column(matrix, builder, names[i], usual_flavours[j]);
        }
    }
    for (size_t i = 0; matrix->columns != NULL && i < builder->cell_count; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        if (!builder->cells[i].tests && matrix->column_count < TS_STABILITY_ROWS &&
            column_of(matrix, cell) == matrix->column_count) {
            matrix->columns[matrix->column_count++] = (struct ts_stability_column){cell->mode, cell->flavour};
        }
    }
}

/* What several cells of one place come to: the gravest. */
static int gravity(enum ts_stability_state state)
{
    static const int ranks[TS_STABILITY_STATES] = {
        [TS_STABILITY_NOT_RUN] = 0,      [TS_STABILITY_CLEAN] = 1,
        [TS_STABILITY_UNEXERCISED] = 2,  [TS_STABILITY_FAILED_AS_EXPECTED] = 3,
        [TS_STABILITY_FAILED_KNOWN] = 4, [TS_STABILITY_MISSED] = 5,
        [TS_STABILITY_FAILED] = 6,
    };
    return ranks[state];
}

static const char *commonest_failure(const struct ts_record_cell *cell)
{
    const char *name = "";
    int64_t most = 0;
    for (size_t i = 0; i < cell->outcomes.count; i++) {
        const struct ts_record_count *outcome = &cell->outcomes.items[i];
        bool fails = strcmp(outcome->name, "pass") != 0 && strcmp(outcome->name, "inconclusive") != 0;
        if (fails && outcome->value > most) {
            most = outcome->value;
            name = outcome->name;
        }
    }
    return name;
}

static void add_cell(struct ts_stability_entry *entry, const struct ts_stability_cell *item)
{
    const struct ts_record_cell *cell = item->cell;
    bool failed_before = entry->failures.k > 0;
    entry->failures.k += item->failing;
    entry->failures.n += cell->lives - item->inconclusive;
    entry->inconclusive += item->inconclusive;
    entry->cells++;
    entry->schedules += ts_record_count_of(&cell->counters, "schedules");
    entry->hazard += cell->hazard_count;
    entry->state = gravity(item->state) > gravity(entry->state) ? item->state : entry->state;
    if (entry->command[0] == '\0' || (!failed_before && item->failing > 0)) {
        entry->command = cell->command;
    }
    if (!failed_before) {
        entry->outcome = commonest_failure(cell);
    }
}

void ts_stability_build_matrix(struct ts_stability_builder *builder)
{
    struct ts_stability_matrix *matrix = &builder->report->matrix;
    name_scenarios(builder, matrix);
    name_columns(builder, matrix);
    size_t count = matrix->scenario_count * matrix->column_count;
    matrix->entries = ts_stability_keep(builder->report, count, sizeof *matrix->entries);
    if (matrix->entries == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        matrix->entries[i] = (struct ts_stability_entry){.outcome = "", .command = ""};
    }
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        const char **row = builder->cells[i].tests || matrix->scenario_count == 0
                               ? NULL
                               : bsearch(&cell->scenario, matrix->scenarios, matrix->scenario_count,
                                         sizeof *matrix->scenarios, by_name);
        size_t column = column_of(matrix, cell);
        if (row != NULL && column < matrix->column_count) {
            size_t at = (size_t)(row - matrix->scenarios) * matrix->column_count + column;
            add_cell(&matrix->entries[at], &builder->cells[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct ts_stability_share *share = &matrix->entries[i].failures;
        *share = ts_stability_share_of(share->k, share->n);
    }
}
