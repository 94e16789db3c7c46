#include "reports/yaml.h"

#include "reports/input_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_LIMIT = 1 << 20 };

/* What libcyaml said about one failed load: its first complaint, and the place from its backtrace. */
struct complaint {
    char text[160];
    char member[48];
    unsigned line;
    unsigned entry; /* from 1; 0 outside of entries */
};

/* The format is libcyaml's own. */
__attribute__((format(printf, 3, 0))) static void listen(cyaml_log_t level, void *context, const char *format,
                                                         va_list arguments)
{
    (void)level;
    struct complaint *complaint = context;
    char line[256];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    const char *place = strstr(line, "(line: ");
    if (place != NULL && complaint->line == 0) {
        sscanf(place, "(line: %u", &complaint->line);
    }
    const char *member = strstr(line, "in mapping field '");
    if (member == NULL) {
        member = strstr(line, "in mapping field: ");
    }
    unsigned index = 0;
    const char *entry = strstr(line, "in sequence entry '");
    if (entry != NULL && complaint->entry == 0) {
        if (sscanf(entry, "in sequence entry '%u'", &index) == 1) {
            complaint->entry = index;
        }
    } else if (member != NULL && complaint->entry == 0 && complaint->member[0] == '\0') {
        sscanf(member + strlen("in mapping field '"), "%47[^' (]", complaint->member);
    } else if (place == NULL && strstr(line, "Backtrace") == NULL && complaint->text[0] == '\0') {
        const char *words = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
        snprintf(complaint->text, sizeof complaint->text, "%.150s", words);
    }
}

static ts_err complain(struct ts_diag *diag, const char *operation, const char *path, cyaml_err_t error,
                       const struct complaint *complaint)
{
    if (error == CYAML_ERR_OOM) {
        return ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory");
    }
    char line[24] = "";
    char entry[24] = "";
    char member[64] = "";
    if (complaint->line != 0) {
        snprintf(line, sizeof line, "line %u: ", complaint->line);
    }
    if (complaint->entry != 0) {
        snprintf(entry, sizeof entry, "entry %u: ", complaint->entry);
    }
    /* For a missing member the backtrace names the last one that was there. */
    if (complaint->member[0] != '\0' && strstr(complaint->text, "Missing") == NULL) {
        snprintf(member, sizeof member, "%s: ", complaint->member);
    }
    return ts_fail(diag, TS_MALFORMED, operation, path, "%s%s%s%s", line, entry, member,
                   complaint->text[0] != '\0' ? complaint->text : cyaml_strerror(error));
}

static cyaml_config_t config_of(struct complaint *complaint)
{
    return (cyaml_config_t){
        .log_fn = listen,
        .log_ctx = complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

ts_err ts_yaml_load(const char *path, const char *operation, const cyaml_schema_value_t *schema,
                    void **loaded, struct ts_diag *diag)
{
    *loaded = NULL;
    uint8_t *content = NULL;
    FILE *file = NULL;
    ts_err err = ts_input_open(path, operation, &file, diag);
    if (err != TS_OK) {
        return err;
    }
    content = malloc(SIZE_LIMIT + 1);
    if (content == NULL) {
        err = ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory");
        goto cleanup;
    }
    size_t size = fread(content, 1, SIZE_LIMIT + 1, file);
    if (ferror(file)) {
        err = ts_fail_errno(diag, errno, operation, path);
        goto cleanup;
    }
    if (size > SIZE_LIMIT) {
        err = ts_fail(diag, TS_LIMIT, operation, path, "is larger than 1 MiB");
        goto cleanup;
    }
    struct complaint complaint = {0};
    cyaml_config_t config = config_of(&complaint);
    cyaml_err_t error = cyaml_load_data(content, size, &config, schema, loaded, NULL);
    if (error != CYAML_OK) {
        *loaded = NULL;
        err = complain(diag, operation, path, error, &complaint);
    } else if (*loaded == NULL) {
        err = ts_fail(diag, TS_MALFORMED, operation, path, "is empty");
    }
cleanup:
    free(content);
    fclose(file);
    return err;
}

void ts_yaml_free(const cyaml_schema_value_t *schema, void *loaded)
{
    struct complaint complaint = {0};
    cyaml_config_t config = config_of(&complaint);
    if (loaded != NULL) {
        cyaml_free(&config, schema, loaded, 0);
    }
}
