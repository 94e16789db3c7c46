#include "supervisor/fault_plan.h"

#include "faults/spec.h"
#include "reports/yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char operation[] = "read fault plan";

struct fault {
    char *point, *caller, *thread, *chance, *action;
    uint32_t *limit, *nth;
    bool *onwards;
};

struct document {
    char *name, *swarm;
    struct fault *faults;
    uint32_t faults_count;
};

#define TEXT(type, member, flags)                                                                            \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | (flags), type, member, 1, CYAML_UNLIMITED)
#define NUMBER(member)                                                                                       \
    CYAML_FIELD_UINT_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct fault, member)

static const cyaml_schema_field_t fault_fields[] = {
    TEXT(struct fault, point, 0),
    TEXT(struct fault, caller, CYAML_FLAG_OPTIONAL),
    TEXT(struct fault, thread, CYAML_FLAG_OPTIONAL),
    TEXT(struct fault, chance, CYAML_FLAG_OPTIONAL),
    NUMBER(limit),
    NUMBER(nth),
    CYAML_FIELD_BOOL_PTR("onwards", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct fault, onwards),
    TEXT(struct fault, action, 0),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t fault_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct fault, fault_fields),
};

static const cyaml_schema_field_t document_fields[] = {
    TEXT(struct document, name, CYAML_FLAG_OPTIONAL),
    TEXT(struct document, swarm, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_SEQUENCE("faults", CYAML_FLAG_POINTER, struct document, faults, &fault_schema, 1,
                         CYAML_UNLIMITED),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t document_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, document_fields),
};

static void write_fault(FILE *out, const struct fault *fault)
{
    fputs(fault->point, out);
    if (fault->caller != NULL) {
        fprintf(out, "<%s", fault->caller);
    }
    if (fault->thread != NULL) {
        fprintf(out, "@%s", fault->thread);
    }
    fprintf(out, ": %s", fault->chance != NULL ? fault->chance : "");
    if (fault->limit != NULL) {
        fprintf(out, "%" PRIu32 "*", *fault->limit);
    }
    if (fault->nth != NULL) {
        fprintf(out, "#%" PRIu32 "%s ", *fault->nth, fault->onwards != NULL && *fault->onwards ? "+" : "");
    }
    fputs(fault->action, out);
}

/* Each entry by itself, so that an error names it and none can close another. */
static ts_err add_fault(FILE *out, const struct fault *fault, uint32_t number, struct ts_diag *diag)
{
    static struct ts_fault_spec spec; /* too large for a stack; one plan at a time */
    char *text = NULL;
    size_t size = 0;
    FILE *entry = open_memstream(&text, &size);
    if (entry == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, operation, "", "no memory");
    }
    write_fault(entry, fault);
    bool failed = ferror(entry) != 0;
    if (fclose(entry) != 0 || failed) {
        free(text);
        return ts_fail(diag, TS_NO_MEMORY, operation, "", "no memory");
    }
    ts_fault_spec_begin(&spec);
    ts_err error = ts_fault_spec_parse(text, &spec, diag);
    if (error == TS_OK && fault->onwards != NULL && fault->nth == NULL) {
        error = ts_fail(diag, TS_MALFORMED, operation, text, "'onwards' needs 'nth'");
    }
    if (error == TS_OK) {
        fprintf(out, "%s%s", number > 0 ? "; " : "", text);
    } else {
        ts_diag_context(diag, "entry %" PRIu32, number + 1);
    }
    free(text);
    return error;
}

static ts_err write_plan(FILE *out, const struct document *document, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    for (uint32_t i = 0; error == TS_OK && i < document->faults_count; i++) {
        error = add_fault(out, &document->faults[i], i, diag);
    }
    if (error == TS_OK && document->swarm != NULL) {
        fprintf(out, "; swarm: %s", document->swarm);
    }
    return error;
}

ts_err ts_fault_plan_load(const char *path, char **text, struct ts_diag *diag)
{
    static struct ts_fault_spec spec; /* too large for a stack; one plan at a time */
    void *document = NULL;
    char *written = NULL;
    size_t size = 0;
    *text = NULL;
    ts_err error = ts_yaml_load(path, operation, &document_schema, &document, diag);
    if (error != TS_OK) {
        return error;
    }
    FILE *out = open_memstream(&written, &size);
    error = out == NULL ? ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory")
                        : write_plan(out, document, diag);
    if (out != NULL && fclose(out) != 0 && error == TS_OK) {
        error = ts_fail(diag, TS_NO_MEMORY, operation, path, "no memory");
    }
    ts_yaml_free(&document_schema, document);
    ts_fault_spec_begin(&spec);
    if (error == TS_OK) {
        error = ts_fault_spec_parse(written, &spec, diag);
    }
    if (error != TS_OK) {
        ts_diag_context(diag, "%s", path);
        free(written);
        return error;
    }
    *text = written;
    return TS_OK;
}
