#include "engine/sender.h"

#include "base/thread.h"

#include <criterion/criterion.h>
#include <stdatomic.h>

#define RESULTS 60000u

struct poller {
    struct ts_sender sender;
    uint64_t seen; /* the polling thread's */
};

static void note(const char *symbol, long long time_ns, const double *values, int count, void *user_data)
{
    struct poller *poller = user_data;
    (void)symbol;
    (void)time_ns;
    (void)values;
    (void)count;
    poller->seen++;
}

static void poll_all(void *argument)
{
    struct poller *poller = argument;
    struct signal_stats stats = {0};
    bool destroy;
    do {
        if (ts_sender_poll(&poller->sender, &destroy) == 0) {
            ts_cpu_relax();
        }
        ts_sender_stats(&poller->sender, &stats);
    } while (stats.results_executed < RESULTS);
}

/* What was unregistered under a poll of another thread waits for the next callback; none is lost. */
Test(sender, a_result_is_never_taken_for_a_callback_that_is_gone, .timeout = 60)
{
    static struct poller poller;
    static const struct ts_result result = {.symbol = "btcusdt", .count = 2};
    struct ts_engine_config config;
    struct ts_thread thread = {0};
    cr_assert_eq(ts_engine_config_parse("{\"queue_capacity\":65536}", &config, NULL), TS_OK);
    cr_assert_eq(ts_sender_init(&poller.sender, &config, NULL), TS_OK);
    for (uint32_t i = 0; i < RESULTS; i++) {
        ts_sender_deliver(&poller.sender, &result);
    }
    ts_sender_flush(&poller.sender);
    cr_assert_eq(ts_thread_start(&thread, "poller", poll_all, &poller, NULL), TS_OK);
    struct signal_stats stats = {0};
    while (stats.results_executed < RESULTS) {
        ts_sender_register(&poller.sender, note, &poller);
        ts_sender_register(&poller.sender, NULL, NULL);
        ts_sender_stats(&poller.sender, &stats);
    }
    ts_thread_join(&thread);
    cr_assert_eq(poller.seen, RESULTS, "%llu executed, %llu seen", (unsigned long long)stats.results_executed,
                 (unsigned long long)poller.seen);
    ts_sender_fini(&poller.sender);
}
