#include "scenario/scenarios.h"

#include "base/err.h"

#include <string.h>

static const struct {
    const char *name;
    ts_scenario_body body;
} bodies[] = {
    {"destroy-mid-callback", ts_scenario_destroy_mid_callback},
    {"queue-overflow", ts_scenario_queue_overflow},
    {"depth-flood", ts_scenario_depth_flood},
    {"hostile-ticks", ts_scenario_hostile_ticks},
    {"callback-reentry", ts_scenario_callback_reentry},
    {"unregister-while-running", ts_scenario_unregister_while_running},
    {"shutdown-in-flight", ts_scenario_shutdown_in_flight},
    {"engine-restart", ts_scenario_engine_restart},
    {"two-engines", ts_scenario_two_engines},
    {"ownership", ts_scenario_ownership},
    {"quiet-feed", ts_scenario_quiet_feed},
    {"stalled-burst", ts_scenario_stalled_burst},
    {"plugin-reload", ts_scenario_plugin_reload},
    {"bad-plugin", ts_scenario_bad_plugin},
    {"destroy-from-callback", ts_scenario_destroy_from_callback},
    {"double-destroy", ts_scenario_double_destroy},
    {"strategy-churn", ts_scenario_strategy_churn},
    {"broadcast-churn", ts_scenario_broadcast_churn},
    {"spsc-wrap", ts_scenario_spsc_wrap},
    {"coordinator-load", ts_scenario_coordinator_load},
    {"coordinator-memory", ts_scenario_coordinator_memory},
    {"coordinator-unpolled", ts_scenario_coordinator_unpolled},
    {"coordinator-cancel", ts_scenario_coordinator_cancel},
    {"coordinator-callbacks", ts_scenario_coordinator_callbacks},
    {"coordinator-shutdown", ts_scenario_coordinator_shutdown},
    {"trader-stop-race", ts_scenario_trader_stop_race},
    {"trader-double-close", ts_scenario_trader_double_close},
    {"trader-mode-switch", ts_scenario_trader_mode_switch},
    {"trader-reconnect", ts_scenario_trader_reconnect},
    {"trader-nan-streak", ts_scenario_trader_nan_streak},
    {"trader-slow", ts_scenario_trader_slow},
    {"trader-burst", ts_scenario_trader_burst},
    {"trader-soak", ts_scenario_trader_soak},
    {"feed-storm", ts_scenario_feed_storm},
    {"canary-race", ts_scenario_canary_race},
    {"canary-use-after-free", ts_scenario_canary_use_after_free},
    {"canary-leak", ts_scenario_canary_leak},
    {"canary-deadlock", ts_scenario_canary_deadlock},
    {"canary-hang", ts_scenario_canary_hang},
};

ts_scenario_body ts_scenario_body_of(const char *name)
{
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        if (strcmp(bodies[i].name, name) == 0) {
            return bodies[i].body;
        }
    }
    return NULL;
}
