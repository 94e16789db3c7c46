/*
 * The pipeline from a tick to a delivered result, and its threads.
 *
 *   offer -> ticks (broadcast) -> factor threads -> SPSC each -> factor-scan thread -> rows (broadcast)
 *         -> model threads -> SPSC 1024 each -> model-scan thread -> sender
 *
 * Each stage is a thread, or one thread takes turns at all of them ("pipeline" of the configuration): then a
 * tick crosses threads once before it is a result, and not four times, and there is one core's work at most.
 *
 * Every factor sees every tick and every model every row. Inside, nothing is lost: a full buffer makes its
 * producer wait, back to the ingress, where `offer` says that it is full. Each Depth accepted yields one
 * result a model.
 *
 * Threads: offer by any thread (one at a time, under the ingress mutex); create and destroy by one; stats by
 * any. Progress: offer waits for nothing but the ingress mutex, held for the copy of one tick.
 *
 * Order:
 *   STOP  destroy stores `stop` with release; every wait of the threads loads it with acquire.
 *   The rest is the queues' (spsc.h, broadcast.h).
 */
#ifndef TS_ENGINE_PIPELINE_H
#define TS_ENGINE_PIPELINE_H

#include "base/err.h"
#include "engine/config.h"
#include "engine/sender.h"
#include "signal_api.h"

struct ts_pipeline;

/* Starts all threads; on error none is left running. The sender must outlive the pipeline. */
ts_err ts_pipeline_create(const struct ts_engine_config *config, struct ts_sender *sender,
                          struct ts_pipeline **pipeline, struct ts_diag *diag);

/* Stops and joins the threads; offer answers TS_CLOSED from then on. */
void ts_pipeline_stop(struct ts_pipeline *pipeline);

/* Frees a stopped pipeline. */
void ts_pipeline_destroy(struct ts_pipeline *pipeline);

/* TS_OK; TS_FULL: no room, not counted; TS_CLOSED, TS_INVALID: counted by reason. */
ts_err ts_pipeline_offer(struct ts_pipeline *pipeline, int type, const void *data, uint32_t size);

/* Counts a tick that its caller gives up after TS_FULL. */
void ts_pipeline_count_dropped(struct ts_pipeline *pipeline);

/* Fills ticks_*, depth_accepted, rejected_*, suspect_* and in_pipeline; results_offered must be filled
 * already. */
void ts_pipeline_stats(const struct ts_pipeline *pipeline, struct signal_stats *stats);

#endif
