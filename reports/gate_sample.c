/* Writes a sample of the gate's outputs, for the validators of scripts: gate_sample (sarif|junit)
 * (plain|known|hostile|local) */
#include "reports/gate_fixture.h"
#include "reports/junit.h"
#include "reports/sarif.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: gate_sample sarif|junit plain|known|hostile|local\n", stderr);
        return 2;
    }
    struct gate_fixture fixture;
    gate_fixture_init(&fixture);
    if (strcmp(argv[2], "hostile") == 0) {
        gate_fixture_hostile(&fixture);
    } else {
        gate_fixture_race(&fixture);
        fixture.input.finding_count = 2;
    }
    if (strcmp(argv[2], "known") == 0) {
        gate_fixture_known(&fixture, "0x0123456789abcdef", "2031-01-01");
        gate_fixture_known(&fixture, "0xfedcba9876543210", "2001-01-01");
    }
    if (strcmp(argv[2], "local") == 0) {
        fixture.input.repository_url = NULL;
    }
    struct ts_gate gate;
    struct ts_diag diag = {0};
    ts_err err = ts_gate_judge(&fixture.input, &fixture.baseline, "2030-01-01", &gate, &diag);
    if (err == TS_OK) {
        err = strcmp(argv[1], "junit") == 0 ? ts_junit_write(&gate, stdout, &diag)
                                            : ts_sarif_write(&gate, stdout, &diag);
    }
    char line[512];
    if (err != TS_OK) {
        fprintf(stderr, "%s\n", ts_diag_line(&diag, line, sizeof line));
    }
    ts_gate_free(&gate);
    return err == TS_OK ? 0 : 1;
}
