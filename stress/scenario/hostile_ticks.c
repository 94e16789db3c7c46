/*
 * hostile-ticks: ticks that no exchange should send, among good ones.
 *
 * A case is one kind (faults/hostile_tick.h), or all of them mixed, with an engine of its own: each
 * occurrence comes after a good tick of its stream, for every type that the kind exists for, by
 * signal_on_data and by signal_offer, from a block of exactly the tick's size. Good ticks come in between.
 * Everything goes through the host. Hazard: hostile ticks of the kind that was sent least (in an
 * explored life, which has time for a few of the mixture: of any kind). Must show: every
 * counter of ticks is exactly what the oracle (faults/tick_oracle.h) foretells, and the counter that is
 * documented for the kind is exactly the number of occurrences; the good ticks count as nothing but good;
 * every accepted Depth gives the result of its own book; strategies see no value that is not finite; nothing
 * crashes. A tick may be dropped when a fault left the ingress without room during its call, and only then;
 * it must leave no trace but that it was dropped. Threads: the owner feeds; the library's threads work and,
 * but in queued mode, call the strategies.
 */
#include "base/clock.h"
#include "faults/hostile_tick.h"
#include "faults/tick_oracle.h"
#include "scenario/good_tick.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS          4u
#define EACH_WAY         4u   /* occurrences of a kind for each type, each way */
#define MIXED            128u /* occurrences in the mixed case */
#define GOOD_BETWEEN     2u
#define RESULTS_MAX      16384u
#define RESULTS_RESERVED 256u /* an occurrence takes fewer */
#define MIXED_KINDS      TS_HOSTILE_COUNT
#define SPARE            4096 /* more than the size that any tick is given with */

/* What is known of a result before it comes; relaxed, the feed orders it before the tick that yields it. */
typedef _Atomic uint64_t result_print;

/* The oracle's state before the tick under way, of which a tick that is dropped leaves all as it was. */
struct before {
    struct ts_oracle_counts counts;
    uint32_t stream_count;
    uint32_t at; /* the tick's stream, when it has one */
    struct ts_oracle_stream stream;
    uint64_t foretold, good_odd;
    uint64_t full; /* how often a fault had made the ingress full */
};

struct state {
    struct ts_oracle oracle;
    struct before before;
    result_print results[RESULTS_MAX];
    int kind; /* MIXED_KINDS: any */
    uint32_t occurrences, wanted;
    uint32_t good_left; /* before the next occurrence */
    bool has_depth;
    struct wingchun_depth depth; /* the latest good one */
    /* The occurrence under way. */
    bool is_under_way;
    enum ts_hostile_kind now;
    int type;
    uint64_t seed;
    unsigned step;
    bool by_offer;
    unsigned char good[WINGCHUN_SIZE_MAX];
    unsigned char *block;       /* the tick that was given last; NULL without memory, and then */
    unsigned char spare[SPARE]; /* it is here */
    bool short_of_strategies;   /* there was no memory for one: who wants what is not known */
    /* Of the case. */
    uint64_t hostile, foretold, good_odd, unwanted, dropped;
    /* Of the life. */
    uint64_t sent[TS_HOSTILE_COUNT];
};

static uint64_t print_of(int64_t timestamp_ns, double spread, double mid)
{
    uint64_t bits[2];
    memcpy(&bits[0], &spread, sizeof spread);
    memcpy(&bits[1], &mid, sizeof mid);
    return ts_hash64(ts_hash64((uint64_t)timestamp_ns ^ ts_hash64(bits[0])) ^ bits[1]);
}

static void check_result(struct ts_rig *rig, int64_t timestamp_ns, const double *values, int count)
{
    struct state *state = rig->scenario;
    for (int i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            ts_board_violation(rig->life->board, "not-finite", "a result carries %g", values[i]);
            return;
        }
    }
    uint64_t number = count == TS_CHECKED_VALUES ? (uint64_t)values[TS_CHECKED_SEQUENCE] : 0;
    if (number == 0 || number > RESULTS_MAX ||
        atomic_load_explicit(&state->results[number - 1], memory_order_relaxed) !=
            print_of(timestamp_ns, values[TS_CHECKED_SPREAD], values[TS_CHECKED_MID])) {
        ts_board_violation(rig->life->board, "result", "result %llu is not that of its Depth",
                           (unsigned long long)number);
    }
}

/* In the synthetic feed the strategies have all symbols of it between them; of a recording they want
 * everything. */
static bool somebody_wants(const struct ts_rig *rig, int type, const void *data)
{
    char symbol[WINGCHUN_SYMBOL_SIZE + 1];
    if (rig->life->ticks_path != NULL) {
        return true;
    }
    ts_oracle_symbol(type, data, symbol);
    return strlen(symbol) == strlen("ts0000_usdt") && strncmp(symbol, "ts000", 5) == 0 && symbol[5] >= '0' &&
           symbol[5] < '0' + (int)SYMBOLS && strcmp(symbol + 6, "_usdt") == 0;
}

/* By the host, which alone feeds: the pipeline's threads have broadcasts of their own. */
static uint64_t ingress_full(const struct ts_rig *rig)
{
    const struct ts_fault_log *log = &rig->life->board->faults;
    return ts_fault_log_failed_on(log, "host", TS_PROBE_PIPELINE_OFFER_FULL) +
           ts_fault_log_failed_on(log, "host", TS_PROBE_BROADCAST_OPEN_FULL);
}

static void remember(struct ts_rig *rig, int type, const void *data, uint32_t size)
{
    struct state *state = rig->scenario;
    struct before *before = &state->before;
    const struct ts_oracle_stream *stream = NULL;
    if (data != NULL && wingchun_size(type) != 0 && wingchun_size(type) == size) {
        stream = ts_oracle_find(&state->oracle, type, data);
    }
    before->counts = state->oracle.counts;
    before->foretold = state->foretold;
    before->good_odd = state->good_odd;
    before->full = ingress_full(rig);
    before->stream_count = state->oracle.stream_count;
    before->at = stream != NULL ? (uint32_t)(stream - state->oracle.streams) : before->stream_count;
    if (stream != NULL) {
        before->stream = *stream;
    }
}

/* A tick that found no room for as long as the host's engine waits is dropped, and counted as nothing else.
 */
static void after_tick(struct ts_rig *rig, const struct ts_event *event)
{
    struct state *state = rig->scenario;
    const struct before *before = &state->before;
    struct signal_stats stats = {.struct_size = sizeof stats};
    (void)event;
    int status = ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
    TS_ASSERT(status == SIGNAL_OK);
    if (stats.ticks_dropped == state->dropped || ingress_full(rig) == before->full) {
        return; /* a drop without the fault is told at the end */
    }
    state->dropped++;
    state->oracle.counts = before->counts;
    state->oracle.stream_count = before->stream_count;
    if (before->at < before->stream_count) {
        state->oracle.streams[before->at] = before->stream;
    }
    state->foretold = before->foretold;
    state->good_odd = before->good_odd;
}

/* Foretells what becomes of the tick, and makes it the event. From a block of its own, so that a read past it
 * is seen. */
static void give(struct ts_rig *rig, int type, const void *data, uint32_t size, struct ts_event *event)
{
    struct state *state = rig->scenario;
    free(state->block);
    state->block = malloc(size > 0 ? size : 1);
    unsigned char *bytes = state->block != NULL ? state->block : state->spare; /* there was no memory */
    TS_ASSERT(state->block != NULL || size <= sizeof state->spare);
    if (data != NULL) {
        memcpy(bytes, data, size);
    }
    const void *given = data != NULL ? bytes : NULL;
    *event = (struct ts_event){.type = type, .size = size, .data = given, .offer = state->by_offer};
    remember(rig, type, given, size);
    if (!ts_oracle_tick(&state->oracle, type, given, size) || given == NULL) { /* NULL is never taken */
        return;
    }
    state->unwanted += !somebody_wants(rig, type, given);
    if (type == WINGCHUN_DEPTH) {
        const struct wingchun_depth *depth = given;
        TS_ASSERT(size == sizeof *depth);
        double bid = depth->bid_price[0], ask = depth->ask_price[0];
        uint64_t number = state->oracle.counts.depth_accepted;
        TS_ASSERT(number <= RESULTS_MAX);
        atomic_store_explicit(&state->results[number - 1],
                              print_of(depth->data_time_ns, ask - bid, (ask + bid) / 2),
                              memory_order_relaxed); /* see result_print */
    }
}

static void give_good(struct ts_rig *rig, int type, const void *data, struct ts_event *event)
{
    struct state *state = rig->scenario;
    uint64_t before = state->oracle.counts.ticks_suspect + state->oracle.counts.ticks_rejected;
    give(rig, type, data, (uint32_t)wingchun_size(type), event);
    state->good_odd += state->oracle.counts.ticks_suspect + state->oracle.counts.ticks_rejected - before;
}

static ts_err give_from_source(struct ts_rig *rig, struct ts_event *event)
{
    struct state *state = rig->scenario;
    struct ts_tick *tick = &rig->tick;
    if (ts_source_next(rig->source, tick) != TS_OK) {
        return TS_END;
    }
    ts_good_tick_stamp(&state->oracle, (int)tick->type, tick->data.bytes);
    if (tick->type == WINGCHUN_DEPTH) {
        state->depth = tick->data.depth;
        state->has_depth = true;
    }
    state->by_offer = ts_random_below(&rig->life->random, 2) == 0;
    give_good(rig, (int)tick->type, tick->data.bytes, event);
    return TS_OK;
}

static int draw_type(struct ts_random *random, enum ts_hostile_kind kind)
{
    const char *types = ts_hostile_kinds[kind].types;
    return WINGCHUN_DEPTH + (int)(strchr("DTRI", types[ts_random_below(random, strlen(types))]) - "DTRI");
}

/* Begins with a good tick of the stream that the hostile ones will be of. */
static void begin_occurrence(struct ts_rig *rig, struct ts_event *event)
{
    struct state *state = rig->scenario;
    struct ts_random *random = &rig->life->random;
    bool mixed = state->kind == MIXED_KINDS;
    uint32_t number = state->occurrences++;
    state->now = mixed ? (enum ts_hostile_kind)ts_random_below(random, TS_HOSTILE_COUNT)
                       : (enum ts_hostile_kind)state->kind;
    if (mixed) {
        state->type = draw_type(random, state->now);
    } else {
        /* In turn, so that none is left out. */
        const char *types = ts_hostile_kinds[state->now].types;
        state->type = WINGCHUN_DEPTH + (int)(strchr("DTRI", types[number / 2 % strlen(types)]) - "DTRI");
    }
    state->by_offer = mixed ? ts_random_below(random, 2) == 0 : number % 2 == 0;
    state->seed = ts_random_next(random);
    state->step = 0;
    state->is_under_way = true;
    ts_good_tick(&state->oracle, &state->depth, state->type, state->good);
    give_good(rig, state->type, state->good, event);
}

static uint64_t counted(const struct ts_oracle_counts *counts, const char *name)
{
#define IF_NAMED(member)                                                                                     \
    if (strcmp(name, #member) == 0) {                                                                        \
        return counts->member;                                                                               \
    }
    TS_ORACLE_COUNTS(IF_NAMED)
    return 0;
}

static void give_hostile(struct ts_rig *rig, struct ts_event *event)
{
    struct state *state = rig->scenario;
    struct ts_hostile_tick tick;
    const char *counter = ts_hostile_counter(state->now, state->type);
    uint64_t before = counter != NULL ? counted(&state->oracle.counts, counter) : 0;
    ts_hostile_make(state->now, state->type, state->seed, state->step, state->good, &tick);
    give(rig, tick.type, tick.null ? NULL : tick.bytes, tick.size, event);
    state->foretold += counter != NULL ? counted(&state->oracle.counts, counter) - before : 0;
    state->hostile++;
    state->sent[state->now]++;
    if (++state->step == ts_hostile_kinds[state->now].steps) {
        state->is_under_way = false;
        state->good_left = GOOD_BETWEEN;
    }
}

static ts_err next_tick(struct ts_rig *rig, struct ts_event *event)
{
    struct state *state = rig->scenario;
    if (state->is_under_way) {
        give_hostile(rig, event);
        return TS_OK;
    }
    if (state->good_left > 0 || !state->has_depth) {
        state->good_left -= state->good_left > 0;
        return give_from_source(rig, event);
    }
    if (state->occurrences == state->wanted ||
        state->oracle.counts.depth_accepted + RESULTS_RESERVED > RESULTS_MAX) {
        return TS_END;
    }
    begin_occurrence(rig, event);
    return TS_OK;
}

static const char *case_name(const struct state *state)
{
    return state->kind == MIXED_KINDS ? "all kinds" : ts_hostile_kinds[state->kind].name;
}

static void expect(struct ts_rig *rig, const char *name, uint64_t is, uint64_t foretold)
{
    struct ts_board *board = rig->life->board;
    ts_board_add(board, TS_COUNTER_checks, 1);
    if (is != foretold) {
        ts_board_violation(board, "hostile-accounting", "%s: %s is %llu, not %llu", case_name(rig->scenario),
                           name, (unsigned long long)is, (unsigned long long)foretold);
    }
}

/* Whatever was fed is in the counters as soon as the call is back. */
static void check_counters(struct ts_rig *rig, bool whole)
{
    struct state *state = rig->scenario;
    struct signal_stats stats = {.struct_size = sizeof stats};
    struct ts_runner_stats runner = ts_runner_stats(rig->runner);
    const struct ts_oracle_counts *counts = &state->oracle.counts;
    int status = ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
    TS_ASSERT(status == SIGNAL_OK);
#define EXPECT(name) expect(rig, #name, stats.name, counts->name);
    TS_ORACLE_COUNTS(EXPECT)
    expect(rig, "ticks dropped", stats.ticks_dropped, state->dropped);
    expect(rig, "ticks hidden from strategies", runner.ticks_hidden, counts->ticks_rejected);
    if (!state->short_of_strategies) {
        expect(rig, "ticks that nobody wants", runner.ticks_unwanted, state->unwanted);
    }
    expect(rig, "ticks withheld from the engine", runner.ticks_withheld, 0);
    /* What follows is about the ticks that were made, not about what became of them: one of a row that was
     * dropped makes others of the next, and a recording may have its own oddities. */
    if (state->dropped == 0 && rig->life->ticks_path == NULL) {
        expect(rig, "good ticks that were taken for odd", state->good_odd, 0);
    }
    if (whole && state->dropped == 0 && state->kind != MIXED_KINDS &&
        ts_hostile_kinds[state->kind].counter != NULL) {
        uint64_t documented = (uint64_t)state->wanted * ts_hostile_counted((enum ts_hostile_kind)state->kind);
        expect(rig, "what is documented for it", state->foretold, documented);
    }
}

static void add_strategies(struct ts_rig *rig)
{
    static const char *const symbols[SYMBOLS] = {"ts0000_usdt", "ts0001_usdt", "ts0002_usdt", "ts0003_usdt"};
    struct state *state = rig->scenario;
    for (uint32_t i = 0; i < SYMBOLS; i++) {
        rig->options.symbol = rig->life->ticks_path == NULL ? symbols[i] : NULL;
        ts_rig_add_strategy(rig);
        state->short_of_strategies |= ts_runner_strategy(rig->runner, i) == NULL; /* there was no memory */
    }
}

static void begin_case(struct state *state, int kind, uint32_t mixed)
{
    uint64_t sent[TS_HOSTILE_COUNT];
    memcpy(sent, state->sent, sizeof sent);
    memset(state, 0, sizeof *state);
    memcpy(state->sent, sent, sizeof sent);
    state->kind = kind;
    state->good_left = GOOD_BETWEEN;
    state->wanted =
        kind == MIXED_KINDS ? mixed : 2 * EACH_WAY * (uint32_t)strlen(ts_hostile_kinds[kind].types);
}

static ts_err run_case(struct ts_life *life, struct state *state, int kind, struct ts_source *source,
                       struct ts_diag *diag)
{
    struct ts_rig rig = {.source = source};
    struct ts_rig_options options = ts_rig_defaults(life);
    options.strategies = SYMBOLS;
    options.source_on_loan = true;
    options.ingress_blocks = true;
    options.strategy.check_values = true;
    begin_case(state, kind, ts_life_size(life, MIXED, 8));
    ts_err error = ts_rig_start(&rig, life, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    rig.scenario = state;
    rig.next = next_tick;
    rig.after = after_tick;
    rig.on_result = check_result;
    add_strategies(&rig);
    ts_rig_loop(&rig);
    bool whole = state->occurrences == state->wanted && !state->is_under_way;
    check_counters(&rig, whole);
    ts_rig_finish(&rig, true);
    free(state->block);
    state->block = NULL;
    ts_board_add(life->board, TS_COUNTER_hostile_ticks, state->hostile);
    ts_board_add(life->board, TS_COUNTER_cases_run, whole);
    ts_board_add(life->board, TS_COUNTER_cases_exercised, whole && state->hostile > 0);
    return TS_OK;
}

static ts_err read_settings(const struct ts_life *life, int *only, uint64_t *rounds, struct ts_diag *diag)
{
    const char *kind = ts_life_setting(life, "kind", NULL);
    *only = kind != NULL ? ts_hostile_find(kind) : -1;
    if (kind != NULL && *only < 0) {
        return ts_fail(diag, TS_UNKNOWN, "scenario setting", "kind", "%s is no kind of hostile tick", kind);
    }
    return ts_life_number(life, "rounds", 0, 0, 1000000, rounds, diag);
}

static void tell_hazard(struct ts_life *life, const struct state *state, int only)
{
    uint64_t least = UINT64_MAX, all = 0;
    for (int kind = 0; kind < TS_HOSTILE_COUNT; kind++) {
        if ((only < 0 || kind == only) && state->sent[kind] < least) {
            least = state->sent[kind];
        }
        all += state->sent[kind];
    }
    ts_life_hazard(life, life->explored ? all : least);
}

/* Every kind and the mixture, in an order drawn anew; or the one that was asked for. An explored life has
 * time for the mixture alone. */
static ts_err run_round(struct ts_life *life, struct state *state, int only, struct ts_source *source,
                        struct ts_diag *diag)
{
    int kinds[MIXED_KINDS + 1];
    size_t count = 0;
    ts_err error = TS_OK;
    only = life->explored && only < 0 ? MIXED_KINDS : only;
    for (int kind = 0; kind <= MIXED_KINDS; kind++) {
        if (only < 0 || kind == only) {
            size_t place = ts_random_below(&life->random, count + 1);
            kinds[count] = kind;
            kinds[count++] = kinds[place];
            kinds[place] = kind;
        }
    }
    for (size_t i = 0; error == TS_OK && i < count && !ts_life_over(life); i++) {
        error = run_case(life, state, kinds[i], source, diag);
        tell_hazard(life, state, only == MIXED_KINDS ? -1 : only);
    }
    return error;
}

ts_err ts_scenario_hostile_ticks(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_synthetic_options synthetic = ts_synthetic_recorded(ts_seed_mix(life->seed, 1));
    struct ts_source *source = NULL;
    struct state *state = calloc(1, sizeof *state);
    int only;
    uint64_t rounds = 0;
    if (state == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "start scenario", "hostile-ticks", "%zu bytes", sizeof *state);
    }
    synthetic.symbols = SYMBOLS;
    synthetic.depth_share = 0.4;
    ts_err error = read_settings(life, &only, &rounds, diag);
    if (error == TS_OK) {
        error = ts_life_source(life, &synthetic, &source, diag);
    }
    if (error == TS_OK) {
        atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING,
                              memory_order_release); /* READY release */
    }
    for (uint64_t round = 0; error == TS_OK && !ts_life_over(life) && (rounds == 0 || round < rounds);
         round++) {
        error = run_round(life, state, only, source, diag);
    }
    ts_source_close(source);
    free(state);
    return error;
}
