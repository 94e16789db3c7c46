#include "reports/interleaving.h"
#include "reports/stability_fixture_parts.h"

#include <string.h>

static const struct ts_finding *defect(const struct maker *maker, size_t number, const char *kind)
{
    static const char *const functions[] = {"ts_spsc_push", "ts_spsc_pop", "on_data", "place_order"};
    struct ts_frame frames[4] = {{0}};
    for (size_t i = 0; i < COUNT(frames); i++) {
        frames[i] =
            (struct ts_frame){.function = maker_foreign(maker, functions[(number + i) % COUNT(functions)]),
                              .file = maker_foreign(maker, "lib/queue/spsc.c"),
                              .line = (int64_t)(100 + i),
                              .module = maker_foreign(maker, "tickstorm-worker"),
                              .offset = "0x25aaa",
                              .own = i < 3};
    }
    struct ts_stack stacks[] = {
        {.role = "access",
         .text = maker_foreign(maker, "write of 8 bytes by thread T1 'scan'"),
         .thread = "T1 'scan'"},
        {.role = "access",
         .text = maker_foreign(maker, "read of 8 bytes by thread T2 'sender' (holds M3)"),
         .thread = "T2 'sender'"},
        {.role = "allocation", .text = maker_foreign(maker, "allocated by main"), .thread = "main"},
    };
    struct ts_finding *made = ts_stability_keep(maker->report, 1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < COUNT(stacks); i++) {
        KEEP(maker, stacks[i].frames, stacks[i].frame_count, frames);
    }
    KEEP(maker, made->stacks, made->stack_count, stacks);
    made->signature = ts_stability_text(maker->report, "0x%016zx", number * 0x9e3779b97f4a7c15 + 1);
    made->kind = kind;
    made->title = maker_foreign(maker, "ts_spsc_pop / ts_spsc_push");
    made->description = maker_foreign(maker, "data-race");
    made->location = maker_foreign(maker, "heap block of 96 bytes");
    made->lifetime = number % 2 == 1;
    made->command = maker_foreign(maker, "tickstorm repro 0x9e77");
    return made;
}

static const struct ts_interleaving *steps(const struct maker *maker)
{
    struct ts_interleaving_step some[6] = {{0}};
    for (size_t i = 0; i < COUNT(some); i++) {
        some[i] =
            (struct ts_interleaving_step){.step = (int64_t)i + 1,
                                          .thread = i % 2 == 0 ? 0 : 1,
                                          .event = (int64_t)i / 2 + 1,
                                          .mark = i == 3 ? TS_INTERLEAVING_STOPPED : TS_INTERLEAVING_DONE,
                                          .operation = maker_foreign(maker, i % 2 == 0 ? "store" : "load"),
                                          .object = 1,
                                          .function = maker_foreign(maker, "ts_spsc_push"),
                                          .file = maker_foreign(maker, "lib/queue/spsc.c"),
                                          .line = 117,
                                          .holder = TS_INTERLEAVING_NOBODY};
    }
    struct ts_interleaving *made = ts_stability_keep(maker->report, 1, sizeof *made);
    if (made != NULL) {
        made->schedule = "ts1.a.2:15-3.9f3a2c11";
        made->end = "";
        made->ordering = maker_foreign(maker, "store in ts_spsc_push before load in ts_spsc_pop");
        made->threads = 2;
        made->step_count = COUNT(some);
        made->preemptions = 1;
        KEEP(maker, made->steps, made->count, some);
    }
    return made;
}

void maker_findings(const struct maker *maker)
{
    struct ts_stability_findings *findings = &maker->report->findings;
    size_t count = maker_many(maker, 8, TS_STABILITY_FINDINGS);
    findings->items = ts_stability_keep(maker->report, count, sizeof *findings->items);
    findings->baseline = maker_foreign(maker, "ci/known.yaml");
    findings->unmatched = 1;
    for (size_t i = 0; findings->items != NULL && i < count; i++) {
        struct ts_stability_mode_share modes[] = {{"guarded", ts_stability_share_of(0, 64)},
                                                  {"queued", ts_stability_share_of(2, 64)}};
        struct ts_stability_finding *item = &findings->items[i];
        size_t each = (count + 3) / 4;
        bool owned;
        item->standing = (enum ts_stability_standing)(i / each);
        owned = item->standing == TS_STABILITY_KNOWN || item->standing == TS_STABILITY_EXPIRED;
        item->finding = defect(maker, i, i % 3 == 2 ? "crash" : "race");
        item->card = i % each < TS_STABILITY_CARDS;
        item->hits = ts_stability_share_of(2, 128);
        item->reports = 9;
        KEEP(maker, item->modes, item->mode_count, modes);
        item->scenarios = maker_foreign(maker, "queue-overflow, depth-flood");
        item->flavours = "tsan, explore";
        item->faulted = i == 1;
        item->faults =
            i == 1 ? maker_foreign(maker, "table.factor.chosen: 5%pause(table.remove.destroyed, 2ms)") : "";
        item->schedule = i == 0 ? maker_foreign(maker, "ts1.a.2:15-3.9f3a2c11") : "";
        item->preemptions = i == 0 ? 1 : 0;
        item->ordering =
            i == 0 ? maker_foreign(maker, "store in ts_spsc_push before load in ts_spsc_pop") : "";
        item->interleaving = i == 0 ? steps(maker) : NULL;
        item->command = maker_foreign(maker, "tickstorm repro 0x9e77 --until-fail 100");
        item->first_seen = "2026-11-20T01:02:03Z";
        item->last_seen = "2026-11-27T18:06:29Z";
        item->first_run = item->last_run = maker_foreign(maker, "20261127T180629Z-28dfd419ec83");
        item->runs = 4;
        item->owner = owned ? maker_foreign(maker, "jo") : "";
        item->issue = owned ? maker_foreign(maker, "https://tracker.example/142") : "";
        item->reason = owned ? maker_foreign(maker, "fixed by the new book; not released yet") : "";
        item->expiry = owned ? "2031-12-31" : "";
        findings->of_standing[item->standing]++;
        findings->count = findings->total = i + 1;
    }
}
