/* tickstorm cc, tickstorm c++: the compiler, with what makes a program one that can be explored. */
#include "cli/command.h"
#include "supervisor/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STRING_OF_(x) #x
#define STRING_OF(x)  STRING_OF_(x)
#define OWN_ARGUMENTS 24 /* at most */

const char ts_help_cc[] =
    "clang with ThreadSanitizer, and at the link the scheduler's wrappers and runtime: a program of which "
    "every\n"
    "interleaving can be chosen by tickstorm explore. Started by itself it runs as usual.\n\n"
    "All arguments go to clang. Ours come first, so that yours win: -fsanitize=thread -g -O0\n"
    "-fno-omit-frame-pointer -fno-optimize-sibling-calls. -c, -S, -E and -shared work as ever; a shared "
    "library\n"
    "is wrapped, too, and finds the runtime in the program that loads it.\n\n"
    "  --empty-runtime      link a runtime that detects nothing in place of ThreadSanitizer's: several times "
    "as "
    "many\n"
    "                       schedules for assertions, crashes and deadlocks, and no races\n\n"
    "tickstorm c++ links libstdc++ statically, so that std::thread and its like are wrapped, too.\n\n"
    "The compiler is clang-19 (clang++-19), else clang; TICKSTORM_CC (TICKSTORM_CXX) names another.\n\n"
    "  CC=\"tickstorm cc\" CXX=\"tickstorm c++\" make\n"
    "  tickstorm cc queue_test.c queue.c -o queue_test && tickstorm explore -- ./queue_test\n";

/* What is to be made of the arguments. */
struct work {
    bool links;
    bool shared;
    bool empty_runtime;
    bool cxx;
    bool other_library; /* for C++ than the compiler's default */
};

static bool is_one_of(const char *argument, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(argument, *list) == 0) {
            return true;
        }
    }
    return false;
}

static struct work look(int count, char **arguments)
{
    static const char *const stop[] = {"-c", "-S",        "-E", "-M", "-MM", "-fsyntax-only",
                                       "-r", "--version", NULL};
    static const char *const takes_value[] = {
        "-o",       "-I",         "-L", "-D",  "-U",      "-include", "-isystem",
        "-Xlinker", "-Xclang",    "-x", "-MF", "-MT",     "-MQ",      "-T",
        "-iquote",  "-idirafter", "-u", "-z",  "-target", "-imacros", NULL};
    struct work work = {.links = false};
    bool stops = false, input = false;
    for (int i = 1; i < count; i++) {
        const char *argument = arguments[i];
        stops = stops || is_one_of(argument, stop) || strncmp(argument, "-print-", 7) == 0 ||
                strncmp(argument, "--print-", 8) == 0 || strncmp(argument, "-dump", 5) == 0;
        work.other_library = work.other_library || strncmp(argument, "-stdlib=", 8) == 0 ||
                             strcmp(argument, "-nostdlib++") == 0 || strcmp(argument, "-nostdlib") == 0;
        work.shared = work.shared || strcmp(argument, "-shared") == 0;
        work.empty_runtime = work.empty_runtime || strcmp(argument, "--empty-runtime") == 0;
        if (is_one_of(argument, takes_value)) {
            i++;
        } else {
            input = input || argument[0] != '-' || argument[1] == '\0';
        }
    }
    work.links = input && !stops;
    return work;
}

/* The folder of runtime and wrappers: beside the command in a build, else where it is installed. */
static bool find_runtime(char *folder, size_t size)
{
    static const char *const places[] = {"explore", "../lib/tickstorm"};
    char own[PATH_MAX - 64];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    own[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(own, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char file[PATH_MAX];
        snprintf(folder, size, "%s/%s", own, places[i]);
        snprintf(file, sizeof file, "%.*s/wraps.rsp", (int)(PATH_MAX - 16), folder);
        if (access(file, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

struct line {
    char **list;
    size_t count;
    bool failed;
};

static void add(struct line *line, const char *before, const char *folder, const char *after)
{
    char *argument = NULL;
    if (asprintf(&argument, "%s%s%s", before, folder, after) < 0) {
        line->failed = true;
        return;
    }
    line->list[line->count++] = argument;
}

static void add_plain(struct line *line, const char *argument)
{
    add(line, argument, "", "");
}

static void add_link(struct line *line, const struct work *work, const char *folder)
{
    add(line, "@", folder, "/wraps.rsp");
    if (work->empty_runtime) {
        add_plain(line, "-fno-sanitize-link-runtime");
    }
    if (work->shared) {
        return;
    }
    add_plain(line, "-xnone"); /* whatever -x said of the program's sources */
    add(line, "@", folder, "/program.rsp");
    add_plain(line, "-Wl,--whole-archive"); /* libraries that are loaded later need all of it */
    add(line, "", folder, "/libtickstorm-explore.a");
    add(line, "", folder, "/libtickstorm-program.a");
    add(line, "", folder, work->empty_runtime ? "/libtickstorm-empty.a" : "/libtickstorm-program-reports.a");
    add_plain(line, "-Wl,--no-whole-archive");
    if (work->cxx && !work->other_library) {
        add_plain(line, "-static-libstdc++"); /* its threads and waits are wrapped where they are linked */
    }
    add_plain(line, "-rdynamic");
    add_plain(line, "-Wl,-z,now"); /* bound before the fork, not in every schedule */
    add_plain(line, "-pthread");
}

static int compile(const char *command, const char *const *compilers, int count, char **arguments)
{
    static const char *const flags[] = {"-fsanitize=thread", "-g", "-O0", "-fno-omit-frame-pointer",
                                        "-fno-optimize-sibling-calls"};
    struct work work = look(count, arguments);
    work.cxx = strcmp(command, "c++") == 0;
    struct line line = {.list = calloc((size_t)count + OWN_ARGUMENTS, sizeof(char *))};
    char folder[PATH_MAX];
    if (line.list == NULL) {
        return ts_usage(command, "no memory");
    }
    if (work.links && !find_runtime(folder, sizeof folder)) {
        fprintf(stderr,
                "tickstorm %s: the scheduler's runtime is not beside the command; build or install it\n",
                command);
        return TS_EXIT_ENVIRONMENT;
    }
    line.count = 1;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        add_plain(&line, flags[i]);
    }
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--empty-runtime") != 0) {
            line.list[line.count++] = arguments[i];
        }
    }
    if (work.links) {
        add_link(&line, &work, folder);
    }
    for (; *compilers != NULL && !line.failed; compilers++) {
        if (**compilers != '\0') {
            line.list[0] = strdup(*compilers);
            execvp(line.list[0], line.list);
        }
    }
    fprintf(stderr, "tickstorm %s: no compiler: %s; install clang-19\n", command, strerror(errno));
    return TS_EXIT_ENVIRONMENT;
}

int ts_command_cc(int count, char **arguments)
{
    const char *chosen = getenv("TICKSTORM_CC");
    const char *const compilers[] = {chosen != NULL ? chosen : "", "clang-19", "clang", NULL};
    return compile("cc", compilers, count, arguments);
}

int ts_command_cxx(int count, char **arguments)
{
    const char *chosen = getenv("TICKSTORM_CXX");
    const char *const compilers[] = {chosen != NULL ? chosen : "", "clang++-19", "clang++", NULL};
    return compile("c++", compilers, count, arguments);
}
