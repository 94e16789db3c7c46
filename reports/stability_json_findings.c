#include "reports/stability_json_parts.h"

#define TEXT(value)  ts_stability_json_text(value)
#define COUNT(value) ts_stability_json_count(value)

static json_t *frames_of(const struct ts_stack *stack)
{
    json_t *frames = json_array();
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        json_array_append_new(frames, json_pack("{so so sI so so sb}", "function", TEXT(frame->function),
                                                "file", TEXT(frame->file), "line",
                                                (json_int_t)(frame->line > 0 ? frame->line : 0), "module",
                                                TEXT(frame->module), "offset", TEXT(frame->offset), "own",
                                                (int)frame->own));
    }
    return frames;
}

static json_t *stacks_of(const struct ts_finding *finding)
{
    json_t *stacks = json_array();
    for (size_t i = 0; i < finding->stack_count; i++) {
        const struct ts_stack *stack = &finding->stacks[i];
        json_array_append_new(stacks,
                              json_pack("{so so so so}", "role", TEXT(stack->role), "text", TEXT(stack->text),
                                        "thread", TEXT(stack->thread), "frames", frames_of(stack)));
    }
    return stacks;
}

static json_t *modes_of(const struct ts_stability_mode_share *modes, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(array, json_pack("{so so}", "mode", TEXT(modes[i].mode), "share",
                                               ts_stability_json_share(&modes[i].share)));
    }
    return array;
}

/* What only a card has. */
static json_t *card_of(const struct ts_stability_finding *item)
{
    return json_pack("{so so sb so so so sI so sb}", "description", TEXT(item->finding->description),
                     "location", TEXT(item->finding->location), "lifetime", (int)item->finding->lifetime,
                     "stacks", stacks_of(item->finding), "schedule", TEXT(item->schedule), "ordering",
                     TEXT(item->ordering), "preemptions", (json_int_t)item->preemptions, "faults",
                     TEXT(item->faults), "faulted", (int)item->faulted);
}

static json_t *item_of(const struct ts_stability_finding *item)
{
    json_t *object =
        json_pack("{ss so so so so sI so so so so so so so so so}", "standing",
                  ts_stability_standing_name(item->standing), "signature", TEXT(item->finding->signature),
                  "kind", TEXT(item->finding->kind), "title", TEXT(item->finding->title), "hits",
                  ts_stability_json_share(&item->hits), "reports", (json_int_t)item->reports, "modes",
                  modes_of(item->modes, item->mode_count), "scenarios", TEXT(item->scenarios), "flavours",
                  TEXT(item->flavours), "command", TEXT(item->command), "first_seen", TEXT(item->first_seen),
                  "last_seen", TEXT(item->last_seen), "first_run", TEXT(item->first_run), "last_run",
                  TEXT(item->last_run), "runs", COUNT(item->runs));
    if (item->owner[0] != '\0') {
        json_object_set_new(object, "baseline",
                            json_pack("{so so so so}", "owner", TEXT(item->owner), "issue", TEXT(item->issue),
                                      "reason", TEXT(item->reason), "expiry", TEXT(item->expiry)));
    }
    json_t *card = item->card ? card_of(item) : NULL;
    json_object_update(object, card);
    json_decref(card);
    return object;
}

json_t *ts_stability_json_findings(const struct ts_stability *report)
{
    const struct ts_stability_findings *findings = &report->findings;
    json_t *items = json_array();
    json_t *standings = json_object();
    for (size_t i = 0; i < findings->count; i++) {
        json_array_append_new(items, item_of(&findings->items[i]));
    }
    for (int i = 0; i < TS_STABILITY_STANDINGS; i++) {
        json_object_set_new(standings, ts_stability_standing_name((enum ts_stability_standing)i),
                            json_integer(findings->of_standing[i]));
    }
    return json_pack("{so so sI so sI}", "of_standing", standings, "items", items, "total",
                     (json_int_t)findings->total, "baseline", TEXT(findings->baseline), "unmatched",
                     (json_int_t)findings->unmatched);
}

json_t *ts_stability_json_hangs(const struct ts_stability *report)
{
    json_t *items = json_array();
    for (size_t i = 0; i < report->hangs.count; i++) {
        const struct ts_stability_hang *hang = &report->hangs.items[i];
        json_t *waits = json_array();
        for (size_t j = 0; j < hang->wait_count; j++) {
            const struct ts_stability_wait *wait = &hang->waits[j];
            json_array_append_new(waits,
                                  json_pack("{so so so so}", "thread", TEXT(wait->thread), "sentence",
                                            TEXT(wait->sentence), "what", TEXT(wait->what), "holder",
                                            COUNT(wait->holder == SIZE_MAX ? -1 : (int64_t)wait->holder)));
        }
        json_array_append_new(items,
                              json_pack("{so so so so so sb so so sI so}", "signature", TEXT(hang->signature),
                                        "kind", TEXT(hang->kind), "scenario", TEXT(hang->scenario), "mode",
                                        TEXT(hang->mode), "flavour", TEXT(hang->flavour), "planted",
                                        (int)hang->planted, "detail", TEXT(hang->detail), "waits", waits,
                                        "lives", (json_int_t)hang->lives, "command", TEXT(hang->command)));
    }
    return json_pack("{so sI}", "items", items, "total", (json_int_t)report->hangs.total);
}

json_t *ts_stability_json_trends(const struct ts_stability *report)
{
    json_t *items = json_array();
    for (size_t i = 0; i < report->trends.count; i++) {
        const struct ts_stability_trend *trend = &report->trends.items[i];
        json_array_append_new(items,
                              json_pack("{so so so so so sb sb sI sI so}", "run", TEXT(trend->run), "started",
                                        TEXT(trend->started), "commit", TEXT(trend->commit), "kind",
                                        TEXT(trend->kind), "verdict", TEXT(trend->verdict), "dirty",
                                        (int)trend->dirty, "of_report", (int)trend->of_report, "lives",
                                        (json_int_t)trend->lives, "findings", (json_int_t)trend->findings,
                                        "modes", modes_of(trend->modes, trend->mode_count)));
    }
    return json_pack("{so sI so}", "items", items, "total", (json_int_t)report->trends.total, "file",
                     TEXT(report->trends.file));
}
