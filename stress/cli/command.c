#include "cli/command.h"

#include "supervisor/suggest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct ts_command ts_commands[] = {
    {"list", "[--json]", "scenarios, what they do and their options", ts_help_list, ts_command_list},
    {"run", "SCENARIO... [options]", "run scenarios in the modes and flavours you choose", ts_help_run,
     ts_command_run},
    {"contrast", "[SCENARIO...] [options]", "every mode under every sanitizer, against what each must show",
     ts_help_contrast, ts_command_contrast},
    {"gate", "--plan FILE [options]", "a plan, canaries first among it: PASS, FAIL or INCONCLUSIVE",
     ts_help_gate, ts_command_gate},
    {"repro", "SIGNATURE [options]", "live a finding's life again; how often it comes; under gdb",
     ts_help_repro, ts_command_repro},
    {"resume", "DIR [--quiet]", "go on with a run that was killed", ts_help_resume, ts_command_resume},
    {"report", "[RUN...] [options]", "the stability report of runs: a page, Markdown, JSON, or a table",
     ts_help_report, ts_command_report},
    {"history", "[import DIR...] [options]", "past runs and their findings", ts_help_history,
     ts_command_history},
    {"show", "SIGNATURE [options]", "one finding: stacks, where and how often, how to repeat it",
     ts_help_show, ts_command_show},
    {"compare", "RUN RUN [options]", "what changed between two runs", ts_help_compare, ts_command_compare},
    {"merge", "DIR... [--history FILE]", "records of several folders or machines into one history",
     ts_help_merge, ts_command_merge},
    {"faults", "list|sites DIR|check SPEC|FILE",
     "the probes at which faults can be injected; a fault plan, checked", ts_help_faults, ts_command_faults},
    {"shrink", "SIGNATURE|SCENARIO [options]", "the fewest faults and firings with which a run still fails",
     ts_help_shrink, ts_command_shrink},
    {"fail-nth", "SCENARIO... [options]",
     "fail each call to the system in turn: memory, threads, files, clocks", ts_help_fail_nth,
     ts_command_fail_nth},
    {"cc", "[compiler's arguments]", "clang for programs that are to be explored", ts_help_cc, ts_command_cc},
    {"c++", "[compiler's arguments]", "the same for C++", ts_help_cc, ts_command_cxx},
    {"explore", "[options] -- PROGRAM [arguments]", "decide every interleaving of a program's threads",
     ts_help_explore, ts_command_explore},
    {"replay", "SCHEDULE|FILE [options] -- PROGRAM [arguments]", "run one schedule again, exactly",
     ts_help_replay, ts_command_replay},
    {"score", "[options]", "how many seeded bugs the suite catches, and by which detector", ts_help_score,
     ts_command_score},
    {"tape", "FILE [--json]", "check a recording and count what it holds", ts_help_tape, ts_command_tape},
    {"bench", "[arguments]", "throughput and latency of the engine", ts_help_bench, ts_command_bench},
    {"preflight", "", "what a run needs, and what is missing", ts_help_preflight, ts_command_preflight},
};

const size_t ts_command_count = sizeof ts_commands / sizeof *ts_commands;

const struct ts_command *ts_command_find(const char *name)
{
    const char *names[sizeof ts_commands / sizeof *ts_commands];
    for (size_t i = 0; i < ts_command_count; i++) {
        if (strcmp(ts_commands[i].name, name) == 0) {
            return &ts_commands[i];
        }
        names[i] = ts_commands[i].name;
    }
    ts_unknown(NULL, "command", name, names, ts_command_count);
    return NULL;
}

void ts_command_help(const struct ts_command *command)
{
    printf("Usage: tickstorm %s%s%s\n\n%s", command->name, command->synopsis[0] == '\0' ? "" : " ",
           command->synopsis, command->help);
}

static void print_prefix(const char *command)
{
    fprintf(stderr, "tickstorm%s%s: ", command == NULL ? "" : " ", command == NULL ? "" : command);
}

int ts_usage(const char *command, const char *format, ...)
{
    va_list arguments;
    print_prefix(command);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " (see tickstorm %s%s)\n", command == NULL ? "--help" : "help ",
            command == NULL ? "" : command);
    return TS_EXIT_USAGE;
}

int ts_complain(const char *command, const struct ts_diag *diag)
{
    char line[sizeof *diag + 16];
    (void)ts_diag_line(diag, line, sizeof line);
    /* What a file holds must not steer a terminal. */
    for (char *at = line; *at != '\0'; at++) {
        *at = (unsigned char)*at < ' ' || *at == '\x7f' ? ' ' : *at;
    }
    print_prefix(command);
    fprintf(stderr, "%s\n", line);
    return ts_exit_of_error(diag->code);
}

int ts_unknown(const char *command, const char *what, const char *name, const char *const *known,
               size_t count)
{
    const char *near = ts_suggest(name, known, count);
    print_prefix(command);
    fprintf(stderr, "unknown %s '%s'; ", what, name);
    if (near != NULL) {
        fprintf(stderr, "did you mean '%s'?\n", near);
        return TS_EXIT_USAGE;
    }
    fprintf(stderr, "known:");
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "%s %s", i == 0 ? "" : ",", known[i]);
    }
    fprintf(stderr, "%s\n", count == 0 ? " none" : "");
    return TS_EXIT_USAGE;
}

int ts_finish_output(const char *command, int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return code;
    }
    print_prefix(command);
    fprintf(stderr, "write result: stdout: %s\n", errno != 0 ? strerror(errno) : "failed");
    return TS_EXIT_ENVIRONMENT;
}
