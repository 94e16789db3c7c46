#include "base/random.h"
#include "queue/spsc_reader.h"
#include "queue/spsc_writer.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <string.h>

#define SPANNED 20000u

/* Sizes that stay for some records, a whole line among them, so that there are runs to wrap and to break; and
 * then some that change with each, so that headers stand singly. */
static uint32_t span_size(uint64_t number)
{
    uint64_t pace = number / 2000 % 2 == 0 ? 7 : 1;
    return 8 * (1 + (uint32_t)(ts_hash64(number / pace) % 8));
}

static void produce_by_spans(void *argument)
{
    struct ts_spsc_writer writer = {.ring = argument, .span_bytes = 300};
    for (uint64_t number = 0; number < SPANNED; number++) {
        uint32_t size = span_size(number);
        uint64_t *room;
        while ((room = ts_spsc_writer_put(&writer, size)) == NULL) {
            sched_yield(); /* a put that found no room has flushed */
        }
        for (uint32_t i = 0; i < size / 8; i++) {
            room[i] = ts_hash64(number + i);
        }
    }
    ts_spsc_writer_flush(&writer);
}

static void check_spanned(const uint64_t *record, uint32_t size, uint64_t number)
{
    cr_assert_eq(size, span_size(number), "record %llu", (unsigned long long)number);
    for (uint32_t k = 0; k < size / 8; k++) {
        cr_assert_eq(record[k], ts_hash64(number + k), "record %llu", (unsigned long long)number);
    }
}

Test(spsc_writer, spans_lose_nothing_and_tear_nothing_whatever_the_bound)
{
    static const uint64_t bounds[] = {1, 2, 5, TS_SPSC_RECORDS_UNBOUNDED};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        struct ts_spsc ring;
        struct ts_thread producer = {0};
        uint32_t size, count;
        cr_assert_eq(ts_spsc_init(&ring, 1024, bounds[i], 64, false, NULL), TS_OK);
        cr_assert_eq(ts_thread_start(&producer, "producer", produce_by_spans, &ring, NULL), TS_OK);
        for (uint64_t number = 0; number < SPANNED;) {
            const unsigned char *records = ts_spsc_peek_run(&ring, &size, &count);
            if (records == NULL) {
                ts_spsc_release(&ring);
                sched_yield();
                continue;
            }
            cr_assert_leq(count, bounds[i]);
            count = number % 3 == 0 ? (count + 1) / 2 : count;
            for (uint32_t k = 0; k < count; k++, number++) {
                check_spanned((const void *)(records + k * ts_spsc_payload_stride(size)), size, number);
            }
            ts_spsc_advance_run(&ring, count);
            ts_spsc_release_at(&ring, 128);
            cr_assert_leq(ts_spsc_records(&ring), bounds[i]);
        }
        ts_thread_join(&producer);
        cr_assert_null(ts_spsc_peek(&ring, NULL));
        cr_assert_eq(ring.taken, ring.committed);
        ts_spsc_fini(&ring);
    }
}

Test(spsc_writer, a_reader_gets_what_the_writer_put)
{
    struct ts_spsc ring;
    struct ts_spsc_reader reader;
    struct ts_thread producer = {0};
    const void *record;
    uint32_t size;
    cr_assert_eq(ts_spsc_init(&ring, 1024, TS_SPSC_RECORDS_UNBOUNDED, 64, false, NULL), TS_OK);
    ts_spsc_reader_begin(&reader, &ring, 128);
    cr_assert_eq(ts_thread_start(&producer, "producer", produce_by_spans, &ring, NULL), TS_OK);
    for (uint64_t number = 0; number < SPANNED;) {
        if (ts_spsc_reader_get(&reader, &record, &size)) {
            check_spanned(record, size, number++);
        } else {
            ts_spsc_reader_release(&reader);
            sched_yield();
        }
    }
    ts_thread_join(&producer);
    cr_assert(!ts_spsc_reader_get(&reader, &record, &size));
    ts_spsc_reader_release(&reader);
    cr_assert_eq(ts_spsc_records(&ring), 0);
    cr_assert_null(ts_spsc_peek(&ring, NULL), "the ring goes on where the reader stood");
    ts_spsc_fini(&ring);
}

Test(spsc_writer, records_of_changing_sizes_get_a_header_each_until_runs_are_worth_it)
{
    struct ts_spsc ring;
    uint32_t size, count, longest = 0;
    cr_assert_eq(ts_spsc_init(&ring, 4096, TS_SPSC_RECORDS_UNBOUNDED, 64, false, NULL), TS_OK);
    struct ts_spsc_writer writer = {.ring = &ring, .span_bytes = 1024};
    for (uint64_t number = 0; number < 20000; number++) {
        uint32_t changing = number < 100 ? 8 + 8 * (number % 2) : 8;
        while (ts_spsc_writer_put(&writer, changing) == NULL) {
            while (ts_spsc_peek_run(&ring, &size, &count) != NULL) {
                longest = count > longest ? count : longest;
                ts_spsc_advance_run(&ring, count);
            }
            ts_spsc_release(&ring);
        }
        cr_assert(number != 50 || writer.singly_spans > 0);
    }
    cr_assert_eq(writer.singly_spans, 0);
    cr_assert_gt(longest, 100);
    ts_spsc_fini(&ring);
}

Test(spsc_writer, records_of_one_size_share_a_header_and_those_of_lines_stand_on_lines)
{
    struct ts_spsc ring;
    uint32_t size, count;
    cr_assert_eq(ts_spsc_init(&ring, 4096, TS_SPSC_RECORDS_UNBOUNDED, 64, false, NULL), TS_OK);
    struct ts_spsc_writer writer = {.ring = &ring, .span_bytes = 2048};
    for (uint64_t i = 0; i < 16; i++) {
        *(uint64_t *)ts_spsc_writer_put(&writer, 8) = i;
    }
    cr_assert_null(ts_spsc_peek(&ring, NULL), "nothing is seen before the flush");
    ts_spsc_writer_flush(&writer);
    cr_assert_eq(ring.write, 2 * 8 + 16 * 8, "the first, which might have been the last, and the others");
    const uint64_t *run = ts_spsc_peek_run(&ring, &size, &count);
    cr_assert(run != NULL && size == 8 && count == 1 && run[0] == 0);
    ts_spsc_advance_run(&ring, 1);
    run = ts_spsc_peek_run(&ring, &size, &count);
    cr_assert(run != NULL && size == 8 && count == 15 && run[14] == 15);
    for (uint64_t i = 0; i < 4; i++) {
        uintptr_t at = (uintptr_t)ts_spsc_writer_put(&writer, 64);
        cr_assert_eq(at % TS_CACHE_LINE, 0, "record %llu of 64 bytes", (unsigned long long)i);
    }
    ts_spsc_writer_flush(&writer);
    cr_assert_eq(ts_spsc_walk(&ring), 20);
    ts_spsc_advance_run(&ring, 15);
    cr_assert_eq((uintptr_t)ts_spsc_peek_run(&ring, &size, &count) % TS_CACHE_LINE, 0);
    cr_assert(size == 64 && count == 4);
    ts_spsc_fini(&ring);
}

/* One thread, one model: numbers that were put, flushed, read and released. */
struct model {
    struct ts_spsc ring;
    struct ts_spsc_writer writer;
    struct ts_spsc_reader reader;
    bool by_reader;
    struct ts_random random;
    uint64_t pace; /* records that are of one size, or a few more */
    uint64_t put, flushed, read, released;
    uint64_t told; /* head_told when last looked at */
};

static uint32_t model_size(const struct model *model, uint64_t number)
{
    static const uint32_t sizes[] = {0, 1, 8, 8, 20, 64, 64, 128};
    return sizes[ts_hash64(number / model->pace) % (sizeof sizes / sizeof *sizes)];
}

static void model_put(struct model *model)
{
    unsigned char *room = ts_spsc_writer_put(&model->writer, model_size(model, model->put));
    if (room == NULL) {
        model->flushed = model->put;
        cr_assert_lt(model->released, model->put, "an empty ring has room");
        return;
    }
    memset(room, (int)(model->put & 0xff), model_size(model, model->put));
    model->put++;
    /* Full spans flush by themselves; how far they did is the ring's to say. */
    model->flushed = model->ring.committed;
}

static void model_check(struct model *model, const unsigned char *record, uint32_t size)
{
    cr_assert_eq(size, model_size(model, model->read), "record %llu", (unsigned long long)model->read);
    for (uint32_t i = 0; i < size; i++) {
        cr_assert_eq(record[i], model->read & 0xff, "record %llu", (unsigned long long)model->read);
    }
    model->read++;
}

static void model_get(struct model *model)
{
    const void *record;
    uint32_t size;
    bool any = model->read < model->flushed;
    cr_assert_eq(ts_spsc_reader_get(&model->reader, &record, &size), any);
    if (any) {
        model_check(model, record, size);
    }
    /* Where a header stood, the records before it may have been released. */
    model->released = model->ring.head_told == model->told ? model->released : model->read - any;
    model->told = model->ring.head_told;
}

static void model_read(struct model *model)
{
    unsigned char copy[128];
    uint32_t size, count;
    const unsigned char *records;
    bool any = model->read < model->flushed;
    switch (ts_random_below(&model->random, 3)) {
    case 0:
        records = ts_spsc_peek(&model->ring, &size);
        cr_assert_eq(records != NULL, any);
        if (any) {
            model_check(model, records, size);
            ts_spsc_advance(&model->ring);
        }
        break;
    case 1:
        cr_assert_eq(ts_spsc_take(&model->ring, copy, sizeof copy, &size), any ? TS_OK : TS_EMPTY);
        if (any) {
            model_check(model, copy, size);
            model->released = model->read;
        }
        break;
    default:
        records = ts_spsc_peek_run(&model->ring, &size, &count);
        cr_assert_eq(records != NULL, any);
        if (any) {
            cr_assert(count > 0 && count <= model->flushed - model->read);
            count = 1 + (uint32_t)ts_random_below(&model->random, count);
            for (uint32_t i = 0; i < count; i++) {
                model_check(model, records + i * ts_spsc_payload_stride(size), size);
            }
            ts_spsc_advance_run(&model->ring, count);
        }
    }
}

static void model_round(uint64_t seed)
{
    static const uint64_t bounds[] = {1, 3, 9, TS_SPSC_RECORDS_UNBOUNDED};
    struct model model = {
        .random = {.state = seed}, .by_reader = seed / 4 % 2 == 0, .pace = seed / 8 % 3 == 0 ? 1 : 4};
    uint64_t bound = bounds[seed % 4];
    cr_assert_eq(ts_spsc_init(&model.ring, 512, bound, 128, false, NULL), TS_OK);
    ts_spsc_begin_at(&model.ring, 8 * ts_random_below(&model.random, 64) - 256,
                     0); /* before 2^64 or behind */
    model.told = model.ring.head_told;
    ts_spsc_reader_begin(&model.reader, &model.ring, 8 * (uint32_t)ts_random_below(&model.random, 40));
    model.writer.ring = &model.ring;
    model.writer.span_bytes = 16 + 8 * (uint32_t)ts_random_below(&model.random, 60);
    for (int step = 0; step < 400; step++) {
        uint64_t way = ts_random_below(&model.random, 10);
        if (way < 5) {
            model_put(&model);
        } else if (way < 6) {
            ts_spsc_writer_flush(&model.writer);
            model.flushed = model.put;
        } else if (way < 9) {
            (model.by_reader ? model_get : model_read)(&model);
        } else {
            if (model.by_reader) {
                ts_spsc_reader_release(&model.reader);
            }
            ts_spsc_release(&model.ring);
            model.released = model.read;
            model.told = model.ring.head_told;
        }
        cr_assert_leq(model.put - model.released, bound);
        cr_assert_eq(ts_spsc_walk(&model.ring), model.flushed - model.released, "seed %llu, step %d",
                     (unsigned long long)seed, step);
        cr_assert_eq(ts_spsc_records(&model.ring), model.flushed - model.released);
    }
    ts_spsc_fini(&model.ring);
}

Test(spsc_writer, runs_agree_with_a_model_however_they_are_put_read_and_released)
{
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        model_round(seed);
    }
}
