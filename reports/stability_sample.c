/* stability_sample whole|empty|hostile|large: the page of a model filled by hand, for what reads pages. */
#include "reports/stability_fixture.h"
#include "reports/stability_html.h"

#include <string.h>

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        struct ts_stability *(*make)(void);
    } samples[] = {{"whole", ts_stability_fixture},
                   {"empty", ts_stability_fixture_empty},
                   {"hostile", ts_stability_fixture_hostile},
                   {"large", ts_stability_fixture_large}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (count == 2 && strcmp(arguments[1], samples[i].name) == 0) {
            struct ts_stability *report = samples[i].make();
            ts_err error = report == NULL ? TS_NO_MEMORY : ts_stability_html(report, stdout);
            ts_stability_free(report);
            return error == TS_OK ? 0 : 1;
        }
    }
    fprintf(stderr, "usage: stability_sample whole|empty|hostile|large\n");
    return 2;
}
