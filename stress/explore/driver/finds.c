#include "explore/driver/finds.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool has_own(const struct ts_stack *stack)
{
    bool own = false;
    for (size_t i = 0; i < stack->frame_count; i++) {
        own = own || stack->frames[i].own;
    }
    return own;
}

/* Frames that are not the program's say nothing, where there are others. */
void ts_find_stacks(FILE *out, const struct ts_finding *finding)
{
    for (size_t i = 0; i < finding->stack_count; i++) {
        const struct ts_stack *stack = &finding->stacks[i];
        fprintf(out, "  %s\n", *stack->text != '\0' ? stack->text : stack->role);
        bool own = has_own(stack);
        for (size_t j = 0; j < stack->frame_count; j++) {
            const struct ts_frame *frame = &stack->frames[j];
            if (own && !frame->own) {
                continue;
            }
            if (*frame->function == '\0') {
                fprintf(out, "    #%zu (%s+%s)\n", j, frame->module, frame->offset);
            } else if (frame->line > 0) {
                fprintf(out, "    #%zu %s %s:%" PRId64 "\n", j, frame->function, frame->file, frame->line);
            } else {
                fprintf(out, "    #%zu %s (%s)\n", j, frame->function, frame->module);
            }
        }
    }
}

static json_t *stack_json(const struct ts_stack *stack)
{
    json_t *frames = json_array();
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        json_array_append_new(frames, json_pack("{s:s, s:s, s:I, s:s, s:s}", "function", frame->function,
                                                "file", frame->file, "line", (json_int_t)frame->line,
                                                "module", frame->module, "offset", frame->offset));
    }
    return json_pack("{s:s, s:s, s:o}", "role", stack->role, "text", stack->text, "frames", frames);
}

static char *finding_json(const struct ts_finding *finding)
{
    json_t *stacks = json_array();
    for (size_t i = 0; i < finding->stack_count; i++) {
        json_array_append_new(stacks, stack_json(&finding->stacks[i]));
    }
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "signature", finding->signature, "kind",
                               finding->kind, "title", finding->title, "description", finding->description,
                               "location", finding->location, "stacks", stacks);
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    return text;
}

static char *finding_text(const struct ts_finding *finding)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out != NULL) {
        if (*finding->description != '\0' || *finding->location != '\0') {
            fprintf(out, "  %s%s%s\n", finding->description,
                    *finding->description != '\0' && *finding->location != '\0' ? ", " : "",
                    finding->location);
        }
        ts_find_stacks(out, finding);
        fclose(out);
    }
    return text;
}

static char *schedule_text(const struct ts_schedule *schedule)
{
    size_t size = ts_schedule_text_size(schedule);
    char *text = malloc(size);
    if (text != NULL && !ts_schedule_text(schedule, text, size)) {
        free(text);
        text = NULL;
    }
    return text;
}

static struct ts_find *find(struct ts_finds *finds, const char *signature)
{
    for (size_t i = 0; i < finds->count; i++) {
        if (strcmp(finds->list[i].signature, signature) == 0) {
            return &finds->list[i];
        }
    }
    return NULL;
}

static void drop(struct ts_find *entry)
{
    free(entry->title);
    free(entry->text);
    free(entry->json);
    free(entry->schedule);
    free(entry->found);
    free(entry->ordering);
    free(entry->output);
}

static const char *what_of(const struct ts_finding *finding)
{
    if (strcmp(finding->description, "lock-order-inversion") == 0) {
        return "lock-order"; /* locks in two orders, whether or not anybody was stopped by it */
    }
    bool failed = strcmp(finding->kind, "crash") == 0 && strcmp(finding->description, "assertion") == 0;
    return failed ? "assertion" : finding->kind;
}

static bool fill(struct ts_find *entry, const struct ts_finding *finding, const struct ts_driver_event *event)
{
    *entry = (struct ts_find){.title = strdup(finding->title),
                              .text = finding_text(finding),
                              .json = finding_json(finding),
                              .schedule = schedule_text(&event->schedule),
                              .output = strdup(event->capture),
                              .first = event->number,
                              .count = 1,
                              .preemptions = event->preemptions,
                              .threads = event->threads,
                              .steps = event->steps};
    snprintf(entry->signature, sizeof entry->signature, "%s", finding->signature);
    snprintf(entry->kind, sizeof entry->kind, "%s", finding->kind);
    snprintf(entry->what, sizeof entry->what, "%s", what_of(finding));
    bool complete = entry->title != NULL && entry->text != NULL && entry->json != NULL &&
                    entry->schedule != NULL && entry->output != NULL;
    if (!complete) {
        drop(entry);
    }
    return complete;
}

/* A known finding again: the schedule with the fewest preemptions is kept. */
static void renew(struct ts_find *known, const struct ts_finding *finding,
                  const struct ts_driver_event *event)
{
    struct ts_find better;
    known->count++;
    if (event->preemptions < known->preemptions && fill(&better, finding, event)) {
        better.count = known->count;
        better.first = known->first;
        drop(known);
        *known = better;
    }
}

int ts_finds_add(struct ts_finds *finds, const struct ts_driver_event *event)
{
    int added = 0;
    for (size_t i = 0; i < event->finding_count; i++) {
        const struct ts_finding *finding = event->findings[i];
        struct ts_find *known = find(finds, finding->signature);
        if (known != NULL) {
            renew(known, finding, event);
            continue;
        }
        if (finds->count == finds->room) {
            size_t room = finds->room * 2 + 8;
            struct ts_find *larger = realloc(finds->list, room * sizeof *larger);
            if (larger == NULL) {
                return -1;
            }
            finds->list = larger;
            finds->room = room;
        }
        if (!fill(&finds->list[finds->count], finding, event)) {
            return -1;
        }
        finds->count++;
        added++;
    }
    return added;
}

void ts_find_json(FILE *out, const struct ts_find *entry, const char *program, const char *command)
{
    json_t *object = json_loads(entry->json, 0, NULL);
    json_t *more =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "what", entry->what, "program",
                  program, "schedule", entry->schedule, "command", command, "first", (json_int_t)entry->first,
                  "count", (json_int_t)entry->count, "preemptions", (json_int_t)entry->preemptions, "threads",
                  (json_int_t)entry->threads, "steps", (json_int_t)entry->steps, "output", entry->output);
    if (more == NULL) { /* output that is not UTF-8 */
        more = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "what", entry->what, "program", program,
                         "schedule", entry->schedule, "command", command, "first", (json_int_t)entry->first,
                         "count", (json_int_t)entry->count);
    }
    json_object_update(object, more);
    if (entry->traced) {
        char name[64];
        snprintf(name, sizeof name, "%s.interleaving.jsonl", entry->signature);
        json_object_set_new(object, "interleaving", json_string(name));
    }
    if (entry->found != NULL) {
        json_object_set_new(object, "schedule_found", json_string(entry->found));
        json_object_set_new(object, "preemptions_found", json_integer((json_int_t)entry->preemptions_found));
        json_object_set_new(object, "fewest", json_boolean(entry->fewest));
        json_object_set_new(object, "ordering", json_string(entry->ordering));
        json_object_set_new(object, "shrinking", json_string(entry->shrinking));
        json_object_set_new(object, "tries", json_integer((json_int_t)entry->tries));
    }
    json_dumpf(object, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputc('\n', out);
    json_decref(more);
    json_decref(object);
}

void ts_finds_fini(struct ts_finds *finds)
{
    for (size_t i = 0; i < finds->count; i++) {
        drop(&finds->list[i]);
    }
    free(finds->list);
    *finds = (struct ts_finds){0};
}
