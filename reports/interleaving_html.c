#include "reports/interleaving_html.h"

#include "reports/html.h"

#include <inttypes.h>
#include <string.h>

#define NEAR      6u /* steps on either side of a switch */
#define SIDES     2u /* of a race */
#define INNERMOST 3u /* frames of a stack: functions further out make too much else */

struct view {
    FILE *out;
    const struct ts_interleaving *shown;
    const char *id;
    int64_t switches;                            /* all of them */
    int64_t at;                                  /* of these were written */
    int64_t column[TS_INTERLEAVING_THREADS_MAX]; /* of a thread, from 1; 0: it has no step here */
    int64_t columns;
    size_t former;                      /* index of the row before; SIZE_MAX: none */
    const struct ts_stack *side[SIDES]; /* an access that has no step of its own; NULL: none */
    size_t side_at[SIDES];              /* index of the step near it */
};

static const char css[] =
    ".il{max-width:100%;overflow-x:auto;border:1px solid var(--line,#999);border-radius:4px}\n"
    ".il:focus-visible,.il a:focus-visible{outline:3px solid var(--accent,#06c);outline-offset:1px}\n"
    ".il table{border-collapse:collapse;font-size:.85rem;width:100%;margin:0}\n"
    ".il caption{text-align:left;padding:.3rem .5rem;font-weight:600}\n"
    ".il th,.il td{padding:.15rem .5rem;vertical-align:top;text-align:left;border-left:1px solid "
    "var(--line,#999);unicode-bidi:isolate;overflow-wrap:anywhere;min-width:11rem}\n"
    ".il th:first-child{min-width:0;border-left:0;text-align:right;font-variant-numeric:tabular-nums;"
    "font-weight:400;white-space:nowrap}\n"
    ".il thead th{position:sticky;top:0;background:var(--paper,#fff);border-bottom:2px solid "
    "var(--ink,#111);font-weight:600}\n"
    ".il tr.run{border-top:1px solid var(--line,#999)}\n"
    ".il tr.switch{border:3px double var(--warn,#a00)}\n"
    ".il tr.switch td:not(:empty),.il tr.stuck td:not(:empty){font-weight:600}\n"
    ".il tr.stuck{border-top:2px dashed var(--warn,#a00)}\n"
    ".il tr.gap th,.il tr.gap td{text-align:center;font-style:italic;color:var(--muted,#555)}\n"
    ".il .op{font-weight:600}\n"
    ".il .why{display:block;font-style:italic}\n"
    ".il .at{color:var(--muted,#555)}\n"
    ".il .jump a{display:inline-block;padding:0 .25rem}\n"
    ".il-facts{overflow-wrap:anywhere;margin:.4rem 0;padding-left:1.2rem}\n"
    ".il-schedule{overflow-wrap:anywhere}\n"
    "@media print{.il{overflow:visible;border:0}.il thead th{position:static;overflow-wrap:normal}.il "
    ".jump{display:none}"
    ".il tr{break-inside:avoid}.il th,.il td{min-width:0}}\n";

void ts_interleaving_css(FILE *out)
{
    fputs(css, out);
}

static void place_threads(struct view *view)
{
    const struct ts_interleaving *shown = view->shown;
    bool has[TS_INTERLEAVING_THREADS_MAX] = {false};
    for (size_t i = 0; i < shown->count; i++) {
        has[shown->steps[i].thread] = true;
        view->switches += shown->steps[i].mark == TS_INTERLEAVING_STOPPED;
    }
    for (size_t i = 0; i < TS_INTERLEAVING_THREADS_MAX; i++) {
        view->column[i] = has[i] ? ++view->columns : 0;
    }
}

/* --- accesses that are no steps --- */

static bool is_within(const struct ts_interleaving_step *step, const struct ts_frame *frame)
{
    const char *slash = strrchr(frame->file, '/');
    return step->mark == TS_INTERLEAVING_DONE && frame->function[0] != '\0' &&
           strcmp(step->function, frame->function) == 0 &&
           strcmp(step->file, slash != NULL ? slash + 1 : frame->file) == 0;
}

/* The last step in the innermost function of the stack that has any; SIZE_MAX: none has. */
static size_t step_within(const struct ts_interleaving *shown, const struct ts_stack *stack)
{
    for (size_t depth = 0, own = 0; depth < stack->frame_count && own < INNERMOST; depth++) {
        own += stack->frames[depth].own;
        for (size_t i = stack->frames[depth].own ? shown->count : 0; i-- > 0;) {
            if (is_within(&shown->steps[i], &stack->frames[depth])) {
                return i;
            }
        }
    }
    return SIZE_MAX;
}

static bool counts(const struct ts_interleaving_step *step)
{
    return step->mark == TS_INTERLEAVING_STOPPED || step->named;
}

/* Where the schedule shows nothing else that counts. */
static void place_sides(struct view *view, const struct ts_finding *finding)
{
    const struct ts_interleaving *shown = view->shown;
    size_t sides = 0;
    for (size_t i = 0; i < shown->count; i++) {
        if (counts(&shown->steps[i])) {
            return;
        }
    }
    for (size_t i = 0; i < finding->stack_count && sides < SIDES; i++) {
        const struct ts_stack *stack = &finding->stacks[i];
        size_t at = strcmp(stack->role, "access") == 0 ? step_within(shown, stack) : SIZE_MAX;
        if (at != SIZE_MAX) {
            view->side[sides] = stack;
            view->side_at[sides++] = at;
        }
    }
}

static bool is_side(const struct view *view, size_t side, size_t index)
{
    return view->side[side] != NULL && view->side_at[side] == index;
}

static void write_sides(const struct view *view, size_t index)
{
    for (size_t i = 0; i < SIDES; i++) {
        if (!is_side(view, i, index)) {
            continue;
        }
        const struct ts_frame *access = &view->side[i]->frames[0];
        fputs("<span class=\"why\">&#x26a0; the ", view->out);
        ts_html_text(view->out, view->side[i]->text);
        ts_html_format(view->out,
                       " is no step of its own; this is the last one in %s, which made it, at %s:%" PRId64,
                       view->shown->steps[index].function, access->file, access->line);
        fputs("</span>", view->out);
    }
}

/* --- before the table --- */

static void write_ordering(FILE *out, const char *ordering)
{
    for (const char *line = ordering; *line != '\0';) {
        int length = (int)strcspn(line, "\n");
        fputs("<li class=\"decides\">", out);
        ts_html_format(out, "%.*s", length, line);
        fputs("</li>\n", out);
        line += length + (line[length] == '\n');
    }
}

/* What two threads race on is mostly plain memory, which only schedules "ts1.m" have among their steps. */
static void write_points(FILE *out, const char *schedule)
{
    bool atomics = strncmp(schedule, "ts1.a.", 6) == 0;
    if (atomics || strncmp(schedule, "ts1.s.", 6) == 0) {
        fprintf(out,
                "<li>Plain reads and writes%s are no steps of this schedule, even where they race; a search "
                "with <code>--points all</code> has them</li>\n",
                atomics ? "" : ", and atomics,");
    }
}

static void write_facts(const struct view *view)
{
    const struct ts_interleaving *shown = view->shown;
    FILE *out = view->out;
    fprintf(out, "<ul class=\"il-facts\">\n<li>%" PRId64 " threads, %" PRId64 " steps, %" PRId64 " %s",
            shown->threads, shown->step_count, shown->preemptions,
            shown->preemptions == 1 ? "preemption" : "preemptions");
    if (view->switches > 0) {
        fprintf(out, " <a href=\"#%s-s1\">(to the first)</a>", view->id);
    } else if (shown->preemptions == 0) {
        fputs(": each thread runs until it has to stop", out);
    }
    fputs("</li>\n", out);
    if (shown->end[0] != '\0') {
        fputs("<li>It ends in a ", out);
        ts_html_text(out, shown->end);
        fprintf(out, " <a href=\"#%s-end\">(to the end)</a></li>\n", view->id);
    }
    write_ordering(out, shown->ordering);
    write_points(out, shown->schedule);
    fputs("</ul>\n", out);
    if (shown->schedule[0] != '\0') {
        fputs("<p class=\"il-schedule\">Schedule <code>", out);
        ts_html_text(out, shown->schedule);
        fputs("</code></p>\n", out);
    }
}

static void write_head(const struct view *view)
{
    FILE *out = view->out;
    fputs("<thead><tr><th scope=\"col\">Step</th>", out);
    for (size_t i = 0; i < TS_INTERLEAVING_THREADS_MAX; i++) {
        if (view->column[i] > 0) {
            fprintf(out, "<th scope=\"col\">Thread %zu%s</th>", i, i == 0 ? " (main)" : "");
        }
    }
    fputs("</tr></thead>\n", out);
}

/* --- a row --- */

static void write_operation(FILE *out, const struct ts_interleaving_step *step)
{
    fputs("<span class=\"op\">", out);
    ts_html_text(out, step->operation);
    if (step->object > 0) {
        fprintf(out, " #%" PRId64, step->object);
    }
    fputs("</span>", out);
    if (step->file[0] != '\0') {
        fputs(" <span class=\"at\">", out);
        if (step->line > 0) {
            ts_html_format(out, "%s:%" PRId64, step->file, step->line);
        } else {
            ts_html_text(out, step->file);
        }
        fputs("</span>", out);
    }
    if (step->function[0] != '\0') {
        fputs(" <code>", out);
        ts_html_text(out, step->function);
        fputs("</code>", out);
    }
}

/* Which thread did the step of this number; NOBODY when it is not shown. */
static int64_t doer_of(const struct view *view, size_t before, int64_t number)
{
    for (size_t i = before; i-- > 0 && view->shown->steps[i].step >= number;) {
        const struct ts_interleaving_step *step = &view->shown->steps[i];
        if (step->step == number && step->mark == TS_INTERLEAVING_DONE) {
            return step->thread;
        }
    }
    return TS_INTERLEAVING_NOBODY;
}

static void write_wait(const struct view *view, size_t index)
{
    const struct ts_interleaving_step *step = &view->shown->steps[index];
    FILE *out = view->out;
    if (!step->waited) {
        return;
    }
    fputs("<span class=\"why\">it had to wait", out);
    if (step->holder != TS_INTERLEAVING_NOBODY) {
        fprintf(out, " for thread %" PRId64, step->holder);
    }
    int64_t doer = step->opener > 0 ? doer_of(view, index, step->opener) : TS_INTERLEAVING_NOBODY;
    if (step->timed) {
        fputs("; its time came instead", out);
    } else if (doer != TS_INTERLEAVING_NOBODY) {
        fprintf(out, "; let go on by thread %" PRId64 " in step %" PRId64, doer, step->opener);
    } else if (step->opener > 0) {
        fprintf(out, "; let go on in step %" PRId64, step->opener);
    }
    fputs("</span>", out);
}

/* The threads whose wait this step ended. */
static void write_wakes(const struct view *view, size_t index)
{
    const struct ts_interleaving *shown = view->shown;
    const struct ts_interleaving_step *step = &shown->steps[index];
    bool said[TS_INTERLEAVING_THREADS_MAX] = {false};
    bool any = false;
    for (size_t i = index + 1; i < shown->count; i++) {
        const struct ts_interleaving_step *later = &shown->steps[i];
        if (later->mark != TS_INTERLEAVING_DONE || said[later->thread]) {
            continue;
        }
        said[later->thread] = true; /* the first operation of a thread after this is what it waited with */
        if (later->waited && later->opener == step->step && later->thread != step->thread) {
            fprintf(view->out, "%s %" PRId64, any ? "," : "<span class=\"why\">lets go on: thread",
                    later->thread);
            any = true;
        }
    }
    fputs(any ? "</span>" : "", view->out);
}

static void write_jumps(const struct view *view)
{
    fputs("<span class=\"jump\">", view->out);
    if (view->at > 1) {
        fprintf(view->out, "<a href=\"#%s-s%" PRId64 "\">previous</a>", view->id, view->at - 1);
    }
    if (view->at < view->switches) {
        fprintf(view->out, "<a href=\"#%s-s%" PRId64 "\">next</a>", view->id, view->at + 1);
    }
    fputs("</span>", view->out);
}

static void write_switch(struct view *view, size_t index)
{
    const struct ts_interleaving *shown = view->shown;
    view->at++;
    fprintf(view->out,
            "<span class=\"why\">&#x21c4; switch %" PRId64 " of %" PRId64 ": stopped before</span>", view->at,
            view->switches);
    write_operation(view->out, &shown->steps[index]);
    if (index + 1 < shown->count) {
        fprintf(view->out, "<span class=\"why\">thread %" PRId64 " goes on</span>",
                shown->steps[index + 1].thread);
    }
    write_jumps(view);
}

static void write_stuck(const struct view *view, const struct ts_interleaving_step *step)
{
    bool waits = strcmp(view->shown->end, "livelock") != 0;
    fprintf(view->out, "<span class=\"why\">&#x2716; %s</span>", waits ? "waits for ever" : "is at");
    write_operation(view->out, step);
    bool joins = strcmp(step->operation, "join") == 0;
    if (step->holder != TS_INTERLEAVING_NOBODY) {
        fprintf(view->out, "<span class=\"why\">%s thread %" PRId64 "%s</span>", joins ? "for" : "held by",
                step->holder, joins ? " to end" : "");
    }
}

static void write_done(const struct view *view, size_t index)
{
    const struct ts_interleaving_step *step = &view->shown->steps[index];
    bool switched = index > 0 && view->shown->steps[index - 1].mark == TS_INTERLEAVING_STOPPED;
    write_operation(view->out, step);
    if (step->picked && !switched) {
        fputs("<span class=\"why\">&#x25b6; chosen to go on here</span>", view->out);
    }
    if (step->named) {
        fputs("<span class=\"why\">&#x26a0; an access that a finding names</span>", view->out);
    }
    write_sides(view, index);
    if (step->choice != 0) {
        fprintf(view->out, "<span class=\"why\">&#x26a1; choice %" PRId64 " is made here%s</span>",
                step->choice, strcmp(step->operation, "probe") == 0 ? ": the fault happens" : "");
    }
    write_wait(view, index);
    write_wakes(view, index);
}

static void write_gap(const struct view *view, int64_t left_out)
{
    fprintf(view->out,
            "<tr class=\"gap\"><th></th><td colspan=\"%" PRId64 "\">%" PRId64 " %s left out</td></tr>\n",
            view->columns, left_out, left_out == 1 ? "step" : "steps");
}

static void write_row(struct view *view, size_t index)
{
    const struct ts_interleaving_step *step = &view->shown->steps[index];
    const struct ts_interleaving_step *former =
        view->former != SIZE_MAX ? &view->shown->steps[view->former] : NULL;
    FILE *out = view->out;
    bool starts = former == NULL || former->thread != step->thread;
    if (step->mark == TS_INTERLEAVING_STOPPED) {
        fprintf(out, "<tr class=\"switch\" id=\"%s-s%" PRId64 "\">", view->id, view->at + 1);
    } else if (step->mark == TS_INTERLEAVING_STUCK) {
        bool first = former == NULL || former->mark != TS_INTERLEAVING_STUCK;
        fprintf(out, first ? "<tr class=\"stuck\" id=\"%s-end\">" : "<tr class=\"stuck\">", view->id);
    } else {
        fputs(starts ? "<tr class=\"run\">" : "<tr>", out);
    }
    if (step->mark == TS_INTERLEAVING_DONE) {
        fprintf(out, "<th scope=\"row\">%" PRId64 "</th>", step->step);
    } else {
        fputs(step->mark == TS_INTERLEAVING_STUCK ? "<th scope=\"row\">end</th>"
                                                  : "<th scope=\"row\">&#x21c4;</th>",
              out);
    }
    for (int64_t i = 1; i < view->column[step->thread]; i++) {
        fputs("<td></td>", out);
    }
    fputs("<td>", out);
    if (step->mark == TS_INTERLEAVING_STOPPED) {
        write_switch(view, index);
    } else if (step->mark == TS_INTERLEAVING_STUCK) {
        write_stuck(view, step);
    } else {
        write_done(view, index);
    }
    fputs("</td>", out);
    for (int64_t i = view->column[step->thread]; i < view->columns; i++) {
        fputs("<td></td>", out);
    }
    fputs("</tr>\n", out);
}

/* Steps between this one and the last that is shown. */
static int64_t left_out_before(const struct view *view, size_t index)
{
    const struct ts_interleaving_step *step = &view->shown->steps[index];
    int64_t done = 0;
    if (view->former != SIZE_MAX) {
        const struct ts_interleaving_step *former = &view->shown->steps[view->former];
        done = former->step - (former->mark == TS_INTERLEAVING_STOPPED);
    }
    return step->step - (step->mark != TS_INTERLEAVING_STUCK) - done;
}

static bool is_near_what_counts(const struct view *view, size_t index)
{
    const struct ts_interleaving *shown = view->shown;
    for (size_t i = index > NEAR ? index - NEAR : 0; i <= index + NEAR && i < shown->count; i++) {
        if (counts(&shown->steps[i]) || shown->steps[i].picked || is_side(view, 0, i) ||
            is_side(view, 1, i)) {
            return true;
        }
    }
    return false;
}

static void write_rows(struct view *view, size_t rows_max)
{
    const struct ts_interleaving *shown = view->shown;
    bool whole = rows_max == 0 || shown->count <= rows_max;
    /* What ends well has no end to look at. */
    size_t last = whole ? shown->count : view->side[0] != NULL ? NEAR : rows_max / 2;
    size_t room = whole ? 0 : rows_max - last;
    for (size_t i = 0; i < shown->count; i++) {
        bool wanted = i + last >= shown->count;
        if (!wanted && room > 0 && is_near_what_counts(view, i)) {
            wanted = true;
            room--;
        }
        if (!wanted) {
            continue;
        }
        int64_t left_out = left_out_before(view, i);
        if (left_out > 0) {
            write_gap(view, left_out);
        }
        write_row(view, i);
        view->former = i;
    }
}

void ts_interleaving_html(FILE *out, const struct ts_interleaving *interleaving,
                          const struct ts_finding *finding, const char *id, size_t rows_max)
{
    struct view view = {.out = out, .shown = interleaving, .id = id, .former = SIZE_MAX};
    place_threads(&view);
    if (finding != NULL) {
        place_sides(&view, finding);
    }
    write_facts(&view);
    if (interleaving->count == 0) {
        fputs("<p>No step of it was kept.</p>\n", out);
        return;
    }
    fprintf(
        out,
        "<div class=\"il\" id=\"%s\" tabindex=\"0\" role=\"region\" aria-label=\"Interleaving\">\n<table>\n"
        "<caption>Each row is one step, in the column of the thread that does it. #n: the nth object "
        "used.</caption>\n",
        id);
    write_head(&view);
    fputs("<tbody>\n", out);
    write_rows(&view, rows_max);
    fputs("</tbody>\n</table>\n</div>\n", out);
}

static const char page_css[] =
    ":root{color-scheme:light dark;--ink:#111;--paper:#fff;--line:#767676;--muted:#505050;--accent:#0b57d0;"
    "--warn:#a40000}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#eee;--paper:#16181c;--line:#8a8a8a;--muted:#b4b4b4;"
    "--accent:#8ab4f8;--warn:#ff8a80}}\n"
    "@media print{:root{--ink:#000;--paper:#fff;--line:#888;--muted:#333;--accent:#000;--warn:#700}}\n"
    "body{font-family:system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1rem;"
    "line-height:1.4}\na{color:var(--accent)}\nh1{font-size:1.2rem;overflow-wrap:anywhere}\n";

void ts_interleaving_page(FILE *out, const struct ts_interleaving *interleaving, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
          out);
    ts_html_text(out, title);
    fputs("</title>\n<style>\n", out);
    fputs(page_css, out);
    ts_interleaving_css(out);
    fputs("</style>\n</head>\n<body>\n<main>\n<h1>", out);
    ts_html_text(out, title);
    fputs("</h1>\n", out);
    ts_interleaving_html(out, interleaving, NULL, "il", 0);
    fputs("</main>\n</body>\n</html>\n", out);
}
