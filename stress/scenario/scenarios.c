#include "scenario/scenarios.h"

const ts_scenario_body ts_scenario_bodies[] = {
    ts_scenario_destroy_mid_callback, ts_scenario_queue_overflow,        ts_scenario_depth_flood,
    ts_scenario_canary_race,          ts_scenario_canary_use_after_free, ts_scenario_canary_leak,
    ts_scenario_canary_deadlock,      ts_scenario_canary_hang,
};
