#include "score/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATION "read corpus"
#define BUGS_MAX  256

const char *ts_corpus_entry(const struct ts_seeded_bug *bug, char entry[64])
{
    snprintf(entry, 64, "%02u-%s", bug->id, bug->name);
    return entry;
}

const struct ts_seeded_bug *ts_corpus_find(const struct ts_corpus *corpus, unsigned id)
{
    for (size_t i = 0; i < corpus->count; i++) {
        if (corpus->bugs[i].id == id) {
            return &corpus->bugs[i];
        }
    }
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_entry(const char *name, bool built)
{
    const char *ending = strrchr(name, '.');
    bool patch = ending != NULL && strcmp(ending, ".patch") == 0;
    return is_digit(name[0]) && is_digit(name[1]) && name[2] == '-' && (built ? ending == NULL : patch);
}

static ts_err add(struct ts_corpus *corpus, const char *folder, const char *name, bool built,
                  struct ts_diag *diag)
{
    char path[PATH_MAX], entry[64];
    struct ts_seeded_bug *bug = &corpus->bugs[corpus->count];
    if (corpus->count == BUGS_MAX) {
        return ts_fail(diag, TS_LIMIT, OPERATION, folder, "more than %d bugs", BUGS_MAX);
    }
    snprintf(path, sizeof path, "%s/%s%s", folder, name, built ? "/bug.patch" : "");
    ts_err error = ts_seeded_bug_load(path, bug, diag);
    if (error != TS_OK) {
        return error;
    }
    ts_corpus_entry(bug, entry);
    if (strncmp(entry, name, strlen(entry)) != 0 ||
        strlen(name) != strlen(entry) + (built ? 0 : strlen(".patch"))) {
        return ts_fail(diag, TS_MALFORMED, OPERATION, path, "its header calls it %s", entry);
    }
    if (ts_corpus_find(corpus, bug->id) != NULL) {
        return ts_fail(diag, TS_MALFORMED, OPERATION, path, "there are two bugs %u", bug->id);
    }
    corpus->count++;
    return TS_OK;
}

ts_err ts_corpus_load(const char *folder, bool built, struct ts_corpus *corpus, struct ts_diag *diag)
{
    struct dirent **names = NULL;
    *corpus = (struct ts_corpus){0};
    int found = scandir(folder, &names, NULL, alphasort);
    if (found < 0) {
        return ts_fail_errno(diag, errno, OPERATION, folder);
    }
    ts_err error = TS_OK;
    corpus->bugs = calloc(BUGS_MAX, sizeof *corpus->bugs); /* of full size: a bug must not be moved */
    if (corpus->bugs == NULL) {
        error = ts_fail(diag, TS_NO_MEMORY, OPERATION, folder, "no memory");
    }
    for (int i = 0; i < found; i++) {
        if (error == TS_OK && is_entry(names[i]->d_name, built)) {
            error = add(corpus, folder, names[i]->d_name, built, diag);
        }
        free(names[i]);
    }
    free(names);
    if (error == TS_OK && corpus->count == 0) {
        error = ts_fail(diag, TS_NOT_FOUND, OPERATION, folder, "no seeded bug is there%s",
                        built ? "; build them with ci/seeded" : "");
    }
    if (error != TS_OK) {
        ts_corpus_free(corpus);
    }
    return error;
}

void ts_corpus_free(struct ts_corpus *corpus)
{
    free(corpus->bugs);
    *corpus = (struct ts_corpus){0};
}
