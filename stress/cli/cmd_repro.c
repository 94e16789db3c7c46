#include "cli/command.h"
#include "cli/explore_interleaving.h"
#include "cli/finding_run.h"
#include "cli/history_file.h"
#include "cli/progress.h"
#include "cli/scenario_shrink.h"
#include "reports/figure.h"
#include "reports/statistics.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVES_DEFAULT 20
#define LIVES_MAX     100000
#define LIFE_MIN_MS   1000

const char ts_help_repro[] =
    "Lives the life that first showed a finding again: the same scenario, mode, flavour, settings, ticks "
    "and\n"
    "seed, as its run's record has them; and says in how many lives of how many it came back. The threads'\n"
    "schedule stays the operating system's, so the share is an estimate, with its 95 % interval (Wilson).\n\n"
    "  --lives N            so many lives (default 20)\n"
    "  --until-fail N       until it comes back, at most N lives\n"
    "  --gdb                stop in gdb at the first report, signal or hang, perhaps another finding's; up "
    "to N\n"
    "                       lives. Not for leaks, which cannot be detected under a debugger\n"
    "  --trace              of an explored finding: print its interleaving, a column for each thread\n"
    "  --html FILE          of an explored finding: write its interleaving as a page\n"
    "  --found              of an explored life: the schedule as it was found, not the shrunk one\n"
    "  --handoff H          of an explored life: fsbase, futex, auto\n"
    "  --out DIR            where record and logs go (default "
    "runs/<time>-<random>)\n" TS_HISTORY_FILE_HELP "\n"
    "Name the finding by its signature or the start of one. Run it where its run was run: paths of a tape, "
    "a\n"
    "plan or a library are those of its command.\n\n"
    "Exit code 0: it came back; 5: it did not; 3: no such finding, or the records of its runs are gone.\n\n"
    "  tickstorm repro 0x56e6 --until-fail 100\n";

static const struct option long_options[] = {{"lives", required_argument, NULL, 'n'},
                                             {"until-fail", required_argument, NULL, 'u'},
                                             {"gdb", no_argument, NULL, 'g'},
                                             {"out", required_argument, NULL, 'o'},
                                             {"html", required_argument, NULL, 'w'},
                                             {"history", required_argument, NULL, 'h'},
                                             {"found", no_argument, NULL, 'f'},
                                             {"handoff", required_argument, NULL, 'a'},
                                             {"trace", no_argument, NULL, 't'},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {NULL, 0, NULL, 0}};

struct repro {
    const char *prefix, *history, *out, *html;
    unsigned lives;
    bool until, gdb, quiet, found, trace;
    const char *handoff;
    const char *signature;
};

static int parse(struct repro *repro, int count, char **arguments)
{
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        char *end = NULL;
        switch (letter) {
        case 'n':
        case 'u':
            repro->lives = (unsigned)strtoul(optarg, &end, 10);
            repro->until = repro->until || letter == 'u';
            if (optarg[0] < '1' || optarg[0] > '9' || *end != '\0' || repro->lives > LIVES_MAX) {
                return ts_usage("repro", "bad number of lives '%s': 1 to %d", optarg, LIVES_MAX);
            }
            break;
        case 'g':
            repro->gdb = true;
            break;
        case 'f':
            repro->found = true;
            break;
        case 't':
            repro->trace = true;
            break;
        case 'a':
            repro->handoff = optarg;
            break;
        case 'o':
            repro->out = optarg;
            break;
        case 'w':
            repro->html = optarg;
            break;
        case 'h':
            repro->history = optarg;
            break;
        case 'q':
            repro->quiet = true;
            break;
        default:
            return ts_usage("repro", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
    }
    repro->prefix = arguments[optind];
    return count - optind == 1 ? TS_EXIT_OK : ts_usage("repro", "one signature, please");
}

static int say_result(const struct repro *repro, const struct ts_record *made)
{
    struct ts_figure low, high;
    int64_t shown = 0, lives = made->cell_count > 0 ? made->cells[0].lives : 0;
    for (size_t i = 0; made->cell_count > 0 && i < made->cells[0].finding_count; i++) {
        const struct ts_record_sighting *sighting = &made->cells[0].findings[i];
        shown = strcmp(sighting->signature, repro->signature) == 0 ? sighting->lives : shown;
    }
    struct ts_interval share = ts_share_interval(shown, lives);
    if (shown > 0 && repro->until) {
        printf("%s came back in life %" PRId64 "\n", repro->signature, lives);
    } else if (shown > 0) {
        printf("%s came back in %" PRId64 " of %" PRId64 " lives; 95 %%: %s to %s %% of lives\n",
               repro->signature, shown, lives, ts_figure_percent(&low, share.low),
               ts_figure_percent(&high, share.high));
    } else {
        printf("%s did not come back in %" PRId64 " lives; 95 %%: below %s %% of lives\n", repro->signature,
               lives, ts_figure_percent_above(&high, ts_share_bound_none(lives)));
    }
    return shown > 0 ? TS_EXIT_OK : TS_EXIT_INCONCLUSIVE;
}

/* Of the first life that left one: as columns, as a page, or both. */
static int show_interleaving(const struct repro *repro, const struct ts_record *made, const char *folder)
{
    struct ts_interleaving interleaving;
    struct ts_diag diag;
    char path[PATH_MAX + 128];
    const struct ts_record_life *life = NULL;
    for (size_t i = 0; life == NULL && i < made->life_count; i++) {
        life = made->lives[i].interleaving[0] != '\0' ? &made->lives[i] : NULL;
    }
    if (life == NULL) {
        fprintf(stderr, "tickstorm repro: no life left an interleaving: %s\n",
                "the finding is not of the explorer, or did not come back");
        return TS_EXIT_INCONCLUSIVE;
    }
    snprintf(path, sizeof path, "%s/%s", folder, life->interleaving);
    if (ts_interleaving_load(path, &interleaving, &diag) != TS_OK) {
        return ts_complain("repro", &diag);
    }
    ts_err error = TS_OK;
    if (repro->trace) {
        ts_interleaving_print(stdout, &interleaving);
    }
    if (repro->html != NULL) {
        error = ts_interleaving_write_page(&interleaving, repro->signature, repro->html, &diag);
    }
    ts_interleaving_free(&interleaving);
    return error == TS_OK ? TS_EXIT_OK : ts_complain("repro", &diag);
}

static int run_lives(const struct repro *repro, struct ts_run_request *request)
{
    static struct ts_run_result result; /* too large for a stack */
    struct ts_progress progress;
    struct ts_record *made = NULL;
    struct ts_diag diag;
    char path[PATH_MAX + 32];
    ts_progress_init(&progress, repro->quiet, false, 1);
    ts_progress_events(&progress, &request->events);
    if (ts_supervisor_run(request, &result, &diag) != TS_OK) {
        return ts_complain("repro", &diag);
    }
    snprintf(path, sizeof path, "%s/record.jsonl", result.folder);
    if (ts_record_load(path, &made, &diag) != TS_OK) {
        ts_complain("repro", &diag);
        return TS_EXIT_INTERNAL; /* we wrote it */
    }
    int code = say_result(repro, made);
    printf("record  %s\n", path);
    int shown =
        repro->html != NULL || repro->trace ? show_interleaving(repro, made, result.folder) : TS_EXIT_OK;
    code = shown != TS_EXIT_OK ? shown : code;
    ts_record_free(made);
    return result.summary.interrupted ? TS_EXIT_INTERRUPTED : code;
}

/* The settings of a cell and, if its life was explored, the schedule: the shrunk one, or as it was found. */
static const char **with_schedule(struct ts_cell *cell, const char *schedule,
                                  const struct ts_scenario_kept *kept, const char *handoff)
{
    static char text[(64 << 10) + 32], hand[32];
    const char **settings = calloc(cell->setting_count + TS_SCENARIO_SETTINGS + 2, sizeof *settings);
    schedule = kept->schedule != NULL ? kept->schedule : schedule;
    if (settings == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < cell->setting_count; i++) {
        settings[i] = cell->settings[i];
    }
    for (size_t i = 0; i < kept->setting_count; i++) {
        settings[cell->setting_count++] = kept->settings[i];
    }
    if (schedule[0] != '\0') {
        snprintf(text, sizeof text, "%sschedule=%s", TS_EXPLORE_SETTING, schedule);
        settings[cell->setting_count++] = text;
    }
    if (handoff != NULL) {
        snprintf(hand, sizeof hand, "%shandoff=%s", TS_EXPLORE_SETTING, handoff);
        settings[cell->setting_count++] = hand;
    }
    return settings;
}

/* The cell as its run had it, but with one life's seed for each of its lives. */
static int repeat(const struct repro *repro, const struct ts_finding_run *found)
{
    static char name[] = "repro";
    char *arguments[] = {name, (char *)(uintptr_t)found->signature, NULL};
    struct ts_diag diag;
    struct ts_cell cell = found->options.plan.cells[found->finding->cell];
    struct ts_plan plan = {.cells = &cell, .count = 1};
    struct ts_scenario_kept kept = {0};
    if (!repro->found) {
        (void)ts_scenario_kept_load(found->folder, found->signature, &kept);
    }
    const char **settings = with_schedule(&cell, found->life->schedule, &kept, repro->handoff);
    if (settings == NULL) {
        return ts_usage("repro", "no memory");
    }
    cell.settings = settings;
    cell.number = 0;
    cell.life_seed = strtoull(found->life->seed, NULL, 0);
    cell.life_ms = found->life->duration_ms * 2 > LIFE_MIN_MS ? found->life->duration_ms * 2 : LIFE_MIN_MS;
    cell.lives = repro->lives;
    cell.until = repro->until ? found->signature : NULL;
    int64_t hang_ms = cell.hang_ms > 0 ? cell.hang_ms : found->options.hang_ms;
    plan.budget_ms = (cell.life_ms + hang_ms) * (int64_t)repro->lives;
    struct ts_run_request request = ts_run_options_request(&found->options);
    request.kind = "repro";
    request.expects = false;
    request.command = found->finding->command;
    request.arguments = arguments;
    request.argument_count = 2;
    request.plan = &plan;
    request.out = repro->out;
    if (!repro->gdb) {
        int code = run_lives(repro, &request);
        free(settings);
        ts_scenario_kept_free(&kept);
        return code;
    }
    char wanted[512];
    snprintf(wanted, sizeof wanted, "tickstorm:   %s %s: %s", found->finding->signature, found->finding->kind,
             found->finding->title);
    struct ts_debug_request debug = {.lives = repro->lives, .wanted = wanted};
    (void)ts_supervisor_debug(&request, &debug, &diag); /* returns only with an error */
    free(settings);
    ts_scenario_kept_free(&kept);
    return ts_complain("repro", &diag);
}

int ts_command_repro(int count, char **arguments)
{
    static struct ts_finding_run found; /* too large for a stack */
    struct repro repro = {.lives = LIVES_DEFAULT};
    int code = parse(&repro, count, arguments);
    if (code != TS_EXIT_OK) {
        return code;
    }
    code = ts_finding_run_open("repro", repro.prefix, repro.history, &found);
    repro.signature = found.signature;
    if (code == TS_EXIT_OK && repro.gdb && strcmp(found.finding->kind, "leak") == 0) {
        code = ts_usage("repro", "LeakSanitizer does not work under a debugger: no --gdb for a leak");
    }
    if (code == TS_EXIT_OK) {
        code = repeat(&repro, &found);
    }
    ts_finding_run_close(&found);
    return code;
}
