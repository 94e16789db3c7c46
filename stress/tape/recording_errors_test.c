#include "tape/disk_wraps.h"
#include "tape/gz_lines.h"
#include "tape/recording_fixture.h"

#include <sys/stat.h>

TestSuite(recording_errors, .init = make_folder, .fini = remove_folder);

#define GOOD SPOT_TICKER("100", "1.5")

/* Each is line 2, after a good one. */
static const struct {
    const char *line;
    const char *reason;
} bad_lines[] = {
    {"\n", "bad receive time"},
    {"abc {}\n", "bad receive time"},
    {"-5 {}\n", "bad receive time"},
    {"101{}\n", "bad receive time"},
    {"99999999999999999999 {}\n", "bad receive time"},
    {SPOT_TICKER("99", "1"), "receive time 99 is before 100"},
    {"101 {\"stream\":\n", "bad JSON"},
    {"101 \n", "bad JSON"},
    {"101 {} {}\n", "bad JSON"},
    {"101 {\"data\":1,\"data\":2}\n", "bad JSON"},
    {"101 []\n", "no member \"stream\""},
    {"101 {}\n", "no member \"stream\""},
    {"101 {\"stream\":7,\"data\":{}}\n", "\"stream\" is not a string"},
    {"101 {\"stream\":\"x@trade\"}\n", "no member \"data\""},
    {"101 {\"stream\":\"x@trade\",\"data\":[]}\n", "\"data\" is not an object"},
    {"101 {\"stream\":\"ethusdt@kline_1m\",\"data\":{}}\n", "unknown stream kind \"ethusdt@kline_1m\""},
    {"101 {\"stream\":\"depth\",\"data\":{}}\n", "unknown stream kind"},
    {"101 {\"stream\":\"ethusdt@trades\",\"data\":{}}\n", "unknown stream kind"},
    {"101 {\"stream\":\"ethusdt@trade\",\"data\":{}}\n", "no member \"s\""},
    {"101 {\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"\"}}\n", "symbol"},
    {"101 {\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456\"}}\n", "symbol"},
    {"101 {\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"ETHUSDT\",\"E\":-1}}\n",
     "time \"E\" is out of range"},
    {"101 {\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"ETHUSDT\",\"E\":9223372036855}}\n", "out of range"},
    {"101 {\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"ETHUSDT\",\"T\":\"1\"}}\n",
     "\"T\" is not an integer"},
    {"101 "
     "{\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"ETHUSDT\",\"t\":1,\"p\":\"1\",\"q\":\"1\",\"m\":1}}\n",
     "\"m\" is not true or false"},
    {"101 {\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"ETHUSDT\",\"t\":1,\"p\":\"1\",\"q\":\"1\"}}\n",
     "no member \"m\""},
    {"101 "
     "{\"stream\":\"ethusdt@trade\",\"data\":{\"s\":\"ETHUSDT\",\"t\":1,\"p\":1,\"q\":\"1\",\"m\":true}}\n",
     "\"p\" holds a number that is not a string"},
    {SPOT_TICKER("101", ""), "finite decimal"},
    {SPOT_TICKER("101", "1.5x"), "finite decimal"},
    {SPOT_TICKER("101", "1.5.5"), "finite decimal"},
    {SPOT_TICKER("101", " 1"), "finite decimal"},
    {SPOT_TICKER("101", "-1"), "finite decimal"},
    {SPOT_TICKER("101", "."), "finite decimal"},
    {SPOT_TICKER("101", "nan"), "finite decimal"},
    {SPOT_TICKER("101", "inf"), "finite decimal"},
    {SPOT_TICKER("101", "0x10"), "finite decimal"},
    {SPOT_TICKER("101", "1e999"), "finite decimal"},
    {TRADE("101", "true"), "symbol btcusdt in a recording of ethusdt"},
    {"101 "
     "{\"stream\":\"ethusdt@bookTicker\",\"data\":{\"s\":\"ETHUSDT\",\"T\":1,\"b\":\"1\",\"B\":\"1\",\"a\":"
     "\"1\","
     "\"A\":\"1\"}}\n",
     "a futures event in a recording of spot"},
    {SPOT_DIFF("101", "6", "5", "", ""), "first id 6 is above last id 5"},
    {SPOT_DIFF("101", "\"1\"", "5", "", ""), "\"U\" is not an integer"},
    {SPOT_DIFF("101", "1", "5", "[\"1\"]", ""), "level 0 of \"b\""},
    {SPOT_DIFF("101", "1", "5", "", LEVEL("1", "2") ",7"), "level 1 of \"a\""},
    {SPOT_DIFF("101", "1", "5", "[1,\"2\"]", ""), "not a string"},
    {SPOT_DIFF("101", "1", "5", LEVEL("0.0", "1"), ""), "no price above 0"},
    {"101 {\"lastUpdateId\":1.5,\"bids\":[],\"asks\":[]}\n", "\"lastUpdateId\" is not an integer"},
    {"101 {\"lastUpdateId\":1,\"bids\":[]}\n", "no member \"asks\""},
    {"101 {\"lastUpdateId\":1,\"bids\":{},\"asks\":[]}\n", "\"bids\" is not an array"},
};

Test(recording_errors, a_line_that_does_not_parse_names_file_line_and_reason)
{
    for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) {
        char text[2048];
        snprintf(text, sizeof text, "%s%s%s", GOOD, bad_lines[i].line, GOOD);
        cr_assert_eq(convert(text), TS_MALFORMED, "case %zu: %s", i, bad_lines[i].line);
        cr_assert_eq(strncmp(diag.text, "line 2: ", 8), 0, "case %zu: %s", i, diag.text);
        cr_assert_not_null(strstr(diag.text, bad_lines[i].reason), "case %zu: %s", i, diag.text);
        cr_assert_eq(counts.lines, 1);
        cr_assert_eq(count_files(0), 1, "case %zu left a tick file", i);
    }
    cr_assert_eq(convert(GOOD GOOD), TS_OK, "the twin is not clean: %s", diag.text);
}

Test(recording_errors, odd_lines_are_refused_too)
{
    char digits[512];
    char text[1024];
    memset(digits, '9', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    snprintf(text, sizeof text, "100 {\"stream\":\"e@bookTicker\",\"data\":{\"s\":\"E\",\"b\":\"%s\"}}\n",
             digits);
    cr_assert_eq(convert(text), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "finite decimal"), "%s", diag.text);
    char with_nul[] = GOOD GOOD;
    with_nul[20] = '\0';
    write_gz("nul.gz", with_nul, sizeof with_nul - 1);
    cr_assert_eq(convert_file("nul.gz", true), TS_MALFORMED);
    cr_assert_eq(strncmp(diag.text, "line 1: bad JSON", 16), 0, "%s", diag.text);
    cr_assert_eq(convert(SNAPSHOT("100", "1", "", "")), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "names its symbol"));
}

Test(recording_errors, files_that_are_no_recording_are_refused)
{
    cr_assert_eq(convert_file("absent.gz", true), TS_NOT_FOUND);
    FILE *file = fopen(in_folder("plain.gz"), "w");
    cr_assert_not_null(file);
    fputs(GOOD, file);
    fclose(file);
    cr_assert_eq(convert_file("plain.gz", true), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "not a gzip file"), "%s", diag.text);
    file = fopen(in_folder("zero.gz"), "w");
    cr_assert_not_null(file);
    fclose(file);
    cr_assert_eq(convert_file("zero.gz", true), TS_MALFORMED);
    cr_assert_eq(convert(""), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "holds no line"), "%s", diag.text);
    cr_assert_eq(mkdir(in_folder("folder"), 0700), 0);
    cr_assert_eq(convert_file("folder", true), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "a directory"), "%s", diag.text);
    cr_assert_eq(convert_file("plain.gz/a.gz", true), TS_NOT_FOUND);
    cr_assert_eq(rmdir(in_folder("folder")), 0);
    cr_assert_eq(count_files(0), 3, "a tick file was left");
}

/* Every shorter length of the file is an error, and the last line read is the one that is named. */
Test(recording_errors, a_truncated_stream_names_the_last_good_line)
{
    static char text[400 * (sizeof(GOOD) + 8)];
    size_t length = 0;
    for (int i = 0; i < 400; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, SPOT_TICKER("%d", "%d.5"), 100 + i,
                                   (i * 7919) % 10007);
    }
    static unsigned char bytes[65536];
    write_gz("whole.gz", text, length);
    FILE *file = fopen(in_folder("whole.gz"), "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    cr_assert_lt(size, sizeof bytes);
    uint64_t most_lines = 0;
    for (size_t cut = 20; cut < size; cut += cut + 20 < size ? 13 : 1) {
        file = fopen(in_folder("cut.gz"), "wb");
        cr_assert_eq(fwrite(bytes, 1, cut, file), cut);
        fclose(file);
        cr_assert_eq(convert_file("cut.gz", true), TS_TRUNCATED, "cut to %zu of %zu bytes: %s", cut, size,
                     diag.text);
        char expected[64];
        snprintf(expected, sizeof expected, "after line %llu: ", (unsigned long long)counts.lines);
        cr_assert_eq(strncmp(diag.text, expected, strlen(expected)), 0, "%s", diag.text);
        cr_assert_geq(counts.lines, most_lines);
        most_lines = counts.lines;
    }
    cr_assert_eq(most_lines, 400, "the trailer alone was cut last");
    bytes[size - 6] ^= 1; /* the checksum of the gzip stream */
    file = fopen(in_folder("cut.gz"), "wb");
    fwrite(bytes, 1, size, file);
    fclose(file);
    cr_assert_eq(convert_file("cut.gz", true), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "damaged gzip stream"), "%s", diag.text);
    cr_assert_eq(count_files(0), 2, "a tick file was left");
    cr_assert_eq(convert_file("whole.gz", false), TS_OK);
    cr_assert_eq(counts.lines, 400);
}

#define SMALL                                                                                                \
    SPOT_TICKER("100", "1.5")                                                                                \
    SPOT_DIFF("101", "5", "7", LEVEL("1.5", "2"), LEVEL("2.5", "0"))                                         \
    SNAPSHOT("102", "6", LEVEL("1.25", "2"), LEVEL("2.5", "3"))
#define SMALL_LINES 3

/* Reads it without writing: one clear error, or ticks. */
static void read_damaged(const char *text, size_t length, const char *what, size_t place)
{
    unsigned long long line = 0;
    unlink(in_folder("damaged.gz")); /* some file systems wait for the disk when a file is written over */
    write_gz("damaged.gz", text, length);
    ts_err err = convert_file("damaged.gz", false);
    if (err == TS_OK) {
        cr_assert_gt(counts.ticks.depth + counts.ticks.ticker + counts.ticks.trade, 0, "%s %zu", what, place);
        return;
    }
    cr_assert_eq(err, TS_MALFORMED, "%s %zu: %s", what, place, diag.text);
    bool named = sscanf(diag.text, "line %llu: ", &line) == 1 && line == counts.lines + 1;
    cr_assert(named || strstr(diag.text, "holds no line") != NULL ||
                  strstr(diag.text, "yields no tick") != NULL,
              "%s %zu: %s", what, place, diag.text);
}

Test(recording_errors, every_flipped_bit_and_every_cut_is_an_error_or_a_recording)
{
    char text[] = SMALL;
    size_t length = sizeof text - 1, whole = 0;
    for (size_t bit = 0; bit < 8 * length; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        read_damaged(text, length, "bit", bit);
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
    }
    for (size_t cut = 0; cut < length; cut++) {
        read_damaged(text, cut, "cut to", cut);
        whole += diag.code == TS_OK;
    }
    cr_assert_leq(whole, 2 * SMALL_LINES, "a cut line passed for a whole one");
    cr_assert_eq(convert(SMALL), TS_OK, "the twin is not clean: %s", diag.text);
    cr_assert_eq(counts.lines, SMALL_LINES);
}

Test(recording_errors, a_line_beyond_the_limit_is_refused)
{
    static char block[1 << 20];
    memset(block, '1', sizeof block);
    gzFile file = gzopen(in_folder("endless.gz"), "wb1");
    cr_assert_not_null(file);
    for (size_t written = 0; written <= TS_GZ_LINE_MAX; written += sizeof block) {
        cr_assert_eq(gzwrite(file, block, sizeof block), (int)sizeof block);
    }
    cr_assert_eq(gzclose(file), Z_OK);
    cr_assert_eq(convert_file("endless.gz", true), TS_MALFORMED);
}

Test(recording_errors, a_full_disk_ends_the_conversion_and_keeps_the_old_tick_file)
{
    cr_assert_eq(convert(GOOD), TS_OK);
    write_gz("b.gz", GOOD GOOD, 2 * strlen(GOOD));
    char path[128];
    snprintf(path, sizeof path, "%s", in_folder("b.gz"));
    disk_room_bytes = 100;
    ts_err err = ts_recording_convert(path, in_folder("a.ticks"), &counts, NULL, NULL, &diag);
    disk_room_bytes = SIZE_MAX;
    cr_assert_eq(err, TS_NO_SPACE);
    cr_assert_eq(count_files(0), 3, "the partial file is left");
    struct ts_source *source = open_ticks();
    struct ts_tick tick = next_of(source);
    cr_assert_eq(ts_source_next(source, &tick), TS_END, "this is not the old file");
    ts_source_close(source);
}
