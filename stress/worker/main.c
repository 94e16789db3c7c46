/*
 * The worker: one process, one life of one cell.
 *
 * Started by the supervisor; can be run by hand or under gdb with the same arguments. What it finds goes to
 * the board. Exit status: 0 the life ran to its end, 2 usage, 3 refused (the board's note says why), 86
 * ThreadSanitizer and 87 AddressSanitizer made reports, else death by a signal.
 */
#include "base/clock.h"
#include "faults/caller.h"
#include "faults/calls.h"
#include "faults/handler.h"
#include "scenario/life.h"
#include "worker/hooks.h"
#if defined(TS_FLAVOUR_IS_explore)
#include "worker/explore_run.h"
#endif

#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_REFUSED = 3 };

_Static_assert((int)TS_MODE_DIRECT == (int)TS_DELIVERY_DIRECT &&
                   (int)TS_MODE_LOCKED == (int)TS_DELIVERY_LOCKED &&
                   (int)TS_MODE_GUARDED == (int)TS_DELIVERY_GUARDED &&
                   (int)TS_MODE_QUEUED == (int)TS_DELIVERY_QUEUED,
               "the catalog lists the delivery modes in the engine's order");

struct arguments {
    int scenario;
    const char *board_path;
    int64_t duration_ms;
    struct ts_life life;
    struct ts_fault_spec faults;
#if defined(TS_FLAVOUR_IS_explore)
    struct ts_explore_plan explore;
#endif
};

static const char usage[] =
    "usage: tickstorm-worker --scenario NAME --mode NAME --seed 0xHEX --for-ms N --board FILE\n"
    "                        [--library FILE] [--scratch DIR] [--ticks FILE] [--speed X] [--passes N]\n"
    "                        [--set KEY=VALUE]... [--faults SPEC]...\n"
    "One life of one cell. tickstorm starts it; by hand, FILE of --board is created when it is not there.\n";

static int refuse_argument(const char *option, const char *value)
{
    fprintf(stderr, "tickstorm-worker: %s: %s is not valid\n%s", option, value, usage);
    return EXIT_USAGE;
}

static bool parse_u64(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 0);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static bool add_setting(struct ts_life *life, char *text)
{
    char *separator = strchr(text, '=');
    if (separator == NULL || life->setting_count == TS_SETTINGS_MAX) {
        return false;
    }
    *separator = '\0';
    life->settings[life->setting_count++] = (struct ts_setting){.key = text, .value = separator + 1};
    return true;
}

static bool parse_speed(struct ts_life *life, const char *text)
{
    char *end;
    life->speed = strtod(text, &end);
    life->speed_given = true;
    return *end == '\0' && end != text && life->speed >= 0;
}

static bool parse_faults(struct arguments *arguments, const char *text)
{
    struct ts_diag diag;
    char line[512];
    if (ts_fault_spec_parse(text, &arguments->faults, &diag) != TS_OK) {
        fprintf(stderr, "tickstorm-worker: %s\n", ts_diag_line(&diag, line, sizeof line));
        return false;
    }
    return true;
}

/* The explorer's settings mean nothing to other flavours. */
static bool take_setting(struct arguments *arguments, char *text)
{
    static const char prefix[] = "explore.";
    if (strncmp(text, prefix, sizeof prefix - 1) != 0) {
        return add_setting(&arguments->life, text);
    }
#if defined(TS_FLAVOUR_IS_explore)
    struct ts_diag diag;
    char line[256];
    if (ts_explore_plan_set(&arguments->explore, text + sizeof prefix - 1, &diag) != TS_OK) {
        fprintf(stderr, "tickstorm-worker: %s\n", ts_diag_line(&diag, line, sizeof line));
        return false;
    }
#endif
    return true;
}

static bool take_option(struct arguments *arguments, int option, char *value)
{
    struct ts_life *life = &arguments->life;
    uint64_t number = 0;
    bool valid = true;
    int mode;
    switch (option) {
    case 's':
        arguments->scenario = ts_scenario_find(value);
        return arguments->scenario >= 0;
    case 'm':
        mode = ts_mode_find(value);
        life->mode = (enum ts_delivery_mode)mode;
        return mode >= 0;
    case 'e':
        return parse_u64(value, &life->seed);
    case 'f':
        valid = parse_u64(value, &number);
        arguments->duration_ms = (int64_t)number;
        return valid;
    case 'b':
        arguments->board_path = value;
        return true;
    case 'l':
        life->library_path = value;
        return true;
    case 'd':
        life->scratch_dir = value;
        return true;
    case 't':
        life->ticks_path = value;
        return true;
    case 'x':
        return parse_speed(life, value);
    case 'p':
        valid = parse_u64(value, &number) && number <= UINT32_MAX;
        life->passes = (uint32_t)number;
        return valid;
    case 'F':
        return parse_faults(arguments, value);
    default:
        return take_setting(arguments, value);
    }
}

static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"scenario", required_argument, NULL, 's'}, {"mode", required_argument, NULL, 'm'},
        {"seed", required_argument, NULL, 'e'},     {"for-ms", required_argument, NULL, 'f'},
        {"board", required_argument, NULL, 'b'},    {"library", required_argument, NULL, 'l'},
        {"scratch", required_argument, NULL, 'd'},  {"ticks", required_argument, NULL, 't'},
        {"speed", required_argument, NULL, 'x'},    {"passes", required_argument, NULL, 'p'},
        {"set", required_argument, NULL, 'k'},      {"faults", required_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    int option, index = 0;
    *arguments = (struct arguments){.scenario = -1, .duration_ms = -1};
    arguments->life.mode = TS_DELIVERY_COUNT;
    arguments->life.scratch_dir = "/tmp";
    ts_fault_spec_begin(&arguments->faults);
#if defined(TS_FLAVOUR_IS_explore)
    ts_explore_plan_begin(&arguments->explore);
#endif
    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        }
        if (option == '?' || !take_option(arguments, option, optarg)) {
            return refuse_argument(option == '?' ? "option" : options[index].name,
                                   option == '?' ? "it" : optarg);
        }
    }
#if defined(TS_FLAVOUR_IS_explore)
    const char *served = ts_explore_served_board();
    arguments->board_path = served != NULL ? served : arguments->board_path;
#endif
    if (arguments->scenario < 0 || arguments->life.mode == TS_DELIVERY_COUNT || arguments->duration_ms < 0 ||
        arguments->board_path == NULL || optind != argc) {
        fprintf(stderr,
                "tickstorm-worker: --scenario, --mode, --for-ms and --board are needed, and nothing else\n%s",
                usage);
        return EXIT_USAGE;
    }
    return EXIT_SUCCESS;
}

/* A worker must not outlive its supervisor, nor leave core files of the crashes it is here to have. */
static void tie_to_parent(void)
{
    struct rlimit no_core = {0, 0};
    uint64_t supervisor;
    setrlimit(RLIMIT_CORE, &no_core);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A parent that died before the request is not announced. */
    const char *text = getenv("TICKSTORM_SUPERVISOR");
    if (text != NULL && parse_u64(text, &supervisor) && supervisor != (uint64_t)getppid()) {
        _exit(EXIT_REFUSED);
    }
}

/* Keeps the engine's library in place after the host unloads it, so that addresses of it in a sanitizer's
 * report stay meaningful. Whether it can be loaded is for the scenario to say. */
static void pin_library(const char *path)
{
#if !defined(TS_FLAVOUR_IS_plain)
    if (path != NULL) {
        dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    }
#else
    (void)path;
#endif
}

static ts_err open_board(const char *path, struct ts_board **board, struct ts_diag *diag)
{
    ts_err error = ts_board_open(path, board, diag);
    return error == TS_NOT_FOUND ? ts_board_create(path, board, diag) : error;
}

static int refuse(struct ts_board *board, const struct ts_diag *diag)
{
    char line[sizeof board->note];
    ts_diag_line(diag, line, sizeof line);
    fprintf(stderr, "tickstorm-worker: %s\n", line);
    if (board != NULL) {
        snprintf(board->note, sizeof board->note, "%s", line);
        atomic_store_explicit(&board->phase, TS_BOARD_REFUSED, memory_order_release); /* READY release */
    }
    return EXIT_REFUSED;
}

/* Where the callers are that the rules name: the rest of the life only compares addresses. */
static ts_err find_callers(struct ts_fault_spec *faults, const char *library, struct ts_diag *diag)
{
    struct ts_callers callers;
    bool named = false;
    for (uint32_t i = 0; i < faults->rule_count; i++) {
        named = named || faults->rules[i].caller[0] != '\0';
    }
    if (!named) {
        return TS_OK;
    }
    ts_err error = ts_callers_load("/proc/self/exe", library, &callers, diag);
    if (error == TS_OK) {
        error = ts_callers_resolve(&callers, faults, diag);
        ts_callers_free(&callers);
    }
    return error;
}

static ts_err live(struct arguments *arguments, ts_scenario_body body, struct ts_diag *diag)
{
#if defined(TS_FLAVOUR_IS_explore)
    return ts_explore_life(&arguments->life, body, &arguments->explore, &arguments->faults,
                           arguments->duration_ms, diag);
#else
    return body(&arguments->life, diag);
#endif
}

int main(int argc, char **argv)
{
    static struct arguments arguments; /* too large for a stack */
    struct ts_diag diag;
    struct ts_board *board = NULL;
    tie_to_parent();
    int status = parse_arguments(argc, argv, &arguments);
    if (status != EXIT_SUCCESS) {
        return status;
    }
    if (open_board(arguments.board_path, &board, &diag) != TS_OK) {
        return refuse(NULL, &diag);
    }
    struct ts_life *life = &arguments.life;
    life->board = board;
    life->flavour = (enum ts_flavour)ts_flavour_find(TS_FLAVOUR);
    life->random.state = life->seed;
    life->deadline_ns = ts_clock_ns() + arguments.duration_ms * TS_NS_PER_MS;
    if (find_callers(&arguments.faults, life->library_path, &diag) != TS_OK) {
        return refuse(board, &diag);
    }
    ts_hooks_install(board);
    ts_process_faults_apply(&arguments.faults.process);
    ts_faults_arm(&arguments.faults, life->seed, &board->faults);
    pin_library(life->library_path);
#if !defined(TS_FLAVOUR_IS_explore)
    ts_calls_begin(ts_clock_ns, ts_clock_wall_ns);
#endif
    atomic_store_explicit(&board->phase, TS_BOARD_STARTING, memory_order_release); /* READY release */
    ts_scenario_body body = ts_scenario_body_of(ts_scenario_catalog[arguments.scenario].name);
    TS_ASSERT(body != NULL);
    if (live(&arguments, body, &diag) != TS_OK) {
        ts_hooks_check_leaks(); /* what could not be set up must be taken down all the same */
        return refuse(board, &diag);
    }
    if (!life->late_callbacks && ts_callback_gate_late() > 0) {
        ts_board_violation(board, "late-callback", "%llu callbacks came after their engine's end",
                           (unsigned long long)ts_callback_gate_late());
    }
    ts_hooks_check_leaks();
    atomic_store_explicit(&board->phase, TS_BOARD_DONE, memory_order_release); /* READY release */
    return EXIT_SUCCESS;
}
