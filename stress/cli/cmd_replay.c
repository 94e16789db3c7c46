#include "cli/command.h"
#include "cli/explore_interleaving.h"
#include "cli/explore_options.h"
#include "cli/explore_scenario.h"
#include "cli/masked_reports.h"
#include "cli/replay_recorded.h"
#include "explore/driver/finds.h"
#include "reports/input_file.h"
#include "supervisor/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEDULE_FORM "ts1.POINTS.DEVIATIONS.CHECKSUM, as explore prints it"

const char ts_help_replay[] =
    "Runs one schedule again: the interleaving that a finding of tickstorm explore came with. The program "
    "must be\n"
    "the one that was explored, unchanged, with the same arguments; if it leaves the schedule, that is "
    "said:\n"
    "with a finding's file, which keeps the steps, at the first one that differs, and what was done "
    "instead.\n\n"
    "  SCHEDULE|FILE        the schedule's text, or a file: of a finding, or one with that text; of a "
    "scenario:\n"
    "                       the finding's signature alone, and no program; options and exit codes are then\n"
    "                       those of tickstorm repro\n"
    "  --found              the schedule as it was found, not the shrunk one\n"
    "  --trace              print the interleaving, a column for each thread, with source lines\n"
    "  --html FILE          write the interleaving as a page: who waits for whom, where the schedule "
    "switches\n"
    "  --gdb                under gdb, which stops where it goes wrong (each thread is one of the kernel's "
    "then)\n"
    "  --repeat N           N times, and compare the runs with each other\n"
    "  --handoff H          fsbase (fast), futex (works everywhere, and under debuggers), auto (default)\n\n"
    "Exit code 1 when the schedule shows a finding, 0 when it does not, 5 when it could not be followed or "
    "two\n"
    "runs differed.\n\n"
    "  tickstorm replay runs/explore-20260801T101500Z/0x1f.json --trace -- ./bank 3\n"
    "  tickstorm replay ts1.m.2:15-3,3:9=1.9f3a2c11 --repeat 100 -- ./bank 3\n";

struct replay {
    const struct ts_explore_options *options;
    struct ts_driver *driver;
    const struct ts_schedule *given;
    uint64_t runs;
    uint64_t diverged;
    uint64_t different; /* from the first run: findings or checksum */
    uint64_t found;
    uint64_t checksum;
    char *first;         /* findings of the first run, as text */
    char *first_reports; /* what the sanitizer wrote in it */
    char *ordering;      /* as the finding's file has it; NULL: it does not */
    struct ts_replay_recorded recorded;
    ts_err page_error;
    struct ts_diag page_diag;
};

static char *describe(const struct ts_driver_event *event)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < event->finding_count; i++) {
        const struct ts_finding *finding = event->findings[i];
        fprintf(out, "%s: %s  (%s)\n", finding->kind, finding->title, finding->signature);
        if (*finding->description != '\0') {
            fprintf(out, "  %s\n", finding->description);
        }
        if (*finding->location != '\0') {
            fprintf(out, "  %s\n", finding->location);
        }
        ts_find_stacks(out, finding);
    }
    fclose(out);
    return text;
}

/* FNV-1a, to compare what two commands print. */
static uint64_t digest(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void report_first(struct replay *replay, const struct ts_driver_event *event)
{
    if (replay->options->trace) {
        ts_explore_write_trace(stdout, replay->driver, event);
        putchar('\n');
    }
    if (replay->options->html != NULL) {
        replay->page_error = ts_explore_write_page(replay->driver, event, replay->ordering,
                                                   replay->options->html, &replay->page_diag);
    }
    fputs(replay->first, stdout);
    if (event->finding_count == 0) {
        puts("nothing found");
    }
    if (*event->capture != '\0' && strstr(event->capture, "WARNING: ThreadSanitizer") == NULL) {
        printf("output:\n%s", event->capture);
    }
    printf("%" PRIu32 " threads, %" PRIu64 " steps, %" PRIu64 " preemptions, checksum %08" PRIx32
           ", reports %016" PRIx64 "\n",
           event->threads, event->steps, event->preemptions, ts_schedule_checksum(event->checksum),
           digest(replay->first_reports));
}

/* As the first run went: the events, the findings, and each word of the sanitizer's. */
static bool is_same(const struct replay *replay, const struct ts_driver_event *event, const char *text,
                    const char *reports)
{
    return text != NULL && reports != NULL && event->checksum == replay->checksum &&
           strcmp(text, replay->first) == 0 && strcmp(reports, replay->first_reports) == 0;
}

/* Once, and the step where it began, as far as that is known. */
static void say_left(const struct replay *replay, const struct ts_driver_event *event,
                     const struct ts_replay_difference *difference)
{
    bool unable = event->end == TS_RUN_DIVERGED;
    const char *reason = unable ? event->text : "its events are not those that were recorded";
    if (difference->other != NULL || difference->longer) {
        printf("run %" PRIu64 " left the schedule ", replay->runs);
        ts_replay_write_other(stdout, replay->driver, event, difference);
        if (difference->read != NULL) {
            printf("  something else was read before that, first at step %" PRId64 ": ",
                   difference->read->step);
            ts_replay_write_read(stdout, difference);
        }
        if (unable) {
            printf("  and could not be followed further: %s\n", reason);
        }
        return;
    }
    printf("run %" PRIu64 " left the schedule: %s (step %" PRIu64 ")\n", replay->runs, reason,
           unable ? event->diverged_at : event->steps);
    if (!unable && !replay->recorded.there) {
        puts("  which of them was the first, a schedule's text alone does not tell: the finding's file does");
    }
}

/* What is no other operation. */
static void say_changed(const struct ts_driver_event *event, const struct ts_replay_difference *difference)
{
    if (difference->moved != NULL) {
        printf("the program has been changed since: step %" PRId64 " stood at %s:%" PRId64
               ", and stands at line %" PRId64 "\n",
               difference->moved->step, difference->moved->file, difference->moved->line,
               difference->moved_line);
    }
    if (difference->read != NULL && event->finding_count == 0) {
        printf("all operations are those that were recorded, but something else was read, first at step "
               "%" PRId64 ":\n  ",
               difference->read->step);
        ts_replay_write_read(stdout, difference);
    }
}

/* Of the first run that left the schedule, that is said. */
static void judge(struct replay *replay, const struct ts_driver_event *event)
{
    struct ts_replay_difference difference = {0};
    bool wrong_end = replay->given->has_checksum && event->checksum != 0 &&
                     ts_schedule_checksum(event->checksum) != replay->given->checksum;
    bool other =
        replay->recorded.there && ts_replay_compare(&replay->recorded, replay->driver, event, &difference);
    bool left = other || wrong_end || event->end == TS_RUN_DIVERGED;
    replay->diverged += left;
    if (left && replay->diverged == 1) {
        say_left(replay, event, &difference);
    } else if (!left && replay->runs == 1) {
        say_changed(event, &difference);
    }
}

static bool on_schedule(const struct ts_driver_event *event, void *user_data)
{
    struct replay *replay = user_data;
    char *text = describe(event), *reports = ts_masked_reports(event->capture);
    replay->runs++;
    replay->found += event->finding_count > 0;
    judge(replay, event);
    if (replay->first == NULL && text != NULL && reports != NULL) {
        replay->first = text;
        replay->first_reports = reports;
        replay->checksum = event->checksum;
        report_first(replay, event);
        return ts_interrupt_count() == 0;
    }
    if (!is_same(replay, event, text, reports) && replay->different++ == 0) {
        printf("run %" PRIu64 " differs from the first:\n%s%s", replay->runs, text != NULL ? text : "",
               reports != NULL ? reports : "");
    }
    free(text);
    free(reports);
    return ts_interrupt_count() == 0;
}

/* All of the file; NULL: it could not be read, and that was said. */
static char *content_of(const char *path)
{
    FILE *file;
    struct ts_diag diag;
    char *content = NULL;
    size_t room = 0;
    ts_err error = ts_input_open(path, "read schedule", &file, &diag);
    if (error == TS_OK) {
        errno = 0;
        if (getdelim(&content, &room, '\0', file) < 0) {
            error = errno != 0 ? ts_fail_errno(&diag, errno, "read schedule", path)
                               : ts_fail(&diag, TS_MALFORMED, "read schedule", path, "is empty");
        }
        fclose(file);
    }
    if (error != TS_OK) {
        (void)ts_complain("replay", &diag);
        free(content);
        content = NULL;
    }
    return content;
}

/* A schedule's text as it is typed or pasted, of whatever version, cut short or spoilt. */
static bool begins_like_schedule(const char *text)
{
    return text[0] == 't' && text[1] == 's' && text[2] >= '0' && text[2] <= '9';
}

/* The schedule's text: all that is in the file, for one that is too long for a command line, or within a
 * finding; NULL: it has none, and that was said. What else is known of it goes into the replay. */
static char *text_of_file(const char *path, bool as_found, struct replay *replay)
{
    json_error_t error;
    char *content = content_of(path);
    if (content == NULL || begins_like_schedule(content)) {
        if (content != NULL) {
            content[strcspn(content, "\r\n")] = '\0';
        }
        return content;
    }
    json_t *finding = json_loads(content, 0, &error);
    const char *text = as_found ? json_string_value(json_object_get(finding, "schedule_found")) : NULL;
    text = text != NULL ? text : json_string_value(json_object_get(finding, "schedule"));
    char *copy = text != NULL ? strdup(text) : NULL;
    const char *decides = as_found ? NULL : json_string_value(json_object_get(finding, "ordering"));
    replay->ordering = decides != NULL ? strdup(decides) : NULL;
    if (text != NULL) {
        ts_replay_recorded_load(&replay->recorded, path,
                                json_string_value(json_object_get(finding, "interleaving")), text);
    }
    if (copy == NULL) {
        fprintf(stderr, "tickstorm replay: %s: %s\n", path,
                finding == NULL ? error.text : "it has no schedule");
    }
    json_decref(finding);
    free(content);
    return copy;
}

/* What is wrong with a text, from `place` on; `path` when it is a file's. */
static void refuse_schedule(const char *path, const char *text, size_t place)
{
    fprintf(stderr, "tickstorm replay: %s%s", path != NULL ? path : "", path != NULL ? ": " : "");
    size_t digits = begins_like_schedule(text) ? strspn(text + 2, "0123456789") : 0;
    if (digits > 0 && text[2 + digits] == '.' && strncmp(text, "ts1.", 4) != 0) {
        fprintf(stderr, "'%.40s' looks like a schedule of version %.*s, and this tickstorm knows version 1\n",
                text, (int)digits, text + 2);
    } else if (text[place] == '\0') {
        fprintf(stderr,
                "not a schedule: '%.40s' ends too early, after character %zu; one is " SCHEDULE_FORM "\n",
                text, place);
    } else {
        fprintf(stderr, "not a schedule, from character %zu on: '%.40s'; one is " SCHEDULE_FORM "\n",
                place + 1, text + place);
    }
}

static int read_schedule(const char *subject, bool as_found, struct ts_schedule *schedule,
                         struct replay *replay)
{
    static struct ts_deviation deviations[TS_DEVIATIONS_MAX];
    size_t place = 0;
    bool is_text =
        strncmp(subject, "ts1.", 4) == 0 || (begins_like_schedule(subject) && access(subject, F_OK) != 0);
    *schedule = (struct ts_schedule){.deviations = deviations};
    if (*subject == '\0') {
        fputs("tickstorm replay: '' is neither a schedule nor the name of a file\n", stderr);
        return TS_EXIT_INPUT;
    }
    char *text = is_text ? strdup(subject) : text_of_file(subject, as_found, replay);
    if (text == NULL) {
        return TS_EXIT_INPUT;
    }
    bool valid = ts_schedule_parse(text, schedule, TS_DEVIATIONS_MAX, &place);
    if (!valid) {
        refuse_schedule(is_text ? NULL : subject, text, place);
    }
    free(text);
    return valid ? TS_EXIT_OK : TS_EXIT_INPUT;
}

static int conclude(const struct replay *replay)
{
    if (replay->runs > 1) {
        printf("%" PRIu64 " runs: %" PRIu64 " with findings, %" PRIu64 " different from the first, %" PRIu64
               " left the schedule\n",
               replay->runs, replay->found, replay->different, replay->diverged);
    }
    if (replay->diverged > 0 || replay->different > 0) {
        printf("If program and arguments are the same as then, something decides that is no part of the "
               "schedule "
               "(random\nnumbers, real time, addresses, other processes). To hunt for it: tickstorm explore "
               "--check-determinism -- ");
        ts_explore_write_program(stdout, replay->options);
        putchar('\n');
        return TS_EXIT_INCONCLUSIVE;
    }
    return replay->found > 0 ? TS_EXIT_FINDINGS : TS_EXIT_OK;
}

int ts_command_replay(int count, char **arguments)
{
    struct ts_explore_options options;
    struct ts_schedule schedule;
    struct replay replay = {.options = &options, .given = &schedule};
    struct ts_diag diag;
    if (ts_replay_is_finding(count, arguments)) {
        return ts_replay_finding(count, arguments);
    }
    int code = ts_explore_options_parse(&options, "replay", count, arguments);
    if (code == TS_EXIT_OK) {
        code = read_schedule(options.subject, options.found, &schedule, &replay);
    }
    options.config.points = schedule.points;
    options.config.replay = true;
    options.config.attend = true;
    options.config.trace = options.trace || options.html != NULL || replay.recorded.there;
    options.config.count = options.repeat;
    if (code == TS_EXIT_OK && options.gdb) {
        return ts_explore_debug(&options, &schedule);
    }
    if (code == TS_EXIT_OK) {
        code = ts_explore_open(&options, on_schedule, NULL, &replay, &replay.driver);
    }
    if (code != TS_EXIT_OK) {
        return code;
    }
    ts_err error = ts_driver_run(replay.driver, &options.config, &schedule, &diag);
    code = error == TS_OK ? conclude(&replay) : ts_complain("replay", &diag);
    if (replay.page_error != TS_OK) {
        code = ts_complain("replay", &replay.page_diag);
    }
    ts_explore_close(replay.driver);
    ts_replay_recorded_free(&replay.recorded);
    free(replay.ordering);
    free(replay.first);
    free(replay.first_reports);
    return code;
}
