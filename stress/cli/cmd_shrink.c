#include "cli/command.h"
#include "cli/fault_options.h"
#include "cli/finding_run.h"
#include "cli/option_values.h"
#include "cli/scenario_shrink.h"
#include "faults/shrink.h"
#include "supervisor/duration.h"
#include "supervisor/interrupt.h"
#include "supervisor/repeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NEED_DEFAULT  1
#define LIVES_DEFAULT 3
#define LIVES_MAX     1000
#define LIFE_MIN_MS   500
#define LIMIT_MS      60000

const char ts_help_shrink[] =
    "Takes faults away from a fault plan with which a run failed, for as long as it still fails: first "
    "points,\n"
    "then firings. What is left is printed, with the command that runs it.\n\n"
    "  SIGNATURE            a finding of the history (or the start of its signature): its run's cell and "
    "plan;\n"
    "                       a life counts as failed when it shows this finding. Of an explored life "
    "(tickstorm\n"
    "                       explore SCENARIO) the schedule is shrunk: fewest preemptions, then a smaller "
    "scenario\n"
    "  SCENARIO [options]   a cell, with the options of tickstorm run: --faults or --fault-plan, one --mode, "
    "one\n"
    "                       --flavour, --for (of a life; default 10s), --set, --seed, ...; any failure "
    "counts\n"
    "  --need K/N           a plan fails when K of N lives do (default 1/3); the N have seeds of their own, "
    "the\n"
    "                       same for each plan that is tried\n"
    "  --life DURATION      of each life (default: --for; of a finding's, twice what the life took that "
    "showed it,\n"
    "                       and no more than its cell had)\n"
    "  --tries N            schedules to shrink that of an explored life with (default 3000)\n"
    "  --within DURATION    how long that may take (default 60s); how far it came is told\n"
    "  --out DIR            where the records of all tries go (default runs/shrink-<time>)\n"
    "  --history FILE       the database; else $TICKSTORM_HISTORY, else runs/history.db\n\n"
    "Exit code 0: shrunk; 5: the whole plan did not fail; 3: no such finding; 130: interrupted, and the "
    "smallest\n"
    "plan so far is printed.\n\n"
    "  tickstorm shrink 0x56e6 --need 2/5\n"
    "  tickstorm shrink destroy-mid-callback --mode direct --for 2s --faults '*: 1%delay'\n";

struct job {
    unsigned need, lives;
    int64_t life_ms;
    uint64_t schedules;    /* to shrink a schedule with */
    int64_t limit_ms;      /* the same */
    const char *signature; /* what must be shown; NULL: any failure */
    char out[PATH_MAX - 32];
    struct ts_run_request request;
    struct ts_cell cell;
    struct ts_cell_tally last, failed; /* of the last try, and of the last that failed */
    unsigned tries;
    ts_err error;
    struct ts_diag diag;
};

static void keep_tally(const struct ts_cell *cell, const struct ts_cell_tally *tally, int64_t elapsed_ms,
                       const char *command, void *user_data)
{
    (void)cell;
    (void)elapsed_ms;
    (void)command;
    ((struct job *)user_data)->last = *tally;
}

static uint64_t failing_lives(const struct job *job)
{
    uint64_t count = 0;
    for (size_t i = 0; job->signature != NULL && i < job->last.finding_count; i++) {
        if (strcmp(job->last.findings[i].signature, job->signature) == 0) {
            count = job->last.findings[i].lives > count ? job->last.findings[i].lives : count;
        }
    }
    for (int i = 0; job->signature == NULL && i < TS_RECORD_OUTCOME_COUNT; i++) {
        count += ts_outcome_failed((ts_record_outcome)i) ? job->last.outcomes[i] : 0;
    }
    return count;
}

static enum ts_shrink_answer try_spec(const struct ts_fault_spec *spec, void *user_data)
{
    static struct ts_run_result result; /* too large for a stack */
    static char text[TS_FAULT_TEXT_MAX];
    struct job *job = user_data;
    char folder[PATH_MAX];
    struct ts_plan plan = {.cells = &job->cell, .count = 1};
    plan.budget_ms = (job->life_ms + job->request.hang_ms) * (int64_t)job->lives;
    job->cell.faults = ts_fault_spec_text(spec, text, sizeof text);
    snprintf(folder, sizeof folder, "%s/%03u", job->out, ++job->tries);
    job->request.plan = &plan;
    job->request.out = folder;
    memset(&job->last, 0, sizeof job->last);
    job->error = ts_supervisor_run(&job->request, &result, &job->diag);
    if (job->error != TS_OK || result.summary.interrupted) {
        return TS_SHRINK_STOP;
    }
    uint64_t failing = failing_lives(job);
    bool fails = failing >= job->need;
    fprintf(stderr, "try %u: %u rule%s: %s, %" PRIu64 " of %" PRIu64 " lives\n", job->tries, spec->rule_count,
            spec->rule_count == 1 ? "" : "s", fails ? "fails" : "does not fail", failing, job->last.lives);
    if (fails) {
        job->failed = job->last;
    }
    return fails ? TS_SHRINK_FAILS : TS_SHRINK_PASSES;
}

static uint64_t fired(int point, void *user_data)
{
    return ((struct job *)user_data)->failed.fired[point];
}

static void print_command(const struct job *job, const char *faults)
{
    fputs("run     ", stdout);
    ts_repeat_write(stdout, &job->request, &job->cell, job->life_ms * (int64_t)job->lives, faults);
    putchar('\n');
}

static int say(const struct job *job, ts_err error, const struct ts_fault_spec *spec, uint32_t rules_before)
{
    static char text[TS_FAULT_TEXT_MAX];
    if (job->error != TS_OK) {
        return ts_complain("shrink", &job->diag);
    }
    if (error == TS_NOT_FOUND) {
        printf("the plan did not fail: %" PRIu64 " of %" PRIu64 " lives, %u needed\n", failing_lives(job),
               job->last.lives, job->need);
        return TS_EXIT_INCONCLUSIVE;
    }
    ts_fault_spec_text(spec, text, sizeof text);
    printf("%s%u of %u rules, after %u tries of up to %u lives\n", error == TS_CLOSED ? "interrupted; " : "",
           spec->rule_count, rules_before, job->tries, job->lives);
    printf("faults  %s\n", spec->rule_count == 0 ? "(none: it fails without any)" : text);
    print_command(job, text);
    printf("records %s\n", job->out);
    return error == TS_CLOSED ? TS_EXIT_INTERRUPTED : TS_EXIT_OK;
}

/* The run's faults and the cell's become one spec, which the cell then has alone. */
static int shrink(struct job *job, const struct ts_run_options *options)
{
    static struct ts_fault_spec spec; /* too large for a stack */
    static char name[] = "shrink";
    static char *arguments[] = {name, NULL};
    char *faults = NULL;
    int code = TS_EXIT_OK;
    if (options->faults != NULL) {
        code = ts_faults_add("shrink", &faults, options->faults);
    }
    if (code == TS_EXIT_OK && job->cell.faults != NULL) {
        code = ts_faults_add("shrink", &faults, job->cell.faults);
    }
    if (code == TS_EXIT_OK && faults == NULL) {
        code = ts_usage("shrink", "there is no fault to take away: which --faults?");
    }
    if (code == TS_EXIT_OK) {
        code = ts_faults_read("shrink", faults, &spec);
    }
    if (code != TS_EXIT_OK) {
        free(faults);
        return code;
    }
    job->request = ts_run_options_request(options);
    job->request.kind = "shrink";
    job->request.expects = false;
    job->request.command = options->command;
    job->request.arguments = arguments;
    job->request.argument_count = 1;
    job->request.faults = NULL;
    job->request.events.cell_end = keep_tally;
    job->request.events.user_data = job;
    job->cell.number = 0;
    job->cell.lives = job->lives;
    job->cell.failures = job->need;
    job->cell.life_ms = job->life_ms;
    job->cell.for_ms = 0;
    uint32_t rules = spec.rule_count;
    struct ts_shrink_test test = {.run = try_spec, .fired = fired, .user_data = job};
    ts_err error = ts_fault_shrink(&spec, &test);
    code = error == TS_NO_MEMORY ? ts_usage("shrink", "no memory") : say(job, error, &spec, rules);
    free(faults);
    return code;
}

/* A life that was explored has its schedule shrunk; the faults in it are choices of that. */
static int shrink_schedule(const struct job *job, const struct ts_finding_run *found)
{
    struct ts_scenario_find find = {&found->options, found->finding, found->life, found->folder};
    if (job->life_ms > 0) {
        return ts_usage("shrink",
                        "%s was explored: its schedule is shrunk with so many --tries, not in a --life",
                        found->signature);
    }
    struct ts_scenario_shrink_budget budget = {job->schedules, job->limit_ms};
    ts_interrupt_install();
    int code = ts_scenario_shrink("shrink", &find, 1, &budget, false);
    return code == TS_EXIT_OK && ts_interrupt_count() > 0 ? TS_EXIT_INTERRUPTED : code;
}

static int shrink_finding(struct job *job, const char *prefix, const char *history)
{
    static struct ts_finding_run found; /* too large for a stack */
    int code = ts_finding_run_open("shrink", prefix, history, &found);
    if (code == TS_EXIT_OK && found.life->schedule[0] != '\0') {
        code = shrink_schedule(job, &found);
    } else if (code == TS_EXIT_OK) {
        size_t number = (size_t)found.finding->cell;
        int64_t cell_ms = ts_plan_share_ms(&found.options.plan, number, 0),
                took_ms = found.life->duration_ms * 2;
        took_ms = took_ms > LIFE_MIN_MS ? took_ms : LIFE_MIN_MS;
        job->signature = found.signature;
        job->cell = found.options.plan.cells[number];
        job->life_ms = job->life_ms > 0 ? job->life_ms : took_ms < cell_ms ? took_ms : cell_ms;
        code = shrink(job, &found.options);
    }
    ts_finding_run_close(&found);
    return code;
}

static int shrink_cell(struct job *job, int count, char **arguments)
{
    struct ts_run_options options;
    int code = ts_run_options_parse(&options, "shrink", count, arguments);
    if (code == TS_EXIT_OK && options.plan.count != 1) {
        code = ts_usage("shrink", "one scenario, one mode and one flavour, please");
    }
    if (code == TS_EXIT_OK) {
        job->cell = options.plan.cells[0];
        job->life_ms = job->life_ms > 0 ? job->life_ms : options.for_ms;
        code = shrink(job, &options);
    }
    ts_run_options_fini(&options);
    return code;
}

static bool parse_need(struct job *job, const char *text)
{
    char rest;
    return sscanf(text, "%u/%u%c", &job->need, &job->lives, &rest) == 2 && job->need >= 1 &&
           job->need <= job->lives && job->lives <= LIVES_MAX;
}

static void name_folder(struct job *job)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(job->out, sizeof job->out, "runs/shrink-%Y%m%dT%H%M%SZ", &utc);
}

/* Takes what is shrink's own out of the arguments; the rest is that of a run. */
static int take_own(struct job *job, int *count, char **arguments, const char **history)
{
    int kept = 0;
    for (int i = 0; i < *count; i++) {
        bool need = strcmp(arguments[i], "--need") == 0, out = strcmp(arguments[i], "--out") == 0;
        bool is_history = strcmp(arguments[i], "--history") == 0, life = strcmp(arguments[i], "--life") == 0;
        bool tries = strcmp(arguments[i], "--tries") == 0, within = strcmp(arguments[i], "--within") == 0;
        if (!need && !out && !is_history && !life && !tries && !within) {
            arguments[kept++] = arguments[i];
            continue;
        }
        if (++i == *count) {
            return ts_usage("shrink", "%s needs a value", arguments[i - 1]);
        }
        if (need && !parse_need(job, arguments[i])) {
            return ts_usage("shrink", "bad --need '%s': K/N, as 2/5", arguments[i]);
        }
        if (life && !ts_parse_duration(arguments[i], &job->life_ms)) {
            return ts_usage("shrink", "bad --life '%s': a number and its unit, as 500ms or 10s",
                            arguments[i]);
        }
        if (tries && ts_option_count("shrink", "--tries", arguments[i], &job->schedules) != TS_EXIT_OK) {
            return TS_EXIT_USAGE;
        }
        if (within && ts_option_duration("shrink", "--within", arguments[i], &job->limit_ms) != TS_EXIT_OK) {
            return TS_EXIT_USAGE;
        }
        if (out) {
            snprintf(job->out, sizeof job->out, "%s", arguments[i]);
        }
        *history = is_history ? arguments[i] : *history;
    }
    arguments[kept] = NULL;
    *count = kept;
    return TS_EXIT_OK;
}

int ts_command_shrink(int count, char **arguments)
{
    static struct job job; /* too large for a stack */
    const char *history = NULL;
    job.need = NEED_DEFAULT;
    job.lives = LIVES_DEFAULT;
    job.schedules = TS_SCENARIO_SHRINK_TRIES;
    job.limit_ms = LIMIT_MS;
    name_folder(&job);
    int code = take_own(&job, &count, arguments, &history);
    if (code != TS_EXIT_OK) {
        return code;
    }
    code = count == 2 && strncmp(arguments[1], "0x", 2) == 0 ? shrink_finding(&job, arguments[1], history)
                                                             : shrink_cell(&job, count, arguments);
    return ts_finish_output("shrink", code);
}
