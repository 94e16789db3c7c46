#include "reports/plot.h"
#include "reports/xml_check.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE "</title></text><script>alert(1)</script>\"'&\x1b\xff\xe2\x80\xae"

struct drawn {
    char *text;
    size_t size;
    FILE *out;
};

static FILE *begin(struct drawn *drawn)
{
    drawn->out = open_memstream(&drawn->text, &drawn->size);
    cr_assert_not_null(drawn->out);
    return drawn->out;
}

/* What every plot must be. */
static void check(struct drawn *drawn)
{
    struct xml_complaint complaint;
    fclose(drawn->out);
    const char *wrong = xml_check(drawn->text, &complaint);
    cr_expect_null(wrong, "%s", wrong);
    static const char *const must_not[] = {"nan", "inf", "<script", "NaN", "-0.0\"", " on"};
    for (size_t i = 0; i < sizeof must_not / sizeof *must_not; i++) {
        const char *found = strstr(drawn->text, must_not[i]);
        cr_expect_null(found, "%s in %.80s", must_not[i], found);
    }
    static const char *const must[] = {"role=\"img\"", "<title id=\"", "<desc id=\"", "<table>",
                                       "scope=\"col\""};
    for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
        cr_expect_not_null(strstr(drawn->text, must[i]), "no %s", must[i]);
    }
}

static void has(const struct drawn *drawn, const char *text)
{
    cr_expect_not_null(strstr(drawn->text, text), "no %s in\n%s", text, drawn->text);
}

static struct ts_plot_xy survival(const struct ts_plot_series *series, size_t count)
{
    return (struct ts_plot_xy){.head = {"km", "Time to the first crash", "How many lives still run."},
                               .x = {.label = "age of the life", .unit = TS_PLOT_SECONDS},
                               .y = {.label = "still alive", .unit = TS_PLOT_SHARE, .high = 1},
                               .series = series,
                               .count = count,
                               .marks_name = "still alive at the end"};
}

static const struct ts_plot_point falling[] = {
    {0, 1, 1, 1}, {1, 0.75, 0.3, 0.95}, {2, 0.5, 0.2, 0.8}, {4, 0, 0, 0.4}};
static const struct ts_plot_point left_at[] = {{1.5, 0.75, 0, 0}, {3, 0.5, 0, 0}};

Test(plot, a_survival_curve_falls_in_steps_within_its_band)
{
    struct ts_plot_series series = {.name = "direct",
                                    .points = falling,
                                    .count = 4,
                                    .stepped = true,
                                    .band = true,
                                    .marks = left_at,
                                    .mark_count = 2};
    struct ts_plot_xy plot = survival(&series, 1);
    struct drawn drawn;
    ts_plot_xy(begin(&drawn), &plot);
    check(&drawn);
    /* 0..4 s over 342 units from 48; 1..0 over 178 units down from 22. */
    has(&drawn, "<path class=\"l k0\" d=\"M48.0 22.0H133.5V66.5H219.0V111.0H390.0V200.0\"/>");
    has(&drawn, "<path class=\"t k0\" d=\"M176.2 70.5v-8M304.5 115.0v-8\"/>");
    has(&drawn, "still alive at the end");
    has(&drawn, "shaded: 95 % confidence");
    has(&drawn, "<td class=\"n\">75 %</td><td class=\"n\">30 %</td><td class=\"n\">95 %</td>");
    free(drawn.text);
}

/* Lines with whiskers stand beside each other, and what counts has no ticks between counts. */
Test(plot, whiskers_are_moved_apart)
{
    static const struct ts_plot_point some[] = {{0, 1, 0, 1}, {1, NAN, NAN, NAN}, {2, 0, 0, 0.5}};
    const struct ts_plot_series series[] = {
        {.name = "direct", .points = some, .count = 3, .dots = true, .whiskers = true},
        {.name = "queued", .points = some, .count = 3, .dots = true, .whiskers = true}};
    struct ts_plot_xy plot = survival(series, 2);
    struct drawn drawn;
    plot.x.unit = plot.y.unit = TS_PLOT_PLAIN;
    plot.y.high = 0;
    ts_plot_xy(begin(&drawn), &plot);
    check(&drawn);
    has(&drawn, "<path class=\"t k0\" d=\"M43.5 200.0h4.0m-2.0 0V22.0m-2.0 0h4.0M385.5 200.0h4.0m-2.0 "
                "0V111.0m-2.0 0h4.0\"/>");
    has(&drawn, "<path class=\"l k1\" d=\"M50.5 22.0M392.5 200.0\"/>");
    has(&drawn, "upright lines: 95 % confidence");
    cr_expect_null(strstr(drawn.text, ">0.2</text>"));
    has(&drawn, "<td class=\"n\">1</td><td class=\"n\">0</td><td class=\"n\">1</td>");
    free(drawn.text);
}

Test(plot, the_same_numbers_give_the_same_bytes)
{
    struct ts_plot_series series = {
        .name = "direct", .points = falling, .count = 4, .stepped = true, .band = true};
    struct ts_plot_xy plot = survival(&series, 1);
    struct drawn a, b;
    ts_plot_xy(begin(&a), &plot);
    ts_plot_xy(begin(&b), &plot);
    fclose(a.out);
    fclose(b.out);
    cr_expect_str_eq(a.text, b.text);
    free(a.text);
    free(b.text);
}

/* Along the drawn line, which is the first with this style, x never falls and y never rises. */
static void expect_falls(const char *text)
{
    const char *at = strstr(text, "<path class=\"l k0\" d=\"M");
    cr_assert_not_null(at);
    char *end;
    double x = strtod(at + 23, &end), y = strtod(end, &end), next;
    while (*end == 'H' || *end == 'V') {
        bool across = *end == 'H';
        next = strtod(end + 1, &end);
        cr_expect(across ? next >= x : next >= y, "%g after %g, %g", next, x, y);
        x = across ? next : x;
        y = across ? y : next;
    }
    cr_expect_eq(*end, '"');
}

Test(plot, many_points_stay_few_and_fall)
{
    enum { COUNT = 200000 };
    struct ts_plot_point *points = calloc(COUNT, sizeof *points);
    cr_assert_not_null(points);
    for (size_t i = 0; i < COUNT; i++) {
        double share = 1 - (double)i / (double)COUNT;
        points[i] = (struct ts_plot_point){(double)i / 1000, share * share, 0, 0};
    }
    struct ts_plot_series series = {.name = "direct",
                                    .points = points,
                                    .count = COUNT,
                                    .stepped = true,
                                    .marks = points,
                                    .mark_count = COUNT};
    struct ts_plot_xy plot = survival(&series, 1);
    struct drawn drawn;
    ts_plot_xy(begin(&drawn), &plot);
    check(&drawn);
    expect_falls(drawn.text);
    has(&drawn, "40 of 200000 values, evenly spread");
    cr_expect_lt(drawn.size, 60000, "%zu", drawn.size);
    free(drawn.text);
    series.stepped = false;
    series.mark_count = 0;
    points[COUNT / 2].y = 7; /* one that a sample would miss */
    plot.y.high = 0;
    ts_plot_xy(begin(&drawn), &plot);
    check(&drawn);
    cr_expect_lt(drawn.size, 60000, "%zu", drawn.size);
    has(&drawn, " 44.2L"); /* and it stands at 7 of 8 */
    free(drawn.text);
    free(points);
}

Test(plot, latencies_stand_on_two_logarithms)
{
    static const struct ts_plot_tick ticks[] = {
        {2, "p50"}, {10, "p90"}, {100, "p99"}, {1000, "p99.9"}, {10000, "p99.99"}};
    static const struct ts_plot_point points[] = {
        {2, 1.2e-6, 0, 0}, {100, 40e-6, 0, 0}, {1000, 2.5e-3, 0, 0}, {10000, 0, 0, 0}, {20000, NAN, 0, 0}};
    struct ts_plot_series series = {.name = "queued", .points = points, .count = 5, .dots = true};
    struct ts_plot_xy plot = {
        .head = {"lat", "Latency", "From tick to callback."},
        .x = {.label = "quantile", .log = true, .low = 1, .high = 1e5, .ticks = ticks, .tick_count = 5},
        .y = {.label = "latency", .unit = TS_PLOT_SECONDS, .log = true},
        .series = &series,
        .count = 1};
    struct drawn drawn;
    ts_plot_xy(begin(&drawn), &plot);
    check(&drawn);
    has(&drawn, ">p99.99</text>");
    has(&drawn, ">1 \xc2\xb5s</text>");
    has(&drawn, ">10 ms</text>");
    has(&drawn, "<td class=\"n\">2.5 ms</td>");
    has(&drawn, "<td class=\"n\">\xe2\x80\x93</td>");
    free(drawn.text);
}

Test(plot, a_fitted_line_and_a_level_are_named)
{
    static const struct ts_plot_point points[] = {
        {0, 0x1p20, 0, 0}, {60, 0x1.8p20, 0, 0}, {120, 0x1.2p20, 0, 0}};
    struct ts_plot_series series = {.name = "RSS",
                                    .points = points,
                                    .count = 3,
                                    .line_name = "troughs: +0.1 MiB a minute",
                                    .line_x = {0, 120},
                                    .line_y = {0x1p20, 0x1.2p20}};
    struct ts_plot_xy plot = {.head = {"rss", "Memory", "Of the worker."},
                              .x = {.label = "time", .unit = TS_PLOT_SECONDS},
                              .y = {.label = "RSS", .unit = TS_PLOT_BYTES},
                              .series = &series,
                              .count = 1,
                              .level = {"allowed", 0x1p21}};
    struct drawn drawn;
    ts_plot_xy(begin(&drawn), &plot);
    check(&drawn);
    has(&drawn, "RSS (MiB)");
    has(&drawn, "time (min)");
    has(&drawn, "troughs: +0.1 MiB a minute");
    has(&drawn, "class=\"fit k0\"");
    has(&drawn, ">allowed</text>");
    free(drawn.text);
}

Test(plot, nothing_to_draw_is_an_empty_plot)
{
    struct ts_plot_series series = {.name = "x", .stepped = true, .band = true, .dots = true};
    struct ts_plot_xy plot = survival(&series, 1);
    struct drawn drawn;
    ts_plot_xy(begin(&drawn), &plot);
    plot.y = (struct ts_plot_axis){.label = "y", .log = true};
    plot.x = (struct ts_plot_axis){.label = "x", .log = true};
    plot.head.id = "none";
    ts_plot_xy(drawn.out, &plot);
    plot.count = 0;
    plot.head.id = "none2";
    ts_plot_xy(drawn.out, &plot);
    struct ts_plot_stack stack = {.head = {"s", "t", "d"}, .row_label = "r", .x_label = "x"};
    ts_plot_stack(drawn.out, &stack);
    struct ts_plot_intervals intervals = {
        .head = {"i", "t", "d"}, .row_label = "r", .x = {.label = "x", .log = true}};
    ts_plot_intervals(drawn.out, &intervals);
    check(&drawn);
    free(drawn.text);
}

Test(plot, values_that_are_none_leave_gaps)
{
    static const struct ts_plot_point points[] = {
        {0, 1, 0, 1},         {1, NAN, NAN, 1}, {2, INFINITY, 0, INFINITY},
        {3, 2, -INFINITY, 3}, {NAN, 1, 0, 1},   {1e308, -1e308, -1e308, 1e308}};
    struct ts_plot_series series[2] = {
        {.name = "a",
         .points = points,
         .count = 6,
         .band = true,
         .dots = true,
         .marks = points,
         .mark_count = 6,
         .line_name = "f",
         .line_x = {NAN, INFINITY},
         .line_y = {0, 1}},
        {.name = "b", .points = points, .count = 6, .band = true, .stepped = true}};
    struct ts_plot_xy plot = {.head = {"g", "t", "d"},
                              .x = {.label = "x"},
                              .y = {.label = "y"},
                              .series = series,
                              .count = 2,
                              .level = {"l", NAN}};
    struct drawn drawn;
    ts_plot_xy(begin(&drawn), &plot);
    check(&drawn);
    free(drawn.text);
}

Test(plot, crash_classes_are_told_apart_by_pattern_and_summed)
{
    static const char *const rows[] = {"direct", "queued"}, *const parts[] = {"pure-virtual-call",
                                                                              "heap-corruption"};
    static const int64_t values[] = {3000, 911, 0, 0};
    struct ts_plot_stack stack = {.head = {"classes", "Crashes", "By class."},
                                  .row_label = "Mode",
                                  .rows = rows,
                                  .row_count = 2,
                                  .parts = parts,
                                  .part_count = 2,
                                  .values = values,
                                  .x_label = "lives"};
    struct drawn drawn;
    ts_plot_stack(begin(&drawn), &stack);
    check(&drawn);
    has(&drawn, "fill=\"url(#classes-p0)\"");
    has(&drawn, "fill=\"url(#classes-p1)\"");
    has(&drawn, ">3,911</text>");
    has(&drawn,
        "<th scope=\"row\">queued</th><td class=\"n\">0</td><td class=\"n\">0</td><td class=\"n\">0</td>");
    free(drawn.text);
}

Test(plot, an_interval_without_an_event_is_a_bound)
{
    static const struct ts_plot_interval rows[] = {{"direct", 36, 30, 43, false},
                                                   {"queued", 0, 0, 0.01, true},
                                                   {"locked", 0, 0, INFINITY, true},
                                                   {"guarded", NAN, 0, 1, false}};
    struct ts_plot_intervals plot = {.head = {"rate", "Restarts", "A minute."},
                                     .row_label = "Mode",
                                     .x = {.label = "restarts a minute", .log = true},
                                     .rows = rows,
                                     .count = 4,
                                     .level = {"documents: 18", 18}};
    struct drawn drawn;
    ts_plot_intervals(begin(&drawn), &plot);
    check(&drawn);
    has(&drawn, "<td class=\"n\">none seen</td><td class=\"n\">0</td><td class=\"n\">0.01</td>");
    has(&drawn, "<td class=\"n\">unbounded</td>");
    has(&drawn, ">not known</text>");
    has(&drawn, ">documents: 18</text>");
    free(drawn.text);
}

Test(plot, foreign_names_are_text_everywhere)
{
    static const char *const names[] = {HOSTILE, HOSTILE "2"};
    static const int64_t values[] = {1, 2, 3, 4};
    struct ts_plot_tick tick = {2, HOSTILE};
    struct ts_plot_head head = {"h", HOSTILE, HOSTILE};
    struct ts_plot_series series = {.name = HOSTILE,
                                    .points = falling,
                                    .count = 4,
                                    .line_name = HOSTILE,
                                    .marks = left_at,
                                    .mark_count = 2};
    struct ts_plot_xy xy = {.head = head,
                            .x = {.label = HOSTILE, .ticks = &tick, .tick_count = 1},
                            .y = {.label = HOSTILE},
                            .series = &series,
                            .count = 1,
                            .marks_name = HOSTILE,
                            .level = {HOSTILE, 0.5}};
    struct ts_plot_stack stack = {.head = head,
                                  .row_label = HOSTILE,
                                  .rows = names,
                                  .row_count = 2,
                                  .parts = names,
                                  .part_count = 2,
                                  .values = values,
                                  .x_label = HOSTILE};
    struct ts_plot_interval row = {HOSTILE, 1, 0, 2, false};
    struct ts_plot_intervals intervals = {.head = head,
                                          .row_label = HOSTILE,
                                          .x = {.label = HOSTILE},
                                          .rows = &row,
                                          .count = 1,
                                          .level = {HOSTILE, 1}};
    struct ts_plot_cell cell = {TS_PLOT_FAILED, 1, 2, HOSTILE};
    struct drawn drawn;
    ts_plot_xy(begin(&drawn), &xy);
    ts_plot_stack(drawn.out, &stack);
    ts_plot_intervals(drawn.out, &intervals);
    ts_plot_cell(drawn.out, &cell);
    ts_plot_cell_legend(drawn.out);
    check(&drawn);
    has(&drawn, "&lt;/title&gt;&lt;/text&gt;&lt;script&gt;alert(1)");
    free(drawn.text);
}

Test(plot, a_cell_says_in_words_what_its_symbol_means)
{
    struct ts_plot_cell cell = {TS_PLOT_FAILED_AS_IT_MUST, 3, 4, NULL}, none = {.state = TS_PLOT_NOT_RUN};
    struct drawn drawn;
    ts_plot_cell(begin(&drawn), &cell);
    ts_plot_cell(drawn.out, &none);
    fclose(drawn.out);
    cr_expect_str_eq(drawn.text,
                     "<td class=\"st st-must\"><span role=\"img\" aria-label=\"failed, as it must\">"
                     "\xe2\x97\x8f</span> 3/4</td><td class=\"st st-none\"><span role=\"img\" "
                     "aria-label=\"not run\">\xe2\x80\x93</span></td>");
    free(drawn.text);
}

Test(plot, values_are_printed_in_the_unit_that_reads_well)
{
    static const struct {
        enum ts_plot_unit unit;
        double value;
        const char *text;
    } cases[] = {
        {TS_PLOT_PLAIN, 0, "0"},
        {TS_PLOT_PLAIN, 1234567, "1,234,567"},
        {TS_PLOT_PLAIN, 0.25, "0.25"},
        {TS_PLOT_PLAIN, -17.94, "-17.9"},
        {TS_PLOT_PLAIN, 0.00021, "0.00021"},
        {TS_PLOT_PLAIN, NAN, "\xe2\x80\x93"},
        {TS_PLOT_PLAIN, INFINITY, "unbounded"},
        {TS_PLOT_SHARE, 0.00073, "0.073 %"},
        {TS_PLOT_SHARE, 1, "100 %"},
        {TS_PLOT_SECONDS, 0, "0 s"},
        {TS_PLOT_SECONDS, 9e-10, "0.9 ns"},
        {TS_PLOT_SECONDS, 1.5e-3, "1.5 ms"},
        {TS_PLOT_SECONDS, 119, "119 s"},
        {TS_PLOT_SECONDS, 600, "10 min"},
        {TS_PLOT_SECONDS, 22000, "6.11 h"},
        {TS_PLOT_BYTES, 512, "512 B"},
        {TS_PLOT_BYTES, 0x1.8p20, "1.5 MiB"},
        {TS_PLOT_BYTES, 0, "0 B"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_plot_text text;
        cr_expect_str_eq(ts_plot_value(&text, cases[i].unit, cases[i].value), cases[i].text, "%s, not %s",
                         text.text, cases[i].text);
    }
}
