#include "host/strategy_table.h"

#include "base/probe.h"

#include <string.h>

#define WORD_LIVE  (UINT64_C(1) << 63)
#define WORD_DYING (UINT64_C(1) << 62)

/* Relaxed: statistics, each with one writing thread or taken only as a number. */
static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void ts_strategy_table_init(struct ts_strategy_table *table, enum ts_delivery_mode mode, uint32_t capacity)
{
    TS_ASSERT(capacity > 0 && capacity <= TS_STRATEGIES_MAX);
    memset(table, 0, sizeof *table);
    table->mode = mode;
    table->capacity = capacity;
    for (uint32_t i = 0; i < capacity; i++) {
        pthread_mutex_init(&table->slots[i].mutex, NULL);
    }
}

void ts_strategy_table_fini(struct ts_strategy_table *table)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (ts_strategy_table_get(table, i) != NULL) {
            ts_strategy_table_remove(table, i, TS_TEARDOWN_UNLIST_FIRST);
        }
    }
    uint32_t left = ts_strategy_table_reap(table);
    TS_ASSERT(left == 0);
    for (uint32_t i = 0; i < table->capacity; i++) {
        pthread_mutex_destroy(&table->slots[i].mutex);
    }
}

ts_err ts_strategy_table_add(struct ts_strategy_table *table, struct ts_strategy *strategy,
                             const char *symbol, int64_t joined_ns, uint32_t *slot_index)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct ts_strategy_slot *slot = &table->slots[i];
        if (slot->strategy != NULL) {
            continue;
        }
        slot->joined_ns = joined_ns;
        memset(slot->symbol, 0, sizeof slot->symbol);
        if (symbol != NULL) {
            memcpy(slot->symbol, symbol, strnlen(symbol, sizeof slot->symbol));
        }
        strategy->joined_ns = joined_ns;
        slot->strategy = strategy;
        if (table->mode == TS_DELIVERY_GUARDED) {
            atomic_store_explicit(&slot->word, WORD_LIVE, memory_order_release); /* LIVE release */
        }
        table->added++;
        *slot_index = i;
        return TS_OK;
    }
    return TS_FULL;
}

struct ts_strategy *ts_strategy_table_get(struct ts_strategy_table *table, uint32_t slot_index)
{
    struct ts_strategy_slot *slot = &table->slots[slot_index];
    /* Relaxed: only the owner, which asks here, sets DYING. */
    bool dying = (atomic_load_explicit(&slot->word, memory_order_relaxed) & WORD_DYING) != 0;
    return dying ? NULL : slot->strategy;
}

uint32_t ts_strategy_table_find(struct ts_strategy_table *table, uint64_t epoch)
{
    uint32_t slot = 0;
    while (slot < table->capacity) {
        const struct ts_strategy *strategy = ts_strategy_table_get(table, slot);
        if (strategy != NULL && strategy->epoch == epoch) {
            break;
        }
        slot++;
    }
    return slot;
}

bool ts_strategy_table_holds(const struct ts_strategy_table *table, uint64_t epoch)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].strategy != NULL && table->slots[i].strategy->epoch == epoch) {
            return true;
        }
    }
    return false;
}

bool ts_strategy_table_in_flight(const struct ts_strategy_table *table, uint32_t slot_index)
{
    return atomic_load_explicit(&table->slots[slot_index].in_flight, memory_order_relaxed) > 0; /* a gauge */
}

static void teardown_guarded(struct ts_strategy_table *table, struct ts_strategy_slot *slot)
{
    struct ts_strategy *strategy = slot->strategy;
    slot->strategy = NULL;
    /* Relaxed: the word goes from dying to empty; a callback skips both. LIVE publishes the next strategy. */
    atomic_store_explicit(&slot->word, 0, memory_order_relaxed);
    ts_strategy_destroy(strategy);
    table->removed++;
}

static void remove_guarded(struct ts_strategy_table *table, struct ts_strategy_slot *slot)
{
    uint64_t before =
        atomic_fetch_or_explicit(&slot->word, WORD_DYING, memory_order_acquire); /* DEAD acquire */
    TS_PROBE_PAUSE(TABLE_REMOVE_DYING);
    if ((before & ~WORD_LIVE) == 0) {
        teardown_guarded(table, slot);
    } else {
        table->deferred++;
    }
}

ts_err ts_strategy_table_remove(struct ts_strategy_table *table, uint32_t slot_index,
                                enum ts_teardown_order order)
{
    struct ts_strategy_slot *slot = &table->slots[slot_index];
    struct ts_strategy *strategy = ts_strategy_table_get(table, slot_index);
    if (strategy == NULL) {
        return TS_EMPTY;
    }
    if (table->mode == TS_DELIVERY_GUARDED) {
        remove_guarded(table, slot);
        return TS_OK;
    }
    if (order == TS_TEARDOWN_UNLIST_FIRST) {
        slot->strategy = NULL;
        TS_PROBE_PAUSE(TABLE_REMOVE_UNLISTED);
        ts_strategy_destroy(strategy);
    } else {
        ts_strategy_destroy(strategy);
        TS_PROBE_PAUSE(TABLE_REMOVE_DESTROYED);
        slot->strategy = NULL;
    }
    table->removed++;
    return TS_OK;
}

uint32_t ts_strategy_table_reap(struct ts_strategy_table *table)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < table->capacity && table->mode == TS_DELIVERY_GUARDED; i++) {
        struct ts_strategy_slot *slot = &table->slots[i];
        uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire); /* DEAD acquire */
        if (word == (WORD_LIVE | WORD_DYING)) {
            teardown_guarded(table, slot);
        } else if ((word & WORD_DYING) != 0) {
            left++;
        }
    }
    return left;
}

/* Takes a reference to a live strategy; false when the slot is empty or its strategy dying. */
static bool acquire_reference(struct ts_strategy_slot *slot)
{
    uint64_t word = atomic_load_explicit(&slot->word, memory_order_relaxed); /* re-checked by the exchange */
    while ((word & (WORD_LIVE | WORD_DYING)) == WORD_LIVE) {
        if (atomic_compare_exchange_weak_explicit(&slot->word, &word, word + 1,
                                                  memory_order_acquire, /* LIVE acquire */
                                                  memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

static void release_reference(struct ts_strategy_slot *slot)
{
    atomic_fetch_sub_explicit(&slot->word, 1, memory_order_release); /* DEAD release */
}

/* Guarded: one call at a time into a strategy, whoever calls. */
static void enter_strategy(struct ts_strategy_table *table, struct ts_strategy_slot *slot)
{
    if (table->mode == TS_DELIVERY_GUARDED) {
        pthread_mutex_lock(&slot->mutex);
    }
}

static void leave_strategy(struct ts_strategy_table *table, struct ts_strategy_slot *slot)
{
    if (table->mode == TS_DELIVERY_GUARDED) {
        pthread_mutex_unlock(&slot->mutex);
    }
}

static bool is_for(const struct ts_strategy_slot *slot, const char *symbol)
{
    return slot->symbol[0] == '\0' || strncmp(slot->symbol, symbol, sizeof slot->symbol) == 0;
}

/* A result for one slot, with whatever protects the strategy held by the caller. */
static void call_on_factor(struct ts_strategy_table *table, struct ts_strategy_slot *slot, const char *symbol,
                           int64_t timestamp_ns, const double *values, int value_count)
{
    struct ts_strategy *strategy = slot->strategy;
    if (strategy == NULL || !is_for(slot, symbol)) {
        return;
    }
    if (atomic_load_explicit(&table->asked.count, memory_order_relaxed) >
            0 && /* a number that orders nothing */
        ts_removal_list_has(&table->asked, strategy->epoch)) {
        count(&table->dying_skipped);
        return;
    }
    if (timestamp_ns < slot->joined_ns) {
        count(&table->stale_skipped);
        return;
    }
    atomic_fetch_add_explicit(&slot->in_flight, 1, memory_order_relaxed); /* a gauge */
    TS_PROBE_PAUSE(TABLE_FACTOR_CHOSEN);
    strategy->vtable->on_factor(strategy, symbol, timestamp_ns, values, value_count);
    TS_PROBE_PAUSE(TABLE_FACTOR_RETURNED);
    atomic_fetch_sub_explicit(&slot->in_flight, 1, memory_order_relaxed); /* a gauge */
    count(&table->factor_calls);
}

void ts_strategy_table_on_factor(struct ts_strategy_table *table, const char *symbol, int64_t timestamp_ns,
                                 const double *values, int value_count)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct ts_strategy_slot *slot = &table->slots[i];
        if (table->mode != TS_DELIVERY_GUARDED) {
            call_on_factor(table, slot, symbol, timestamp_ns, values, value_count);
            continue;
        }
        if (TS_PROBE(TABLE_ACQUIRE_FAIL) || !acquire_reference(slot)) {
            count(&table->dying_skipped);
            continue;
        }
        enter_strategy(table, slot);
        call_on_factor(table, slot, symbol, timestamp_ns, values, value_count);
        leave_strategy(table, slot);
        release_reference(slot);
    }
}

static void call_on_tick(struct ts_strategy *strategy, int type, const void *data)
{
    switch (type) {
    case WINGCHUN_DEPTH:
        strategy->vtable->on_depth(strategy, data);
        break;
    case WINGCHUN_TICKER:
        strategy->vtable->on_ticker(strategy, data);
        break;
    case WINGCHUN_TRADE:
        strategy->vtable->on_trade(strategy, data);
        break;
    default:
        break;
    }
}

static const char *symbol_of(int type, const void *data)
{
    switch (type) {
    case WINGCHUN_DEPTH:
        return ((const struct wingchun_depth *)data)->symbol;
    case WINGCHUN_TICKER:
        return ((const struct wingchun_ticker *)data)->symbol;
    case WINGCHUN_TRADE:
        return ((const struct wingchun_trade *)data)->symbol;
    default:
        return ((const struct wingchun_index_price *)data)->symbol;
    }
}

bool ts_strategy_table_wants(struct ts_strategy_table *table, int type, const void *data)
{
    const char *symbol = symbol_of(type, data);
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (ts_strategy_table_get(table, i) != NULL && is_for(&table->slots[i], symbol)) {
            return true;
        }
    }
    return false;
}

void ts_strategy_table_on_tick(struct ts_strategy_table *table, int type, const void *data)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct ts_strategy_slot *slot = &table->slots[i];
        struct ts_strategy *strategy = ts_strategy_table_get(table, i);
        if (strategy == NULL || !is_for(slot, symbol_of(type, data))) {
            continue;
        }
        enter_strategy(table, slot);
        call_on_tick(strategy, type, data);
        leave_strategy(table, slot);
    }
}

void ts_strategy_table_announce(struct ts_strategy_table *table, size_t member_offset)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        struct ts_strategy *strategy = ts_strategy_table_get(table, i);
        if (strategy == NULL) {
            continue;
        }
        void (*member)(struct ts_strategy *);
        memcpy(&member, (const char *)strategy->vtable + member_offset, sizeof member);
        enter_strategy(table, &table->slots[i]);
        member(strategy);
        leave_strategy(table, &table->slots[i]);
    }
}

struct ts_strategy_table_stats ts_strategy_table_stats(const struct ts_strategy_table *table)
{
    return (struct ts_strategy_table_stats){
        .added = table->added,
        .removed = table->removed,
        .deferred = table->deferred,
        .factor_calls = read_counter(&table->factor_calls),
        .stale_skipped = read_counter(&table->stale_skipped),
        .dying_skipped = read_counter(&table->dying_skipped),
    };
}
