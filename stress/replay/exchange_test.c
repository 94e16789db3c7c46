/* A recording as an exchange: what is hostile in it is refused with its place, whatever the pass. */
#include "replay/exchange.h"
#include "tape/recording_fixture.h"

TestSuite(recorded_exchange, .init = make_folder, .fini = remove_folder);

#define SPOT_TRADE(time, number)                                                                             \
    time " {\"stream\":\"ethusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1723161256323,\"T\":1723161256322," \
         "\"s\":\"ETHUSDT\",\"t\":" number ",\"p\":\"2683.80\",\"q\":\"0.5\",\"m\":true,\"M\":true}}\n"
#define LARGEST "9223372036854775807"

/* Says all events of so many passes. Returns how it ended; *events is how many came, *last the last one's
 * receive time. */
static ts_err say_all(const char *text, uint32_t passes, uint64_t *events, int64_t *last_ns)
{
    char path[128];
    struct ts_exchange *exchange = NULL;
    struct ts_replay_event event;
    *events = 0;
    write_gz("a.gz", text, strlen(text));
    snprintf(path, sizeof path, "%s", in_folder("a.gz"));
    ts_err err = ts_exchange_open_recording(path, passes, &exchange, &diag);
    while (err == TS_OK && (err = ts_exchange_next(exchange, &event, &diag)) == TS_OK) {
        ++*events;
        *last_ns = event.receive_ns;
    }
    ts_exchange_close(exchange);
    return err;
}

Test(recorded_exchange, passes_go_on_where_the_last_one_ended)
{
    uint64_t events;
    int64_t last_ns = 0;
    cr_assert_eq(say_all(SPOT_TRADE("100", "7") SPOT_TRADE("180", "9") SNAPSHOT("190", "1", "", ""), 3,
                         &events, &last_ns),
                 TS_END);
    cr_assert_eq(events, 6);
    cr_assert_eq(last_ns, 180 + 2 * 81);
}

Test(recorded_exchange, times_that_go_back_are_refused_with_their_line)
{
    uint64_t events;
    int64_t last_ns = 0;
    cr_assert_eq(say_all(SPOT_TRADE("100", "7") SPOT_TRADE("99", "8"), 1, &events, &last_ns), TS_MALFORMED);
    cr_assert_eq(events, 1);
    cr_assert_str_eq(diag.text, "line 2: receive time 99 is before 100");
}

Test(recorded_exchange, a_pass_that_leaves_the_range_of_numbers_is_refused)
{
    static const char *const hostile[] = {
        SPOT_TRADE("100", "0") SPOT_TRADE("101", LARGEST),
        SPOT_TRADE("100", "1") SPOT_TRADE(LARGEST, "2"),
        SPOT_DIFF("100", "-" LARGEST, LARGEST, "", ""),
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        uint64_t events, once;
        int64_t last_ns = 0;
        cr_assert_eq(say_all(hostile[i], 1, &once, &last_ns), TS_END, "%s", diag.text);
        cr_assert_eq(say_all(hostile[i], 3, &events, &last_ns), TS_LIMIT, "%zu", i);
        cr_assert_eq(events, once);
        cr_assert_not_null(strstr(diag.text, "in pass 2"), "%s", diag.text);
    }
}
