#include "scenario/catalog.h"

#include <string.h>

/* They end at once, whatever time they are given. */
#define CANARY_WEIGHT   0.1

#define PASS_EVERYWHERE {TS_EXPECT_PASS, TS_EXPECT_PASS, TS_EXPECT_PASS, TS_EXPECT_PASS}

/* In direct mode, by flavour: plain, asan, tsan, explore. */
#define EXPECT_DIRECT(...)                                                                                   \
    {                                                                                                        \
        [TS_MODE_DIRECT] = {__VA_ARGS__},                                                                    \
        [TS_MODE_LOCKED] = PASS_EVERYWHERE,                                                                  \
        [TS_MODE_GUARDED] = PASS_EVERYWHERE,                                                                 \
        [TS_MODE_QUEUED] = PASS_EVERYWHERE,                                                                  \
    }
/* The strategy's journal is shared by two threads for a moment at start and stop, which no flavour need see.
 */
#define MAY_RACE_DIRECT EXPECT_DIRECT(TS_EXPECT_ANY, TS_EXPECT_ANY, TS_EXPECT_ANY, TS_EXPECT_ANY)
/* No strategy is touched: the library alone is on trial, and it is whole in every mode. */
#define MUST_PASS         EXPECT_DIRECT(TS_EXPECT_PASS, TS_EXPECT_PASS, TS_EXPECT_PASS, TS_EXPECT_PASS)
#define MUST_CRASH_DIRECT EXPECT_DIRECT(TS_EXPECT_FAIL, TS_EXPECT_FAIL, TS_EXPECT_FAIL, TS_EXPECT_FAIL)
/* No strategy dies, so nothing crashes; but on_depth and on_factor share a strategy's state across two
 * threads. */
#define MUST_RACE_DIRECT EXPECT_DIRECT(TS_EXPECT_ANY, TS_EXPECT_ANY, TS_EXPECT_FAIL, TS_EXPECT_FAIL)

static const struct ts_scenario_option destroy_options[] = {
    {"order", "both, unlist-first, destroy-first",
     "whether a dying strategy leaves the table before its teardown"},
    {"strategies", "1..64", "strategies alive at a time (default 4)"},
};

static const struct ts_scenario_option overflow_options[] = {
    {"capacity", "1, 2, 4096 or another power of two", "only this queue capacity"},
    {"policy", "drop-newest, drop-oldest, block, reject", "only this policy"},
    {"consumer", "stalled, bursty, slow", "only this kind of consumer"},
};

static const struct ts_scenario_option hostile_options[] = {
    {"kind", "a kind of faults/hostile_tick.h, as nan, crossed-book, bit-flip", "only this kind"},
    {"rounds", "0..1000000", "end after so many rounds of all kinds (default 0: when the time is up)"},
};

static const struct ts_scenario_option flood_options[] = {
    {"symbols", "1..256", "symbols in the flood (default 64; synthetic ticks only)"},
    {"busy_us", "0..10000", "how long the host is busy now and then (default 200)"},
    {"one_thread", "0..1",
     "1: one thread takes turns at the engine's stages, in place of one each (default 0)"},
};

static const struct ts_scenario_option reentry_options[] = {
    {"call", "all, poll, register, unregister, stats, on-data, offer, last-error, lock, close, destroy",
     "only this call from inside the callbacks"},
};

static const struct ts_scenario_option from_callback_options[] = {
    {"what", "all, self, sibling, engine", "whose end the callbacks ask for"},
};

static const struct ts_scenario_option plugin_options[] = {
    {"plugin", "all, lacks-create, nan, count, late-callback, ...; abort",
     "only this defect (faults/plugins/README.md); all is without abort, which no host survives"},
};

static const struct ts_scenario_option load_options[] = {
    {"tasks", "1..10000000", "tasks of each coordinator (default 1000)"},
};

static const struct ts_scenario_option memory_options[] = {
    {"tasks", "1..10000000", "tasks of each coordinator (default 10000)"},
};

static const struct ts_scenario_option unpolled_options[] = {
    {"policy", "all, refuse, evict", "what gives way when nobody polls: the newest task, the oldest event"},
};

static const struct ts_scenario_option task_callback_options[] = {
    {"kind", "all, slow, hang, outlive, reenter", "what the callbacks do"},
};

static const struct ts_scenario_option trader_options[] = {
    {"path", "polling, direct, both", "the path of the ticks (default both, drawn each round)"},
};

const struct ts_scenario_info ts_scenario_catalog[] = {
    {
        .name = "destroy-mid-callback",
        .contrasts = true,
        .summary = "strategies are created and destroyed while results stream",
        .hazard = "strategies destroyed while a callback was in flight (queued: while results were pending)",
        .weight = 2.0,
        .expect = MUST_CRASH_DIRECT,
        .shows = {"crash", "memory-error", "race", "race"},
        .options = destroy_options,
        .option_count = sizeof destroy_options / sizeof *destroy_options,
    },
    {
        .name = "queue-overflow",
        .contrasts = true,
        .summary = "small queues and slow consumers: every policy, accounted for to the last result",
        .hazard = "times a full queue or ingress turned something away or made it wait",
        .weight = 1.0,
        .expect = MUST_RACE_DIRECT,
        .shows = {NULL, NULL, "race", "race"},
        .options = overflow_options,
        .option_count = sizeof overflow_options / sizeof *overflow_options,
    },
    {
        .name = "depth-flood",
        .contrasts = true,
        .summary = "Depth ticks flat out on many symbols while the host is busy",
        .hazard = "ticks that arrived while the host was busy in a strategy",
        .weight = 1.0,
        .expect = MUST_RACE_DIRECT,
        .shows = {NULL, NULL, "race", "race"},
        .options = flood_options,
        .option_count = sizeof flood_options / sizeof *flood_options,
    },
    {
        .name = "hostile-ticks",
        .summary = "ticks that no exchange should send, among good ones, accounted for by reason",
        .hazard = "hostile ticks of the kind that was sent least",
        .weight = 1.0,
        .expect = MUST_RACE_DIRECT,
        .shows = {NULL, NULL, "race", "race"},
        .options = hostile_options,
        .option_count = sizeof hostile_options / sizeof *hostile_options,
    },
    {
        .name = "callback-reentry",
        .summary = "callbacks call back into the library: every call, each as documented",
        .hazard = "calls of the library from inside a callback",
        .weight = 1.0,
        .expect = MUST_PASS,
        .options = reentry_options,
        .option_count = sizeof reentry_options / sizeof *reentry_options,
    },
    {
        .name = "unregister-while-running",
        .summary = "callbacks are replaced and silenced while they run; their user data is freed at once",
        .hazard = "registrations replaced while their callback was under way",
        .weight = 1.0,
        .expect = MUST_PASS,
    },
    {
        .name = "shutdown-in-flight",
        .summary = "engines are closed with full buffers and blocked producers, accounted for exactly",
        .hazard = "engines closed while results were on their way",
        .weight = 1.0,
        .expect = MUST_PASS,
    },
    {
        .name = "engine-restart",
        .summary =
            "engines in succession and several at once; creates that fail; nothing is left to the next",
        .hazard = "engines ended with results on their way",
        .weight = 1.0,
        .expect = MUST_PASS,
    },
    {
        .name = "two-engines",
        .summary = "two unlike engines at once, the callbacks of one calling into the other",
        .hazard = "moments at which both had results on their way",
        .weight = 1.0,
        .expect = MUST_PASS,
    },
    {
        .name = "ownership",
        .summary = "two pollers and two producers on one handle",
        .hazard = "polls refused because another thread polled (not queued: ticks given while another was)",
        .weight = 1.0,
        .expect = MUST_PASS,
    },
    {
        .name = "quiet-feed",
        .summary = "after each burst the feed goes quiet; the last results must arrive all the same",
        .hazard = "bursts whose results were on their way when no further tick was due",
        .weight = 1.0,
        .expect = MAY_RACE_DIRECT,
    },
    {
        .name = "stalled-burst",
        .summary =
            "the host stalls, then all comes at once: bounded, in its order, one poll's budget at a time",
        .hazard = "stalls that left more than a poll may execute (not queued: results behind the callback)",
        .weight = 1.0,
        .expect = MUST_PASS,
    },
    {
        .name = "plugin-reload",
        .summary = "the library is unloaded under a running engine and loaded again",
        .hazard = "the library unloaded while an engine's threads were in it",
        .weight = 0.5,
        .expect = MUST_PASS,
    },
    {
        .name = "bad-plugin",
        .summary = "libraries with a defect each: refused by name, or what they hand out dropped and counted",
        .hazard = "libraries and engines whose defect the host met",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = plugin_options,
        .option_count = sizeof plugin_options / sizeof *plugin_options,
    },
    {
        .name = "destroy-from-callback",
        .summary = "callbacks ask for the end of their strategy, of a sibling, of the engine",
        .hazard = "ends carried out that a callback asked for",
        .weight = 1.0,
        .expect = MUST_CRASH_DIRECT,
        .shows = {"crash", "memory-error", "race", "race"},
        .options = from_callback_options,
        .option_count = sizeof from_callback_options / sizeof *from_callback_options,
    },
    {
        .name = "double-destroy",
        .summary = "strategies, engines and hosts are ended twice, also from inside callbacks",
        .hazard = "second ends, refused or harmless",
        .weight = 1.0,
        .expect = MUST_CRASH_DIRECT,
        .shows = {"crash", "memory-error", "race", "race"},
    },
    {
        .name = "strategy-churn",
        .summary = "strategies of two types take turns in the same slots and at the same addresses",
        .hazard = "strategies replaced while results for their predecessor were on their way",
        .weight = 1.0,
        .expect = MUST_CRASH_DIRECT,
        .shows = {"crash", "memory-error", "race", "race"},
    },
    {
        .name = "broadcast-churn",
        .summary = "readers join and leave the broadcast buffer while its producer floods it (in any mode)",
        .hazard = "joins and leaves during the flood",
        .weight = 0.5,
        .expect = MUST_PASS,
    },
    {
        .name = "spsc-wrap",
        .summary = "the ring at the ends of its buffer, of 2^32 and of 2^64 (in any mode)",
        .hazard = "rings whose indices passed an end",
        .weight = 0.5,
        .expect = MUST_PASS,
    },
    {
        .name = "coordinator-load",
        .summary = "the task coordinator: a thousand tasks, a hundred at a time, nothing lost (in any mode)",
        .hazard = "submits that met more active tasks than there are workers",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = load_options,
        .option_count = sizeof load_options / sizeof *load_options,
    },
    {
        .name = "coordinator-memory",
        .summary = "the memory of its shared controllers and tables over 10,000 tasks (in any mode)",
        .hazard = "tasks that ran after the memory was first measured",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = memory_options,
        .option_count = sizeof memory_options / sizeof *memory_options,
    },
    {
        .name = "coordinator-unpolled",
        .summary = "nobody polls its results, for longer than there is room (in any mode)",
        .hazard = "submits that found the room full of results that nobody had polled",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = unpolled_options,
        .option_count = sizeof unpolled_options / sizeof *unpolled_options,
    },
    {
        .name = "coordinator-cancel",
        .summary = "storms of cancels: one event and one callback each all the same (in any mode)",
        .hazard = "cancels that took effect",
        .weight = 0.5,
        .expect = MUST_PASS,
    },
    {
        .name = "coordinator-callbacks",
        .summary = "its callbacks are slow, hang, outlive it, call back into it (in any mode)",
        .hazard = "callbacks that did so",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = task_callback_options,
        .option_count = sizeof task_callback_options / sizeof *task_callback_options,
    },
    {
        .name = "coordinator-shutdown",
        .summary = "it is shut down under load: drained or discarded, within its limit (in any mode)",
        .hazard = "shutdowns that found tasks active",
        .weight = 0.5,
        .expect = MUST_PASS,
    },
    {
        .name = "trader-stop-race",
        .summary = "a trader is stopped and halted by several threads at once while ticks flow (in any mode)",
        .hazard = "stops and halts that began while the strategy was being called",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "trader-double-close",
        .summary = "a trader's position is closed by all that can close it at once (in any mode)",
        .hazard = "ends of a trader with a position open that at least two were after",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "trader-mode-switch",
        .summary = "a trader is switched between polling and direct while ticks flow (in any mode)",
        .hazard = "switches made while ticks were queued or being handled",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "trader-reconnect",
        .summary = "a trader's feed loses its connection again and again, and ticks with it (in any mode)",
        .hazard = "connections lost and made again",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "trader-nan-streak",
        .summary = "prices that are none, in rows, among a trader's ticks (in any mode)",
        .hazard = "streaks without a price that were told",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "trader-slow",
        .summary = "a trader's strategy takes longer than its budget while ticks come (in any mode)",
        .hazard = "calls of the strategy over their budget",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "trader-burst",
        .summary = "a trader in the bursts of a recording (--tape), or of its likeness (in any mode)",
        .hazard = "ticks that came less than 1/2500 s after another one",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "trader-soak",
        .summary = "one trader for a whole life: memory and heartbeat over 30 minutes, say (in any mode)",
        .hazard = "beats of the heart between which ticks came",
        .weight = 0.5,
        .expect = MUST_PASS,
        .options = trader_options,
        .option_count = sizeof trader_options / sizeof *trader_options,
    },
    {
        .name = "feed-storm",
        .summary = "a trader's live feed in a storm of lost connections, gaps and garbage (in any mode)",
        .hazard = "connections that were lost and gaps that were found",
        .weight = 0.5,
        .expect = MUST_PASS,
    },
    {
        .name = "canary-race",
        .summary = "two threads count in one integer; in the other modes not",
        .hazard = "a counter was shared",
        .weight = CANARY_WEIGHT,
        .canary = true,
        .expect = EXPECT_DIRECT(TS_EXPECT_ANY, TS_EXPECT_ANY, TS_EXPECT_FAIL, TS_EXPECT_FAIL),
        .shows = {NULL, NULL, "race", "race"},
    },
    {
        .name = "canary-use-after-free",
        .summary = "a block of memory is read after it was freed; in the other modes not",
        .hazard = "a block was freed and read",
        .weight = CANARY_WEIGHT,
        .canary = true,
        .expect = EXPECT_DIRECT(TS_EXPECT_ANY, TS_EXPECT_FAIL, TS_EXPECT_FAIL, TS_EXPECT_FAIL),
        .shows = {NULL, "memory-error", "race", "race"},
    },
    {
        .name = "canary-leak",
        .summary = "a block of memory is lost; in the other modes not",
        .hazard = "a block was allocated",
        .weight = CANARY_WEIGHT,
        .canary = true,
        .expect = EXPECT_DIRECT(TS_EXPECT_ANY, TS_EXPECT_FAIL, TS_EXPECT_ANY, TS_EXPECT_ANY),
        .shows = {NULL, "leak", NULL, NULL},
    },
    {
        .name = "canary-deadlock",
        .summary = "two threads take two mutexes in opposite order; in the other modes not",
        .hazard = "two mutexes were nested",
        .weight = CANARY_WEIGHT,
        .canary = true,
        .expect = EXPECT_DIRECT(TS_EXPECT_FAIL, TS_EXPECT_ANY, TS_EXPECT_FAIL, TS_EXPECT_FAIL),
        .shows = {"deadlock", NULL, "deadlock", "deadlock"},
    },
    {
        .name = "canary-hang",
        .summary = "the host waits for a signal that nobody sends; in the other modes not",
        .hazard = "a condition was waited for",
        .weight = CANARY_WEIGHT,
        .canary = true,
        .expect = EXPECT_DIRECT(TS_EXPECT_FAIL, TS_EXPECT_ANY, TS_EXPECT_ANY, TS_EXPECT_FAIL),
        .shows = {"hang", NULL, NULL, "deadlock"},
    },
};

const size_t ts_scenario_count = sizeof ts_scenario_catalog / sizeof *ts_scenario_catalog;

const char *const ts_mode_names[TS_MODE_COUNT] = {"direct", "locked", "guarded", "queued"};
const char *const ts_flavour_names[TS_FLAVOUR_COUNT] = {"plain", "asan", "tsan", "explore"};

const char *ts_expect_name(enum ts_expect expect)
{
    static const char *const names[] = {"pass", "fail", "any"};
    return names[expect];
}

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

int ts_scenario_find(const char *name)
{
    for (size_t i = 0; i < ts_scenario_count; i++) {
        if (strcmp(ts_scenario_catalog[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int ts_mode_find(const char *name)
{
    return find(ts_mode_names, TS_MODE_COUNT, name);
}

int ts_flavour_find(const char *name)
{
    return find(ts_flavour_names, TS_FLAVOUR_COUNT, name);
}
