/* Findings as cards: what it is, how often, how to see it again, both stacks side by side, its interleaving.
 */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/interleaving_html.h"
#include "reports/stability_html_parts.h"

#include <inttypes.h>
#include <string.h>

#define STACKS_SIDE_BY_SIDE 2u
#define STACKS_MAX          6u
#define FRAMES_MAX          16u
#define NAME_CHARS          240u
#define INTERLEAVING_ROWS   120u

struct cards {
    struct ts_page *page;
    size_t interleavings;
};

/* --- stacks --- */

static void write_frame(FILE *out, const struct ts_frame *frame)
{
    fputs(frame->own ? "<li><code>" : "<li class=\"other\"><code>", out);
    ts_html_short(out, frame->function[0] != '\0' ? frame->function : "??", NAME_CHARS);
    fputs("</code> <span class=\"at\">", out);
    if (frame->file[0] == '\0') {
        ts_html_short(out, frame->module, NAME_CHARS);
        fputs("+", out);
        ts_html_short(out, frame->offset, 24);
    } else {
        ts_html_short(out, frame->file, NAME_CHARS);
        if (frame->line > 0) {
            fprintf(out, ":%" PRId64, frame->line);
        }
    }
    fputs("</span></li>\n", out);
}

static void write_stack(FILE *out, const struct ts_stack *stack)
{
    size_t shown = stack->frame_count < FRAMES_MAX ? stack->frame_count : FRAMES_MAX;
    fputs("<div><strong>", out);
    ts_page_text(out, stack->text[0] != '\0' ? stack->text : stack->role);
    fputs(shown > 0 ? "</strong>\n<ol start=\"0\">\n" : "</strong>\n", out);
    for (size_t i = 0; i < shown; i++) {
        write_frame(out, &stack->frames[i]);
    }
    fputs(shown > 0 ? "</ol>" : "<p class=\"note\">no frame is known</p>", out);
    if (shown < stack->frame_count) {
        size_t more = stack->frame_count - shown;
        fprintf(out, "<p class=\"note\">%zu outer frame%s not shown</p>", more, more == 1 ? " is" : "s are");
    }
    fputs("</div>\n", out);
}

/* Beside the first stands the other side of what went wrong: an access, or who freed the memory. */
static size_t other_side(const struct ts_finding *finding)
{
    for (size_t i = 1; i < finding->stack_count; i++) {
        const char *role = finding->stacks[i].role;
        if (strcmp(role, "access") == 0 || strcmp(role, "free") == 0) {
            return i;
        }
    }
    return 1;
}

static void write_stacks(FILE *out, const struct ts_finding *finding)
{
    size_t shown = finding->stack_count < STACKS_MAX ? finding->stack_count : STACKS_MAX;
    size_t other = other_side(finding);
    if (shown > 0) {
        fputs("<div class=\"stacks\">\n", out);
    }
    for (size_t i = 0; i < shown; i++) {
        if (i == STACKS_SIDE_BY_SIDE) {
            fprintf(out,
                    "</div>\n<details class=\"print\"><summary>Further stacks: %zu</summary><div "
                    "class=\"stacks\">\n",
                    finding->stack_count - i);
        }
        /* The other side, then those that it passed. */
        size_t at = i == 0 || i > other ? i : i == 1 ? other : i - 1;
        write_stack(out, &finding->stacks[at]);
    }
    if (shown > 0) {
        fputs("</div>\n", out);
    }
    ts_page_left_out(out, shown, finding->stack_count, "stacks");
    fputs(shown > STACKS_SIDE_BY_SIDE ? "</details>\n" : "", out);
}

/* --- a card --- */

static void write_summary(FILE *out, const struct ts_stability_finding *item)
{
    fputs("<span class=\"kind\">", out);
    ts_page_text(out, item->finding->kind);
    fputs("</span> <span class=\"title\">", out);
    ts_page_text(out, item->finding->title[0] != '\0' ? item->finding->title : item->finding->signature);
    fputs("</span> <span class=\"hits\">", out);
    ts_page_share_of_lives(out, &item->hits);
    fputs("</span>", out);
}

static void write_modes(FILE *out, const struct ts_stability_finding *item)
{
    fputs("<dt>By mode</dt><dd>", out);
    for (size_t i = 0; i < item->mode_count; i++) {
        fputs(i > 0 ? "; " : "", out);
        ts_page_text(out, item->modes[i].mode);
        fputs(" ", out);
        ts_page_share(out, &item->modes[i].share);
    }
    fputs("</dd>\n", out);
}

static void write_seen(FILE *out, const char *term, const char *when, const char *run)
{
    if (when[0] != '\0') {
        fprintf(out, "<dt>%s</dt><dd>", term);
        ts_page_text(out, when);
        if (run[0] != '\0') {
            fputs(" in ", out);
            ts_page_text(out, run);
        }
        fputs("</dd>\n", out);
    }
}

static void write_owner(FILE *out, const struct ts_stability_finding *item)
{
    ts_page_fact(out, "Owner", item->owner);
    ts_page_fact(out, "Issue", item->issue);
    ts_page_fact(out, "Reason", item->reason);
    if (item->expiry[0] != '\0') {
        fprintf(out, "<dt>Expires</dt><dd%s>",
                item->standing == TS_STABILITY_EXPIRED ? " class=\"bad\"" : "");
        ts_page_text(out, item->expiry);
        fputs(item->standing == TS_STABILITY_EXPIRED ? ": expired</dd>\n" : "</dd>\n", out);
    }
}

static void write_facts(FILE *out, const struct ts_stability_finding *item)
{
    const struct ts_finding *finding = item->finding;
    struct ts_figure figure;
    fputs("<dl class=\"facts\">\n", out);
    ts_page_fact_copy(out, "Repeat", item->command);
    fputs("<dt>Hits</dt><dd>", out);
    ts_page_share_of_lives(out, &item->hits);
    fprintf(out, ", of the cells that showed it; %s report%s</dd>\n", ts_figure_count(&figure, item->reports),
            item->reports == 1 ? "" : "s");
    if (item->mode_count > 0) {
        write_modes(out, item);
    }
    ts_page_fact(out, "Scenarios", item->scenarios);
    ts_page_fact(out, "Flavours", item->flavours);
    ts_page_fact(out, "Says", finding->description);
    ts_page_fact(out, "Location", finding->location);
    if (finding->lifetime) {
        ts_page_fact(out, "Lifetime", "one side ends the object's life");
    }
    ts_page_fact_copy(out, item->faulted ? "Faults (it came under faults only)" : "Faults", item->faults);
    ts_page_fact_copy(out, "Schedule", item->schedule);
    if (item->schedule[0] != '\0') {
        fprintf(out, "<dt>Preemptions</dt><dd>%s</dd>\n", ts_figure_count(&figure, item->preemptions));
    }
    ts_page_fact(out, "What decides", item->ordering);
    write_owner(out, item);
    write_seen(out, "First seen", item->first_seen, item->first_run);
    write_seen(out, "Last seen", item->last_seen, item->last_run);
    if (item->runs > 0) {
        fprintf(out, "<dt>Runs that saw it</dt><dd>%s</dd>\n", ts_figure_count(&figure, item->runs));
    }
    ts_page_fact(out, "Signature", finding->signature);
    fputs("</dl>\n", out);
}

static void write_interleaving(struct cards *cards, const struct ts_stability_finding *item)
{
    FILE *out = cards->page->out;
    char id[32];
    if (item->interleaving == NULL && item->steps_kept) {
        ts_page_nothing(
            out, "The steps of its schedule were kept beside the record and are not shown here: they are "
                 "too many for this page, or cannot be read. tickstorm report --serve has them.");
    }
    if (item->interleaving == NULL) {
        return;
    }
    snprintf(id, sizeof id, "il-%zu", ++cards->interleavings);
    fputs("<details class=\"print\" open=\"\"><summary>Interleaving that shows it</summary>\n", out);
    if (strcmp(item->interleaving->schedule, item->schedule) != 0) {
        ts_page_nothing(out, "As it was found. The schedule above was shrunk from it, and is drawn by "
                             "tickstorm repro with the signature and --html FILE.");
    }
    ts_interleaving_html(out, item->interleaving, item->finding, id, INTERLEAVING_ROWS);
    fputs("</details>\n", out);
}

static void write_card(struct cards *cards, const struct ts_stability_finding *item, size_t number, bool open)
{
    FILE *out = cards->page->out;
    const char *calm = item->standing == TS_STABILITY_EXPECTED ? " calm" : ""; /* not opened to print */
    fprintf(out, "<details class=\"card found%s\" id=\"finding-%zu\"%s><summary>", calm, number,
            open ? " open=\"\"" : "");
    write_summary(out, item);
    fputs("</summary><div class=\"in\">\n", out);
    write_facts(out, item);
    write_stacks(out, item->finding);
    write_interleaving(cards, item);
    fputs("</div></details>\n", out);
}

/* One of so many that a line must do. */
static void write_line(FILE *out, const struct ts_stability_finding *item, size_t number)
{
    fprintf(out, "<tr class=\"found\" id=\"finding-%zu\">", number);
    ts_page_cell(out, item->finding->kind);
    ts_page_row_head(out, item->finding->title);
    ts_page_share_cell(out, &item->hits);
    ts_page_cell(out, item->scenarios);
    ts_page_cell(out, item->finding->signature);
    fputs("</tr>\n", out);
}

static void write_lines(FILE *out, const struct ts_stability_findings *findings,
                        enum ts_stability_standing standing, size_t lines)
{
    static const char *const heads[] = {"Kind", "Title", "#Lives that showed it", "Scenarios", "Signature"};
    if (lines == 0) {
        return;
    }
    fprintf(out, "<details class=\"lines\"><summary>Further ones, a line each: %zu</summary>\n", lines);
    ts_page_begin_table(out, "Further findings", heads, 5);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].standing == standing && !findings->items[i].card) {
            write_line(out, &findings->items[i], i + 1);
        }
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    fputs("</details>\n", out);
}

static void write_standing(struct cards *cards, enum ts_stability_standing standing)
{
    const struct ts_stability_findings *findings = &cards->page->report->findings;
    FILE *out = cards->page->out;
    size_t shown = 0, lines = 0;
    bool first = standing == TS_STABILITY_NEW;
    fputs("<div class=\"cards\">\n", out);
    for (size_t i = 0; i < findings->count; i++) {
        const struct ts_stability_finding *item = &findings->items[i];
        if (item->standing != standing) {
            continue;
        }
        shown++;
        if (item->card) {
            write_card(cards, item, i + 1, first);
            first = false;
        } else {
            lines++;
        }
    }
    fputs("</div>\n", out);
    write_lines(out, findings, standing, lines);
    ts_page_left_out(out, shown, (size_t)findings->of_standing[standing], "of them");
}

static void write_tools(FILE *out)
{
    fputs(
        "<div class=\"tools js\" hidden=\"\"><label>Filter findings <input id=\"filter\" type=\"search\" "
        "autocomplete=\"off\"/></label><span id=\"filtered\" role=\"status\"></span><button type=\"button\" "
        "data-open=\"yes\">Open all</button><button type=\"button\" data-open=\"no\">Close "
        "all</button></div>\n",
        out);
}

static void write_known(struct cards *cards)
{
    static const char *const titles[] = {
        [TS_STABILITY_EXPIRED] = "Expired: somebody owned them, until a day that is past",
        [TS_STABILITY_KNOWN] = "Known, with owner and expiry",
        [TS_STABILITY_EXPECTED] = "Expected: of modes that must or may fail",
    };
    static const enum ts_stability_standing order[] = {TS_STABILITY_EXPIRED, TS_STABILITY_KNOWN,
                                                       TS_STABILITY_EXPECTED};
    const struct ts_stability_findings *findings = &cards->page->report->findings;
    struct ts_figure figure;
    FILE *out = cards->page->out;
    if (findings->baseline[0] != '\0') {
        fputs("<p>Baseline: <code>", out);
        ts_page_text(out, findings->baseline);
        fprintf(out, "</code>; entries that nothing matched: %s.</p>\n",
                ts_figure_count(&figure, findings->unmatched));
    } else {
        ts_page_nothing(out, "No baseline was given.");
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        fprintf(out, "<h3>%s: %s</h3>\n", titles[order[i]],
                ts_figure_count(&figure, findings->of_standing[order[i]]));
        write_standing(cards, order[i]);
    }
}

void ts_page_findings(struct ts_page *page)
{
    const struct ts_stability_findings *findings = &page->report->findings;
    struct cards cards = {.page = page};
    struct ts_figure figure;
    ts_page_begin(page, "new", "New findings");
    if (findings->of_standing[TS_STABILITY_NEW] == 0) {
        ts_page_nothing(page->out, "None: nothing showed itself that nobody owns or expects.");
    } else {
        fprintf(page->out, "<p>%s that nobody owns or expects.</p>\n",
                ts_figure_count(&figure, findings->of_standing[TS_STABILITY_NEW]));
    }
    if (findings->count > 0) {
        write_tools(page->out);
    }
    write_standing(&cards, TS_STABILITY_NEW);
    ts_page_end(page);
    ts_page_begin(page, "known", "Known findings");
    write_known(&cards);
    ts_page_end(page);
}
