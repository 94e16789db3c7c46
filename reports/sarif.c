#include "reports/sarif.h"

#include "reports/json_text.h"
#include "reports/sarif_rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char operation[] = "write SARIF";

/* A relative reference of RFC 3986: what is neither unreserved nor a slash is percent-encoded. */
static json_t *uri_of(const char *path)
{
    static const char digits[] = "0123456789ABCDEF";
    path += strspn(path, "/");
    char *uri = malloc(strlen(path) * 3 + 1);
    if (uri == NULL) {
        return NULL;
    }
    char *to = uri;
    for (; *path != '\0'; path++) {
        unsigned char byte = (unsigned char)*path;
        if (byte < 0x80 && (isalnum(byte) || strchr("-._~/", byte) != NULL)) {
            *to++ = (char)byte;
        } else {
            *to++ = '%';
            *to++ = digits[byte >> 4];
            *to++ = digits[byte & 15];
        }
    }
    *to = '\0';
    json_t *text = json_string(uri);
    free(uri);
    return text;
}

/* A frame without a source file stands in its binary. */
static json_t *physical_of(const struct ts_frame *frame)
{
    const char *file = frame == NULL || (frame->file[0] == '\0' && frame->module[0] == '\0') ? "unknown"
                       : frame->file[0] != '\0'                                              ? frame->file
                                                                                             : frame->module;
    json_int_t line = frame != NULL && frame->file[0] != '\0' && frame->line > 0 ? frame->line : 1;
    return json_pack("{s:{s:o, s:s}, s:{s:I}}", "artifactLocation", "uri", uri_of(file), "uriBaseId",
                     "SRCROOT", "region", "startLine", line);
}

static json_t *name_of(const struct ts_frame *frame)
{
    const char *name = frame->function[0] != '\0' ? frame->function : frame->offset;
    return ts_json_text("%s", name[0] != '\0' ? name : "unknown");
}

static json_t *location_of(const struct ts_frame *frame, const char *words)
{
    return json_pack("{s:o, s:[{s:o, s:s}], s:{s:o}}", "physicalLocation", physical_of(frame),
                     "logicalLocations", "fullyQualifiedName", name_of(frame), "kind", "function", "message",
                     "text", ts_json_text("%s", words));
}

/* From the outermost frame inwards, as the thread ran. */
static json_t *thread_flow_of(const struct ts_stack *stack, json_int_t *order)
{
    json_t *locations = json_array();
    for (size_t i = stack->frame_count; i-- > 0;) {
        const char *words = i == 0 ? stack->text : stack->frames[i].function;
        json_array_append_new(locations,
                              json_pack("{s:o, s:I, s:s}", "location", location_of(&stack->frames[i], words),
                                        "executionOrder", (*order)++, "importance",
                                        i == 0                 ? "essential"
                                        : stack->frames[i].own ? "important"
                                                               : "unimportant"));
    }
    return json_pack("{s:{s:o}, s:o}", "message", "text", ts_json_text("%s", stack->text), "locations",
                     locations);
}

static json_t *stack_of(const struct ts_stack *stack)
{
    json_t *frames = json_array();
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        json_array_append_new(frames, json_pack("{s:o, s:o}", "location", location_of(frame, frame->function),
                                                "module", ts_json_text("%s", frame->module)));
    }
    return json_pack("{s:{s:o}, s:o}", "message", "text", ts_json_text("%s", stack->text), "frames", frames);
}

static bool add_stacks(json_t *result, const struct ts_finding *finding)
{
    json_t *flows = json_array();
    json_t *stacks = json_array();
    json_int_t order = 1;
    bool ok = true;
    for (size_t i = 0; i < finding->stack_count && ok; i++) {
        if (finding->stacks[i].frame_count == 0) {
            continue;
        }
        ok = json_array_append_new(flows, thread_flow_of(&finding->stacks[i], &order)) == 0 &&
             json_array_append_new(stacks, stack_of(&finding->stacks[i])) == 0;
    }
    if (ok && json_array_size(flows) > 0) {
        ok = json_object_set_new(result, "codeFlows", json_pack("[{s:O}]", "threadFlows", flows)) == 0 &&
             json_object_set(result, "stacks", stacks) == 0;
    }
    json_decref(flows);
    json_decref(stacks);
    return ok;
}

static json_t *suppressions_of(const struct ts_gate_judged *judged)
{
    const struct ts_known *known = judged->known;
    return json_pack("[{s:s, s:s, s:o, s:{s:o, s:o, s:o}}]", "kind", "external", "status",
                     judged->standing == TS_STANDING_KNOWN ? "accepted" : "rejected", "justification",
                     ts_json_text("%s", known->reason), "properties", "owner",
                     ts_json_text("%s", known->owner), "issue", ts_json_text("%s", known->issue), "expiry",
                     ts_json_text("%s", known->expiry));
}

static json_t *message_of(const struct ts_finding *finding, const struct ts_gate_judged *judged)
{
    json_t *title = ts_json_text("%s", finding->title);
    json_t *rest = ts_json_text("%s%s%s, %s finding %s, in %lld lives; repeat with \"%s\"",
                                finding->description, finding->location[0] != '\0' ? " on " : "",
                                finding->location, ts_standing_name(judged->standing), finding->signature,
                                (long long)judged->lives, finding->command);
    json_t *text = title != NULL && rest != NULL
                       ? ts_json_text("'%s': %s.", json_string_value(title), json_string_value(rest))
                       : NULL;
    return json_pack("{s:o, s:s, s:[o, o]}", "text", text, "id", "default", "arguments", title, rest);
}

static json_t *result_of(const struct ts_gate *gate, size_t index)
{
    const struct ts_finding *finding = gate->input->findings[index].finding;
    const struct ts_gate_judged *judged = &gate->judged[index];
    int rule = ts_sarif_rule_of(finding->kind);
    json_t *result = json_pack("{s:s, s:i, s:s, s:s, s:o, s:[{s:o}], s:{s:o}, s:I, s:{s:s, s:o, s:I, s:b}}",
                               "ruleId", ts_sarif_rule_id(rule), "ruleIndex", rule, "level",
                               judged->standing == TS_STANDING_KNOWN ? "note" : "error", "kind", "fail",
                               "message", message_of(finding, judged), "locations", "physicalLocation",
                               physical_of(ts_finding_frame(finding)), "partialFingerprints", "tickstorm/v1",
                               ts_json_text("%s", finding->signature), "occurrenceCount",
                               (json_int_t)(judged->count > 0 ? judged->count : 1), "properties", "standing",
                               ts_standing_name(judged->standing), "kind", ts_json_text("%s", finding->kind),
                               "lives", (json_int_t)judged->lives, "lifetime", finding->lifetime);
    if (result == NULL || !add_stacks(result, finding) ||
        (judged->known != NULL &&
         json_object_set_new(result, "suppressions", suppressions_of(judged)) != 0)) {
        json_decref(result);
        return NULL;
    }
    return result;
}

static json_t *results_of(const struct ts_gate *gate)
{
    json_t *results = json_array();
    for (size_t i = 0; i < gate->input->finding_count; i++) {
        if (gate->judged[i].standing == TS_STANDING_EXPECTED) {
            continue;
        }
        if (json_array_append_new(results, result_of(gate, i)) != 0) {
            json_decref(results);
            return NULL;
        }
    }
    return results;
}

static json_t *notification(const char *id, const char *level, json_t *text)
{
    return json_pack("{s:{s:s}, s:s, s:{s:o}}", "descriptor", "id", id, "level", level, "message", "text",
                     text);
}

static json_t *notifications_of(const struct ts_gate *gate)
{
    const struct ts_gate_input *input = gate->input;
    json_t *list = json_array();
    for (size_t i = 0; i < input->check_count; i++) {
        const struct ts_grounds_check *check = &input->checks[i];
        if (!check->ok) {
            json_t *text = ts_json_text("Preflight '%s' failed: %s. To mend: %s.", check->name, check->found,
                                        check->mend);
            json_array_append_new(list, notification("preflight", "error", text));
        }
    }
    for (size_t i = 0; i < input->cell_count; i++) {
        const struct ts_gate_cell *cell = &input->cells[i];
        ts_gate_state state = gate->states[i];
        if (state == TS_STATE_NOT_RUN || state == TS_STATE_MISSED || state == TS_STATE_UNEXPECTED) {
            json_t *text = ts_json_text("Cell '%s/%s/%s': %s, outcome '%s'.", cell->scenario, cell->mode,
                                        cell->flavour, ts_gate_state_name(state), cell->outcome);
            json_array_append_new(list, notification("cell", "error", text));
        }
    }
    for (size_t i = 0; i < gate->entry_count; i++) {
        if (!gate->entries[i].matched || gate->entries[i].expired) {
            const struct ts_known *known = &gate->baseline->known[i];
            json_t *text = ts_json_text("Baseline entry '%s' %s (owner '%s', expiry '%s').", known->signature,
                                        gate->entries[i].expired ? "is expired" : "was never matched",
                                        known->owner, known->expiry);
            json_array_append_new(list, notification("baseline", "warning", text));
        }
    }
    return list;
}

static json_t *driver_of(const struct ts_gate *gate)
{
    const char *space = strrchr(gate->input->tool, ' ');
    const char *version = space != NULL ? space + 1 : TICKSTORM_VERSION;
    return json_pack("{s:s, s:o, s:s, s:o, s:o}", "name", "Tickstorm", "version", ts_json_text("%s", version),
                     "semanticVersion", TICKSTORM_VERSION, "rules", ts_sarif_rules(), "notifications",
                     ts_sarif_notices());
}

/* Only a clean checkout of a named commit is what the repository holds. */
static bool add_repository(json_t *run, const struct ts_gate_input *input)
{
    json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
    bool known = input->repository_url != NULL && input->repository_url[0] != '\0';
    /* Off a forge only a name: the format wants a URI, and there is no page to point to. */
    json_t *uri = known ? ts_json_text("%s", input->repository_url)
                        : ts_json_text("urn:tickstorm:%s", TICKSTORM_VERSION);
    if (run == NULL || json_object_set_new(driver, "informationUri", uri) != 0) {
        return false;
    }
    if (!known || input->dirty || input->commit[0] == '\0' || strcmp(input->commit, "unknown") == 0) {
        return true;
    }
    return json_object_set_new(run, "versionControlProvenance",
                               json_pack("[{s:o, s:o, s:{s:s}}]", "repositoryUri",
                                         ts_json_text("%s", input->repository_url), "revisionId",
                                         ts_json_text("%s", input->commit), "mappedTo", "uriBaseId",
                                         "SRCROOT")) == 0;
}

ts_err ts_sarif_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag)
{
    const struct ts_gate_input *input = gate->input;
    json_t *invocation =
        json_pack("{s:b, s:i, s:o, s:o}", "executionSuccessful", gate->reason != TS_GATE_HARNESS, "exitCode",
                  gate->exit_code, "commandLine", ts_json_text("%s", input->command),
                  "toolExecutionNotifications", notifications_of(gate));
    json_t *properties =
        json_pack("{s:s, s:s, s:o, s:o, s:b, s:o, s:o}", "verdict", ts_gate_verdict_name(gate->verdict),
                  "reason", ts_gate_reason_name(gate->reason), "sentence", ts_json_text("%s", gate->sentence),
                  "commit", ts_json_text("%s", input->commit), "dirty", input->dirty, "machine",
                  ts_json_text("%s", input->machine), "seed", ts_json_text("%s", input->seed));
    json_t *run = json_pack(
        "{s:{s:o}, s:{s:o}, s:[o], s:{s:{s:{s:s}}}, s:s, s:o, s:o}", "tool", "driver", driver_of(gate),
        "automationDetails", "id", ts_json_text("tickstorm/%s", input->id), "invocations", invocation,
        "originalUriBaseIds", "SRCROOT", "description", "text", "The root of the source tree.", "columnKind",
        "utf16CodeUnits", "results", results_of(gate), "properties", properties);
    if (!add_repository(run, input)) {
        json_decref(run);
        run = NULL;
    }
    json_t *root = json_pack("{s:s, s:s, s:[o]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json",
                             "version", "2.1.0", "runs", run);
    return ts_json_write(root, operation, out, diag);
}
