/*
 * bad-plugin: the host loads libraries with a defect each (faults/plugins).
 *
 * Hazard: engines and libraries whose defect the host met. One that cannot work is refused by name; what a
 * library hands out that is none is dropped and counted by reason, and no strategy sees it; what comes after
 * the engine's end touches nothing. Must show: nothing, in every mode. `abort` alone no host survives: it is
 * tried only when asked for, and must end in that class of crash. Threads: the owner feeds and polls; the
 * libraries' own, which nobody joins, call back late.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/ema_strategy.h"
#include "scenario/scenarios.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EVENTS     64u
#define DRAIN_NS   (20 * TS_NS_PER_MS)
#define LATE_LOOKS 5000 /* a millisecond apart; not timed, for a clock that jumps is one of the faults */
#define NO_DROP    SIZE_MAX
#define DROP(name) offsetof(struct ts_callback_drops, name)

enum seen { SEEN_NONE, SEEN_SOME };

struct defect {
    const char *name;
    const char *library;
    ts_err refused;    /* by the start; TS_OK: it starts */
    const char *words; /* of the refusal */
    bool queued_only;  /* in the other modes the host does without what is missing */
    enum seen seen;    /* results that reach the strategies */
    size_t drop;       /* the reason that counts, offset in struct ts_callback_drops */
};

#define REFUSED(library, code, text) {library, "bad-" library, code, text, false, SEEN_NONE, NO_DROP}
#define DROPPED(name, reason)        {name, "fault-plugin", TS_OK, "", false, SEEN_NONE, DROP(reason)}
#define SURVIVED(name, results)      {name, "fault-plugin", TS_OK, "", false, results, NO_DROP}

static const struct defect defects[] = {
    REFUSED("lacks-create", TS_NOT_FOUND, "signal_create"),
    REFUSED("lacks-on-data", TS_NOT_FOUND, "signal_on_data"),
    {"lacks-poll", "bad-lacks-poll", TS_NOT_FOUND, "signal_poll_callbacks", true, SEEN_NONE, NO_DROP},
    REFUSED("wrong-size", TS_MISMATCH, "Depth has 400 bytes"),
    REFUSED("wrong-version", TS_MISMATCH, "its ABI is version"),
    {"create-null", "fault-plugin", TS_INVALID, "made to fail", false, SEEN_NONE, NO_DROP},
    DROPPED("nan", not_finite),
    DROPPED("count", count),
    DROPPED("null-values", values),
    DROPPED("null-symbol", symbol),
    {"foreign-thread", "fault-plugin", TS_OK, "", true, SEEN_NONE, DROP(foreign)},
    SURVIVED("endless-symbol", SEEN_SOME),
    SURVIVED("idle-poll", SEEN_NONE),
    SURVIVED("late-callback", SEEN_SOME),
    SURVIVED("slow-create", SEEN_SOME),
    SURVIVED("abort", SEEN_NONE),
};

#define DEFECTS (sizeof defects / sizeof *defects)
#define TRIED   (DEFECTS - 1) /* unless asked for by name: all but abort */

struct trial {
    struct ts_life *life;
    const struct defect *defect;
    struct ts_source *source;
    struct ts_tick tick;
    unsigned fed, events;
    uint64_t seen;
    bool long_symbol;
    uint64_t loads_failed; /* before it began */
};

/* Faults that took the library or a symbol of it away. */
static uint64_t loads_failed(const struct ts_life *life)
{
    const struct ts_fault_log *faults = &life->board->faults;
    return ts_fault_log_fired(faults, TS_PROBE_CALL_DLOPEN) +
           ts_fault_log_fired(faults, TS_PROBE_CALL_DLSYM) +
           ts_fault_log_fired(faults, TS_PROBE_PLUGIN_LOAD_FAIL);
}

/* What the host was not given it cannot answer for. */
static bool is_disturbed(const struct trial *trial)
{
    return loads_failed(trial->life) != trial->loads_failed;
}

static void complain(const struct trial *trial, const char *what, const char *got)
{
    if (!is_disturbed(trial)) {
        ts_board_violation(trial->life->board, "bad-plugin", "%s: %s, got: %s", trial->defect->name, what,
                           got);
    }
}

static ts_err next_event(void *user_data, struct ts_event *event)
{
    struct trial *trial = user_data;
    if (trial->fed++ == trial->events || ts_life_over(trial->life) ||
        ts_source_next(trial->source, &trial->tick) != TS_OK) {
        return TS_END;
    }
    *event = (struct ts_event){
        .type = (int)trial->tick.type, .size = trial->tick.size, .data = trial->tick.data.bytes};
    return TS_OK;
}

static void on_result(void *user_data, const char *symbol, int64_t timestamp_ns, const double *values,
                      int count)
{
    struct trial *trial = user_data;
    (void)timestamp_ns;
    (void)values;
    (void)count;
    trial->seen++;
    trial->long_symbol = trial->long_symbol || strlen(symbol) == WINGCHUN_SYMBOL_SIZE;
}

static ts_err find_library(const struct defect *defect, char *path, size_t size, struct ts_diag *diag)
{
    char program[512];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) {
        return ts_fail_errno(diag, errno, "find plugins", "/proc/self/exe");
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    snprintf(path, size, "%.*s/../plugins/lib%s.so", (int)(slash - program), program, defect->library);
    return access(path, R_OK) == 0 ? TS_OK : ts_fail_errno(diag, errno, "find plugins", path);
}

static void check_refused(const struct trial *trial, ts_err error, const struct ts_diag *diag)
{
    const struct defect *defect = trial->defect;
    if (error == TS_OK || error != defect->refused || strstr(diag->text, defect->words) == NULL) {
        complain(trial, "it must be refused by name", error == TS_OK ? "a start" : diag->text);
    }
}

/* The library's thread goes on calling when engine and runner are gone. */
static void await_late(const struct trial *trial, uint64_t before)
{
    for (int looks = 0; ts_callback_gate_late() == before && looks < LATE_LOOKS; looks++) {
        ts_board_beat(trial->life->board);
        ts_sleep_ns(TS_NS_PER_MS);
    }
    if (ts_callback_gate_late() == before) {
        complain(trial, "its late callback must be counted", "none");
    }
}

static void check_seen(const struct trial *trial, const struct ts_callback_drops *drops, bool applies)
{
    const struct defect *defect = trial->defect;
    char got[96];
    uint64_t sum = drops->foreign + drops->symbol + drops->count + drops->values + drops->not_finite;
    uint64_t wanted = 0;
    bool drop = applies && defect->drop != NO_DROP;
    if (drop) {
        memcpy(&wanted, (const char *)drops + defect->drop, sizeof wanted);
    }
    snprintf(got, sizeof got, "%llu seen, %llu dropped, %llu for its reason", (unsigned long long)trial->seen,
             (unsigned long long)sum, (unsigned long long)wanted);
    bool some = !applies || defect->seen == SEEN_SOME;
    if ((trial->seen > 0) != some || sum != wanted || (drop && wanted == 0)) {
        complain(trial, some ? "results must be seen and none dropped" : "none must be seen", got);
    }
    if (strcmp(defect->name, "endless-symbol") == 0 && !trial->long_symbol) {
        complain(trial, "a symbol of 32 characters must come whole", got);
    }
}

static void work(struct trial *trial, struct ts_runner *runner)
{
    struct ts_strategy *strategy;
    uint32_t slot;
    struct ts_ema_options options = {.board = trial->life->board,
                                     .mode = trial->life->mode,
                                     .epoch = 1,
                                     .journal_file = -1,
                                     .check_values = true};
    if (ts_ema_strategy_create(&options, &strategy, NULL) == TS_OK &&
        ts_runner_add(runner, strategy, NULL, &slot) != TS_OK) {
        ts_strategy_destroy(strategy);
    }
    ts_runner_loop(runner);
    if (strcmp(trial->defect->name, "idle-poll") == 0 && ts_runner_drain(runner, DRAIN_NS)) {
        complain(trial, "what never comes must not pass for delivered", "a quiet engine");
    }
    ts_runner_poll(runner);
}

/* Such a thread is none of the scheduler's: explored lives do without. */
static bool has_own_thread(const struct defect *defect)
{
    return strcmp(defect->name, "foreign-thread") == 0 || strcmp(defect->name, "late-callback") == 0;
}

static ts_err try_defect(struct trial *trial, struct ts_diag *diag)
{
    const struct defect *defect = trial->defect;
    struct ts_life *life = trial->life;
    char path[640], config[96];
    struct ts_runner *runner;
    struct ts_diag refusal = {0};
    bool applies = !defect->queued_only || life->mode == TS_DELIVERY_QUEUED;
    if ((!applies && defect->refused != TS_OK) || (life->explored && has_own_thread(defect))) {
        return TS_OK;
    }
    ts_err error = find_library(defect, path, sizeof path, diag);
    snprintf(config, sizeof config, "{\"mode\":\"%s\",\"defect\":\"%s\"}", ts_mode_names[life->mode],
             defect->name);
    struct ts_runner_options options = {.mode = life->mode,
                                        .library_path = path,
                                        .config_json = config,
                                        .results_only = true,
                                        .strategies_max = 1,
                                        .poll_on_depth = true};
    struct ts_event_source feed = {.next = next_event, .on_result = on_result, .user_data = trial};
    if (error == TS_OK) {
        error = ts_runner_create(&options, &feed, &runner, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    uint64_t late = ts_callback_gate_late();
    error = ts_runner_start(runner, &refusal);
    ts_board_add(life->board, TS_COUNTER_checks, 1);
    atomic_fetch_add_explicit(&life->board->hazard, 1, memory_order_relaxed); /* a statistic */
    if (error != TS_OK && (error == TS_NO_MEMORY || refusal.code == TS_LIMIT)) {
        *diag = refusal;
        ts_runner_destroy(runner);
        return error;
    }
    if (defect->refused != TS_OK || error != TS_OK) {
        check_refused(trial, error, &refusal);
        ts_runner_destroy(runner);
        return TS_OK;
    }
    work(trial, runner);
    ts_runner_stop(runner, NULL);
    struct ts_callback_drops drops = ts_runner_stats(runner).dropped;
    ts_runner_destroy(runner);
    if (trial->fed > trial->events) { /* else the life was over first */
        check_seen(trial, &drops, applies);
    }
    if (strcmp(defect->name, "late-callback") == 0 && !is_disturbed(trial)) {
        await_late(trial, late);
    }
    return TS_OK;
}

static ts_err choose(const struct ts_life *life, size_t *first, size_t *end, struct ts_diag *diag)
{
    const char *name = ts_life_setting(life, "plugin", "all");
    *first = 0;
    *end = TRIED;
    for (size_t i = 0; i < DEFECTS; i++) {
        if (strcmp(defects[i].name, name) == 0) {
            *first = i;
            *end = i + 1;
            return TS_OK;
        }
    }
    return strcmp(name, "all") == 0
               ? TS_OK
               : ts_fail(diag, TS_UNKNOWN, "scenario setting", "plugin", "%s is no defect", name);
}

ts_err ts_scenario_bad_plugin(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_source *source = NULL;
    struct ts_synthetic_options synthetic = ts_synthetic_flood(ts_seed_mix(life->seed, 1), 4);
    size_t first, end;
    ts_err error = choose(life, &first, &end, diag);
    if (error == TS_OK) {
        error = ts_life_source(life, &synthetic, &source, diag);
    }
    life->late_callbacks = true;
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        for (size_t i = first; error == TS_OK && i < end && !ts_life_over(life); i++) {
            struct trial trial = {.life = life,
                                  .defect = &defects[i],
                                  .source = source,
                                  .events = ts_life_size(life, EVENTS, 8),
                                  .loads_failed = loads_failed(life)};
            error = try_defect(&trial, diag);
        }
    }
    ts_source_close(source);
    return error;
}
