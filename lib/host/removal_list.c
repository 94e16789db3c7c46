#include "host/removal_list.h"

bool ts_removal_list_has(const struct ts_removal_list *list, uint64_t epoch)
{
    if (atomic_load_explicit(&list->count, memory_order_relaxed) == 0) {
        return false;
    }
    for (uint32_t i = 0; i < TS_REMOVALS_MAX; i++) {
        if (atomic_load_explicit(&list->epochs[i], memory_order_relaxed) == epoch) {
            return true;
        }
    }
    return false;
}

ts_err ts_removal_list_ask(struct ts_removal_list *list, uint64_t epoch)
{
    TS_ASSERT(epoch > 0);
    if (ts_removal_list_has(list, epoch)) {
        return TS_EMPTY;
    }
    atomic_fetch_add_explicit(&list->count, 1, memory_order_relaxed);
    for (uint32_t i = 0; i < TS_REMOVALS_MAX; i++) {
        uint64_t none = 0;
        if (atomic_compare_exchange_strong_explicit(&list->epochs[i], &none, epoch, memory_order_relaxed,
                                                    memory_order_relaxed)) {
            return TS_OK;
        }
    }
    atomic_fetch_sub_explicit(&list->count, 1, memory_order_relaxed);
    return TS_FULL;
}

uint64_t ts_removal_list_at(const struct ts_removal_list *list, uint32_t place)
{
    return atomic_load_explicit(&list->epochs[place], memory_order_relaxed);
}

void ts_removal_list_clear(struct ts_removal_list *list, uint32_t place)
{
    list->begun[place] = false;
    atomic_store_explicit(&list->epochs[place], 0, memory_order_relaxed);
    atomic_fetch_sub_explicit(&list->count, 1, memory_order_relaxed);
}
