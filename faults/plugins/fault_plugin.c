/*
 * A signal library that does one thing wrong, chosen when its engine is created: "defect":"NAME" in the
 * configuration (README.md lists them). What it does for the rest is the least that a host can work with: one
 * result for each Depth, at once on the thread that feeds it, or, where "mode" is queued, at the next poll.
 *
 * Built without sanitizers, as a library from elsewhere would be.
 */
#include "signal_api.h"
#include "wingchun.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE_MAX  256
#define SLOW_MS    300
#define LATE_CALLS 20
#define LATE_MS    2

struct engine {
    pthread_mutex_t mutex; /* of all of it */
    pthread_mutex_t delivery;
    signal_callback callback;
    void *user_data;
    bool queued;
    char defect[32];
    unsigned pending, executed, offered;
};

/* What is left of an engine when its destroy has returned. */
struct ghost {
    signal_callback callback;
    void *user_data;
};

static _Thread_local char create_error[64];

static void sleep_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static bool is(const struct engine *engine, const char *defect)
{
    return strcmp(engine->defect, defect) == 0;
}

static void read_word(const char *config, const char *key, char *word, size_t size)
{
    const char *at = strstr(config, key);
    size_t length = at == NULL ? 0 : strcspn(at + strlen(key), "\"");
    snprintf(word, size, "%.*s", (int)length, at == NULL ? "" : at + strlen(key));
}

SIGNAL_EXPORT void *signal_create(const char *config_json)
{
    char mode[16];
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return NULL;
    }
    read_word(config_json, "\"defect\":\"", engine->defect, sizeof engine->defect);
    read_word(config_json, "\"mode\":\"", mode, sizeof mode);
    engine->queued = strcmp(mode, "queued") == 0;
    if (is(engine, "create-null")) {
        snprintf(create_error, sizeof create_error, "made to fail");
        free(engine);
        return NULL;
    }
    if (is(engine, "slow-create")) {
        sleep_ms(SLOW_MS);
    }
    pthread_mutex_init(&engine->mutex, NULL);
    pthread_mutex_init(&engine->delivery, NULL);
    return engine;
}

SIGNAL_EXPORT const char *signal_last_error(void *handle)
{
    return handle == NULL ? create_error : "";
}

SIGNAL_EXPORT void signal_register_callback(void *handle, signal_callback callback, void *user_data)
{
    struct engine *engine = handle;
    pthread_mutex_lock(&engine->mutex);
    engine->callback = callback;
    engine->user_data = user_data;
    pthread_mutex_unlock(&engine->mutex);
}

static void call(const struct engine *engine, const char *symbol, const double *values, int count)
{
    engine->callback(symbol, 1, values, count, engine->user_data);
}

static void *call_from_elsewhere(void *argument)
{
    static const double values[] = {1.0, 0.8};
    call(argument, "btcusdt", values, 2);
    return NULL;
}

static void call_foreign(struct engine *engine)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, call_from_elsewhere, engine) == 0) {
        pthread_join(thread, NULL);
    }
}

static void call_without_end(const struct engine *engine, const double *values)
{
    char *symbol = malloc(WINGCHUN_SYMBOL_SIZE);
    if (symbol != NULL) {
        memset(symbol, 'x', WINGCHUN_SYMBOL_SIZE);
        call(engine, symbol, values, 2);
        free(symbol);
    }
}

/* The one result of a Depth, as the defect has it. */
static void deliver(struct engine *engine)
{
    static const double good[] = {1.0, 0.8};
    const double not_a_number[] = {1.0, NAN}, infinite[] = {INFINITY, 0.8};
    if (engine->callback == NULL) {
        return;
    }
    if (is(engine, "abort")) {
        fputs("terminate called after throwing an instance of 'std::runtime_error'\n", stderr);
        abort();
    } else if (is(engine, "nan")) {
        call(engine, "btcusdt", engine->executed % 2 == 0 ? not_a_number : infinite, 2);
    } else if (is(engine, "count")) {
        call(engine, "btcusdt", good, engine->executed % 2 == 0 ? -1 : 1 << 30);
    } else if (is(engine, "null-values")) {
        call(engine, "btcusdt", NULL, 2);
    } else if (is(engine, "null-symbol")) {
        call(engine, engine->executed % 2 == 0 ? NULL : "", good, 2);
    } else if (is(engine, "endless-symbol")) {
        call_without_end(engine, good);
    } else if (is(engine, "foreign-thread")) {
        call_foreign(engine);
    } else {
        call(engine, "btcusdt", good, 2);
    }
    engine->executed++;
}

SIGNAL_EXPORT void signal_on_data(void *handle, int type, const void *data)
{
    struct engine *engine = handle;
    (void)data;
    if (type != WINGCHUN_DEPTH) {
        return;
    }
    engine->offered++;
    if (engine->queued) {
        engine->pending += engine->pending < QUEUE_MAX;
    } else if (!is(engine, "idle-poll")) {
        deliver(engine);
    }
}

SIGNAL_EXPORT int signal_poll_callbacks(void *handle)
{
    struct engine *engine = handle;
    int executed = 0;
    while (!is(engine, "idle-poll") && engine->pending > 0) {
        engine->pending--;
        deliver(engine);
        executed++;
    }
    return executed;
}

SIGNAL_EXPORT int signal_lock(void *handle)
{
    pthread_mutex_lock(&((struct engine *)handle)->delivery);
    return SIGNAL_OK;
}

SIGNAL_EXPORT int signal_unlock(void *handle)
{
    pthread_mutex_unlock(&((struct engine *)handle)->delivery);
    return SIGNAL_OK;
}

static void *haunt(void *argument)
{
    static const double values[] = {1.0, 0.8};
    struct ghost *ghost = argument;
    for (int i = 0; i < LATE_CALLS; i++) {
        sleep_ms(LATE_MS);
        ghost->callback("btcusdt", 1, values, 2, ghost->user_data);
    }
    free(ghost);
    return NULL;
}

/* A thread that nobody joins: it outlives its engine, and the library's place in the host. */
static void leave_ghost(const struct engine *engine)
{
    pthread_t thread;
    struct ghost *ghost = malloc(sizeof *ghost);
    if (ghost == NULL) {
        return;
    }
    *ghost = (struct ghost){engine->callback, engine->user_data};
    if (pthread_create(&thread, NULL, haunt, ghost) == 0) {
        pthread_detach(thread);
    } else {
        free(ghost);
    }
}

SIGNAL_EXPORT void signal_destroy(void *handle)
{
    struct engine *engine = handle;
    pthread_mutex_destroy(&engine->delivery);
    pthread_mutex_destroy(&engine->mutex);
    free(engine);
}

SIGNAL_EXPORT int signal_close(void *handle, struct signal_stats *final)
{
    struct engine *engine = handle;
    if (final != NULL) {
        *final = (struct signal_stats){.struct_size = sizeof *final};
    }
    if (is(engine, "late-callback")) {
        leave_ghost(engine);
    }
    signal_destroy(engine);
    return SIGNAL_OK;
}
