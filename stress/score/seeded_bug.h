/*
 * One seeded bug, as the header of its patch describes it (faults/seeded/README.md).
 *
 * The header is all that stands before the diff: "key: value" lines, a line that begins with a blank going on
 * with the one before.
 *
 * Threads: pure. Ownership: a bug holds no memory of its own. Errors: TS_NOT_FOUND, TS_IO with the path;
 * TS_MALFORMED: a line that is none, an unknown, double or missing key, a value that is too long; TS_UNKNOWN:
 * a scenario, mode, flavour, detector, setting or fault that does not exist.
 */
#ifndef TS_SCORE_SEEDED_BUG_H
#define TS_SCORE_SEEDED_BUG_H

#include "base/err.h"
#include "scenario/catalog.h"
#include "score/detector.h"

#define TS_SEEDED_SETTINGS 8

struct ts_seeded_bug {
    unsigned id; /* of the specification's list */
    char name[48];
    char where[128]; /* file and function */
    char wrong[512];
    char likelihood[32]; /* that plain native stress finds it, as the specification estimates */
    char note[768];      /* "" or what else there is to say */
    char missed[768];    /* why the suite cannot catch it; "" when it should */
    ts_detectors expected;
    const struct ts_scenario_info *scenario;
    enum ts_mode mode;
    enum ts_flavour flavours[TS_FLAVOUR_COUNT]; /* in the order in which they are run */
    size_t flavour_count;
    char settings_text[256];
    const char *settings[TS_SEEDED_SETTINGS]; /* "key=value" */
    size_t setting_count;
    int64_t life_ms;  /* the longest life that its scenario needs; 0: the score's */
    char faults[384]; /* the fault plan in its compact form; "" for none */
    /* Where the explorer looks for it: as above unless the header says `explored`, which it does when the
     * failure depends on an interleaving. */
    bool interleaving;
    struct {
        const struct ts_scenario_info *scenario;
        enum ts_mode mode;
        char settings_text[128];
        const char *settings[TS_SEEDED_SETTINGS];
        size_t setting_count;
    } explored;
};

/* Reads the header of a patch. The bug must not be moved afterwards: the `settings` point into it. */
ts_err ts_seeded_bug_load(const char *path, struct ts_seeded_bug *bug, struct ts_diag *diag);

#endif
