#include "reports/finding_text.h"

#include <inttypes.h>

void ts_finding_write_stacks(FILE *out, const struct ts_finding *finding,
                             void (*escape)(FILE *out, const char *text))
{
    for (size_t i = 0; i < finding->stack_count; i++) {
        const struct ts_stack *stack = &finding->stacks[i];
        escape(out, stack->text);
        fputc('\n', out);
        for (size_t j = 0; j < stack->frame_count; j++) {
            const struct ts_frame *frame = &stack->frames[j];
            fprintf(out, "    #%zu ", j);
            escape(out, frame->function[0] != '\0' ? frame->function : frame->offset);
            fputc(' ', out);
            escape(out, frame->file[0] != '\0' ? frame->file : frame->module);
            if (frame->line > 0) {
                fprintf(out, ":%" PRId64, frame->line);
            }
            fputc('\n', out);
        }
    }
}
