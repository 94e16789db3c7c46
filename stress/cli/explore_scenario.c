#include "cli/explore_scenario.h"

#include "cli/command.h"
#include "cli/option_values.h"
#include "cli/run_command.h"
#include "cli/scenario_shrink.h"
#include "explore/shrink_rounds.h"
#include "scenario/catalog.h"
#include "supervisor/supervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options of the search, each a setting of the worker (worker/explore.h). */
static const char *const searches[] = {"strategy",  "depth",   "points", "time",     "handoff",
                                       "schedules", "life-us", "steps",  "schedule", "repeat"};

#define SEARCHES (sizeof searches / sizeof *searches)

/* Options of the shrinking that follows; those that run does not know. */
static uint64_t shrink_tries = TS_SCENARIO_SHRINK_TRIES;
static int64_t shrink_for_ms;

static bool names(int count, char **arguments, const char *word)
{
    size_t length = strlen(word);
    for (int i = 1; i < count; i++) {
        if (strncmp(arguments[i], word, length) == 0 &&
            (arguments[i][length] == '\0' || arguments[i][length] == '=')) {
            return true;
        }
    }
    return false;
}

static bool names_program(int count, char **arguments)
{
    return names(count, arguments, "--");
}

bool ts_explore_is_scenario(int count, char **arguments)
{
    bool found = false;
    for (int i = 1; i < count; i++) {
        found = found || ts_scenario_find(arguments[i]) >= 0 || strcmp(arguments[i], "all") == 0;
    }
    return found && !names_program(count, arguments);
}

bool ts_replay_is_finding(int count, char **arguments)
{
    bool found = false;
    for (int i = 1; i < count; i++) {
        found = found || strncmp(arguments[i], "0x", 2) == 0;
    }
    return found && !names_program(count, arguments);
}

/* Of the form --NAME or --NAME=VALUE. */
static bool names_option(const char *argument, const char *name)
{
    size_t length = strcspn(argument, "=");
    return strncmp(argument, "--", 2) == 0 && strlen(name) == length - 2 &&
           strncmp(argument + 2, name, length - 2) == 0;
}

/* The search that an option sets; NULL: none. *value: what stands behind its =; NULL: nothing does. */
static const char *search_of(const char *argument, const char **value)
{
    size_t length = strcspn(argument, "=");
    *value = argument[length] == '=' ? argument + length + 1 : NULL;
    for (size_t i = 0; i < SEARCHES; i++) {
        if (names_option(argument, searches[i])) {
            return searches[i];
        }
    }
    return NULL;
}

struct words {
    char **list;
    int count;
};

static bool add(struct words *words, const char *word)
{
    words->list[words->count] = strdup(word);
    return words->list[words->count++] != NULL;
}

static bool add_search(struct words *words, const char *name, const char *value)
{
    char *setting = NULL;
    bool added = asprintf(&setting, "%s%s=%s", TS_EXPLORE_SETTING, name, value) > 0 && add(words, "--set") &&
                 add(words, setting);
    free(setting);
    return added;
}

static int take_shrink(const char *name, const char *value)
{
    return strcmp(name, "shrink-tries") == 0
               ? ts_option_count("explore", "--shrink-tries", value, &shrink_tries)
               : ts_option_duration("explore", "--shrink-for", value, &shrink_for_ms);
}

/* The same as arguments of `run`. */
static int translate(int count, char **arguments, struct words *words)
{
    bool whole = add(words, "run");
    for (int i = 1; i < count && whole; i++) {
        const char *value;
        const char *search = search_of(arguments[i], &value);
        const char *shrink = names_option(arguments[i], "shrink-tries") ? "shrink-tries"
                             : names_option(arguments[i], "shrink-for") ? "shrink-for"
                                                                        : NULL;
        if (strcmp(arguments[i], "--no-shrink") == 0) {
            continue;
        }
        if ((search != NULL || shrink != NULL) && value == NULL && i + 1 == count) {
            return ts_usage("explore", "%s needs a value", arguments[i]);
        }
        if (shrink != NULL) {
            int code = take_shrink(shrink, value != NULL ? value : arguments[++i]);
            if (code != TS_EXIT_OK) {
                return code;
            }
        } else if (search == NULL) {
            whole = add(words, arguments[i]);
        } else {
            whole = add_search(words, search, value != NULL ? value : arguments[++i]);
        }
    }
    whole = whole && add(words, "--flavour") && add(words, "explore");
    return whole ? TS_EXIT_OK : ts_usage("explore", "no memory");
}

static int run_words(int (*run)(int, char **), int code, struct words *words)
{
    char **list = calloc((size_t)words->count + 1, sizeof *list); /* getopt reorders it */
    if (code == TS_EXIT_OK && list != NULL) {
        memcpy(list, words->list, (size_t)words->count * sizeof *list);
        code = run(words->count, list);
    }
    for (int i = 0; i < words->count; i++) {
        free(words->list[i]);
    }
    free(words->list);
    free(list);
    return code;
}

static int run(int count, char **arguments)
{
    return ts_run_command("run", count, arguments, NULL);
}

static void shrink(const struct ts_run_options *options, const char *folder)
{
    struct ts_scenario_shrink_budget budget = {shrink_tries,
                                               ts_shrink_limit_ms(shrink_for_ms, options->for_ms)};
    ts_scenario_shrink_run(options, folder, &budget);
}

static int run_and_shrink(int count, char **arguments)
{
    return ts_run_command("run", count, arguments, shrink);
}

int ts_explore_scenario(int count, char **arguments)
{
    struct words words = {.list = calloc((size_t)count * 2 + 4, sizeof *words.list)};
    if (words.list == NULL) {
        return ts_usage("explore", "no memory");
    }
    /* A schedule that was given is followed as it is; lines of JSON have no room for what is said of one. */
    bool plain = names(count, arguments, "--no-shrink") || names(count, arguments, "--json") ||
                 names(count, arguments, "--schedule");
    return run_words(plain ? run : run_and_shrink, translate(count, arguments, &words), &words);
}

int ts_replay_finding(int count, char **arguments)
{
    struct words words = {.list = calloc((size_t)count + 4, sizeof *words.list)};
    if (words.list == NULL) {
        return ts_usage("replay", "no memory");
    }
    bool whole = add(&words, "repro");
    bool counted = false;
    for (int i = 1; i < count && whole; i++) {
        bool repeat = strcmp(arguments[i], "--repeat") == 0;
        counted = counted || repeat;
        whole = add(&words, repeat ? "--lives" : arguments[i]);
    }
    whole = whole && (counted || (add(&words, "--lives") && add(&words, "1")));
    return run_words(ts_command_repro, whole ? TS_EXIT_OK : ts_usage("replay", "no memory"), &words);
}
