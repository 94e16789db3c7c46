#include "reports/contrast_faults.h"

#include "reports/figure.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Over all cells. */
struct probe {
    const char *name;
    int64_t lives, reached, fired;
};

struct faults {
    struct probe *probes;
    size_t probe_count, reached, fired;
    int64_t firings;
};

static struct probe *find(struct faults *faults, const char *name)
{
    for (size_t i = 0; i < faults->probe_count; i++) {
        if (strcmp(faults->probes[i].name, name) == 0) {
            return &faults->probes[i];
        }
    }
    faults->probes[faults->probe_count] = (struct probe){.name = name};
    return &faults->probes[faults->probe_count++];
}

static ts_err gather(const struct ts_record *record, struct faults *faults)
{
    size_t room = 1;
    for (size_t i = 0; i < record->cell_count; i++) {
        room += record->cells[i].probes.armed.count;
    }
    *faults = (struct faults){.probes = calloc(room, sizeof *faults->probes)};
    if (faults->probes == NULL) {
        return TS_NO_MEMORY;
    }
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_probes *probes = &record->cells[i].probes;
        for (size_t j = 0; j < probes->armed.count; j++) {
            struct probe *probe = find(faults, probes->armed.items[j].name);
            probe->lives += probes->armed.items[j].value;
            probe->reached += ts_record_count_of(&probes->reached, probe->name);
            probe->fired += ts_record_count_of(&probes->fired, probe->name);
        }
    }
    for (size_t i = 0; i < faults->probe_count; i++) {
        faults->reached += faults->probes[i].reached > 0;
        faults->fired += faults->probes[i].fired > 0;
        faults->firings += faults->probes[i].fired;
    }
    return TS_OK;
}

/* Whether an earlier cell had the same plan; also true without any. */
static bool told(const struct ts_record *record, size_t index)
{
    const char *text = record->cells[index].faults;
    bool told = text[0] == '\0';
    for (size_t i = 0; i < index; i++) {
        told = told || strcmp(record->cells[i].faults, text) == 0;
    }
    return told;
}

ts_err ts_contrast_faults_text(FILE *out, const struct ts_record *record)
{
    struct faults faults;
    struct ts_figure firings;
    ts_err error = gather(record, &faults);
    if (error == TS_OK && faults.probe_count > 0) {
        fprintf(out, "\nfaults: %zu probes armed, %zu reached, %zu fired, %s times in all\n",
                faults.probe_count, faults.reached, faults.fired, ts_figure_count(&firings, faults.firings));
        for (size_t i = 0; i < record->cell_count; i++) {
            if (!told(record, i)) {
                fputs("  ", out);
                ts_write_plain(out, record->cells[i].faults);
                fputc('\n', out);
            }
        }
    }
    free(faults.probes);
    return error;
}
