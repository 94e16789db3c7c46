#include "bench/hybrid.h"

#include "bench/hybrid_compare.h"
#include "bench/hybrid_report.h"
#include "bench/hybrid_run.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAPES_MOST      4
#define ROUNDS_MOST     50
#define RUNS_MOST       (TAPES_MOST * ROUNDS_MOST * 4)
#define WIRE_MOST_HOURS 2.0 /* of one run */

static const char usage[] =
    "Usage: tickstorm bench hybrid RECORDING... [options]\n"
    "\n"
    "The trader's two paths, polling every 50 ms and direct calls, on the same recordings: over a WebSocket\n"
    "from a replay server on loopback (a process of its own), and flat out. Latency is from receipt by the\n"
    "feed's thread to the decision. All lists of trades must be the same.\n"
    "\n"
    "  --rounds N     times that each recording takes each path, in turn (1 to 50, default 3)\n"
    "  --speed Sx     of the recording over the wire (default 20x; the recordings have 6 minutes)\n"
    "  --queue N      ticks that the trader's queue takes (default 2048, as the document's)\n"
    "  --json         one object a run on stdout\n"
    "\n"
    "Exit code 0, 1 when trades differ or ticks are missing, 2 for usage, 3 for a recording that cannot be\n"
    "used, 4 without the replay server, when it died, or on a full disk.\n";

struct contrast {
    const char *paths[TAPES_MOST];
    size_t path_count;
    uint64_t rounds, queue_ticks;
    double speed;
    bool json;
    struct ts_hybrid_tape tapes[TAPES_MOST];
    struct ts_hybrid_run runs[RUNS_MOST];
    size_t run_count;
    bool different[TAPES_MOST]; /* trades, or ticks are missing */
};

static bool parse_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    char *end;
    uint64_t number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < least || number > most) {
        fprintf(stderr, "tickstorm bench: --%s: %s is not an integer from %" PRIu64 " to %" PRIu64 "\n",
                option, text, least, most);
        return false;
    }
    *value = number;
    return true;
}

static bool parse_speed(const char *text, double *speed)
{
    char *end;
    double value = strtod(text, &end);
    if (!(value >= 0.1 && value <= 1000) || strcmp(end, "x") != 0) {
        fprintf(stderr, "tickstorm bench: --speed: %s is not a factor from 0.1x to 1000x\n", text);
        return false;
    }
    *speed = value;
    return true;
}

static int parse(int count, char **arguments, struct contrast *contrast)
{
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'}, {"speed", required_argument, NULL, 's'},
        {"queue", required_argument, NULL, 'q'},  {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(count, arguments, "h", names, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        case 'j':
            contrast->json = true;
            break;
        case 'r':
            good = parse_number("rounds", optarg, 1, ROUNDS_MOST, &contrast->rounds);
            break;
        case 'q':
            good = parse_number("queue", optarg, 1, 1u << 20, &contrast->queue_ticks);
            break;
        case 's':
            good = parse_speed(optarg, &contrast->speed);
            break;
        default:
            fputs(usage, stderr);
            return TS_HYBRID_USAGE;
        }
        if (!good) {
            return TS_HYBRID_USAGE;
        }
    }
    if (optind == count || count - optind > TAPES_MOST) {
        fprintf(stderr, "tickstorm bench: hybrid takes 1 to %d recordings\n%s", TAPES_MOST, usage);
        return TS_HYBRID_USAGE;
    }
    while (optind < count) {
        contrast->paths[contrast->path_count++] = arguments[optind++];
    }
    return TS_HYBRID_OK;
}

static int complain(const struct ts_diag *diag)
{
    char line[512];
    fprintf(stderr, "tickstorm bench: %s\n", ts_diag_line(diag, line, sizeof line));
    bool machine = diag->code == TS_ENVIRONMENT || diag->code == TS_NO_MEMORY || diag->code == TS_NO_SPACE ||
                   diag->code == TS_IO;
    return machine ? TS_HYBRID_ENVIRONMENT : TS_HYBRID_INPUT;
}

/* A recording with a gap of centuries is one, and nobody waits for it. */
static ts_err check_length(const struct contrast *contrast, const struct ts_hybrid_tape *tape,
                           struct ts_diag *diag)
{
    double hours = (double)tape->length_ns / contrast->speed / 3.6e12;
    return hours <= WIRE_MOST_HOURS ? TS_OK
                                    : ts_fail(diag, TS_LIMIT, "bench hybrid", tape->name,
                                              "takes %.3g hours over the wire at %gx, more than %g: --speed",
                                              hours, contrast->speed, WIRE_MOST_HOURS);
}

static const char *describe(const struct ts_hybrid_run *run)
{
    static char text[2][96];
    static int turn;
    turn = 1 - turn;
    snprintf(text[turn], sizeof text[turn], "%s %s, round %" PRIu64, ts_trader_path_name(run->setting.path),
             run->setting.wire ? "over the wire" : "flat out", run->round);
    return text[turn];
}

/* Every run against the first one of its recording, which is over the wire. */
static void check_run(struct contrast *contrast, const struct ts_hybrid_run *first,
                      const struct ts_hybrid_run *run)
{
    const char *name = run->setting.tape->name;
    size_t tape = (size_t)(run->setting.tape - contrast->tapes);
    if (run->missing > 0) {
        contrast->different[tape] = true;
        fprintf(stderr, "tickstorm bench: %s, %s: %" PRIu64 " of %zu ticks did not come to a decision%s\n",
                name, describe(run), run->missing, run->setting.tape->count,
                run->setting.path == TS_PATH_POLLING ? " (--queue, --speed)" : "");
        return;
    }
    size_t number = 0;
    if (!ts_hybrid_same_trades(first, run, &number)) {
        contrast->different[tape] = true;
        fprintf(stderr,
                "tickstorm bench: %s: trades differ from number %zu: %zu trades (%s), %zu trades (%s)\n",
                name, number, first->trade_count, describe(first), run->trade_count, describe(run));
    }
}

static ts_err run_once(struct contrast *contrast, const struct ts_hybrid_setting *setting, uint64_t round,
                       struct ts_diag *diag)
{
    struct ts_hybrid_run *run = &contrast->runs[contrast->run_count];
    const struct ts_hybrid_run *first = run;
    ts_err error = ts_hybrid_run(setting, run, diag);
    contrast->run_count++; /* on error too: its memory is to be freed */
    if (error != TS_OK) {
        return error;
    }
    run->round = round;
    for (size_t i = contrast->run_count; i-- > 0;) {
        first = contrast->runs[i].setting.tape == setting->tape ? &contrast->runs[i] : first;
    }
    check_run(contrast, first, run);
    return contrast->json ? ts_hybrid_print_json(run, diag) : TS_OK;
}

/* Both paths in turn; every second round begins with the other one. */
static ts_err run_round(struct contrast *contrast, uint64_t round, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    for (size_t i = 0; i < contrast->path_count * 4 && error == TS_OK; i++) {
        bool second = (i + round) % 2 == 0;
        struct ts_hybrid_setting setting = {
            .tape = &contrast->tapes[i / 4],
            .path = second ? TS_PATH_DIRECT : TS_PATH_POLLING,
            .wire = i % 4 < 2,
            .speed = contrast->speed,
            .queue_ticks = (uint32_t)contrast->queue_ticks,
        };
        error = run_once(contrast, &setting, round, diag);
    }
    return error;
}

static void report(const struct contrast *contrast)
{
    for (size_t i = 0; i < contrast->path_count; i++) {
        const struct ts_hybrid_tape *tape = &contrast->tapes[i];
        size_t trades = 0;
        for (size_t k = 0; k < contrast->run_count; k++) {
            trades = contrast->runs[k].setting.tape == tape ? contrast->runs[k].trade_count : trades;
        }
        printf("%s: %zu ticks, %gx over the wire, rounds: %" PRIu64 "; median (least - most)\n", tape->name,
               tape->count, contrast->speed, contrast->rounds);
        ts_hybrid_print_table(tape, contrast->runs, contrast->run_count);
        printf("trades: %zu, %s in all runs\n\n", trades,
               contrast->different[i] ? "NOT the same" : "the same");
    }
}

int ts_bench_hybrid(int count, char **arguments)
{
    static struct contrast contrast = {.rounds = 3, .speed = 20, .queue_ticks = 2048}; /* large */
    struct ts_diag diag = {0};
    int status = parse(count, arguments, &contrast);
    if (status != TS_HYBRID_OK) {
        return status;
    }
    ts_err error = TS_OK;
    for (size_t i = 0; i < contrast.path_count && error == TS_OK; i++) {
        error = ts_hybrid_tape_load(contrast.paths[i], &contrast.tapes[i], &diag);
        error = error == TS_OK ? check_length(&contrast, &contrast.tapes[i], &diag) : error;
    }
    for (uint64_t round = 1; round <= contrast.rounds && error == TS_OK; round++) {
        error = run_round(&contrast, round, &diag);
    }
    if (error == TS_OK && !contrast.json) {
        report(&contrast);
    }
    if (error == TS_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        error = ts_fail_errno(&diag, errno, "bench hybrid", "stdout");
    }
    for (size_t i = 0; i < contrast.run_count; i++) {
        ts_hybrid_run_fini(&contrast.runs[i]);
    }
    bool different = false;
    for (size_t i = 0; i < contrast.path_count; i++) {
        ts_hybrid_tape_fini(&contrast.tapes[i]);
        different = different || contrast.different[i];
    }
    if (error != TS_OK) {
        return complain(&diag);
    }
    return different ? TS_HYBRID_DIFFERENT : TS_HYBRID_OK;
}
