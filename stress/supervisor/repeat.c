#include "supervisor/repeat.h"

#include "supervisor/environment.h"

#include <inttypes.h>

static void write_word(FILE *out, const char *option, const char *word)
{
    fprintf(out, " %s ", option);
    ts_shell_word(out, word);
}

static void write_tape(FILE *out, const struct ts_run_request *request)
{
    write_word(out, "--tape", request->tape);
    if (request->speed != NULL) {
        fprintf(out, " --speed %s", request->speed);
    }
    if (request->passes != NULL) {
        fprintf(out, " --passes %s", request->passes);
    }
}

void ts_repeat_write(FILE *out, const struct ts_run_request *request, const struct ts_cell *cell,
                     int64_t for_ms, const char *faults)
{
    if (request->workers != NULL) {
        fputs("TICKSTORM_WORKERS=", out);
        ts_shell_word(out, request->workers);
        fputc(' ', out);
    }
    fprintf(out, "tickstorm run %s --mode %s --flavour %s --for %" PRId64 "ms --seed 0x%" PRIx64,
            cell->scenario->name, ts_mode_names[cell->mode], ts_flavour_names[cell->flavour], for_ms,
            request->seed);
    if (request->tape != NULL) {
        write_tape(out, request);
    }
    if (request->library != NULL) {
        write_word(out, "--library", request->library);
    }
    for (size_t i = 0; i < request->setting_count; i++) {
        if (ts_scenario_knows(cell->scenario, request->settings[i])) {
            write_word(out, "--set", request->settings[i]);
        }
    }
    for (size_t i = 0; i < cell->setting_count; i++) {
        write_word(out, "--set", cell->settings[i]);
    }
    if (faults[0] != '\0') {
        write_word(out, "--faults", faults);
    }
}
