#include "cli/explore_interleaving.h"

#include "explore/core/excerpt.h"
#include "explore/driver/finds.h"
#include "finding/frame.h"
#include "reports/interleaving_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 2048u

_Static_assert((int)TS_EXCERPT_STOPPED == (int)TS_INTERLEAVING_STOPPED &&
                   (int)TS_EXCERPT_STUCK == (int)TS_INTERLEAVING_STUCK,
               "excerpts and interleavings have the same marks");
_Static_assert(STEPS_MAX <= TS_INTERLEAVING_STEPS_MAX, "what is written can be read");

struct taking {
    struct ts_driver *driver;
    const struct ts_driver_event *event;
    struct ts_interleaving *into;
};

static bool is_place(const struct ts_frame *frame, const struct ts_symbol *symbol)
{
    return frame->line == symbol->line && strcmp(frame->function, symbol->function) == 0 &&
           strcmp(ts_base_name(frame->file), symbol->file) == 0;
}

/* Whether the step is an access of one of the findings; of one within a function of the runtime, its
 * caller's. */
static bool is_named(const struct ts_step *step, void *user_data)
{
    const struct taking *taking = user_data;
    struct ts_symbol symbol;
    bool known = taking->event->finding_count > 0 && ts_driver_symbol(taking->driver, step->pc, &symbol);
    for (size_t i = 0; known && i < taking->event->finding_count; i++) {
        const struct ts_finding *finding = taking->event->findings[i];
        for (size_t j = 0; j < finding->stack_count; j++) {
            const struct ts_stack *stack = &finding->stacks[j];
            bool access = strcmp(stack->role, "access") == 0;
            for (size_t k = 0; access && k < stack->frame_count && k < 2; k++) {
                if (is_place(&stack->frames[k], &symbol)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void take(const struct ts_excerpt_step *step, void *user_data)
{
    struct taking *taking = user_data;
    struct ts_symbol symbol;
    (void)ts_driver_symbol(taking->driver, step->pc, &symbol);
    taking->into->steps[taking->into->count++] = (struct ts_interleaving_step){
        .step = (int64_t)step->number,
        .thread = step->thread,
        .event = (int64_t)step->event,
        .mark = (enum ts_interleaving_mark)step->mark,
        .operation = step->kind < TS_OP_COUNT ? ts_op_names[step->kind] : "?",
        .object = step->object,
        .function = symbol.function,
        .file = symbol.file,
        .line = symbol.line,
        .waited = step->waited,
        .holder = step->holder == UINT16_MAX ? TS_INTERLEAVING_NOBODY : step->holder,
        .opener = (int64_t)step->opener,
        .timed = step->timed,
        .picked = step->picked,
        .named = step->named,
        .choice = step->choice,
        .has_value = step->kind == TS_OP_READ || step->kind == TS_OP_LOAD || step->kind == TS_OP_RMW,
        .value = step->value,
    };
}

static const char *end_of(uint32_t end)
{
    return end == TS_RUN_DEADLOCK      ? "deadlock"
           : end == TS_RUN_LOST_WAKEUP ? "lost-wakeup"
           : end == TS_RUN_LIVELOCK    ? "livelock"
                                       : "";
}

ts_err ts_explore_interleaving(struct ts_driver *driver, const struct ts_driver_event *event,
                               const char *schedule, const char *ordering,
                               struct ts_interleaving *interleaving, struct ts_diag *diag)
{
    struct taking taking = {.driver = driver, .event = event, .into = interleaving};
    *interleaving = (struct ts_interleaving){
        .schedule = schedule,
        .end = end_of(event->end),
        .ordering = ordering != NULL ? ordering : "",
        .threads = event->threads,
        .step_count = (int64_t)event->steps,
        .preemptions = (int64_t)event->preemptions,
        .steps = calloc(STEPS_MAX, sizeof *interleaving->steps),
    };
    if (interleaving->steps == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "keep interleaving", "", "no memory");
    }
    (void)ts_excerpt(&ts_driver_arena(driver)->result, STEPS_MAX, is_named, take, &taking);
    return TS_OK;
}

struct tracing {
    struct ts_driver *driver;
    const struct ts_find *find;
    struct ts_interleaving interleaving;
    ts_err error;
    struct ts_diag *diag;
};

static bool on_schedule(const struct ts_driver_event *event, void *user_data)
{
    struct tracing *tracing = user_data;
    for (size_t i = 0; i < event->finding_count && tracing->interleaving.steps == NULL; i++) {
        if (strcmp(event->findings[i]->signature, tracing->find->signature) == 0) {
            tracing->error =
                ts_explore_interleaving(tracing->driver, event, tracing->find->schedule,
                                        tracing->find->ordering, &tracing->interleaving, tracing->diag);
        }
    }
    return false;
}

static ts_err write_file(const struct ts_interleaving *interleaving, const char *path, struct ts_diag *diag)
{
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write interleaving", path);
    }
    ts_err error = ts_interleaving_write(interleaving, out, diag);
    if (fclose(out) != 0 && error == TS_OK) {
        error = ts_fail_errno(diag, errno, "write interleaving", path);
    }
    return error;
}

ts_err ts_explore_trace_find(struct ts_driver *driver, const struct ts_explore_config *config,
                             const struct ts_find *find, const char *path, struct ts_diag *diag)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    struct ts_schedule given = {.deviations = deviations};
    struct tracing tracing = {.driver = driver, .find = find, .diag = diag};
    struct ts_driver_listener listener = {on_schedule, NULL, &tracing};
    struct ts_explore_config following = *config;
    size_t place;
    if (!ts_schedule_parse(find->schedule, &given, TS_DEVIATIONS_MAX, &place)) {
        return ts_fail(diag, TS_INVALID, "keep interleaving", find->signature, "its schedule has no text");
    }
    following.first = 0;
    following.count = 1;
    following.replay = true;
    following.trace = true;
    following.attend = true;
    following.points = given.points;
    struct ts_driver_listener former = ts_driver_listen(driver, &listener);
    ts_err error = ts_driver_run(driver, &following, &given, diag);
    ts_driver_listen(driver, &former);
    error = error == TS_OK ? tracing.error : error;
    if (error == TS_OK && tracing.interleaving.steps == NULL) {
        error = ts_fail(diag, TS_MISMATCH, "keep interleaving", find->signature,
                        "the schedule did not show it again");
    }
    if (error == TS_OK) {
        error = write_file(&tracing.interleaving, path, diag);
    }
    free(tracing.interleaving.steps);
    return error;
}

ts_err ts_interleaving_write_page(const struct ts_interleaving *interleaving, const char *title,
                                  const char *path, struct ts_diag *diag)
{
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return ts_fail_errno(diag, errno, "write page", path);
    }
    ts_interleaving_page(out, interleaving, title);
    bool good = !ferror(out);
    good = fclose(out) == 0 && good;
    return good ? TS_OK : ts_fail_errno(diag, errno != 0 ? errno : EIO, "write page", path);
}

ts_err ts_explore_write_page(struct ts_driver *driver, const struct ts_driver_event *event,
                             const char *ordering, const char *path, struct ts_diag *diag)
{
    struct ts_interleaving interleaving;
    const char *title = event->finding_count > 0 ? event->findings[0]->title : "nothing found";
    char heading[256];
    size_t size = ts_schedule_text_size(&event->schedule);
    char *schedule = malloc(size);
    if (schedule == NULL || !ts_schedule_text(&event->schedule, schedule, size)) {
        free(schedule);
        return ts_fail(diag, TS_NO_MEMORY, "write page", path, "no memory");
    }
    snprintf(heading, sizeof heading, "%s%s%s", event->finding_count > 0 ? event->findings[0]->kind : "",
             event->finding_count > 0 ? ": " : "", title);
    ts_err error = ts_explore_interleaving(driver, event, schedule, ordering, &interleaving, diag);
    if (error == TS_OK) {
        error = ts_interleaving_write_page(&interleaving, heading, path, diag);
        free(interleaving.steps);
    }
    free(schedule);
    return error;
}
