/*
 * For tests of recordings: lines as Binance sends them, and their conversion in the test's own folder.
 * Include once.
 */
#ifndef TS_TAPE_RECORDING_FIXTURE_H
#define TS_TAPE_RECORDING_FIXTURE_H

#include "tape/folder_fixture.h"
#include "tape/recording.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <zlib.h>

#define SPOT_TICKER(time, price)                                                                             \
    time " {\"stream\":\"ethusdt@bookTicker\",\"data\":{\"u\":1,\"s\":\"ETHUSDT\",\"b\":\"" price            \
         "\",\"B\":\"1.5\",\"a\":\"2683.81\",\"A\":\"2.25\"}}\n"
#define SPOT_DIFF(time, first, last, bids, asks)                                                             \
    time " {\"stream\":\"ethusdt@depth@100ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":1723161255308,\"s\":"   \
         "\"ETHUSDT\","                                                                                      \
         "\"U\":" first ",\"u\":" last ",\"b\":[" bids "],\"a\":[" asks "]}}\n"
#define FUTURES_DIFF(time, first, last, previous, bids, asks)                                                \
    time " {\"stream\":\"btcusdt@depth@0ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":1723161256299,\"T\":"     \
         "1723161256298,"                                                                                    \
         "\"s\":\"BTCUSDT\",\"U\":" first ",\"u\":" last ",\"pu\":" previous ",\"b\":[" bids                 \
         "],\"a\":[" asks "]}}\n"
#define SNAPSHOT(time, id, bids, asks)                                                                       \
    time " {\"lastUpdateId\":" id ",\"bids\":[" bids "],\"asks\":[" asks "]}\n"
#define TRADE(time, maker)                                                                                   \
    time " {\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1723161256323,\"T\":1723161256322," \
         "\"s\":\"BTCUSDT\",\"t\":77,\"p\":\"61800.30\",\"q\":\"0.006\",\"X\":\"MARKET\",\"m\":" maker       \
         "}}\n"
#define LEVEL(price, quantity) "[\"" price "\",\"" quantity "\"]"

static struct ts_recording_counts counts;
static struct ts_diag diag;

static void write_gz(const char *name, const char *text, size_t length)
{
    gzFile file = gzopen(in_folder(name), "wb");
    cr_assert_not_null(file);
    cr_assert_eq(gzwrite(file, text, (unsigned)length), (int)length);
    cr_assert_eq(gzclose(file), Z_OK);
}

static ts_err convert_file(const char *name, bool to_file)
{
    char tick_path[128];
    char path[128];
    snprintf(path, sizeof path, "%s", in_folder(name));
    snprintf(tick_path, sizeof tick_path, "%s", in_folder("a.ticks"));
    memset(&diag, 0, sizeof diag);
    ts_err err = ts_recording_convert(path, to_file ? tick_path : NULL, &counts, NULL, NULL, &diag);
    if (err != TS_OK) {
        cr_assert_eq(diag.code, err);
        cr_assert_str_eq(diag.subject, path);
    }
    return err;
}

static inline ts_err convert(const char *text)
{
    write_gz("a.gz", text, strlen(text));
    return convert_file("a.gz", true);
}

static inline struct ts_source *open_ticks(void)
{
    struct ts_source *source = NULL;
    cr_assert_eq(ts_source_tick_file(in_folder("a.ticks"), 1, &source, &diag), TS_OK, "%s", diag.text);
    return source;
}

static inline struct ts_tick next_of(struct ts_source *source)
{
    struct ts_tick tick;
    cr_assert_eq(ts_source_next(source, &tick), TS_OK);
    return tick;
}

#endif
