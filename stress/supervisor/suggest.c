#include "supervisor/suggest.h"

#include <string.h>

#define LETTERS_MAX 63

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t ts_edit_distance(const char *a, const char *b)
{
    size_t rows[LETTERS_MAX + 1][LETTERS_MAX + 1];
    size_t a_length = strnlen(a, LETTERS_MAX), b_length = strnlen(b, LETTERS_MAX);
    for (size_t i = 0; i <= a_length; i++) {
        for (size_t j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t replaced = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            rows[i][j] = least(replaced, 1 + least(rows[i - 1][j], rows[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
            }
        }
    }
    return rows[a_length][b_length];
}

const char *ts_suggest(const char *name, const char *const *candidates, size_t count)
{
    size_t nearest = strlen(name) / 3 > 2 ? strlen(name) / 3 : 2;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = ts_edit_distance(name, candidates[i]);
        /* A name no longer than the edits it needs has nothing in common with the candidate. */
        if (distance < strlen(candidates[i]) && (found == NULL ? distance <= nearest : distance < nearest)) {
            nearest = distance;
            found = candidates[i];
        }
    }
    return found;
}
