#include "bench/counts_writer.h"

#include "queue/spsc_reader.h"
#include "queue/spsc_writer.h"

#include <string.h>

static struct ts_spsc_writer writer;
static struct ts_spsc_reader reader;
static uint64_t words[64];

void ts_counts_writer_begin(struct ts_spsc *ring)
{
    writer = (struct ts_spsc_writer){.ring = ring, .span_bytes = 4096};
    ts_spsc_reader_begin(&reader, ring, 2048);
}

uint64_t ts_counts_writer(uint32_t size)
{
    static const uint32_t sizes[] = {8, 512, 64};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t each = size == 0 ? sizes[i % 3] : size;
        void *room = ts_spsc_writer_put(&writer, each);
        TS_ASSERT(room != NULL);
        memcpy(room, words, each);
    }
    ts_spsc_writer_flush(&writer);
    for (int i = 0; i < 16; i++) {
        const void *record;
        uint32_t found;
        bool any = ts_spsc_reader_get(&reader, &record, &found);
        TS_ASSERT(any);
        sum += *(const uint64_t *)record + found;
    }
    ts_spsc_reader_release(&reader);
    return sum;
}
