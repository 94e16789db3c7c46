/* The interleaving of a schedule, as columns. */
#include "cli/explore_interleaving.h"
#include "cli/explore_options.h"
#include "explore/core/arena.h"

#include <inttypes.h>
#include <string.h>

#define COLUMNS_MAX 8u
#define WIDTH       34

static void write_head(FILE *out, uint32_t threads)
{
    fprintf(out, "%6s  ", "step");
    for (uint32_t i = 0; i < threads && i < COLUMNS_MAX; i++) {
        fprintf(out, "%s%-*" PRIu32, i == 0 ? "main T" : "T", i == 0 ? WIDTH - 6 : WIDTH - 1, i);
    }
    fputc('\n', out);
}

/* What was chosen there, where it is not what happens by default. */
static const char *say_choice(int64_t choice, const char *operation, char *text, size_t size)
{
    if (choice == 0) {
        text[0] = '\0';
    } else if (strcmp(operation, ts_op_names[TS_OP_PROBE]) == 0) {
        snprintf(text, size, "  <- the fault happens");
    } else {
        snprintf(text, size, "  <- choice %" PRId64, choice);
    }
    return text;
}

/* In its thread's column; those for which there is none share the last. */
static void write_step(FILE *out, uint64_t number, uint32_t thread, const char *text)
{
    uint32_t column = thread < COLUMNS_MAX ? thread : COLUMNS_MAX - 1;
    fprintf(out, "%6" PRIu64 "  %*s", number, (int)column * WIDTH, "");
    if (thread >= COLUMNS_MAX) {
        fprintf(out, "T%" PRIu32 " ", thread);
    }
    fprintf(out, "%s\n", text);
}

void ts_interleaving_print(FILE *out, const struct ts_interleaving *interleaving)
{
    static const char *const marks[] = {[TS_INTERLEAVING_DONE] = "",
                                        [TS_INTERLEAVING_STOPPED] = "(gives way at) ",
                                        [TS_INTERLEAVING_STUCK] = "(stands at) "};
    write_head(out, (uint32_t)interleaving->threads);
    for (size_t i = 0; i < interleaving->count; i++) {
        const struct ts_interleaving_step *step = &interleaving->steps[i];
        char text[256], object[24] = "", place[128] = "", choice[48];
        if (step->object != 0) {
            snprintf(object, sizeof object, " #%" PRId64, step->object);
        }
        if (step->file[0] != '\0') {
            snprintf(place, sizeof place, " %s:%" PRId64, step->file, step->line);
        }
        snprintf(text, sizeof text, "%s%s%s%s %s%s", marks[step->mark], step->operation, object, place,
                 step->function, say_choice(step->choice, step->operation, choice, sizeof choice));
        write_step(out, (uint64_t)step->step, (uint32_t)step->thread, text);
    }
}

static int64_t choice_at(const struct ts_schedule *schedule, const struct ts_step *step)
{
    for (uint32_t i = 0; i < schedule->count && step->preempted == 0; i++) {
        const struct ts_deviation *deviation = &schedule->deviations[i];
        if (deviation->choice != 0 && deviation->thread == step->thread && deviation->at == step->event) {
            return deviation->value;
        }
    }
    return 0;
}

void ts_explore_write_trace(FILE *out, struct ts_driver *driver, const struct ts_driver_event *event)
{
    uint64_t number = 0;
    write_head(out, event->threads);
    for (uint32_t i = 0; i < event->step_count; i++) {
        const struct ts_step *step = &event->steps_kept[i];
        const char *function = "";
        const char *place = ts_driver_place(driver, step->pc, &function);
        const char *operation = step->kind < TS_OP_COUNT ? ts_op_names[step->kind] : "?";
        char text[256], object[24] = "", choice[48];
        if (step->object_id != 0) {
            snprintf(object, sizeof object, " #%" PRIu32, step->object_id);
        }
        number += !step->preempted;
        snprintf(text, sizeof text, "%s%s%s %s%s%s%s", step->preempted ? "(gives way at) " : "", operation,
                 object, place, *function != '\0' ? " " : "", function,
                 say_choice(choice_at(&event->schedule, step), operation, choice, sizeof choice));
        write_step(out, number, step->thread, text);
    }
}
