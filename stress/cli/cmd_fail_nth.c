#include "cli/command.h"
#include "cli/nth_run.h"

const char ts_help_fail_nth[] =
    "Makes the first call fail, then the second, the third, until none is left: one short life for each,\n"
    "thread by thread, call by call. A life must go on to its end or refuse with a reason, and leak "
    "nothing;\n"
    "one that does not has its own line, with the command that repeats it.\n\n"
    "  --call NAME,...      memory (malloc and its kin), pthread_create, dlopen, dlsym, open, mmap, "
    "eventfd,\n"
    "                       ppoll.eintr, read.eintr, read.short, write.eintr, write.short, write.enospc,\n"
    "                       clock_gettime.forward, .backward, .frozen (default: all of them); or any probe\n"
    "                       that can fail (tickstorm faults list)\n"
    "  --from N, --to N     only these calls, counted for each thread (default: 1, until none fails)\n"
    "  --dense N            every call up to the N-th, then ever fewer (default 200); all: every one\n"
    "  --by-site            one call from each place in the code instead of every call of each thread\n"
    "  --for DURATION       how long a life lasts (default 60ms)\n"
    "  --mode LIST          default queued; what direct mode must show is no failure there\n"
    "  --flavour LIST       default asan, which sees leaks\n"
    "  --seed, --set, --faults, --library, --tape, --hang, --out, --history, --no-history, --quiet: as of\n"
    "                       tickstorm run. One that was killed goes on: tickstorm resume DIR\n\n"
    "Exit code 0: every life ended as it must; 1: one did not.\n\n"
    "  tickstorm fail-nth depth-flood --call memory,pthread_create\n"
    "  tickstorm fail-nth all --by-site --mode all\n"
    "  tickstorm fail-nth all --call memory --dense all\n";

int ts_command_fail_nth(int count, char **arguments)
{
    struct ts_run_options options;
    int code = ts_run_options_parse(&options, TS_NTH_COMMAND, count, arguments);
    if (code == TS_EXIT_OK) {
        code = ts_finish_output(TS_NTH_COMMAND, ts_nth_run(&options, NULL));
    }
    ts_run_options_fini(&options);
    return code;
}
