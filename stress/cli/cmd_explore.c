#include "base/clock.h"
#include "cli/command.h"
#include "cli/explore_interleaving.h"
#include "cli/explore_options.h"
#include "cli/explore_scenario.h"
#include "cli/progress.h"
#include "explore/driver/finds.h"
#include "supervisor/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOR_DEFAULT_MS 60000
#define SHOWN_SCHEDULE 160 /* a longer one is in the finding's file */

const char ts_help_explore[] =
    "Runs a program under one interleaving of its threads after the other, each decided in full by "
    "tickstorm, and\n"
    "says what went wrong: failed assertions, crashes, exit codes, deadlocks, lost wake-ups, livelocks, and "
    "what\n"
    "ThreadSanitizer reports. Each finding comes with the schedule that shows it, every time (tickstorm "
    "replay).\n\n"
    "The program is any that uses pthreads and was built by tickstorm cc. It should end by itself, and do "
    "the same\n"
    "when its threads take the same turns: no random numbers, real time or input of its own.\n\n"
    "  --strategy S,...     how the next thread is chosen: random, pct, pos, surw, delay, dfs, gather, "
    "turns,\n"
    "                       novel, in turn where there are several (twice named, two turns); auto "
    "(default):\n"
    "                       most of them\n"
    "  --depth N            pct: orders that must hold for the bug (default 3); delay: delays (2); dfs: "
    "preemptions\n"
    "                       (no limit)\n"
    "  --schedules N        how many at most\n"
    "  --for DURATION       how long at most (default 60s, without --schedules)\n"
    "  --seed N             repeats a search (default: random, printed)\n"
    "  --points P           where threads may be switched: sync (locks and the like), atomic (and atomics), "
    "all (and\n"
    "                       memory that threads share; default)\n"
    "  --time T             eager: a time-out may come at once (default); lazy: only when nobody can go on\n"
    "                       (the only one for scenarios)\n"
    "  --spurious           condition variables may wake without a signal\n"
    "  --fork               fork a program for each schedule, several times as slow; else schedules run in "
    "one memory,\n"
    "                       which is put back after each (where the system can do it: Linux 6.7, x86-64)\n"
    "  --steps N            a schedule with more is too long, or a livelock (default 200000)\n"
    "  --handoff H          fsbase (fast) or futex (works everywhere); default: what the machine can\n"
    "  --no-shrink          leave schedules as they were found; else the fewest preemptions are sought, and "
    "what order\n"
    "                       of which operations decides \n"
    "  --shrink-tries N     schedules to shrink a finding with (default 2000; of a scenario's 3000); three "
    "times that for\n"
    "                       all of them, shared evenly: what some do not need, the least shrunk get\n"
    "  --shrink-for DURATION  how long all findings together are shrunk, shared likewise (default: as long "
    "as --for, from\n"
    "                       20s to 5m; 5m without --for); how far each came is told, and Ctrl-C ends it "
    "earlier\n"
    "  --stop-at-first      end at the first finding\n"
    "  --stop-at WHAT       end at the first race, lock-order, deadlock, lost-wakeup, livelock, assertion, "
    "crash, exit,\n"
    "                       hang or unmodelled\n"
    "  --check-determinism  run each schedule twice, and name the first difference\n"
    "  --still DURATION     a schedule that reaches no point for so long is looked at (default 1s)\n"
    "  --out DIR            where findings go, a file each (default runs/explore-<time>)\n"
    "  --json               findings and a summary as lines of JSON on stdout\n"
    "  --quiet              no progress\n\n"
    "With a SCENARIO instead of a program: the suite's own (tickstorm list), as a run of the flavour explore "
    "with\n"
    "record and history. It takes run's options, and --strategy, --depth, --points, --time, --handoff, "
    "--schedules,\n"
    "--steps, --life-us (virtual time of one schedule), --schedule (follow this one), --no-shrink, "
    "--shrink-tries\n"
    "and --shrink-for; --schedules (default 500; dfs: no limit) is for a life, and the next one has other "
    "ticks.\n"
    "replay and shrink take the finding's signature.\n\n"
    "Exit code 1 when something was found, 5 when all that was found are calls that block and are not "
    "modelled,\n"
    "or no schedule came to its end, else 0.\n\n"
    "  tickstorm explore destroy-mid-callback --mode direct --for 10s\n"
    "  tickstorm cc -o bank bank.c\n"
    "  tickstorm explore -- ./bank 3\n"
    "  tickstorm explore --strategy pct --depth 2 --schedules 10000 --stop-at-first -- ./bank 3\n";

struct search {
    const struct ts_explore_options *options;
    struct ts_driver *driver;
    struct ts_finds finds;
    struct ts_progress progress;
    char out[512];
    bool made_out; /* the folder was not there */
    char program[1024];
    int64_t began_ns;
    uint64_t schedules; /* when the search had ended */
    uint64_t too_long;
    uint64_t outside; /* schedules that somebody killed */
    int outside_signal;
    bool out_of_memory;
    bool interrupted;
};

static bool make_out(struct search *search)
{
    if (search->out[0] != '\0') {
        return true;
    }
    if (search->options->out != NULL) {
        snprintf(search->out, sizeof search->out, "%s", search->options->out);
    } else {
        struct tm utc;
        time_t now = time(NULL);
        gmtime_r(&now, &utc);
        mkdir("runs", 0777);
        strftime(search->out, sizeof search->out, "runs/explore-%Y%m%dT%H%M%SZ", &utc);
    }
    search->made_out = mkdir(search->out, 0777) == 0;
    if (!search->made_out && errno == EEXIST) {
        struct stat status;
        bool folder = stat(search->out, &status) == 0 && S_ISDIR(status.st_mode);
        errno = !folder ? ENOTDIR : access(search->out, W_OK | X_OK) == 0 ? EEXIST : EACCES;
    }
    if (!search->made_out && errno != EEXIST) {
        fprintf(stderr, "tickstorm explore: make folder: %s: %s\n", search->out, strerror(errno));
        search->out[0] = '\0';
    }
    return search->out[0] != '\0';
}

static void write_command(const struct search *search, const struct ts_find *entry, char *command,
                          size_t size)
{
    if (search->out[0] != '\0') {
        snprintf(command, size, "tickstorm replay %s/%s.json -- %s", search->out, entry->signature,
                 search->program);
    } else {
        snprintf(command, size, "tickstorm replay %s -- %s", entry->schedule, search->program);
    }
}

static void save(struct search *search, const struct ts_find *entry)
{
    char path[640], command[2048];
    FILE *file = NULL;
    if (make_out(search)) {
        snprintf(path, sizeof path, "%s/%s.json", search->out, entry->signature);
        file = fopen(path, "we");
    }
    write_command(search, entry, command, sizeof command);
    if (file != NULL) {
        ts_find_json(file, entry, search->program, command);
        fclose(file);
    }
}

/* The last lines of what it wrote, without a sanitizer's report. */
static void print_output(const char *output)
{
    const char *line = output;
    for (unsigned shown = 0; *line != '\0' && shown < 5;) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, "==================", 18) == 0 ||
            strncmp(line, "WARNING: ThreadSanitizer", 24) == 0) {
            return;
        }
        printf("  | %.*s\n", (int)(length < 200 ? length : 200), line);
        shown++;
        line += length + (line[length] == '\n');
    }
}

static void print(struct search *search, const struct ts_find *entry, size_t number)
{
    char command[2048];
    ts_progress_clear(&search->progress);
    printf("finding %zu: %s: %s  (%s)\n", number, entry->what, entry->title, entry->signature);
    fputs(entry->text, stdout);
    print_output(entry->output);
    printf("  schedule %" PRIu64 ": %" PRIu32 " threads, %" PRIu64 " steps, %" PRIu64 " preemptions\n",
           entry->first, entry->threads, entry->steps, entry->preemptions);
    if (strlen(entry->schedule) <= SHOWN_SCHEDULE) {
        printf("  %s\n", entry->schedule);
    }
    write_command(search, entry, command, sizeof command);
    printf("  %s\n\n", command);
    fflush(stdout);
}

static bool is_enough(const struct search *search)
{
    const char *wanted = search->options->stop_at;
    for (size_t i = 0; wanted != NULL && i < search->finds.count; i++) {
        if (strcmp(search->finds.list[i].what, wanted) == 0) {
            return true;
        }
    }
    return search->options->stop_at_first && search->finds.count > 0;
}

static bool on_schedule(const struct ts_driver_event *event, void *user_data)
{
    struct search *search = user_data;
    int added = ts_finds_add(&search->finds, event);
    search->out_of_memory = added < 0;
    search->too_long += event->end == TS_RUN_LONG;
    search->outside += event->outside != 0;
    search->outside_signal = event->outside != 0 ? event->outside : search->outside_signal;
    for (size_t i = search->finds.count - (size_t)(added > 0 ? added : 0); i < search->finds.count; i++) {
        save(search, &search->finds.list[i]);
        if (!search->options->json) {
            print(search, &search->finds.list[i], i + 1);
        }
    }
    return !search->out_of_memory && !is_enough(search);
}

static bool on_tick(const struct ts_driver_progress *now, void *user_data)
{
    struct search *search = user_data;
    double seconds = (double)(ts_clock_ns() - search->began_ns) / (double)TS_NS_PER_S;
    ts_progress_note(&search->progress,
                     "%" PRIu64 " schedules, %.0f a second, %" PRIu64 " different, %zu finding%s",
                     now->schedules, seconds > 0 ? (double)now->schedules / seconds : 0, now->classes,
                     search->finds.count, search->finds.count == 1 ? "" : "s");
    search->interrupted = ts_interrupt_count() > 0;
    return !search->interrupted &&
           (search->options->for_ms == 0 || seconds * 1000 < (double)search->options->for_ms);
}

static void add_counts(struct search *search)
{
    for (size_t i = 0; i < search->finds.count; i++) {
        struct ts_find *entry = &search->finds.list[i];
        uint64_t reports = ts_driver_count(search->driver, entry->signature);
        entry->count = reports > entry->count ? reports : entry->count;
        save(search, entry);
    }
}

/* After the counts: those of the tries are not the search's. */
static void shrink(struct search *search)
{
    struct ts_diag diag;
    if (search->options->no_shrink || search->finds.count == 0) {
        return;
    }
    if (ts_explore_shrink(search->options, search->driver, &search->finds, &diag) != TS_OK) {
        ts_complain("explore", &diag);
    }
    for (size_t i = 0; i < search->finds.count; i++) {
        save(search, &search->finds.list[i]);
    }
}

/* Of the schedules as they are now, shrunk or not. */
static void trace(struct search *search)
{
    struct ts_diag diag;
    char path[640];
    for (size_t i = 0; i < search->finds.count && search->out[0] != '\0'; i++) {
        struct ts_find *entry = &search->finds.list[i];
        snprintf(path, sizeof path, "%s/%s.interleaving.jsonl", search->out, entry->signature);
        entry->traced =
            ts_explore_trace_find(search->driver, &search->options->config, entry, path, &diag) == TS_OK;
        if (entry->traced) {
            save(search, entry);
        } else {
            ts_complain("explore", &diag);
        }
    }
}

static void print_shrunk(const struct ts_find *entry)
{
    if (entry->found == NULL) {
        printf(entry->shrunk[0] != '\0' ? "            %s\n" : "%s", entry->shrunk);
        return;
    }
    printf("            shrunk from %" PRIu64 " preemptions to %" PRIu64 "%s: %s\n", entry->preemptions_found,
           entry->preemptions,
           entry->fewest && entry->preemptions > 0 ? " (early time-outs counted, none has fewer)" : "",
           strlen(entry->schedule) <= SHOWN_SCHEDULE ? entry->schedule : "in the finding's file");
    for (const char *line = entry->ordering; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        printf("            %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    printf("            %s\n", entry->shrunk);
}

/* Only where there is a reason: most programs are the same each time. */
static void print_unsteady(const struct search *search)
{
    size_t unsteady = 0;
    for (size_t i = 0; i < search->finds.count; i++) {
        unsteady += search->finds.list[i].unsteady;
    }
    if (unsteady > 0) {
        printf("%zu did not come back by the same schedule: something decides that is no part of it (random "
               "numbers, real\ntime, addresses, other processes). To hunt for it: tickstorm explore "
               "--check-determinism -- %s\n",
               unsteady, search->program);
    }
}

static void print_count(const struct search *search, const struct ts_driver_progress *now, double seconds)
{
    printf("%" PRIu64 " schedule%s in %.1f s (%.0f a second), ", now->schedules,
           now->schedules == 1 ? "" : "s", seconds, seconds > 0 ? (double)now->schedules / seconds : 0);
    if (now->classes > 0) { /* none where each was killed before it came to an end */
        printf("%" PRIu64 " of them different, ", now->classes);
    }
    printf("seed 0x%" PRIx64 "\n", search->options->config.seed);
}

static void summarise(struct search *search)
{
    struct ts_driver_progress now;
    char text[2048];
    double seconds = (double)(ts_clock_ns() - search->began_ns) / (double)TS_NS_PER_S;
    ts_driver_progress(search->driver, &now);
    ts_driver_estimate(search->driver, text, sizeof text);
    search->schedules = now.schedules;
    add_counts(search);
    shrink(search);
    trace(search);
    if (search->options->json) {
        for (size_t i = 0; i < search->finds.count; i++) {
            char command[2048];
            write_command(search, &search->finds.list[i], command, sizeof command);
            ts_find_json(stdout, &search->finds.list[i], search->program, command);
        }
        printf("{\"schedules\": %" PRIu64 ", \"seconds\": %.3f, \"classes\": %" PRIu64 ", \"findings\": %zu, "
               "\"too_long\": %" PRIu64 ", \"killed_from_outside\": %" PRIu64 ", \"seed\": \"0x%" PRIx64
               "\"}\n",
               now.schedules, seconds, now.classes, search->finds.count, search->too_long, search->outside,
               search->options->config.seed);
        return;
    }
    print_count(search, &now, seconds);
    fputs(text, stdout);
    if (search->outside > 0) {
        printf("%" PRIu64 " were killed from outside (%s) and say nothing\n", search->outside,
               strsignal(search->outside_signal));
    }
    for (size_t i = 0; i < search->finds.count; i++) {
        const struct ts_find *entry = &search->finds.list[i];
        printf("  %8" PRIu64 " times  %s: %s  (%s)\n", entry->count, entry->kind, entry->title,
               entry->signature);
        print_shrunk(entry);
    }
    print_unsteady(search);
    printf(search->finds.count == 0 ? "nothing found\n" : "findings in %s\n", search->out);
}

static void keep_program(struct search *search)
{
    FILE *text = fmemopen(search->program, sizeof search->program, "w");
    if (text != NULL) {
        ts_explore_write_program(text, search->options);
        fclose(text);
    }
}

/* What the scheduler cannot model says nothing about the program. */
static int code_of_finds(const struct ts_finds *finds)
{
    for (size_t i = 0; i < finds->count; i++) {
        if (strcmp(finds->list[i].what, "unmodelled") != 0) {
            return TS_EXIT_FINDINGS;
        }
    }
    return TS_EXIT_INCONCLUSIVE;
}

static int explore(struct ts_explore_options *options)
{
    struct search search = {.options = options};
    struct ts_diag diag;
    if (!options->counted) {
        options->config.count = UINT64_MAX / 2;
        options->for_ms = options->for_ms > 0 ? options->for_ms : FOR_DEFAULT_MS;
    }
    if (options->out != NULL && !make_out(&search)) {
        return TS_EXIT_ENVIRONMENT; /* before hours of search, not after */
    }
    keep_program(&search);
    ts_progress_init(&search.progress, options->quiet || options->json, false, 1);
    search.began_ns = ts_clock_ns();
    int code = ts_explore_open(options, on_schedule, on_tick, &search, &search.driver);
    if (code != TS_EXIT_OK) {
        return code;
    }
    search.began_ns = ts_clock_ns();
    ts_err error = ts_driver_run(search.driver, &options->config, NULL, &diag);
    ts_progress_clear(&search.progress);
    summarise(&search);
    if (error != TS_OK) {
        code = ts_complain("explore", &diag);
    } else if (search.out_of_memory) {
        code = ts_complain(
            "explore",
            &(struct ts_diag){.code = TS_NO_MEMORY, .operation = "keep a finding", .text = "no memory"});
    } else if (search.finds.count > 0) {
        code = code_of_finds(&search.finds);
    } else if (search.interrupted) {
        code = TS_EXIT_INTERRUPTED;
    } else if (search.too_long > 0 && search.too_long == search.schedules) {
        code = TS_EXIT_INCONCLUSIVE; /* no schedule came to its end */
    }
    if (search.made_out && search.finds.count == 0) {
        (void)rmdir(search.out); /* unless another put something in meanwhile */
    }
    ts_explore_close(search.driver);
    ts_finds_fini(&search.finds);
    return code;
}

int ts_command_explore(int count, char **arguments)
{
    struct ts_explore_options options;
    if (ts_explore_is_scenario(count, arguments)) {
        return ts_explore_scenario(count, arguments);
    }
    int code = ts_explore_options_parse(&options, "explore", count, arguments);
    if (code != TS_EXIT_OK) {
        return code;
    }
    return options.check_determinism ? ts_explore_check(&options) : explore(&options);
}
