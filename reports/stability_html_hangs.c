/* Who waits for whom, where a life stood still. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/stability_html_parts.h"
#include "reports/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRAPH_MAX  10u /* threads of a drawing; more are told in words only */
#define BOX_W      104.0
#define BOX_H      26.0
#define CENTRE_X   200.0
#define HEIGHT     300.0
#define RADIUS_X   138.0
#define RADIUS_Y   112.0
#define ASIDE      6.0
#define WHAT_CHARS 20u
#define TURN       6.283185307179586

struct graph {
    FILE *out;
    const struct ts_stability_hang *hang;
    size_t number;
    bool on_cycle[GRAPH_MAX];
};

struct place {
    double x, y;
};

static struct place place_of(const struct graph *graph, size_t index)
{
    double angle = TURN * (double)index / (double)graph->hang->wait_count - TURN / 4;
    return (struct place){CENTRE_X + RADIUS_X * cos(angle), HEIGHT / 2 + RADIUS_Y * sin(angle)};
}

static bool waits_for(const struct graph *graph, size_t index, size_t *holder)
{
    *holder = graph->hang->waits[index].holder;
    return *holder < graph->hang->wait_count;
}

/* Who comes back to himself by the way of those he waits for. */
static void find_cycles(struct graph *graph)
{
    for (size_t i = 0; i < graph->hang->wait_count; i++) {
        size_t at = i;
        for (size_t steps = 0; steps < graph->hang->wait_count && waits_for(graph, at, &at); steps++) {
            if (at == i) {
                graph->on_cycle[i] = true;
                break;
            }
        }
    }
}

/* How far of the way from a box's inside it is to its edge: `at` is off its centre by `aside`. */
static double share_to_edge(struct place aside, double dx, double dy)
{
    double across = dx == 0 ? INFINITY : (BOX_W / 2 + 2 - copysign(1, dx) * aside.x) / fabs(dx);
    double down = dy == 0 ? INFINITY : (BOX_H / 2 + 2 - copysign(1, dy) * aside.y) / fabs(dy);
    return fmin(1, fmin(across, down));
}

/* Of a long name the end: there it differs from others ("table.lock + 40"). */
static void write_what(FILE *out, const char *what)
{
    char *clean = ts_utf8_clean(what);
    const char *text = clean != NULL ? clean : "", *at = text + strlen(text);
    for (unsigned chars = 0; at > text && chars < WHAT_CHARS; at--) {
        chars += ((unsigned char)at[-1] & 0xc0) != 0x80;
    }
    fputs(at > text ? "\xe2\x80\xa6" : "", out);
    ts_html_text(out, at);
    free(clean);
}

/* Lines run aside of the centres, so that a wait and the one back do not lie on each other. */
static void draw_wait(const struct graph *graph, size_t index)
{
    size_t holder;
    if (!waits_for(graph, index, &holder) || holder == index) {
        return;
    }
    struct place from = place_of(graph, index), to = place_of(graph, holder);
    double dx = to.x - from.x, dy = to.y - from.y, length = hypot(dx, dy);
    struct place aside = {-dy / length * ASIDE, dx / length * ASIDE};
    double leave = share_to_edge(aside, dx, dy), arrive = 1 - share_to_edge(aside, -dx, -dy);
    double middle = (leave + arrive) / 2;
    bool cycle = graph->on_cycle[index] && graph->on_cycle[holder];
    fprintf(graph->out, "<path class=\"w%s\" d=\"M%.1f %.1fL%.1f %.1f\" marker-end=\"url(#wait-%zu)\"/>\n",
            cycle ? " cyc" : "", from.x + dx * leave + aside.x, from.y + dy * leave + aside.y,
            from.x + dx * arrive + aside.x, from.y + dy * arrive + aside.y, graph->number);
    if (graph->hang->waits[index].what[0] != '\0') {
        const char *side = fabs(aside.x) < 2 ? "m q" : aside.x < 0 ? "e q" : "q";
        fprintf(graph->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", side,
                from.x + dx * middle + aside.x * 2, from.y + dy * middle + aside.y * 2 + 4);
        write_what(graph->out, graph->hang->waits[index].what);
        fputs("</text>\n", graph->out);
    }
}

static void draw_thread(const struct graph *graph, size_t index)
{
    struct place at = place_of(graph, index);
    fprintf(graph->out,
            "<rect class=\"n%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"5\"/><text "
            "class=\"m\" "
            "x=\"%.1f\" y=\"%.1f\">",
            graph->on_cycle[index] ? " cyc" : "", at.x - BOX_W / 2, at.y - BOX_H / 2, BOX_W, BOX_H, at.x,
            at.y + 4);
    ts_html_short(graph->out, graph->hang->waits[index].thread, 17);
    fputs("</text>\n", graph->out);
    size_t nobody;
    if (!waits_for(graph, index, &nobody) && graph->hang->waits[index].what[0] != '\0') {
        fprintf(graph->out, "<text class=\"m q\" x=\"%.1f\" y=\"%.1f\">", at.x, at.y + BOX_H / 2 + 13);
        write_what(graph->out, graph->hang->waits[index].what);
        fputs("</text>\n", graph->out);
    }
}

static void draw_graph(FILE *out, const struct ts_stability_hang *hang, size_t number)
{
    struct graph graph = {.out = out, .hang = hang, .number = number};
    if (hang->wait_count < 2 || hang->wait_count > GRAPH_MAX) {
        return;
    }
    find_cycles(&graph);
    fprintf(out,
            "<figure class=\"plot waits\" id=\"hang-%zu-graph\"><svg class=\"draw\" role=\"img\" "
            "aria-labelledby=\"hang-%zu-t hang-%zu-d\" viewBox=\"0 0 400 %.0f\">\n<title "
            "id=\"hang-%zu-t\">Who waits for "
            "whom</title><desc id=\"hang-%zu-d\">The sentences beside it say the same.</desc>\n<defs><marker "
            "id=\"wait-%zu\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" "
            "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0l8 4l-8 4z\" "
            "fill=\"var(--ink)\"/></marker></defs>\n",
            number, number, number, HEIGHT, number, number, number);
    for (size_t i = 0; i < hang->wait_count; i++) {
        draw_wait(&graph, i);
    }
    for (size_t i = 0; i < hang->wait_count; i++) {
        draw_thread(&graph, i);
    }
    fputs("</svg></figure>\n", out);
}

static void write_waits(FILE *out, const struct ts_stability_hang *hang)
{
    size_t shown = hang->wait_count < TS_STABILITY_ROWS ? hang->wait_count : TS_STABILITY_ROWS;
    if (shown == 0) {
        ts_page_nothing(out, "Who waited for whom is not known.");
        return;
    }
    fputs("<ul>\n", out);
    for (size_t i = 0; i < shown; i++) {
        fputs("<li>", out);
        ts_page_text(out, hang->waits[i].sentence);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
    ts_page_left_out(out, shown, hang->wait_count, "threads");
}

static void write_hang(FILE *out, const struct ts_stability_hang *hang, size_t number)
{
    struct ts_figure lives;
    fprintf(out, "<details class=\"card\" id=\"hang-%zu\"%s><summary><span class=\"kind\">", number,
            number <= 3 ? " open=\"\"" : "");
    ts_page_text(out, hang->kind);
    fputs("</span> <span class=\"title\">", out);
    ts_page_text(out, hang->scenario);
    fputs(", ", out);
    ts_page_text(out, hang->mode);
    fputs(", ", out);
    ts_page_text(out, hang->flavour);
    fprintf(out, "%s</span> <span class=\"hits\">%s %s</span></summary><div class=\"in\">\n<p>",
            hang->planted ? ": planted, and caught" : "", ts_figure_count(&lives, hang->lives),
            hang->lives == 1 ? "life" : "lives");
    ts_page_text(out, hang->detail);
    fputs("</p>\n<dl class=\"facts\">\n", out);
    ts_page_fact_copy(out, "Repeat", hang->command);
    ts_page_fact(out, "Signature", hang->signature);
    fputs("</dl>\n<div class=\"two\"><div>\n", out);
    write_waits(out, hang);
    fputs("</div>\n", out);
    draw_graph(out, hang, number);
    fputs("</div></div></details>\n", out);
}

void ts_page_hangs(struct ts_page *page)
{
    const struct ts_stability_hangs *hangs = &page->report->hangs;
    ts_page_begin(page, "hangs", "Hangs");
    if (hangs->count == 0) {
        ts_page_nothing(page->out, "No life hung.");
    }
    fputs("<div class=\"cards\">\n", page->out);
    for (size_t i = 0; i < hangs->count; i++) {
        write_hang(page->out, &hangs->items[i], i + 1);
    }
    fputs("</div>\n", page->out);
    ts_page_left_out(page->out, hangs->count, hangs->total, "hangs");
    ts_page_end(page);
}
