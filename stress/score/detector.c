#include "score/detector.h"

#include "supervisor/outcome.h"

#include <string.h>

static ts_detectors bit_of(char letter)
{
    return UINT32_C(1) << (strchr(TS_DETECTOR_LETTERS, letter) - TS_DETECTOR_LETTERS);
}

bool ts_detectors_parse(const char *text, ts_detectors *set)
{
    ts_detectors read = 0;
    for (const char *letter = text; *letter != '\0'; letter++) {
        if (strchr(TS_DETECTOR_LETTERS, *letter) == NULL || (read & bit_of(*letter)) != 0) {
            return false;
        }
        read |= bit_of(*letter);
    }
    if (read == 0) {
        return false;
    }
    *set = read;
    return true;
}

const char *ts_detectors_text(ts_detectors set, char text[TS_DETECTOR_COUNT + 1])
{
    size_t used = 0;
    for (size_t i = 0; i < TS_DETECTOR_COUNT; i++) {
        if ((set >> i & 1) != 0) {
            text[used++] = TS_DETECTOR_LETTERS[i];
        }
    }
    text[used] = '\0';
    return text;
}

static ts_detectors of_report(const struct ts_record_report *report)
{
    static const struct {
        const char *kind;
        char letter;
    } kinds[] = {
        {"memory-error", 'A'},
        {"undefined", 'U'},
        {"leak", 'L'},
        {"deadlock", 'K'},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(report->kind, kinds[i].kind) == 0) {
            return bit_of(kinds[i].letter);
        }
    }
    return bit_of('T'); /* a race, or one of ThreadSanitizer's own types, such as thread-leak */
}

bool ts_detectors_refused(const struct ts_record_life *life)
{
    return life->outcome == TS_RECORD_INCONCLUSIVE &&
           strncmp(life->detail, "refused: load signal library", strlen("refused: load signal library")) == 0;
}

ts_detectors ts_detectors_of(const struct ts_record_life *life, bool asserted)
{
    ts_detectors set = ts_detectors_refused(life) ? bit_of('I') : 0;
    if (!ts_outcome_failed(life->outcome)) {
        return set;
    }
    for (size_t i = 0; i < life->report_count; i++) {
        set |= of_report(&life->reports[i]);
    }
    set |= life->violation_count > 0 || asserted ? bit_of('I') : 0;
    set |= life->outcome == TS_RECORD_DEADLOCK ? bit_of('K') : 0;
    set |= life->outcome == TS_RECORD_HANG ? bit_of('W') : 0;
    return set != 0 ? set : bit_of('C');
}
