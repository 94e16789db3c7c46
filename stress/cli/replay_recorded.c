#include "cli/replay_recorded.h"

#include "explore/core/arena.h"
#include "finding/symbolizer.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

void ts_replay_recorded_load(struct ts_replay_recorded *recorded, const char *finding_path, const char *name,
                             const char *schedule)
{
    char path[PATH_MAX];
    const char *slash = strrchr(finding_path, '/');
    int folder = slash != NULL ? (int)(slash - finding_path + 1) : 0;
    *recorded = (struct ts_replay_recorded){0};
    if (name == NULL || strchr(name, '/') != NULL ||
        snprintf(path, sizeof path, "%.*s%s", folder, finding_path, name) >= (int)sizeof path) {
        return;
    }
    recorded->there = ts_interleaving_load(path, &recorded->interleaving, NULL) == TS_OK;
    if (recorded->there && strcmp(recorded->interleaving.schedule, schedule) != 0) {
        ts_replay_recorded_free(recorded);
    }
}

void ts_replay_recorded_free(struct ts_replay_recorded *recorded)
{
    if (recorded->there) {
        ts_interleaving_free(&recorded->interleaving);
    }
    recorded->there = false;
}

static const char *operation_of(const struct ts_step *step)
{
    return step->kind < TS_OP_COUNT ? ts_op_names[step->kind] : "?";
}

/* Names that nobody knew say nothing. */
static bool same_name(const char *recorded, const char *now)
{
    return recorded[0] == '\0' || now[0] == '\0' || strcmp(recorded, now) == 0;
}

/* *line is where it stands now. */
static bool is_same(struct ts_driver *driver, const struct ts_interleaving_step *recorded,
                    const struct ts_step *now, int64_t *line)
{
    struct ts_symbol symbol;
    bool known = ts_driver_symbol(driver, now->pc, &symbol);
    *line = known ? symbol.line : 0;
    return recorded->thread == now->thread && recorded->event == (int64_t)now->event &&
           recorded->object == now->object_id && strcmp(recorded->operation, operation_of(now)) == 0 &&
           (!known ||
            (same_name(recorded->function, symbol.function) && same_name(recorded->file, symbol.file)));
}

/* Index of the step of that number, from *index on, whose number is *number; event->step_count: none. */
static uint32_t find(const struct ts_driver_event *event, int64_t wanted, uint32_t *index, int64_t *number)
{
    for (; *index < event->step_count; (*index)++) {
        *number += event->steps_kept[*index].preempted == 0;
        if (event->steps_kept[*index].preempted == 0 && *number == wanted) {
            return (*index)++;
        }
    }
    return event->step_count;
}

static void note(struct ts_replay_difference *difference, const struct ts_interleaving_step *step,
                 const struct ts_step *now, int64_t line)
{
    if (difference->read == NULL && step->has_value && step->value != now->value) {
        difference->read = step;
        difference->read_now = now->value;
    }
    if (difference->moved == NULL && step->line > 0 && line > 0 && step->line != line) {
        difference->moved = step;
        difference->moved_line = line;
    }
}

bool ts_replay_compare(const struct ts_replay_recorded *recorded, struct ts_driver *driver,
                       const struct ts_driver_event *event, struct ts_replay_difference *difference)
{
    uint32_t index = 0;
    int64_t number = 0, last = 0;
    *difference = (struct ts_replay_difference){.other_now = UINT32_MAX};
    for (size_t i = 0; i < recorded->interleaving.count; i++) {
        const struct ts_interleaving_step *step = &recorded->interleaving.steps[i];
        int64_t line = 0;
        if (step->mark != TS_INTERLEAVING_DONE) {
            continue;
        }
        uint32_t now = find(event, step->step, &index, &number);
        difference->other_after = last;
        if (now == event->step_count || !is_same(driver, step, &event->steps_kept[now], &line)) {
            difference->other = step;
            difference->other_now = now < event->step_count ? now : UINT32_MAX;
            return true;
        }
        note(difference, step, &event->steps_kept[now], line);
        last = step->step;
    }
    difference->other_after = last;
    difference->other_now = find(event, last + 1, &index, &number);
    difference->longer = last > 0 && difference->other_now < event->step_count;
    return difference->longer;
}

static void write_recorded(FILE *out, const struct ts_interleaving_step *step)
{
    fprintf(out, "thread %" PRId64 ", %s", step->thread, step->operation);
    if (step->object != 0) {
        fprintf(out, " of object %" PRId64, step->object);
    }
    if (step->file[0] != '\0') {
        fprintf(out, ", at %s:%" PRId64, step->file, step->line);
    }
    fprintf(out, "%s%s", step->function[0] != '\0' ? " in " : "", step->function);
}

static void write_now(FILE *out, struct ts_driver *driver, const struct ts_step *step)
{
    const char *function = "";
    const char *place = ts_driver_place(driver, step->pc, &function);
    fprintf(out, "thread %u, %s", step->thread, operation_of(step));
    if (step->object_id != 0) {
        fprintf(out, " of object %" PRIu32, step->object_id);
    }
    fprintf(out, "%s%s%s%s", *place != '\0' ? ", at " : "", place, *function != '\0' ? " in " : "", function);
}

void ts_replay_write_other(FILE *out, struct ts_driver *driver, const struct ts_driver_event *event,
                           const struct ts_replay_difference *difference)
{
    int64_t number = difference->longer ? difference->other_after + 1 : difference->other->step;
    fprintf(out, "at step %" PRId64, number);
    if (number > difference->other_after + 1) {
        fprintf(out, ", or after step %" PRId64 ": those between were not kept", difference->other_after);
    }
    fprintf(out, "\n  recorded: ");
    if (difference->longer) {
        fprintf(out, "it had ended");
    } else {
        write_recorded(out, difference->other);
    }
    fprintf(out, "\n  now:      ");
    if (difference->other_now < event->step_count) {
        write_now(out, driver, &event->steps_kept[difference->other_now]);
    } else {
        fprintf(out, "it had ended");
    }
    fputc('\n', out);
}

void ts_replay_write_read(FILE *out, const struct ts_replay_difference *difference)
{
    write_recorded(out, difference->read);
    fprintf(out, ": it was 0x%" PRIx64 ", and is 0x%" PRIx64 " now\n", difference->read->value,
            difference->read_now);
}
