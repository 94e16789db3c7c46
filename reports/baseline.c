#include "reports/baseline.h"

#include "reports/yaml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char operation[] = "read baseline";

#define MEMBER(name)                                                                                         \
    CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER, struct ts_known, name, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t known_fields[] = {MEMBER(signature), MEMBER(title),  MEMBER(owner),
                                                    MEMBER(issue),     MEMBER(reason), MEMBER(expiry),
                                                    CYAML_FIELD_END};

static const cyaml_schema_value_t known_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ts_known, known_fields),
};

static const cyaml_schema_field_t baseline_fields[] = {
    CYAML_FIELD_SEQUENCE("known", CYAML_FLAG_POINTER, struct ts_baseline, known, &known_schema, 0,
                         CYAML_UNLIMITED),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t baseline_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct ts_baseline, baseline_fields),
};

bool ts_date_valid(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    for (int i = 0; i < 10; i++) {
        if (i != 4 && i != 7 && !isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    int year = atoi(text);
    int month = atoi(text + 5);
    int day = atoi(text + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool signature_valid(const char *text)
{
    return strncmp(text, "0x", 2) == 0 && strlen(text) == 18 &&
           strspn(text + 2, "0123456789abcdefABCDEF") == 16;
}

static bool blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static ts_err refuse(struct ts_diag *diag, const char *path, size_t index, const char *member,
                     const char *words)
{
    return ts_fail(diag, TS_MALFORMED, operation, path, "entry %zu: %s: %s", index + 1, member, words);
}

static ts_err check(const struct ts_baseline *baseline, size_t index, const char *path, struct ts_diag *diag)
{
    const struct ts_known *known = &baseline->known[index];
    const struct {
        const char *name;
        const char *value;
    } members[] = {{"signature", known->signature}, {"title", known->title},   {"owner", known->owner},
                   {"issue", known->issue},         {"reason", known->reason}, {"expiry", known->expiry}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (blank(members[i].value)) {
            return refuse(diag, path, index, members[i].name, "is empty");
        }
    }
    if (!signature_valid(known->signature)) {
        return refuse(diag, path, index, "signature", "is not 0x and 16 hexadecimal digits");
    }
    if (!ts_date_valid(known->expiry)) {
        return refuse(diag, path, index, "expiry", "is not a day as YYYY-MM-DD");
    }
    for (size_t i = 0; i < index; i++) {
        if (strcasecmp(baseline->known[i].signature, known->signature) == 0) {
            return ts_fail(diag, TS_MALFORMED, operation, path,
                           "entry %zu: signature: %s is entry %zu's already", index + 1, known->signature,
                           i + 1);
        }
    }
    return TS_OK;
}

ts_err ts_baseline_load(const char *path, struct ts_baseline **baseline, struct ts_diag *diag)
{
    *baseline = NULL;
    void *loaded = NULL;
    ts_err err = ts_yaml_load(path, operation, &baseline_schema, &loaded, diag);
    if (err != TS_OK) {
        return err;
    }
    struct ts_baseline *read = loaded;
    for (size_t i = 0; i < read->known_count; i++) {
        err = check(read, i, path, diag);
        if (err != TS_OK) {
            ts_baseline_free(read);
            return err;
        }
    }
    *baseline = read;
    return TS_OK;
}

void ts_baseline_free(struct ts_baseline *baseline)
{
    ts_yaml_free(&baseline_schema, baseline);
}
