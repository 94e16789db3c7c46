/* The tickstorm command: finds the sub-command and hands over. */
#include "cli/command.h"
#include "supervisor/machine.h"

#include <stdio.h>
#include <string.h>

static void print_help(void)
{
    printf("Usage: tickstorm COMMAND [arguments]\n\n"
           "Race detection and stress for in-process callback engines.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < ts_command_count; i++) {
        printf("  %-10s %s\n", ts_commands[i].name, ts_commands[i].summary);
    }
    printf("  %-10s %s\n\n", "help", "what a command takes: tickstorm help COMMAND");
    printf("A first look (one minute, then a report in runs/):\n"
           "  tickstorm contrast --for 60s\n\n"
           "Exit codes:\n"
           "  0    as expected, nothing found\n"
           "  1    findings: a cell of `run` failed, or `contrast` saw something unexpected\n"
           "  2    usage: an unknown name, option or value, or a folder that holds a record already\n"
           "  3    bad input: a tape, a configuration, a record, a setting or library that was refused\n"
           "  4    environment: a worker, a runtime or a symbolizer is missing, a disk is full\n"
           "  5    inconclusive: the hazard did not occur, or what must fail did not\n"
           "  6    a defect of tickstorm itself\n"
           "  7    policy: an entry of a gate's baseline has expired\n"
           "  130  interrupted\n");
}

static int help(int count, char **arguments)
{
    if (count < 2) {
        print_help();
        return TS_EXIT_OK;
    }
    const struct ts_command *command = ts_command_find(arguments[1]);
    if (command == NULL) {
        return TS_EXIT_USAGE;
    }
    ts_command_help(command);
    return TS_EXIT_OK;
}

int main(int count, char **arguments)
{
    ts_build_is(&ts_source_state);
    if (count < 2) {
        return ts_usage(NULL, "which command?");
    }
    const char *name = arguments[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help();
        return ts_finish_output(NULL, TS_EXIT_OK);
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("tickstorm " TICKSTORM_VERSION "\n");
        return ts_finish_output(NULL, TS_EXIT_OK);
    }
    if (strcmp(name, "help") == 0) {
        return ts_finish_output(NULL, help(count - 1, arguments + 1));
    }
    const struct ts_command *command = ts_command_find(name);
    if (command == NULL) {
        return TS_EXIT_USAGE;
    }
    bool is_compiler = strcmp(name, "cc") == 0 || strcmp(name, "c++") == 0;
    int last = strcmp(name, "bench") == 0 ? 0 : is_compiler && count > 3 ? 3 : count;
    for (int i = 2; i < last && strcmp(arguments[i], "--") != 0; i++) {
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) {
            ts_command_help(command);
            return ts_finish_output(name, TS_EXIT_OK);
        }
    }
    return ts_finish_output(name, command->run(count - 1, arguments + 1));
}
