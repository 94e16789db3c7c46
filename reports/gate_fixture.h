/*
 * A gate's input for tests: two protected cells, one canary, its twin and a cell that must fail, all met.
 *
 * Threads: none. Ownership: a fixture points into itself and must not move. Errors: assertions of the test.
 */
#ifndef TS_REPORTS_GATE_FIXTURE_H
#define TS_REPORTS_GATE_FIXTURE_H

#include "reports/gate.h"

enum {
    FIXTURE_PROTECTED,
    FIXTURE_PROTECTED_2,
    FIXTURE_CANARY,
    FIXTURE_TWIN,
    FIXTURE_MUST_FAIL,
    FIXTURE_CELLS
};

struct gate_fixture {
    struct ts_gate_input input;
    struct ts_gate_cell cells[FIXTURE_CELLS];
    struct ts_grounds_check checks[1];
    struct ts_frame frames[2][3];
    struct ts_stack stacks[2];
    struct ts_finding finding; /* a race */
    struct ts_finding other;   /* a leak without stacks */
    struct ts_gate_sighting sightings[2];
    struct ts_gate_finding seen[2];
    struct ts_known known[2];
    struct ts_baseline baseline;
};

/* Without findings and with an empty baseline. */
void gate_fixture_init(struct gate_fixture *fixture);

/* Adds the race, seen in a protected cell, which it violates, and unexpected there. */
void gate_fixture_race(struct gate_fixture *fixture);

/* Adds a baseline entry for signature. */
void gate_fixture_known(struct gate_fixture *fixture, const char *signature, const char *expiry);

/* Adds both findings and puts every kind of harmful text into them and the cells. */
void gate_fixture_hostile(struct gate_fixture *fixture);

#endif
