#include "engine/tick_stream.h"

#include <string.h>

/* Names are left out of the content: the stream tells them apart. */
#define NAMES_SIZE offsetof(struct wingchun_depth, data_time_ns)
#define TRADE_SIZE (sizeof(struct wingchun_trade) - offsetof(struct wingchun_trade, instrument_type))
_Static_assert(NAMES_SIZE == offsetof(struct wingchun_ticker, data_time_ns), "they begin alike");

/* Odd constants without a pattern (digits of pi). */
static const uint64_t salts[] = {
    UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707345), UINT64_C(0xa4093822299f31d1),
    UINT64_C(0x082efa98ec4e6c89), UINT64_C(0x452821e638d01377), UINT64_C(0xbe5466cf34e90c6d),
    UINT64_C(0xc0ac29b7c97c50dd), UINT64_C(0x3f84d5b5b5470917),
};

static uint64_t word_at(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Both halves of the product: each bit of either word reaches all of it. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static void mix(uint64_t lanes[4], size_t lane, const uint64_t words[2])
{
    lanes[lane] = fold(lanes[lane] ^ words[0], salts[4 + lane] ^ words[1]);
}

/* Four independent lanes, because a multiplication has to wait for the one before it in its lane. size >= 16.
 * The content is copied line by line: into registers, and where a sanitizer looks at each access there is one
 * for eight words. */
static uint64_t hash_content(const void *content, size_t size)
{
    const unsigned char *bytes = content;
    uint64_t lanes[4] = {salts[0], salts[1], salts[2], salts[3]};
    size_t place = 0;
    for (; place + 64 <= size; place += 64) {
        uint64_t words[8];
        memcpy(words, bytes + place, sizeof words);
        for (size_t lane = 0; lane < 4; lane++) {
            mix(lanes, lane, words + 2 * lane);
        }
    }
    for (size_t lane = 0; place < size; place += 16, lane++) {
        uint64_t words[2];
        memcpy(words, place + 16 <= size ? bytes + place : bytes + size - 16,
               sizeof words); /* the last may overlap */
        mix(lanes, lane, words);
    }
    return fold(lanes[0], lanes[1]) ^ fold(lanes[2], lanes[3] ^ salts[0]);
}

/* The words of a name, and zeros from its NUL on: what follows the end of a symbol is nobody's. */
static void read_name(const char *name, int words, uint64_t *into)
{
    uint64_t open = ~UINT64_C(0); /* all ones until a NUL was seen */
    for (int i = 0; i < words; i++) {
        uint64_t word = word_at((const unsigned char *)name + 8 * (size_t)i) & open;
        uint64_t ends = TS_ZERO_BYTES(word);
        uint64_t kept = ends != 0 ? TS_BYTES_BELOW(ends) : ~UINT64_C(0);
        into[i] = word & kept;
        open &= ends != 0 ? 0 : ~UINT64_C(0);
    }
}

static uint64_t key_of(int type, const char *symbol, const char *exchange)
{
    uint64_t words[6];
    read_name(symbol, WINGCHUN_SYMBOL_SIZE / 8, words);
    read_name(exchange, WINGCHUN_EXCHANGE_ID_SIZE / 8, words + 4);
    uint64_t hash = fold(words[0] ^ salts[0], words[1] ^ salts[1]) ^
                    fold(words[2] ^ salts[2], words[3] ^ salts[3]) ^
                    fold(words[4] ^ salts[4], words[5] ^ salts[5]);
    hash = fold(hash ^ salts[6], (uint64_t)type ^ salts[7]);
    return hash != 0 ? hash : 1;
}

struct ts_tick_print ts_tick_print_of(int type, const void *data)
{
    switch (type) {
    case WINGCHUN_DEPTH: {
        const struct wingchun_depth *depth = data;
        return (struct ts_tick_print){.stream = key_of(type, depth->symbol, depth->exchange_id),
                                      .content =
                                          hash_content(&depth->data_time_ns, sizeof *depth - NAMES_SIZE),
                                      .time_ns = depth->data_time_ns};
    }
    case WINGCHUN_TICKER: {
        const struct wingchun_ticker *ticker = data;
        return (struct ts_tick_print){.stream = key_of(type, ticker->symbol, ticker->exchange_id),
                                      .content =
                                          hash_content(&ticker->data_time_ns, sizeof *ticker - NAMES_SIZE),
                                      .time_ns = ticker->data_time_ns};
    }
    case WINGCHUN_TRADE: {
        const struct wingchun_trade *trade = data;
        return (struct ts_tick_print){.stream = key_of(type, trade->symbol, trade->exchange_id),
                                      .content = hash_content(&trade->instrument_type, TRADE_SIZE),
                                      .time_ns = trade->trade_time_ns,
                                      .id = trade->trade_id};
    }
    default:
        return (struct ts_tick_print){0};
    }
}

/* The place of a stream, or one that is free for it, or NULL. */
static struct ts_tick_stream *find(struct ts_tick_streams *streams, uint64_t key)
{
    for (uint64_t probe = 0; probe < TS_TICK_STREAM_PROBES; probe++) {
        struct ts_tick_stream *place = &streams->places[(key + probe) % TS_TICK_STREAMS];
        if (place->key == key || place->key == 0) {
            return place;
        }
    }
    return NULL;
}

static uint32_t note_id(struct ts_tick_mark *mark, int64_t id)
{
    int64_t before = mark->newest;
    if (id <= 0) {
        return 0;
    }
    switch (ts_tick_mark_note(mark, id, TS_TICK_ID_JUMP)) {
    case TS_STEP_AHEAD:
        return id - before > 1 ? TS_SUSPECT_BIT(ID_GAP) : 0;
    case TS_STEP_JUMP:
        return TS_SUSPECT_BIT(ID_GAP);
    case TS_STEP_BEHIND:
    case TS_STEP_JUMP_BACK:
        return TS_SUSPECT_BIT(ID_BACKWARD);
    default:
        return 0;
    }
}

uint32_t ts_tick_streams_note(struct ts_tick_streams *streams, const struct ts_tick_print *print)
{
    if (print->stream == 0) {
        return 0;
    }
    struct ts_tick_stream *stream = find(streams, print->stream);
    if (stream == NULL) {
        return TS_SUSPECT_BIT(UNTRACKED);
    }
    bool known = stream->key != 0;
    bool again = known && stream->content == print->content;
    stream->key = print->stream;
    stream->content = print->content;
    return (again ? TS_SUSPECT_BIT(DUPLICATE) : 0) | ts_tick_mark_time(&stream->time, print->time_ns) |
           note_id(&stream->id, print->id);
}
