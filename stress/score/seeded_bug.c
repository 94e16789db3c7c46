#include "score/seeded_bug.h"

#include "faults/spec.h"
#include "supervisor/duration.h"
#include "supervisor/supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATION "read seeded bug"

enum key {
    ID,
    NAME,
    WHERE,
    WRONG,
    DETECTORS,
    LIKELIHOOD,
    SCENARIO,
    MODE,
    EXPLORED,
    FLAVOURS,
    SETTINGS,
    LIFE,
    FAULTS,
    NOTE,
    MISSED,
    KEYS
};

static const struct {
    const char *name;
    bool needed;
} keys[KEYS] = {
    [ID] = {"id", true},
    [NAME] = {"name", true},
    [WHERE] = {"where", true},
    [WRONG] = {"wrong", true},
    [DETECTORS] = {"detectors", true},
    [LIKELIHOOD] = {"likelihood", true},
    [SCENARIO] = {"scenario", true},
    [MODE] = {"mode", true},
    [EXPLORED] = {"explored", false},
    [FLAVOURS] = {"flavours", true},
    [SETTINGS] = {"settings", false},
    [LIFE] = {"life", false},
    [FAULTS] = {"faults", false},
    [NOTE] = {"note", false},
    [MISSED] = {"missed", false},
};

struct header {
    const char *path;
    char values[KEYS][1024];
    int last; /* the key that a continuation goes on with; -1 before the first */
};

static ts_err malformed(const struct header *header, struct ts_diag *diag, const char *what,
                        const char *subject)
{
    return ts_fail(diag, TS_MALFORMED, OPERATION, header->path, "%s: '%.80s'", what, subject);
}

static ts_err append(struct header *header, const char *text, struct ts_diag *diag)
{
    char *value = header->values[header->last];
    size_t used = strlen(value);
    text += strspn(text, " ");
    int length = snprintf(value + used, sizeof header->values[0] - used, "%s%s", used > 0 ? " " : "", text);
    return length < 0 || used + (size_t)length >= sizeof header->values[0]
               ? malformed(header, diag, "too long", text)
               : TS_OK;
}

static ts_err take_line(struct header *header, const char *line, struct ts_diag *diag)
{
    size_t length = strcspn(line, ":");
    if (line[0] == ' ' && header->last >= 0) {
        return append(header, line, diag);
    }
    for (int i = 0; i < KEYS; i++) {
        if (strlen(keys[i].name) != length || strncmp(keys[i].name, line, length) != 0 ||
            line[length] != ':') {
            continue;
        }
        if (header->values[i][0] != '\0') {
            return malformed(header, diag, "a key twice", keys[i].name);
        }
        header->last = i;
        return append(header, line + length + 1, diag);
    }
    return malformed(header, diag, "neither a known key nor the diff", line);
}

static bool is_diff(const char *line)
{
    return strncmp(line, "--- ", 4) == 0 || strncmp(line, "diff ", 5) == 0;
}

static ts_err read_header(struct header *header, struct ts_diag *diag)
{
    char *line = NULL;
    size_t size = 0;
    bool diff = false;
    ts_err error = TS_OK;
    FILE *file = fopen(header->path, "re");
    if (file == NULL) {
        return ts_fail_errno(diag, errno, OPERATION, header->path);
    }
    while (error == TS_OK && !diff && getline(&line, &size, file) > 0) {
        line[strcspn(line, "\r\n")] = '\0';
        diff = is_diff(line);
        if (!diff && line[0] != '\0') {
            error = take_line(header, line, diag);
        }
    }
    if (error == TS_OK && !diff) {
        error = malformed(header, diag, "a patch without a diff", "");
    }
    for (int i = 0; error == TS_OK && i < KEYS; i++) {
        if (keys[i].needed && header->values[i][0] == '\0') {
            error = malformed(header, diag, "a key is missing", keys[i].name);
        }
    }
    free(line);
    fclose(file);
    return error;
}

static ts_err unknown(const struct header *header, struct ts_diag *diag, enum key key, const char *what)
{
    return ts_fail(diag, TS_UNKNOWN, OPERATION, header->path, "%s: '%.80s'", keys[key].name, what);
}

static ts_err copy(const struct header *header, enum key key, char *target, size_t size, struct ts_diag *diag)
{
    int length = snprintf(target, size, "%s", header->values[key]);
    return length < 0 || (size_t)length >= size ? malformed(header, diag, "too long", keys[key].name) : TS_OK;
}

static ts_err copy_texts(const struct header *header, struct ts_seeded_bug *bug, struct ts_diag *diag)
{
    const struct {
        enum key key;
        char *target;
        size_t size;
    } texts[] = {
        {NAME, bug->name, sizeof bug->name},
        {WHERE, bug->where, sizeof bug->where},
        {WRONG, bug->wrong, sizeof bug->wrong},
        {LIKELIHOOD, bug->likelihood, sizeof bug->likelihood},
        {NOTE, bug->note, sizeof bug->note},
        {MISSED, bug->missed, sizeof bug->missed},
        {FAULTS, bug->faults, sizeof bug->faults},
        {SETTINGS, bug->settings_text, sizeof bug->settings_text},
        {EXPLORED, bug->explored.settings_text, sizeof bug->explored.settings_text},
    };
    ts_err error = TS_OK;
    for (size_t i = 0; error == TS_OK && i < sizeof texts / sizeof *texts; i++) {
        error = copy(header, texts[i].key, texts[i].target, texts[i].size, diag);
    }
    return error;
}

static ts_err read_flavours(const struct header *header, struct ts_seeded_bug *bug, struct ts_diag *diag)
{
    char words[64];
    ts_err error = copy(header, FLAVOURS, words, sizeof words, diag);
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); error == TS_OK && word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        int flavour = ts_flavour_find(word);
        if (flavour < 0 || bug->flavour_count == TS_FLAVOUR_COUNT) {
            return unknown(header, diag, FLAVOURS, word);
        }
        bug->flavours[bug->flavour_count++] = (enum ts_flavour)flavour;
    }
    return error;
}

static ts_err read_settings(const struct header *header, enum key key, char *text,
                            const struct ts_scenario_info *scenario, const char **settings, size_t *count,
                            struct ts_diag *diag)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (strchr(word, '=') == NULL || !ts_scenario_knows(scenario, word) || *count == TS_SEEDED_SETTINGS) {
            return unknown(header, diag, key, word);
        }
        settings[(*count)++] = word;
    }
    return TS_OK;
}

/* "SCENARIO MODE [key=value ...]"; without the key, what the other flavours run. */
static ts_err read_explored(const struct header *header, struct ts_seeded_bug *bug, struct ts_diag *diag)
{
    char *rest = NULL;
    bug->interleaving = header->values[EXPLORED][0] != '\0';
    if (!bug->interleaving) {
        bug->explored.scenario = bug->scenario;
        bug->explored.mode = bug->mode;
        bug->explored.setting_count = bug->setting_count;
        memcpy(bug->explored.settings, bug->settings, sizeof bug->settings);
        return TS_OK;
    }
    const char *name = strtok_r(bug->explored.settings_text, " ", &rest);
    int scenario = name == NULL ? -1 : ts_scenario_find(name);
    const char *mode_name = strtok_r(NULL, " ", &rest);
    int mode = mode_name == NULL ? -1 : ts_mode_find(mode_name);
    if (scenario < 0 || mode < 0) {
        return unknown(header, diag, EXPLORED, header->values[EXPLORED]);
    }
    bug->explored.scenario = &ts_scenario_catalog[scenario];
    bug->explored.mode = (enum ts_mode)mode;
    return read_settings(header, EXPLORED, rest, bug->explored.scenario, bug->explored.settings,
                         &bug->explored.setting_count, diag);
}

static ts_err check_faults(const struct header *header, const struct ts_seeded_bug *bug, struct ts_diag *diag)
{
    struct ts_diag why;
    struct ts_fault_spec *spec = bug->faults[0] == '\0' ? NULL : malloc(sizeof *spec);
    if (spec == NULL) {
        return bug->faults[0] == '\0' ? TS_OK
                                      : ts_fail(diag, TS_NO_MEMORY, OPERATION, header->path, "no memory");
    }
    ts_fault_spec_begin(spec);
    ts_err error = ts_fault_spec_parse(bug->faults, spec, &why);
    free(spec);
    return error == TS_OK ? TS_OK : unknown(header, diag, FAULTS, bug->faults);
}

static ts_err read_names(const struct header *header, struct ts_seeded_bug *bug, struct ts_diag *diag)
{
    char *end = NULL;
    bug->id = (unsigned)strtoul(header->values[ID], &end, 10);
    if (bug->id == 0 || *end != '\0') {
        return malformed(header, diag, "no number", header->values[ID]);
    }
    if (!ts_detectors_parse(header->values[DETECTORS], &bug->expected)) {
        return unknown(header, diag, DETECTORS, header->values[DETECTORS]);
    }
    int scenario = ts_scenario_find(header->values[SCENARIO]);
    if (scenario < 0) {
        return unknown(header, diag, SCENARIO, header->values[SCENARIO]);
    }
    bug->scenario = &ts_scenario_catalog[scenario];
    int mode = ts_mode_find(header->values[MODE]);
    if (mode < 0) {
        return unknown(header, diag, MODE, header->values[MODE]);
    }
    bug->mode = (enum ts_mode)mode;
    if (header->values[LIFE][0] != '\0' && !ts_parse_duration(header->values[LIFE], &bug->life_ms)) {
        return malformed(header, diag, "no duration", header->values[LIFE]);
    }
    return TS_OK;
}

ts_err ts_seeded_bug_load(const char *path, struct ts_seeded_bug *bug, struct ts_diag *diag)
{
    struct header *header = calloc(1, sizeof *header);
    if (header == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, OPERATION, path, "%zu bytes", sizeof *header);
    }
    memset(bug, 0, sizeof *bug);
    header->path = path;
    header->last = -1;
    ts_err error = read_header(header, diag);
    if (error == TS_OK) {
        error = copy_texts(header, bug, diag);
    }
    if (error == TS_OK) {
        error = read_names(header, bug, diag);
    }
    if (error == TS_OK) {
        error = read_flavours(header, bug, diag);
    }
    if (error == TS_OK) {
        error = read_settings(header, SETTINGS, bug->settings_text, bug->scenario, bug->settings,
                              &bug->setting_count, diag);
    }
    if (error == TS_OK) {
        error = read_explored(header, bug, diag);
    }
    if (error == TS_OK) {
        error = check_faults(header, bug, diag);
    }
    free(header);
    return error;
}
