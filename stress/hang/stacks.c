#include "hang/stacks.h"

#include "finding/frame.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define TEXT_MAX_BYTES ((size_t)4 << 20)
#define ASKED          "tickstorm-waits-for "
#define QUESTIONS_MAX  16

struct mapping {
    uint64_t start, end;
    uint64_t base; /* where the module's file begins in memory */
    const char *path;
};

struct modules {
    struct mapping *mappings;
    size_t count;
};

static char *read_all(FILE *file)
{
    size_t used = 0, capacity = 64 * 1024;
    char *text = malloc(capacity);
    while (text != NULL) {
        used += fread(text + used, 1, capacity - 1 - used, file);
        if (used < capacity - 1 || capacity >= TEXT_MAX_BYTES) {
            text[used] = '\0';
            return text;
        }
        capacity *= 2;
        char *more = realloc(text, capacity);
        if (more == NULL) {
            free(text);
        }
        text = more;
    }
    return NULL;
}

/* Cuts the first line off *rest. NULL at the end. */
static char *next_line(char **rest)
{
    if (**rest == '\0') {
        return NULL;
    }
    char *line = *rest;
    char *end = line + strcspn(line, "\n");
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return line;
}

static ts_err parse_maps(char *text, struct modules *modules, struct ts_diag *diag)
{
    size_t lines = 1;
    for (const char *at = text; *at != '\0'; at++) {
        lines += *at == '\n' ? 1 : 0;
    }
    modules->mappings = calloc(lines, sizeof *modules->mappings);
    if (modules->mappings == NULL) {
        return ts_fail_errno(diag, ENOMEM, "read the memory map", "");
    }
    for (char *line = next_line(&text); line != NULL; line = next_line(&text)) {
        struct mapping *mapping = &modules->mappings[modules->count];
        int path_at = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %n", &mapping->start, &mapping->end,
                   &path_at) != 2 ||
            path_at == 0 || line[path_at] == '\0') {
            continue;
        }
        const struct mapping *previous = modules->count == 0 ? NULL : mapping - 1;
        bool same = previous != NULL && strcmp(previous->path, line + path_at) == 0;
        mapping->path = line + path_at;
        mapping->base = same ? previous->base : mapping->start;
        modules->count++;
    }
    return TS_OK;
}

static const struct mapping *find_mapping(const struct modules *modules, uint64_t address)
{
    for (size_t i = 0; i < modules->count; i++) {
        if (address >= modules->mappings[i].start && address < modules->mappings[i].end) {
            return &modules->mappings[i];
        }
    }
    return NULL;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Our executables are built with line numbers: what has none in them is the sanitizer's runtime. */
static bool is_own(const struct ts_hang *hang, const struct ts_frame *frame, const char *path)
{
    static const char *const foreign_functions[] = {"__", "pthread_", "futex", "<", "_start"};
    static const char *const foreign_folders[] = {"/lib", "/usr/lib", "["};
    for (size_t i = 0; i < sizeof foreign_functions / sizeof foreign_functions[0]; i++) {
        if (starts_with(frame->function, foreign_functions[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof foreign_folders / sizeof foreign_folders[0]; i++) {
        if (starts_with(path, foreign_folders[i])) {
            return false;
        }
    }
    return frame->file[0] != '\0' || strcmp(path, hang->program) != 0;
}

static char *find_last(char *text, const char *needle)
{
    char *last = NULL;
    for (char *at = strstr(text, needle); at != NULL; at = strstr(at + 1, needle)) {
        last = at;
    }
    return last;
}

/* "file.c:12" after ") at ", or a library's path after ") from ". */
static void parse_place(char *line, struct ts_frame *frame, const char **path)
{
    char *at = find_last(line, ") at "), *from = find_last(line, ") from ");
    if (from != NULL && at == NULL) {
        *path = from + strlen(") from ");
        return;
    }
    char *colon = at == NULL ? NULL : strrchr(at, ':');
    if (colon != NULL) {
        *colon = '\0';
        frame->line = strtoll(colon + 1, NULL, 10);
        frame->file = ts_source_name(at + strlen(") at "));
    }
}

/* "#3  0x00007f12 in name (arguments) at file.c:12". The offset overwrites the address in the text: it is
 * never longer. *path is the file of the inner frame's module before, of this frame's after; a frame without
 * address (the mark of a signal handler, an inlined function in an old gdb) lies where the inner one lies.
 * Returns false for a line that is no frame. */
static bool parse_frame(const struct ts_hang *hang, const struct modules *modules, char *line,
                        struct ts_frame *frame, const char **path)
{
    *frame = (struct ts_frame){.function = "", .file = "", .module = "", .offset = ""};
    if (line[0] != '#' || !isdigit((unsigned char)line[1])) {
        return false;
    }
    char *rest = line + strcspn(line, " ");
    rest += strspn(rest, " ");
    char *address = starts_with(rest, "0x") ? rest : NULL;
    uint64_t pc = address == NULL ? 0 : strtoull(address, &rest, 16);
    size_t address_size = address == NULL ? 0 : (size_t)(rest - address);
    rest += address != NULL && starts_with(rest, " in ") ? strlen(" in ") : 0;
    parse_place(rest, frame, path);
    char *end = rest[0] == '<' ? strchr(rest, '>') : strstr(rest, " (");
    if (end == NULL) {
        return false;
    }
    end[rest[0] == '<' ? 1 : 0] = '\0';
    frame->function = strcmp(rest, "??") == 0 ? "" : rest;
    const struct mapping *mapping = address == NULL ? NULL : find_mapping(modules, pc);
    if (mapping != NULL) {
        *path = mapping->path;
        snprintf(address, address_size + 1, "0x%" PRIx64, pc - mapping->base);
        frame->offset = address;
    }
    frame->module = ts_base_name(*path);
    frame->own = is_own(hang, frame, *path);
    return true;
}

/* From "Thread 2 (Thread 0x7f12 (LWP 123) "name"):" or, in a process of one thread, "Thread 1 (process
 * 123):". */
static struct ts_hang_thread *find_thread(struct ts_hang *hang, const char *line)
{
    const char *number = strstr(line, "(LWP ");
    number = number != NULL ? number : strstr(line, "(process ");
    long tid = number == NULL ? 0 : strtol(strchr(number, ' '), NULL, 10);
    for (size_t i = 0; i < hang->thread_count; i++) {
        if (hang->threads[i].tid == tid) {
            return &hang->threads[i];
        }
    }
    return NULL;
}

/* "first_lock in section .bss of /path/worker", after the echo that says which thread's question it answers.
 */
static void parse_symbol(struct ts_hang *hang, char *answer, long tid)
{
    char *end = strstr(answer, " in section ");
    for (size_t i = 0; end != NULL && i < hang->thread_count; i++) {
        if (hang->threads[i].tid == tid) {
            *end = '\0';
            hang->threads[i].waits_for = answer;
        }
    }
}

ts_err ts_hang_stacks_parse(struct ts_hang *hang, size_t *parsed, struct ts_diag *diag)
{
    struct modules modules = {0};
    struct ts_hang_thread *thread = NULL;
    const char *path = hang->program;
    char *rest = hang->gdb_text;
    long asked = 0; /* whose question the next line answers */
    *parsed = 0;
    ts_err err = parse_maps(hang->maps_text, &modules, diag);
    for (char *line = next_line(&rest); err == TS_OK && line != NULL; line = next_line(&rest)) {
        if (starts_with(line, ASKED)) {
            asked = strtol(line + strlen(ASKED), NULL, 10);
            continue;
        }
        if (asked != 0) {
            parse_symbol(hang, line, asked);
            asked = 0;
            continue;
        }
        if (starts_with(line, "Thread ")) {
            thread = find_thread(hang, line);
            path = hang->program;
            if (thread != NULL && thread->stack.frames == NULL) {
                thread->stack.frames = calloc(TS_HANG_FRAMES_MAX, sizeof *thread->stack.frames);
                err = thread->stack.frames == NULL ? ts_fail_errno(diag, ENOMEM, "read stacks", line) : TS_OK;
                (*parsed)++;
            }
            continue;
        }
        if (thread != NULL && thread->stack.frame_count < TS_HANG_FRAMES_MAX &&
            parse_frame(hang, &modules, line, &thread->stack.frames[thread->stack.frame_count], &path)) {
            thread->stack.frame_count++;
        }
    }
    free(modules.mappings);
    return err;
}

static const char *why_none(int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return code == 127   ? "gdb is not installed"
           : code == 124 ? "gdb did not end in 20 s"
                         : "gdb may not attach to the process";
}

/* What lies where a thread waits, for the first threads that wait. */
static void ask_for_symbols(const struct ts_hang *hang, char *questions, size_t size)
{
    size_t used = 0;
    int asked = 0;
    used += (size_t)snprintf(questions, size, "-ex 'set print demangle off' "); /* "f.x", no "f[x]" */
    for (size_t i = 0; i < hang->thread_count && asked < QUESTIONS_MAX; i++) {
        const struct ts_hang_thread *thread = &hang->threads[i];
        if (thread->waits_for_address != 0 && used < size) {
            used += (size_t)snprintf(questions + used, size - used,
                                     "-ex 'echo " ASKED "%d\\n' -ex 'info symbol 0x%" PRIx64 "' ",
                                     (int)thread->tid, thread->waits_for_address);
            asked++;
        }
    }
}

ts_err ts_hang_stacks_take(struct ts_hang *hang, struct ts_diag *diag)
{
    char questions[QUESTIONS_MAX * 96], command[sizeof questions + 384], maps_path[64];
    int status = -1;
    size_t parsed = 0;
    snprintf(maps_path, sizeof maps_path, "/proc/%d/maps", (int)hang->pid);
    ask_for_symbols(hang, questions, sizeof questions);
    snprintf(command, sizeof command,
             "timeout 20 gdb -nx -batch -iex 'set debuginfod enabled off' -p %d -ex 'set width 0' "
             "-ex 'set print frame-info location-and-address' -ex 'set print frame-arguments none' "
             "-ex 'thread apply all backtrace %d' %s</dev/null 2>/dev/null",
             (int)hang->pid, TS_HANG_FRAMES_MAX, questions);
    FILE *maps = fopen(maps_path, "re");
    hang->maps_text = maps == NULL ? strdup("") : read_all(maps);
    if (maps != NULL) {
        fclose(maps);
    }
    FILE *gdb = popen(command, "re");
    hang->gdb_text = gdb == NULL ? strdup("") : read_all(gdb);
    if (gdb != NULL) {
        status = pclose(gdb);
    }
    if (hang->maps_text == NULL || hang->gdb_text == NULL) {
        return ts_fail_errno(diag, ENOMEM, "take stacks", maps_path);
    }
    ts_err err = ts_hang_stacks_parse(hang, &parsed, diag);
    if (err == TS_OK && parsed == 0) {
        size_t used = strlen(hang->note);
        snprintf(hang->note + used, sizeof hang->note - used, "%sno stacks: %s", used > 0 ? "; " : "",
                 why_none(status));
    }
    return err;
}
