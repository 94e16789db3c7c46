#include "host/callback_gate.h"

#include "base/err.h"
#include "base/thread.h"
#include "wingchun.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#define GATES      64
#define INSIDE     UINT64_C(0xffffffff) /* of a word: callbacks under way */
#define LIVE       (UINT64_C(1) << 32)
#define GENERATION 33 /* and above: how often the gate was opened; a token carries it */

/* Relaxed counters: numbers that nobody takes as a sign that other data is ready. */
struct drops {
#define DROP_MEMBER(name, text) _Atomic uint64_t name;
    TS_CALLBACK_DROPS(DROP_MEMBER)
};

static struct gate {
    _Atomic uint64_t word;
    _Atomic bool taken;
    signal_callback deliver;
    void *target;
    bool owner_only;
    pthread_t owner;
    struct drops drops;
} gates[GATES];

static _Atomic uint64_t late;

static struct gate *gate_of(const void *token)
{
    return &gates[(uintptr_t)token % GATES];
}

static uint64_t generation_of(const void *token)
{
    return (uintptr_t)token / GATES;
}

ts_err ts_callback_gate_open(signal_callback deliver, void *target, bool owner_only, void **token,
                             struct ts_diag *diag)
{
    for (size_t i = 0; i < GATES; i++) {
        struct gate *gate = &gates[i];
        if (atomic_exchange_explicit(&gate->taken, true, memory_order_acquire)) { /* TAKEN acquire */
            continue;
        }
        uint64_t word =
            atomic_load_explicit(&gate->word, memory_order_relaxed); /* nobody else writes it now */
        uint64_t generation = (word >> GENERATION) + 1;
        gate->deliver = deliver;
        gate->target = target;
        gate->owner_only = owner_only;
        gate->owner = pthread_self();
        memset(&gate->drops, 0, sizeof gate->drops);
        atomic_store_explicit(&gate->word, generation << GENERATION | LIVE,
                              memory_order_release); /* OPEN release */
        *token = (void *)(uintptr_t)(generation * GATES + i);
        return TS_OK;
    }
    return ts_fail(diag, TS_LIMIT, "register callback", NULL, "%d engines of this process are registered",
                   GATES);
}

static struct ts_callback_drops read_drops(const struct drops *drops)
{
    struct ts_callback_drops sums;
#define READ_DROP(name, text) sums.name = atomic_load_explicit(&drops->name, memory_order_relaxed);
    TS_CALLBACK_DROPS(READ_DROP)
    return sums;
}

struct ts_callback_drops ts_callback_gate_close(void **token)
{
    if (*token == NULL) {
        return (struct ts_callback_drops){0};
    }
    struct gate *gate = gate_of(*token);
    struct ts_idle idle;
    ts_idle_reset(&idle);
    /* Relaxed: a callback either finds it live and is waited for, or does not and goes. */
    uint64_t word = atomic_fetch_and_explicit(&gate->word, ~LIVE, memory_order_relaxed);
    TS_ASSERT((word & LIVE) != 0 && word >> GENERATION == generation_of(*token));
    while ((atomic_load_explicit(&gate->word, memory_order_acquire) & INSIDE) != 0) { /* SHUT acquire */
        ts_idle_wait(&idle);
    }
    struct ts_callback_drops drops = read_drops(&gate->drops);
    *token = NULL;
    atomic_store_explicit(&gate->taken, false, memory_order_release); /* TAKEN release */
    return drops;
}

/* False when the token's gate is closed, or another's by now. */
static bool enter(struct gate *gate, uint64_t generation)
{
    uint64_t word = atomic_load_explicit(&gate->word, memory_order_relaxed); /* re-checked by the exchange */
    while ((word & LIVE) != 0 && word >> GENERATION == generation) {
        if (atomic_compare_exchange_weak_explicit(&gate->word, &word, word + 1,
                                                  memory_order_acquire, /* OPEN acquire */
                                                  memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

static void leave(struct gate *gate)
{
    atomic_fetch_sub_explicit(&gate->word, 1, memory_order_release); /* SHUT release */
}

static bool all_finite(const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

/* Where to count the callback that must not be passed on, or NULL. */
static _Atomic uint64_t *wrong(struct gate *gate, const char *symbol, const double *values, int count)
{
    struct drops *drops = &gate->drops;
    if (gate->owner_only && !pthread_equal(pthread_self(), gate->owner)) {
        return &drops->foreign;
    }
    if (symbol == NULL || symbol[0] == '\0') {
        return &drops->symbol;
    }
    if (count < 0 || count > TS_CALLBACK_VALUES_MAX) {
        return &drops->count;
    }
    if (count > 0 && values == NULL) {
        return &drops->values;
    }
    return all_finite(values, count) ? NULL : &drops->not_finite;
}

void ts_callback_gate(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *token)
{
    char ended[WINGCHUN_SYMBOL_SIZE + 1];
    struct gate *gate = gate_of(token);
    if (!enter(gate, generation_of(token))) {
        atomic_fetch_add_explicit(&late, 1, memory_order_relaxed); /* a number */
        return;
    }
    _Atomic uint64_t *counter = wrong(gate, symbol, values, count);
    if (counter != NULL) {
        atomic_fetch_add_explicit(counter, 1, memory_order_relaxed); /* a number */
    } else {
        if (strnlen(symbol, WINGCHUN_SYMBOL_SIZE) == WINGCHUN_SYMBOL_SIZE) {
            memcpy(ended, symbol, WINGCHUN_SYMBOL_SIZE);
            ended[WINGCHUN_SYMBOL_SIZE] = '\0';
            symbol = ended;
        }
        gate->deliver(symbol, timestamp_ns, values, count, gate->target);
    }
    leave(gate);
}

uint64_t ts_callback_gate_late(void)
{
    return atomic_load_explicit(&late, memory_order_relaxed);
}
