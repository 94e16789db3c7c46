#include "bench/queues/contestants.h"

extern const struct ts_contestant ts_contest_ring, ts_contest_broadcast, ts_contest_broadcast_4,
    ts_contest_mutex;
#ifdef TS_PEERS
extern const struct ts_contestant ts_contest_ck_ring, ts_contest_ck_fifo, ts_contest_wfcqueue,
    ts_contest_dpdk_copy, ts_contest_dpdk_place, ts_contest_dpdk_burst, ts_contest_readerwriterqueue,
    ts_contest_concurrentqueue, ts_contest_boost, ts_contest_atomic_queue;
#endif

const struct ts_entrant ts_entrants[] = {
    {&ts_contest_ring, false},
#ifdef TS_PEERS
    {&ts_contest_ck_ring, true},
    {&ts_contest_ck_fifo, true},
    {&ts_contest_readerwriterqueue, true},
    {&ts_contest_boost, true},
    {&ts_contest_atomic_queue, true},
    {&ts_contest_dpdk_copy, true},
    {&ts_contest_dpdk_place, true},
    {&ts_contest_dpdk_burst, true},
    {&ts_contest_wfcqueue, true},
    {&ts_contest_concurrentqueue, true},
#endif
    {&ts_contest_broadcast, false},
    {&ts_contest_broadcast_4, false},
    {&ts_contest_mutex, false},
};
const unsigned ts_entrant_count = sizeof ts_entrants / sizeof *ts_entrants;
