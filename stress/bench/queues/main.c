/*
 * tickstorm bench queues: the ring of lib/queue against what a user would pick instead, and against the
 * machine.
 *
 * Every round runs every contestant once on each payload and each way to wait, in an order of its own, so
 * that all meet the same weather. Throughput first, then round trips of single records beside those of a bare
 * cache line.
 */
#include "bench/queues/contestants.h"
#include "bench/queues/run.h"

#include "base/random.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>

#define OTHERS_MAX 32u

static const char usage[] = "Usage: tickstorm bench queues [options]\n"
                            "\n"
                            "  --rounds N     of every contestant (default 15)\n"
                            "  --scale N      records a run, in percent of the usual (default 100)\n"
                            "  --payload P    8, 64, 512 or mix alone\n"
                            "  --wait W       hard or relaxed alone\n"
                            "  --only TEXT    contestants whose names hold it, beside the ring\n"
                            "  --no-bounce    without the round trips\n"
                            "  --raw FILE     each run as a line of JSON, appended (- is stdout)\n"
                            "\n"
                            "Exit code 0, 2 for usage, 4 with fewer than two processors. A queue that loses "
                            "a record ends it with 134.\n";

struct options {
    uint64_t rounds, scale;
    int payload, wait; /* -1: all */
    const char *only, *raw;
    bool bounce;
};

/* Runs of some milliseconds: longer ones seldom pass without a switch to somebody else. */
static const uint64_t usual_records[TS_PAYLOAD_COUNT] = {400000, 250000, 80000, 120000};
/* Of the best packaged peer, in the median; set for the ring. */
static const double targets[TS_PAYLOAD_COUNT] = {0.60, 0.50, 0.95, 0.70};

static int place_of(const char *text, const char *(*name)(int), int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, name(i)) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *payload_name(int payload)
{
    return ts_payload_name((enum ts_payload)payload);
}

static const char *wait_name(int wait)
{
    return ts_wait_name((enum ts_wait)wait);
}

static bool parse_count(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0 && *value <= 100000;
}

static bool parse(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {{"rounds", required_argument, NULL, 'r'},
                                          {"scale", required_argument, NULL, 's'},
                                          {"payload", required_argument, NULL, 'p'},
                                          {"wait", required_argument, NULL, 'w'},
                                          {"only", required_argument, NULL, 'o'},
                                          {"no-bounce", no_argument, NULL, 'b'},
                                          {"raw", required_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    bool good = true;
    while (good && (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        switch (option) {
        case 'r':
            good = parse_count(optarg, &options->rounds);
            break;
        case 's':
            good = parse_count(optarg, &options->scale);
            break;
        case 'p':
            good = (options->payload = place_of(optarg, payload_name, TS_PAYLOAD_COUNT)) >= 0;
            break;
        case 'w':
            good = (options->wait = place_of(optarg, wait_name, TS_WAIT_COUNT)) > TS_WAIT_TIGHT;
            break;
        case 'o':
            options->only = optarg;
            break;
        case 'b':
            options->bounce = false;
            break;
        case 'f':
            options->raw = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        default:
            good = false;
        }
    }
    return good && optind == argc;
}

static bool wanted(const struct options *options, unsigned entrant)
{
    return entrant == 0 || options->only == NULL ||
           strstr(ts_entrants[entrant].queue->name, options->only) != NULL;
}

/* Every entrant once, begun at another each round. */
static void round_of(const struct options *options, struct ts_contest *contest, uint64_t round,
                     struct ts_samples *samples)
{
    struct ts_sample sample = {.round = round};
    snprintf(sample.group, sizeof sample.group, "%s %s bytes, %s", contest->bounce ? "round trip" : "queue",
             ts_payload_name(contest->payload), ts_wait_name(contest->wait));
    contest->records = (contest->bounce ? 4000 : usual_records[contest->payload]) * options->scale / 100 + 1;
    uint64_t begin = ts_hash64(round);
    for (unsigned i = 0; i < ts_entrant_count; i++) {
        unsigned entrant = (unsigned)((begin + i) % ts_entrant_count);
        if (wanted(options, entrant)) {
            const struct ts_contestant *queue = ts_entrants[entrant].queue;
            snprintf(sample.name, sizeof sample.name, "%s", queue->name);
            ts_contest_run(contest, queue, &sample);
            ts_samples_add(samples, &sample);
        }
    }
}

static void limits_of(const struct ts_contest *contest, uint64_t round, struct ts_samples *samples)
{
    struct ts_sample sample = {.round = round};
    for (int i = 0; i < 3; i++) {
        bool bounce = i < 2, rolling = i == 1;
        sample.rtt_before_ns = ts_placement_probe(contest->processors);
        snprintf(sample.name, sizeof sample.name, "%s",
                 i == 0   ? "bare line"
                 : i == 1 ? "bare rolling lines"
                          : "stream of lines");
        if (bounce) {
            snprintf(sample.group, sizeof sample.group, "round trip %s bytes, %s",
                     ts_payload_name(TS_PAYLOAD_8), ts_wait_name(contest->wait));
            sample.value = ts_placement_round_trip(
                contest->processors, 4000, contest->wait == TS_WAIT_TIGHT ? TS_SPIN_TIGHT : TS_SPIN_PAUSE,
                rolling);
        } else if (contest->wait == TS_WAIT_HARD) {
            snprintf(sample.group, sizeof sample.group, "stream, 64 bytes");
            sample.value = ts_placement_stream_line_ns(contest->processors, UINT64_C(16) << 20);
        } else {
            continue;
        }
        sample.rtt_after_ns = ts_placement_probe(contest->processors);
        ts_samples_add(samples, &sample);
    }
}

static void all_rounds(const struct options *options, struct ts_contest *contest, struct ts_samples *samples)
{
    for (uint64_t round = 1; round <= options->rounds; round++) {
        for (int payload = 0; payload < TS_PAYLOAD_COUNT; payload++) {
            contest->payload = (enum ts_payload)payload;
            for (int wait = 0; wait < TS_WAIT_COUNT; wait++) {
                contest->wait = (enum ts_wait)wait;
                bool asked = (options->payload < 0 || options->payload == payload) &&
                             (options->wait < 0 || options->wait == wait);
                contest->bounce = false;
                if (asked && wait != TS_WAIT_TIGHT) {
                    round_of(options, contest, round, samples);
                }
                contest->bounce = options->bounce && wait != TS_WAIT_RELAXED && payload != TS_PAYLOAD_MIX;
                if (contest->bounce && payload == TS_PAYLOAD_8) {
                    limits_of(contest, round, samples);
                }
                if (contest->bounce && (options->payload < 0 || options->payload == payload)) {
                    round_of(options, contest, round, samples);
                }
            }
        }
    }
}

/* The ring against the peer that did best in the group, those by the burst included or not. */
static void judge(const struct ts_samples *samples, int payload, int wait, bool bursts)
{
    char group[TS_SAMPLE_NAME_SIZE];
    const char *best = NULL;
    struct ts_spread ratio = {.median = 0};
    snprintf(group, sizeof group, "queue %s bytes, %s", payload_name(payload), wait_name(wait));
    for (unsigned i = 1; i < ts_entrant_count; i++) {
        struct ts_spread of =
            ts_samples_ratio(samples, group, ts_entrants[0].queue->name, ts_entrants[i].queue->name);
        if (ts_entrants[i].peer && (bursts || !ts_entrants[i].burst) && of.count > 0 &&
            of.median > ratio.median) {
            best = ts_entrants[i].queue->name;
            ratio = of;
        }
    }
    if (best != NULL) {
        printf("| %s | %s | %.3f (%.3f to %.3f) | %.2f | %s | %zu |\n", group, best, ratio.median, ratio.low,
               ratio.high, targets[payload], ratio.median <= targets[payload] ? "met" : "missed",
               ratio.count);
    }
}

int main(int argc, char **argv)
{
    struct options options = {.rounds = 15, .scale = 100, .payload = -1, .wait = -1, .bounce = true};
    struct ts_contest contest = {0};
    struct ts_samples samples;
    struct ts_diag diag;
    char line[512];
    if (!parse(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    if (ts_placement_choose(contest.processors, &diag) != TS_OK ||
        ts_samples_begin(&samples, "queues", "ns", options.raw, &diag) != TS_OK) {
        fprintf(stderr, "tickstorm bench queues: %s\n", ts_diag_line(&diag, line, sizeof line));
        return 4;
    }
    ts_contest_prepare();
    all_rounds(&options, &contest, &samples);
    ts_samples_table(&samples, ts_entrants[0].queue->name, stdout);
    if (ts_entrant_count > 2) {
        for (int bursts = 0; bursts < 2; bursts++) {
            printf("\nthe ring against the packaged peer that is best there, %s\n\n"
                   "| | best peer | ratio (quartiles) | target | | pairs |\n|---|---|---|---|---|---|\n",
                   bursts ? "by the burst too (stricter)" : "record by record");
            for (int payload = 0; payload < TS_PAYLOAD_COUNT; payload++) {
                judge(&samples, payload, TS_WAIT_HARD, bursts);
                judge(&samples, payload, TS_WAIT_RELAXED, bursts);
            }
        }
    }
    ts_samples_end(&samples);
    return 0;
}
