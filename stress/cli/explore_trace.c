/* The interleaving of a schedule, as columns. */
#include "cli/explore_options.h"
#include "explore/core/arena.h"

#include <inttypes.h>
#include <string.h>

#define COLUMNS_MAX 8u
#define WIDTH       34

static void write_cell(FILE *out, uint32_t column, const char *text)
{
    for (uint32_t i = 0; i < column; i++) {
        fprintf(out, "%-*s", WIDTH, "");
    }
    fprintf(out, "%s\n", text);
}

void ts_explore_write_trace(FILE *out, struct ts_driver *driver, const struct ts_driver_event *event)
{
    uint32_t threads = event->threads < COLUMNS_MAX ? event->threads : COLUMNS_MAX;
    fprintf(out, "%6s  ", "step");
    for (uint32_t i = 0; i < threads; i++) {
        fprintf(out, "%s%-*" PRIu32, i == 0 ? "main T" : "T", i == 0 ? WIDTH - 6 : WIDTH - 1, i);
    }
    fputc('\n', out);
    uint64_t number = 0;
    for (uint32_t i = 0; i < event->step_count; i++) {
        const struct ts_step *step = &event->steps_kept[i];
        const char *function = "";
        const char *place = ts_driver_place(driver, step->pc, &function);
        char text[256], object[24] = "", thread[16] = "";
        if (step->object_id != 0) {
            snprintf(object, sizeof object, " #%" PRIu32, step->object_id);
        }
        if (step->thread >= COLUMNS_MAX) {
            snprintf(thread, sizeof thread, "T%u ", step->thread);
        }
        number += !step->preempted;
        snprintf(text, sizeof text, "%s%s%s%s %s%s%s", thread, step->preempted ? "(gives way at) " : "",
                 step->kind < TS_OP_COUNT ? ts_op_names[step->kind] : "?", object, place,
                 *function != '\0' ? " " : "", function);
        fprintf(out, "%6" PRIu64 "  ", number);
        write_cell(out, step->thread < COLUMNS_MAX ? step->thread : COLUMNS_MAX - 1, text);
    }
}
