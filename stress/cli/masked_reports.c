#include "cli/masked_reports.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "==================\n";

/* Length of the number's name at `at`, whose digits are to go; 0: there is none. Places within a module stay.
 */
static size_t name_of_number(const char *at, char before)
{
    static const char *const names[] = {"0x", "pid=", "tid="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (before != '+' && strncmp(at, names[i], strlen(names[i])) == 0) {
            return strlen(names[i]);
        }
    }
    return 0;
}

char *ts_masked_reports(const char *output)
{
    char *text = malloc(strlen(output) + 1), *end = text;
    bool inside = false;
    for (const char *at = output; text != NULL && *at != '\0';) {
        bool line_begins = at == output || at[-1] == '\n';
        if (line_begins && strncmp(at, rule, sizeof rule - 1) == 0) {
            inside = !inside;
            at += sizeof rule - 1;
            continue;
        }
        size_t name = inside ? name_of_number(at, at[-1]) : 0;
        if (inside) {
            memcpy(end, at, name > 0 ? name : 1);
            end += name > 0 ? name : 1;
        }
        at += name > 0 ? name : 1;
        while (name > 0 && isxdigit((unsigned char)*at)) {
            at++;
        }
    }
    if (text != NULL) {
        *end = '\0';
    }
    return text;
}
