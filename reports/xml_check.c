#include "reports/xml_check.h"

#include "reports/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX      64
#define NAME_MAX_CHARS 32
#define ATTRIBUTES_MAX 32

struct checker {
    const char *start, *at;
    char open[DEPTH_MAX][NAME_MAX_CHARS];
    size_t depth;
    struct xml_complaint *complaint;
};

static bool complain(struct checker *checker, const char *what)
{
    snprintf(checker->complaint->text, sizeof checker->complaint->text, "%s at byte %td: %.60s", what,
             checker->at - checker->start, checker->at);
    return false;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

static bool take_name(struct checker *checker, char name[NAME_MAX_CHARS])
{
    size_t length = 0;
    while (is_name_char(checker->at[length])) {
        length++;
    }
    if (length == 0 || length >= NAME_MAX_CHARS) {
        return complain(checker, "no name");
    }
    snprintf(name, NAME_MAX_CHARS, "%.*s", (int)length, checker->at);
    checker->at += length;
    return true;
}

static bool take_reference(struct checker *checker)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(checker->at, known[i], strlen(known[i])) == 0) {
            checker->at += strlen(known[i]);
            return true;
        }
    }
    return complain(checker, "unknown reference");
}

static bool take_value(struct checker *checker)
{
    if (checker->at[0] != '=' || checker->at[1] != '"') {
        return complain(checker, "attribute without a quoted value");
    }
    checker->at += 2;
    while (*checker->at != '"') {
        if (*checker->at == '\0' || *checker->at == '<') {
            return complain(checker, "value does not end");
        }
        if (*checker->at == '&' ? !take_reference(checker) : (checker->at++, false)) {
            return false;
        }
    }
    checker->at++;
    return true;
}

/* Behind the element's name, up to its '>'. */
static bool take_attributes(struct checker *checker, bool *empty)
{
    char names[ATTRIBUTES_MAX][NAME_MAX_CHARS];
    size_t count = 0;
    for (;;) {
        size_t space = strspn(checker->at, " \n");
        checker->at += space;
        *empty = checker->at[0] == '/';
        if (checker->at[*empty] == '>') {
            checker->at += *empty + 1;
            return true;
        }
        if (space == 0 || count == ATTRIBUTES_MAX || !take_name(checker, names[count]) ||
            !take_value(checker)) {
            return space == 0 || count == ATTRIBUTES_MAX ? complain(checker, "bad attribute") : false;
        }
        for (size_t i = 0; i < count; i++) {
            if (strcmp(names[i], names[count]) == 0) {
                return complain(checker, "attribute twice before");
            }
        }
        count++;
    }
}

static bool take_tag(struct checker *checker)
{
    char name[NAME_MAX_CHARS];
    bool empty = false;
    checker->at++;
    if (*checker->at == '/') {
        checker->at++;
        if (!take_name(checker, name) || *checker->at != '>') {
            return complain(checker, "bad end tag");
        }
        if (checker->depth == 0 || strcmp(checker->open[checker->depth - 1], name) != 0) {
            return complain(checker, "end of what is not open");
        }
        checker->depth--;
        checker->at++;
        return true;
    }
    if (!take_name(checker, name) || !take_attributes(checker, &empty)) {
        return false;
    }
    if (!empty && checker->depth == DEPTH_MAX) {
        return complain(checker, "too deep");
    }
    if (!empty) {
        strcpy(checker->open[checker->depth++], name);
    }
    return true;
}

static bool check(struct checker *checker)
{
    if (strncmp(checker->at, "<!DOCTYPE html>", 15) == 0) {
        checker->at += 15;
    }
    while (*checker->at != '\0') {
        if (*checker->at == '<'   ? !take_tag(checker)
            : *checker->at == '&' ? !take_reference(checker)
                                  : false) {
            return false;
        }
        checker->at += strcspn(checker->at, "<&");
    }
    return checker->depth == 0 || complain(checker, "element does not end");
}

const char *xml_check(const char *text, struct xml_complaint *complaint)
{
    struct checker checker = {.start = text, .at = text, .complaint = complaint};
    char *clean = ts_utf8_clean(text);
    bool same = clean != NULL && strcmp(clean, text) == 0;
    free(clean);
    if (!same) {
        return "a character that XML forbids, or no UTF-8";
    }
    return check(&checker) ? NULL : complaint->text;
}
