/*
 * The compact form of a fault plan: which probes do what, when. One text, so that it fits on a command line,
 * in a record and in the command that repeats it.
 *
 *   spec   = item { ";" item }
 *   item   = point [ "<" caller ] [ "@" thread ] ":" { modifier } action
 *          | "swarm" ":" percent        each point is on with this probability, once a life
 *          | a fault of the process as a whole (process.h)
 *   point  = a name of probe_points.h, or a pattern with '*'
 *   caller = who makes the call (points named call.* only): a function, "ts_spsc_init", or one place in it,
 *            "ts_spsc_init+0x1f"; visits are then counted from there alone
 *   thread = its name, or a pattern with '*': "host" is the main one, others "model-scan", "factor-0", ...
 *
 *   30%     with this probability, at each visit
 *   2*      at most so often                   without it the fault is persistent
 *   #5      at the fifth visit only            #5+: at the fifth and all later ones
 *
 *   return        the operation fails (points that can fail only)
 *   spin(N)       N pauses of the core
 *   yield(N)      N times sched_yield
 *   sleep(TIME)   as 50us, 2ms
 *   delay         one of the three, drawn anew each time
 *   pause(POINT, TIME)   until another thread comes to POINT, at most TIME
 *   count         nothing; the visits are counted, and other rules go on
 *   kill          the process ends there, as by kill -9; the next life is to start clean
 *
 * Example: "queue.push.full: 30%2*return; table.factor.chosen@model-scan: sleep(200us)".
 * And "call.memory<ts_spsc_init: #2 return": the second block that ts_spsc_init asks for, on each thread.
 *
 * Probabilities, visits and firings are each thread's own (its lineage's, probe.h): a count over all threads
 * would depend on who comes first. A pattern stands for one rule for each point that it matches; `return`
 * takes those that can fail. Of several rules for one point the first that fires is the one that happens.
 *
 * Threads: pure. Ownership: a spec is plain data.
 * Errors: TS_UNKNOWN: no such point, its name is the diag's subject. TS_MALFORMED: the diag says where.
 * TS_LIMIT: more than TS_FAULT_RULES_MAX rules. A spec without a rule is one, unless its text says something.
 */
#ifndef TS_FAULTS_SPEC_H
#define TS_FAULTS_SPEC_H

#include "base/err.h"
#include "faults/point.h"
#include "faults/process.h"

#include <stdint.h>

#define TS_FAULT_RULES_MAX   384
#define TS_FAULT_ALWAYS_PPM  1000000
#define TS_FAULT_THREAD_SIZE 16
#define TS_FAULT_CALLER_SIZE 64
#define TS_FAULT_PLACES_MAX  8
#define TS_FAULT_TEXT_MAX    73728 /* of ts_fault_spec_text, for any spec */

/* Of a function's name, as a spec can say it. */
#define TS_FAULT_CALLER_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"

enum ts_fault_action {
    TS_FAULT_RETURN,
    TS_FAULT_SPIN,
    TS_FAULT_YIELD,
    TS_FAULT_SLEEP,
    TS_FAULT_DELAY,
    TS_FAULT_PAUSE,
    TS_FAULT_COUNT,
    TS_FAULT_KILL,
    TS_FAULT_ACTION_COUNT
};

/* From a first to a last caller (caller.h). */
struct ts_fault_place {
    uint64_t first, last;
};

struct ts_fault_rule {
    uint16_t point; /* enum ts_probe_id */
    uint16_t until; /* pause: enum ts_probe_id */
    enum ts_fault_action action;
    uint32_t chance_ppm;
    uint32_t limit;                    /* firings a thread; 0: no limit */
    uint32_t nth;                      /* the visit, from 1; 0: any */
    bool onwards;                      /* and all visits after the nth */
    uint64_t amount;                   /* spin and yield: how often; sleep and pause: nanoseconds */
    char thread[TS_FAULT_THREAD_SIZE]; /* pattern; "" for any */
    char caller[TS_FAULT_CALLER_SIZE]; /* "" for any */
    uint32_t place_count;              /* of the caller; ts_callers_resolve fills them in */
    struct ts_fault_place places[TS_FAULT_PLACES_MAX];
};

struct ts_fault_spec {
    struct ts_process_faults process;
    uint32_t swarm_ppm; /* TS_FAULT_ALWAYS_PPM: every point is on */
    uint32_t rule_count;
    struct ts_fault_rule rules[TS_FAULT_RULES_MAX];
};

extern const char *const ts_fault_action_names[TS_FAULT_ACTION_COUNT];

/* Adds what the text says to *spec, which ts_fault_spec_begin has made empty. On error *spec is undefined. */
void ts_fault_spec_begin(struct ts_fault_spec *spec);
ts_err ts_fault_spec_parse(const char *text, struct ts_fault_spec *spec, struct ts_diag *diag);

/* Whether a point of the spec is on in the life with this seed. */
bool ts_fault_in_swarm(const struct ts_fault_spec *spec, int point, uint64_t seed);

/* The text that parses to this spec, patterns written out; cut at size. Returns text. */
const char *ts_fault_spec_text(const struct ts_fault_spec *spec, char *text, size_t size);

#endif
