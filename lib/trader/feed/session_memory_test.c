/* An exchange that says too much: the session's memory stays within its options. */
#include "base/clock.h"
#include "trader/feed/session.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_SIZE ((size_t)1 << 20)

static struct ts_session *session;
static uint32_t connection;
static bool closed_for_memory, asked, live;
static int64_t now_ns;
static char *text;

static void take_actions(void)
{
    struct ts_session_action action;
    closed_for_memory = asked = false;
    while (ts_session_next(session, &action)) {
        if (action.kind == TS_SESSION_CONNECT) {
            connection = action.connection;
        } else if (action.kind == TS_SESSION_CLOSE) {
            closed_for_memory = action.as.end == TS_SESSION_END_MEMORY;
        } else if (action.kind == TS_SESSION_ASK_SNAPSHOT) {
            asked = true;
        } else if (action.kind == TS_SESSION_STATE) {
            live = action.as.state == TS_SESSION_LIVE;
        }
    }
}

static void say(enum ts_wire_event_kind kind, size_t length)
{
    now_ns += TS_NS_PER_US;
    struct ts_wire_event event = {
        .kind = kind, .connection = connection, .time_ns = now_ns, .text = text, .length = length};
    ts_session_event(session, &event, now_ns);
    take_actions();
}

/* Update `id`, of `levels` bids from `first` on. */
static void say_diff(int64_t id, unsigned first, unsigned levels)
{
    size_t used = (size_t)snprintf(text, TEXT_SIZE,
                                   "{\"stream\":\"btcusdt@depth@100ms\",\"data\":{\"E\":1,\"s\":\"BTCUSDT\","
                                   "\"U\":%" PRId64 ",\"u\":%" PRId64 ",\"a\":[],\"b\":[",
                                   id, id);
    for (unsigned i = 0; i < levels; i++) {
        used +=
            (size_t)snprintf(text + used, TEXT_SIZE - used, "%s[\"%u\",\"1\"]", i > 0 ? "," : "", first + i);
    }
    used += (size_t)snprintf(text + used, TEXT_SIZE - used, "]}}");
    say(TS_WIRE_FRAME, used);
}

static void say_snapshot(int64_t id)
{
    say(TS_WIRE_SNAPSHOT,
        (size_t)snprintf(text, TEXT_SIZE,
                         "{\"lastUpdateId\":%" PRId64 ",\"bids\":[],\"asks\":[[\"999999\",\"1\"]]}", id));
}

static void begin(uint32_t waiting, uint32_t changes, uint32_t levels)
{
    struct ts_session_options options = ts_session_defaults("btcusdt", false);
    struct ts_diag diag;
    options.waiting_most = waiting;
    options.changes_most = changes;
    options.levels_most = levels;
    cr_assert_eq(ts_session_create(&options, &session, &diag), TS_OK, "%s", diag.text);
    text = malloc(TEXT_SIZE);
    cr_assert_not_null(text);
    ts_session_start(session, now_ns);
    take_actions();
    say(TS_WIRE_OPENED, 0);
}

static void fini(void)
{
    ts_session_destroy(session);
    free(text);
}

TestSuite(session_memory, .fini = fini);

Test(session_memory, a_book_that_outgrows_its_bound_ends_the_connection)
{
    begin(4, 1000, 100);
    say_diff(11, 1, 1);
    cr_assert(asked);
    say_snapshot(10);
    cr_assert(live);
    for (int64_t id = 12; id <= 110; id++) {
        say_diff(id, (unsigned)id, 1);
        cr_assert_not(closed_for_memory, "at %" PRId64, id);
    }
    /* Levels that are there already are no new ones. */
    say_diff(111, 12, 99);
    cr_assert_not(closed_for_memory);
    say_diff(112, 5000, 1);
    cr_assert(closed_for_memory);
    cr_assert_eq(ts_session_state(session), TS_SESSION_WAITING);
}

Test(session_memory, so_does_one_that_its_waiting_diffs_would_make_so)
{
    begin(4, 1000, 100);
    say_diff(11, 1, 60);
    say_diff(12, 100, 60);
    say_snapshot(10);
    cr_assert(closed_for_memory && !live);
    cr_assert_eq(ts_session_counts(session)->ended[TS_SESSION_END_MEMORY], 1);
}

Test(session_memory, waiting_diffs_with_too_many_changes_are_dropped_and_it_goes_on)
{
    begin(100, 1000, 10000);
    say_diff(11, 1, 600);
    say_diff(12, 1000, 400);
    cr_assert_eq(ts_session_counts(session)->diffs_dropped, 0);
    say_diff(13, 2000, 1);
    cr_assert_eq(ts_session_counts(session)->diffs_dropped, 2);
    /* One may have more by itself. */
    say_diff(14, 3000, 2000);
    cr_assert_eq(ts_session_counts(session)->diffs_dropped, 3);
    say_snapshot(13);
    cr_assert(live);
    cr_assert_eq(ts_session_counts(session)->diffs_applied, 1);
}

/* By malloc, in its arenas and in mappings of their own. */
static size_t held(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Place after place gets a large one, until each has had its own: what stays is that of the small ones. */
Test(session_memory, large_diffs_leave_no_memory_behind_in_every_place)
{
    begin(64, 20000, 100000);
    size_t before = held();
    if (before == 0) {
        cr_skip_test("a sanitizer's malloc does not tell what it holds");
    }
    int64_t id = 11;
    for (unsigned small = 0; small < 24; small++) {
        for (unsigned i = 0; i < small; i++) {
            say_diff(id++, 1, 1);
        }
        say_diff(id++, 1, 19000);
        say_diff(id++, 1, 19000); /* no room beside the one before: all are dropped */
    }
    size_t grown = held() - before;
    cr_assert_lt(grown, 4u << 20, "%zu bytes more", grown);
}

Test(session_memory, bounds_of_nothing_are_refused)
{
    struct ts_session_options options = ts_session_defaults("btcusdt", false);
    struct ts_diag diag;
    options.levels_most = 0;
    cr_assert_eq(ts_session_create(&options, &session, &diag), TS_INVALID);
    options.levels_most = 1;
    options.changes_most = 0;
    cr_assert_eq(ts_session_create(&options, &session, &diag), TS_INVALID);
}
