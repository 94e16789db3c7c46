#include "score/corpus.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char good[] = "id: 7\n"
                           "name: no-such-thing\n"
                           "where: lib/queue/broadcast.c: ts_broadcast_claim\n"
                           "wrong: one line\n"
                           "  and another\n"
                           "detectors: TI\n"
                           "likelihood: VL\n"
                           "scenario: queue-overflow\n"
                           "mode: queued\n"
                           "flavours: tsan plain\n"
                           "settings: policy=block capacity=1\n"
                           "faults: queue.push.full: 5% return\n"
                           "life: 6s\n"
                           "\n";
static const char diff[] = "--- a/lib/x.c\n+++ b/lib/x.c\n@@ -1 +1 @@\n-id: 9\n+id: 10\n";

static ts_err load(const char *header, const char *tail, struct ts_seeded_bug *bug, struct ts_diag *diag)
{
    char path[] = "/tmp/ts_seeded_XXXXXX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(dprintf(file, "%s%s", header, tail), (int)(strlen(header) + strlen(tail)));
    close(file);
    ts_err error = ts_seeded_bug_load(path, bug, diag);
    unlink(path);
    return error;
}

Test(seeded_bug, a_header_is_read)
{
    struct ts_seeded_bug bug;
    struct ts_diag diag;
    char letters[TS_DETECTOR_COUNT + 1];
    cr_assert_eq(load(good, diff, &bug, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(bug.id, 7);
    cr_assert_str_eq(bug.wrong, "one line and another");
    cr_assert_str_eq(ts_detectors_text(bug.expected, letters), "TI");
    cr_assert_str_eq(bug.scenario->name, "queue-overflow");
    cr_assert_eq(bug.mode, TS_MODE_QUEUED);
    cr_assert_eq(bug.flavour_count, 2);
    cr_assert_eq(bug.flavours[0], TS_FLAVOUR_TSAN);
    cr_assert_eq(bug.setting_count, 2);
    cr_assert_str_eq(bug.settings[1], "capacity=1");
    cr_assert_eq(bug.life_ms, 6000);
    cr_assert_str_eq(bug.missed, "");
}

Test(seeded_bug, the_explorer_looks_where_the_header_says)
{
    static struct ts_seeded_bug bug;
    struct ts_diag diag;
    char header[1024];
    cr_assert_eq(load(good, diff, &bug, &diag), TS_OK, "%s", diag.text);
    cr_assert(!bug.interleaving);
    cr_assert_str_eq(bug.explored.scenario->name, "queue-overflow");
    cr_assert_eq(bug.explored.setting_count, 2);
    snprintf(header, sizeof header, "%.*sexplored: destroy-mid-callback guarded order=3\n\n",
             (int)(strlen(good) - 1), good);
    cr_assert_eq(load(header, diff, &bug, &diag), TS_OK, "%s", diag.text);
    cr_assert(bug.interleaving);
    cr_assert_str_eq(bug.explored.scenario->name, "destroy-mid-callback");
    cr_assert_eq(bug.explored.mode, TS_MODE_GUARDED);
    cr_assert_eq(bug.explored.setting_count, 1);
    cr_assert_str_eq(bug.explored.settings[0], "order=3");
    cr_assert_str_eq(bug.scenario->name, "queue-overflow");
}

/* The good header with `from` replaced by `to` must fail so, and say `word`. */
static void refuses(const char *from, const char *to, ts_err code, const char *word)
{
    struct ts_seeded_bug bug;
    struct ts_diag diag = {0};
    char header[1024];
    const char *at = strstr(good, from);
    cr_assert_not_null(at);
    snprintf(header, sizeof header, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    cr_assert_eq(load(header, diff, &bug, &diag), code, "%s -> %s: %s", from, to, diag.text);
    cr_assert_not_null(strstr(diag.text, word), "%s lacks %s", diag.text, word);
}

Test(seeded_bug, a_bad_header_is_refused_by_name)
{
    refuses("id: 7", "id: seven", TS_MALFORMED, "seven");
    refuses("life: 6s", "life: long", TS_MALFORMED, "long");
    refuses("name:", "nome:", TS_MALFORMED, "nome");
    refuses("likelihood: VL\n", "", TS_MALFORMED, "likelihood");
    refuses("mode: queued", "mode: queued\nmode: direct", TS_MALFORMED, "mode");
    refuses("detectors: TI", "detectors: TX", TS_UNKNOWN, "TX");
    refuses("queue-overflow", "queue-underflow", TS_UNKNOWN, "queue-underflow");
    refuses("mode: queued", "mode: quick", TS_UNKNOWN, "quick");
    refuses("\n\n", "\nexplored: two-engines\n\n", TS_UNKNOWN, "explored: 'two-engines'");
    refuses("\n\n", "\nexplored: one-engine queued\n\n", TS_UNKNOWN, "one-engine");
    refuses("\n\n", "\nexplored: two-engines queued fuel=3\n\n", TS_UNKNOWN, "explored: 'fuel=3'");
    refuses("flavours: tsan", "flavours: msan", TS_UNKNOWN, "msan");
    refuses("capacity=1", "capacitance=1", TS_UNKNOWN, "capacitance=1");
    refuses("queue.push.full", "queue.push.empty", TS_UNKNOWN, "queue.push.empty");
}

Test(seeded_bug, a_header_without_a_diff_is_no_patch)
{
    struct ts_seeded_bug bug;
    struct ts_diag diag;
    cr_assert_eq(load(good, "", &bug, &diag), TS_MALFORMED);
    cr_assert_eq(ts_seeded_bug_load("/no/such/file", &bug, &diag), TS_NOT_FOUND);
}

Test(seeded_bug, the_corpus_is_valid)
{
    struct ts_corpus corpus;
    struct ts_diag diag = {0};
    cr_assert_eq(ts_corpus_load(TS_SEEDED, false, &corpus, &diag), TS_OK, "%s: %s", diag.subject, diag.text);
    cr_assert_gt(corpus.count, 0);
    cr_assert_not_null(ts_corpus_find(&corpus, corpus.bugs[0].id));
    cr_assert_null(ts_corpus_find(&corpus, 9999));
    ts_corpus_free(&corpus);
}
