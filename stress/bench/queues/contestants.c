#include "bench/queues/contestants.h"

extern const struct ts_contestant ts_contest_ring, ts_contest_broadcast, ts_contest_broadcast_4,
    ts_contest_mutex;
#ifdef TS_PEERS
extern const struct ts_contestant ts_contest_ck_ring, ts_contest_ck_fifo, ts_contest_wfcqueue,
    ts_contest_dpdk_copy, ts_contest_dpdk_place, ts_contest_dpdk_burst, ts_contest_readerwriterqueue,
    ts_contest_concurrentqueue, ts_contest_boost, ts_contest_atomic_queue;
#endif

const struct ts_entrant ts_entrants[] = {
    {&ts_contest_ring, false, false},
#ifdef TS_PEERS
    {&ts_contest_ck_ring, true, false},
    {&ts_contest_ck_fifo, true, false},
    {&ts_contest_readerwriterqueue, true, false},
    {&ts_contest_boost, true, false},
    {&ts_contest_atomic_queue, true, false},
    {&ts_contest_dpdk_copy, true, false},
    {&ts_contest_dpdk_place, true, false},
    {&ts_contest_dpdk_burst, true, true},
    {&ts_contest_wfcqueue, true, false},
    {&ts_contest_concurrentqueue, true, false},
#endif
    {&ts_contest_broadcast, false, false},
    {&ts_contest_broadcast_4, false, false},
    {&ts_contest_mutex, false, false},
};
const unsigned ts_entrant_count = sizeof ts_entrants / sizeof *ts_entrants;
