/* The bodies of the scenarios, one file each; see the head of each file for hazard, threads and what must
 * show. */
#ifndef TS_SCENARIO_SCENARIOS_H
#define TS_SCENARIO_SCENARIOS_H

#include "scenario/life.h"

ts_err ts_scenario_destroy_mid_callback(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_queue_overflow(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_depth_flood(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_hostile_ticks(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_callback_reentry(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_unregister_while_running(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_shutdown_in_flight(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_engine_restart(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_two_engines(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_ownership(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_quiet_feed(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_stalled_burst(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_plugin_reload(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_bad_plugin(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_destroy_from_callback(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_double_destroy(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_strategy_churn(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_broadcast_churn(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_spsc_wrap(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_coordinator_load(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_coordinator_memory(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_coordinator_unpolled(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_coordinator_cancel(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_coordinator_callbacks(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_coordinator_shutdown(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_stop_race(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_double_close(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_mode_switch(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_reconnect(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_nan_streak(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_slow(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_burst(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_trader_soak(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_feed_storm(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_canary_race(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_canary_use_after_free(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_canary_leak(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_canary_deadlock(struct ts_life *life, struct ts_diag *diag);
ts_err ts_scenario_canary_hang(struct ts_life *life, struct ts_diag *diag);

#endif
