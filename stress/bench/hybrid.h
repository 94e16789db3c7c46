/*
 * The hybrid contrast: the trader's two paths, polling and direct, on the same recordings, beside what the
 * hybrid mode document claims of them.
 *
 * Each round takes every recording over both paths in turn, twice: over the wire, where a replay server, a
 * process of its own, says it at a multiple of its pace and the live feed reads it from a WebSocket on
 * loopback (latency, CPU, memory); and flat out from an array (throughput). All lists of trades that a
 * recording makes must be the same, trade by trade.
 *
 * Threads: one; trader and feed bring their own. Units: as named.
 */
#ifndef TS_BENCH_HYBRID_H
#define TS_BENCH_HYBRID_H

enum ts_hybrid_status {
    TS_HYBRID_OK = 0,
    TS_HYBRID_DIFFERENT = 1, /* trades, or ticks that did not come */
    TS_HYBRID_USAGE = 2,
    TS_HYBRID_INPUT = 3,
    TS_HYBRID_ENVIRONMENT = 4
};

/* `tickstorm-bench hybrid ...`; arguments[0] is "hybrid". Returns the exit code. */
int ts_bench_hybrid(int count, char **arguments);

#endif
