#include "host/callback_gate.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
    int calls;
    char symbol[40];
};

static const double good[] = {1.0, 0.8};

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *target)
{
    struct host *host = target;
    (void)timestamp_ns;
    (void)values;
    (void)count;
    host->calls++;
    snprintf(host->symbol, sizeof host->symbol, "%s", symbol);
}

static void *open_gate(struct host *host, bool owner_only)
{
    void *token = NULL;
    struct ts_diag diag;
    cr_assert_eq(ts_callback_gate_open(on_result, host, owner_only, &token, &diag), TS_OK, "%s", diag.text);
    cr_assert_not_null(token);
    return token;
}

Test(callback_gate, passes_what_is_sound)
{
    struct host host = {0};
    void *token = open_gate(&host, true);
    ts_callback_gate("btcusdt", 1, good, 2, token);
    ts_callback_gate("btcusdt", 1, NULL, 0, token);
    cr_assert_eq(host.calls, 2);
    struct ts_callback_drops drops = ts_callback_gate_close(&token);
    cr_assert_eq(drops.foreign + drops.symbol + drops.count + drops.values + drops.not_finite, 0);
    cr_assert_null(token);
}

Test(callback_gate, drops_garbage_by_reason)
{
    struct host host = {0};
    double bad[] = {1.0, NAN}, endless[] = {-INFINITY, 1.0};
    void *token = open_gate(&host, true);
    ts_callback_gate(NULL, 1, good, 2, token);
    ts_callback_gate("", 1, good, 2, token);
    ts_callback_gate("btcusdt", 1, good, -1, token);
    ts_callback_gate("btcusdt", 1, good, TS_CALLBACK_VALUES_MAX + 1, token);
    ts_callback_gate("btcusdt", 1, good, 1 << 30, token);
    ts_callback_gate("btcusdt", 1, NULL, 2, token);
    ts_callback_gate("btcusdt", 1, bad, 2, token);
    ts_callback_gate("btcusdt", 1, endless, 2, token);
    cr_assert_eq(host.calls, 0);
    struct ts_callback_drops drops = ts_callback_gate_close(&token);
    cr_assert(drops.symbol == 2 && drops.count == 3 && drops.values == 1 && drops.not_finite == 2 &&
              drops.foreign == 0);
}

Test(callback_gate, a_symbol_of_32_characters_ends_there)
{
    struct host host = {0};
    char *symbol = malloc(32); /* what lies behind it is no one's: a sanitizer sees a step too far */
    memset(symbol, 'x', 32);
    void *token = open_gate(&host, true);
    ts_callback_gate(symbol, 1, good, 2, token);
    cr_assert_eq(host.calls, 1);
    cr_assert_eq(strlen(host.symbol), 32);
    ts_callback_gate_close(&token);
    free(symbol);
}

struct stranger {
    void *token;
};

static void *call_back(void *argument)
{
    struct stranger *stranger = argument;
    ts_callback_gate("btcusdt", 1, good, 2, stranger->token);
    return NULL;
}

static void call_from_elsewhere(void *token)
{
    pthread_t thread;
    struct stranger stranger = {token};
    cr_assert_eq(pthread_create(&thread, NULL, call_back, &stranger), 0);
    pthread_join(thread, NULL);
}

Test(callback_gate, a_foreign_thread_is_kept_out_where_there_is_one_owner)
{
    struct host host = {0};
    void *token = open_gate(&host, true);
    call_from_elsewhere(token);
    cr_assert_eq(host.calls, 0);
    cr_assert_eq(ts_callback_gate_close(&token).foreign, 1);
    token = open_gate(&host, false);
    call_from_elsewhere(token);
    cr_assert_eq(host.calls, 1);
    cr_assert_eq(ts_callback_gate_close(&token).foreign, 0);
}

Test(callback_gate, a_late_callback_touches_no_host_not_even_the_next_one)
{
    struct host *host = calloc(1, sizeof *host), next = {0};
    void *token = open_gate(host, true), *former = token;
    ts_callback_gate_close(&token);
    free(host);
    ts_callback_gate("btcusdt", 1, good, 2, former);
    cr_assert_eq(ts_callback_gate_late(), 1);
    token = open_gate(&next, true); /* the same gate, opened again */
    cr_assert_neq(token, former);
    ts_callback_gate("btcusdt", 1, good, 2, former);
    cr_assert_eq(next.calls, 0);
    cr_assert_eq(ts_callback_gate_late(), 2);
    ts_callback_gate_close(&token);
}

Test(callback_gate, their_number_is_bounded)
{
    static struct host host;
    void *tokens[65] = {NULL};
    struct ts_diag diag;
    for (int i = 0; i < 64; i++) {
        tokens[i] = open_gate(&host, true);
    }
    cr_assert_eq(ts_callback_gate_open(on_result, &host, true, &tokens[64], &diag), TS_LIMIT);
    for (int i = 0; i < 64; i++) {
        ts_callback_gate_close(&tokens[i]);
    }
    tokens[64] = open_gate(&host, true);
    ts_callback_gate_close(&tokens[64]);
}
