#include "cli/progress.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REFRESH_NS       (TS_NS_PER_S / 5)
#define REPORT_NS        (10 * TS_NS_PER_S)
#define LINE_MAX_COLUMNS 400

static const char red[] = "\033[31m", green[] = "\033[32m", yellow[] = "\033[33m", none[] = "\033[0m";

bool ts_terminal_colour(int file)
{
    const char *kind = getenv("TERM");
    const char *refused = getenv("NO_COLOR");
    return isatty(file) && (refused == NULL || refused[0] == '\0') &&
           (kind == NULL || strcmp(kind, "dumb") != 0);
}

unsigned ts_terminal_columns(int file, unsigned fallback)
{
    struct winsize size;
    return ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : fallback;
}

static void say(char *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(char *line, const char *format, ...)
{
    size_t used = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + used, LINE_MAX_COLUMNS - used, format, arguments);
    va_end(arguments);
}

static void say_cell(char *line, const struct ts_progress *progress, const struct ts_cell *cell)
{
    say(line, "[%2zu/%zu] %-20s %-7s %-5s", cell->number + 1, progress->cells, cell->scenario->name,
        ts_mode_names[cell->mode], ts_flavour_names[cell->flavour]);
}

static void say_failures(char *line, const struct ts_cell_tally *tally)
{
    const char *separator = "  ";
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        if (i != TS_RECORD_PASS && tally->outcomes[i] > 0) {
            say(line, "%s%s %" PRIu64, separator, ts_record_outcome_name((ts_record_outcome)i),
                tally->outcomes[i]);
            separator = ", ";
        }
    }
    separator = " (";
    for (int i = TS_CRASH_NONE + 1; i < TS_CRASH_COUNT; i++) {
        if (tally->classes[i] > 0) {
            say(line, "%s%s %" PRIu64, separator, ts_crash_class_name((enum ts_crash_class)i),
                tally->classes[i]);
            separator = ", ";
        }
    }
    say(line, "%s", separator[0] == ',' ? ")" : "");
}

static void show(struct ts_progress *progress, char *line, bool stays)
{
    progress->shown_ns = ts_clock_ns();
    if (!progress->terminal) {
        fprintf(stderr, "%s\n", line);
        return;
    }
    unsigned columns = ts_terminal_columns(STDERR_FILENO, 80);
    if (!stays && strlen(line) >= columns) {
        line[columns - 1] = '\0'; /* a wrapped line cannot be taken back */
    }
    fprintf(stderr, "\r\033[2K%s%s", line, stays ? "\n" : "");
}

static bool due(const struct ts_progress *progress)
{
    return !progress->quiet &&
           ts_clock_ns() - progress->shown_ns >= (progress->terminal ? REFRESH_NS : REPORT_NS);
}

static void on_converting(uint64_t read_bytes, uint64_t total_bytes, void *user_data)
{
    struct ts_progress *progress = user_data;
    uint64_t percent = total_bytes == 0 ? 100 : read_bytes * 100 / total_bytes;
    char line[LINE_MAX_COLUMNS] = "";
    bool last = percent >= 100 && progress->shown_percent < 100;
    if (progress->quiet || (!last && !due(progress))) {
        return;
    }
    progress->shown_percent = percent;
    say(line, "reading the tape: %" PRIu64 " %%", percent);
    show(progress, line, last);
}

static void on_begin(const struct ts_cell *cell, int64_t for_ms, void *user_data)
{
    struct ts_progress *progress = user_data;
    (void)cell;
    progress->for_ms = for_ms;
}

static void on_tick(const struct ts_cell *cell, const struct ts_cell_tally *tally,
                    const struct ts_board *board, int64_t elapsed_ms, void *user_data)
{
    struct ts_progress *progress = user_data;
    char line[LINE_MAX_COLUMNS] = "";
    if (!due(progress)) {
        return;
    }
    /* Relaxed: a figure for a person. */
    uint64_t hazard = tally->hazard + atomic_load_explicit(&board->hazard, memory_order_relaxed);
    uint64_t executed =
        tally->counters[TS_COUNTER_results_executed] + ts_board_get(board, TS_COUNTER_results_executed);
    say_cell(line, progress, cell);
    say(line, " %4.1f/%.1f s  life %" PRIu64, (double)elapsed_ms / 1000.0, (double)progress->for_ms / 1000.0,
        tally->lives + 1);
    say_failures(line, tally);
    say(line, "  hazard %" PRIu64 "  executed %" PRIu64, hazard, executed);
    show(progress, line, false);
}

static void on_end(const struct ts_cell *cell, const struct ts_cell_tally *tally, int64_t elapsed_ms,
                   const char *command, void *user_data)
{
    struct ts_progress *progress = user_data;
    ts_record_outcome outcome = ts_tally_outcome(tally);
    bool surprising = progress->expects ? ts_tally_judge(tally, &cell->expectation) != TS_JUDGED_MET
                                        : ts_outcome_failed(outcome);
    char line[LINE_MAX_COLUMNS] = "";
    (void)command;
    if (progress->quiet) {
        return;
    }
    const char *colour = surprising ? red : outcome == TS_RECORD_INCONCLUSIVE ? yellow : green;
    say_cell(line, progress, cell);
    say(line, " %s%s%s%s  ", progress->colour ? colour : "", ts_record_outcome_name(outcome),
        progress->expects && surprising ? " (unexpected)" : "", progress->colour ? none : "");
    say(line, "%.1f s  %" PRIu64 " %s", (double)elapsed_ms / 1000.0, tally->lives,
        tally->lives == 1 ? "life" : "lives");
    say_failures(line, tally);
    say(line, "  hazard %" PRIu64, tally->hazard);
    if (tally->detail[0] != '\0') {
        say(line, "  %s", tally->detail);
    }
    show(progress, line, true);
}

/* Also where progress is not wanted. */
static void on_warning(const char *text, void *user_data)
{
    struct ts_progress *progress = user_data;
    fprintf(stderr, "%stickstorm: warning: %s\n", progress->terminal && !progress->quiet ? "\n" : "", text);
}

void ts_progress_init(struct ts_progress *progress, bool quiet, bool expects, size_t cells)
{
    *progress = (struct ts_progress){
        .quiet = quiet,
        .terminal = isatty(STDERR_FILENO),
        .colour = ts_terminal_colour(STDERR_FILENO),
        .expects = expects,
        .cells = cells,
        .shown_ns = ts_clock_ns(),
    };
}

void ts_progress_events(struct ts_progress *progress, struct ts_run_events *events)
{
    events->converting = on_converting;
    events->cell_begin = on_begin;
    events->cell_tick = on_tick;
    events->cell_end = on_end;
    events->warning = on_warning;
    events->user_data = progress;
}

void ts_progress_note(struct ts_progress *progress, const char *format, ...)
{
    char line[LINE_MAX_COLUMNS];
    va_list arguments;
    if (!due(progress)) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    show(progress, line, false);
}

void ts_progress_clear(struct ts_progress *progress)
{
    if (progress->terminal && !progress->quiet) {
        fputs("\r\033[2K", stderr);
    }
}
