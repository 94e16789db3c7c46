/*
 * One thread's paths, to have their instructions counted: counts PATH TURNS runs the path so often and ends.
 * Everything to be counted happens inside `measured` or `measured_stage`; ci/bench runs this under callgrind,
 * which counts there alone, and holds the counts against counts.txt. Unlike times, they are the same in every
 * run of one build.
 */
#include "bench/counts_writer.h"
#include "bench/stage_walk.h"
#include "queue/broadcast.h"
#include "queue/result_queue.h"
#include "queue/spsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ts_spsc ring;
static struct ts_result_queue results;
static struct ts_broadcast *broadcast;
static struct ts_broadcast_token *token;
static uint64_t words[64];

/* Records of one size in bursts of 16, as a scan would hand them on. */
static uint64_t through_ring(uint32_t size)
{
    uint64_t sum = 0;
    for (int i = 0; i < 16; i++) {
        void *room = ts_spsc_claim(&ring, size);
        TS_ASSERT(room != NULL);
        memcpy(room, words, size);
        ts_spsc_commit(&ring);
    }
    ts_spsc_publish(&ring);
    for (int i = 0; i < 16; i++) {
        uint32_t found;
        const uint64_t *record = ts_spsc_peek(&ring, &found);
        TS_ASSERT(record != NULL && found == size);
        sum += record[0];
        ts_spsc_advance(&ring);
    }
    ts_spsc_release(&ring);
    return sum;
}

static uint64_t through_results(void)
{
    static struct ts_result result;
    static const char symbol[WINGCHUN_SYMBOL_SIZE] = "btc_usdt";
    double values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int i = 0; i < 16; i++) {
        (void)ts_result_queue_push(&results, symbol, i, values, 8);
    }
    ts_result_queue_flush(&results);
    while (ts_result_queue_pop(&results, &result) == TS_OK) {
    }
    return result.count;
}

static uint64_t through_broadcast(void)
{
    uint64_t sum = 0, lost;
    const void *item;
    for (int i = 0; i < 16; i++) {
        uint64_t *room = ts_broadcast_claim(broadcast);
        TS_ASSERT(room != NULL);
        memcpy(room, words, 64);
        ts_broadcast_commit(broadcast);
    }
    while (ts_broadcast_peek(token, &item, &lost) == TS_OK) {
        sum += *(const uint64_t *)item;
        ts_broadcast_advance(token);
    }
    return sum;
}

__attribute__((noinline)) static uint64_t measured(const char *path, uint64_t turns)
{
    uint64_t sum = 0;
    char kind = path[0];
    uint32_t size = (uint32_t)strtoul(path + strcspn(path, "0123456789"), NULL, 10);
    for (uint64_t i = 0; i < turns; i++) {
        sum += kind == 'r'   ? through_ring(size)
               : kind == 'w' ? ts_counts_writer(size)
               : kind == 'q' ? through_results()
                             : through_broadcast();
    }
    return sum;
}

/* Round one stage of a burst and nothing of the others. */
__attribute__((noinline)) static void measured_stage(void (*body)(struct ts_stage_walk *walk),
                                                     struct ts_stage_walk *walk, void *user_data)
{
    (void)user_data;
    body(walk);
}

static uint64_t through_stage(const char *path, uint64_t turns)
{
    struct ts_stage_walk *walk = ts_stage_walk_create();
    enum ts_stage stage = ts_stage_find(path + strlen("stage-"));
    for (uint64_t i = 0; i < turns; i++) {
        ts_stage_walk_burst(walk, stage, measured_stage, NULL);
    }
    uint64_t reached = ts_stage_walk_results(walk);
    ts_stage_walk_destroy(walk);
    return reached;
}

static bool is_stage(const char *path)
{
    return strncmp(path, "stage-", strlen("stage-")) == 0 &&
           ts_stage_find(path + strlen("stage-")) != TS_STAGE_COUNT;
}

static void complain(void)
{
    fputs("Usage: counts PATH TURNS (of 16 records each)\n"
          "PATH: ring-8|64|512, writer-8|64|512|mix, queue-results, broadcast-64, stage-STAGE\n"
          "STAGE:",
          stderr);
    for (int i = 0; i < TS_STAGE_COUNT; i++) {
        fprintf(stderr, " %s", ts_stage_name((enum ts_stage)i));
    }
    fputc('\n', stderr);
}

int main(int argc, char **argv)
{
    static const char *const paths[] = {"ring-8",     "ring-64",       "ring-512",
                                        "writer-8",   "writer-64",     "writer-512",
                                        "writer-mix", "queue-results", "broadcast-64"};
    struct ts_broadcast_options options = {.item_size = 64,
                                           .block_items = 64,
                                           .max_blocks = 4,
                                           .max_consumers = 1,
                                           .policy = TS_SLOW_CONSUMER_GATE};
    bool known = argc == 3 && is_stage(argv[1]);
    for (size_t i = 0; argc == 3 && i < sizeof paths / sizeof *paths; i++) {
        known = known || strcmp(argv[1], paths[i]) == 0;
    }
    if (!known) {
        complain();
        return 2;
    }
    if (is_stage(argv[1])) {
        printf("%llu\n", (unsigned long long)through_stage(argv[1], strtoull(argv[2], NULL, 10)));
        return 0;
    }
    ts_err error = ts_spsc_init(&ring, 16384, TS_SPSC_RECORDS_UNBOUNDED, 512, false, NULL);
    TS_ASSERT(error == TS_OK);
    ts_counts_writer_begin(&ring);
    error = ts_result_queue_init(&results, 64, 8, TS_OVERFLOW_DROP_NEWEST, NULL);
    TS_ASSERT(error == TS_OK);
    error = ts_broadcast_create(&options, &broadcast, NULL);
    TS_ASSERT(error == TS_OK && ts_broadcast_join(broadcast, TS_JOIN_NOW, &token) == TS_OK);
    printf("%llu\n", (unsigned long long)measured(argv[1], strtoull(argv[2], NULL, 10)));
    return 0;
}
