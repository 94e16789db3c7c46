/* The options of an explored life. */
#include "worker/explore.h"

#include "explore/core/scheduler.h"
#include "explore/strategy/auto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_US   50
#define STEPS_MAX 2000000

void ts_explore_plan_begin(struct ts_explore_plan *plan)
{
    *plan = (struct ts_explore_plan){
        .config = {.points = TS_POINTS_ATOMIC, .time = TS_TIME_LAZY, .steps_max = STEPS_MAX},
        .life_us = LIFE_US,
        .repeat = 1,
    };
    plan->config.strategies = ts_strategies_auto(plan->config.strategy);
}

static bool is_key(const char *setting, const char *key, const char **value)
{
    size_t length = strlen(key);
    *value = setting + length + 1;
    return strncmp(setting, key, length) == 0 && setting[length] == '=';
}

static bool word(const char *value, const char *const *words, uint32_t *index)
{
    for (uint32_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], value) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool number(const char *value, uint64_t least, uint64_t *result)
{
    char *end;
    errno = 0;
    *result = strtoull(value, &end, 0);
    return value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0 && *result >= least;
}

static bool choose_strategy(struct ts_explore_config *config, const char *name)
{
    int id = ts_strategy_find(name);
    if (id >= 0) {
        config->strategies = 1;
        config->strategy[0].id = (uint32_t)id;
    }
    return id >= 0 || strcmp(name, "auto") == 0;
}

static void choose_depth(struct ts_explore_config *config, uint64_t depth)
{
    for (uint32_t i = 0; i < config->strategies; i++) {
        config->strategy[i].depth = (uint32_t)depth;
    }
}

ts_err ts_explore_plan_set(struct ts_explore_plan *plan, const char *setting, struct ts_diag *diag)
{
    static const char *const points[] = {"sync", "atomic", "all", NULL};
    static const char *const handoffs[] = {"auto", "fsbase", "futex", NULL};
    struct ts_explore_config *config = &plan->config;
    const char *value;
    uint64_t amount = 0;
    bool valid = false;
    if (is_key(setting, "strategy", &value)) {
        valid = choose_strategy(config, value);
    } else if (is_key(setting, "depth", &value)) {
        valid = number(value, 0, &amount) && amount <= 1000;
        choose_depth(config, amount);
    } else if (is_key(setting, "points", &value)) {
        valid = word(value, points, &config->points);
    } else if (is_key(setting, "time", &value)) {
        valid = strcmp(value, "lazy") == 0;
    } else if (is_key(setting, "handoff", &value)) {
        valid = word(value, handoffs, &config->handoff);
    } else if (is_key(setting, "schedules", &value)) {
        valid = number(value, 1, &plan->schedules);
    } else if (is_key(setting, "repeat", &value)) {
        valid = number(value, 1, &plan->repeat);
    } else if (is_key(setting, "steps", &value)) {
        valid = number(value, 100, &config->steps_max);
    } else if (is_key(setting, "life-us", &value)) {
        valid = number(value, 1, &amount) && amount <= 3600000000;
        plan->life_us = (int64_t)amount;
    } else if (is_key(setting, "schedule", &value)) {
        plan->schedule = value;
        valid = true;
    }
    return valid ? TS_OK
                 : ts_fail(diag, TS_INVALID, "explore", setting, "no such option, or not a value of it");
}
