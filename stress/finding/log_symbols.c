#include "finding/log_symbols.h"

#include "finding/frame.h"
#include "finding/log_frame.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define INLINED_MAX 16

static const char *path_of(const struct ts_module_paths *modules, const char *module)
{
    for (size_t i = 0; i < modules->count && strchr(module, '/') == NULL; i++) {
        if (strcmp(ts_base_name(modules->paths[i]), module) == 0) {
            return modules->paths[i];
        }
    }
    return module;
}

/* False when the frame has no name. */
static bool write_frame(const struct ts_log_frame *frame, struct ts_symbolizer *symbolizer,
                        const struct ts_module_paths *modules, FILE *out)
{
    struct ts_symbol symbols[INLINED_MAX];
    size_t count =
        ts_symbolizer_code(symbolizer, path_of(modules, frame->module), frame->offset, symbols, INLINED_MAX);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "    #%u %s ", frame->number, symbols[i].function);
        if (*symbols[i].file != '\0') {
            fprintf(out, "%s:%" PRId64 " ", symbols[i].file, symbols[i].line);
        }
        fprintf(out, "(%s+0x%" PRIx64 ")\n", ts_base_name(frame->module), frame->offset);
    }
    return count != 0;
}

ts_err ts_log_symbols_write(const char *log, struct ts_symbolizer *symbolizer,
                            const struct ts_module_paths *modules, FILE *out, struct ts_diag *diag)
{
    struct ts_log_line line;
    struct ts_log_frame frame;
    while (ts_log_next_line(&log, &line)) {
        if (!ts_log_frame_parse(&line, &frame) || !write_frame(&frame, symbolizer, modules, out)) {
            fwrite(line.text, 1, line.length, out);
            fputc('\n', out);
        }
    }
    if (fflush(out) != 0 || ferror(out)) {
        return ts_fail_errno(diag, errno, "write log", "symbolized log");
    }
    return TS_OK;
}
