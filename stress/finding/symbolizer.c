#include "finding/symbolizer.h"

#include "finding/arena.h"
#include "finding/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STARTS_MAX        2
#define LOOK_MS           250
#define SILENCE_MAX_MS    3000 /* at rest, with a question open */
#define ANSWER_TIMEOUT_MS 30000
#define ANSWER_MAX_BYTES  (1u << 20)
#define BUCKETS           1024u

extern char **environ;

struct entry {
    struct entry *next;
    const char *module;
    uint64_t offset;
    bool is_data;
    size_t count;
    struct ts_symbol *symbols; /* of data: one, whose function is the variable */
};

struct ts_symbolizer {
    char *path;
    pid_t process;
    int socket;
    int starts;
    uint64_t questions;
    char trouble[192];
    char *answer; /* the line being received */
    size_t answer_size;
    struct ts_arena arena;
    struct entry *buckets[BUCKETS];
};

static int spawn(struct ts_symbolizer *symbolizer, int child_socket)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, broken_pipe;
    sigemptyset(&none);
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, child_socket, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, child_socket, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    /* A group of its own: an interrupt from the terminal must not end it before the last report is named. */
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &broken_pipe);
    char *arguments[] = {symbolizer->path, "--output-style=JSON", "--inlines", "--demangle", NULL};
    int error =
        posix_spawnp(&symbolizer->process, symbolizer->path, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static ts_err start(struct ts_symbolizer *symbolizer, struct ts_diag *diag)
{
    symbolizer->starts++;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return ts_fail_errno(diag, errno, "socketpair", symbolizer->path);
    }
    int error = spawn(symbolizer, ends[1]);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        symbolizer->process = -1;
        return ts_fail_errno(diag, error, "start symbolizer", symbolizer->path);
    }
    symbolizer->socket = ends[0];
    return TS_OK;
}

static void stop(struct ts_symbolizer *symbolizer)
{
    if (symbolizer->process < 0) {
        return;
    }
    close(symbolizer->socket);
    kill(symbolizer->process, SIGKILL);
    while (waitpid(symbolizer->process, NULL, 0) < 0 && errno == EINTR) {
    }
    symbolizer->process = -1;
}

static bool send_all(int socket, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(socket, text, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        text += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Processor time so far, in ticks; UINT64_MAX when it is about to have more, or nobody can tell. */
static uint64_t used_ticks(pid_t process)
{
    char path[64], text[512];
    uint64_t user, system;
    char state;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0) {
        close(file);
    }
    text[size > 0 ? size : 0] = '\0';
    const char *after_name = strrchr(text, ')');
    bool known = after_name != NULL &&
                 sscanf(after_name + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
                        &state, &user, &system) == 3;
    return known && strchr("RD", state) == NULL ? user + system : UINT64_MAX;
}

/* Waits for something to read. A child that works may take its time, on a loaded machine a long one; one that
 * is at rest while it owes an answer has been stopped or hangs. */
static bool wait_readable(const struct ts_symbolizer *symbolizer)
{
    uint64_t ticks = UINT64_MAX;
    int silent_ms = 0;
    for (int waited_ms = 0; waited_ms < ANSWER_TIMEOUT_MS && silent_ms < SILENCE_MAX_MS;) {
        struct pollfd readable = {.fd = symbolizer->socket, .events = POLLIN};
        int ready = poll(&readable, 1, LOOK_MS);
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
        if (ready == 0) {
            uint64_t now = used_ticks(symbolizer->process);
            waited_ms += LOOK_MS;
            silent_ms = now == ticks && now != UINT64_MAX ? silent_ms + LOOK_MS : 0;
            ticks = now;
        }
    }
    return false;
}

/* Receives one line into `answer`; false when the child is gone, silent or talks nonsense. */
static bool receive_line(struct ts_symbolizer *symbolizer, size_t *length)
{
    size_t used = 0;
    for (;;) {
        if (used == symbolizer->answer_size) {
            size_t size = used != 0 ? 2 * used : 4096;
            char *grown = size <= ANSWER_MAX_BYTES ? realloc(symbolizer->answer, size) : NULL;
            if (grown == NULL) {
                return false;
            }
            symbolizer->answer = grown;
            symbolizer->answer_size = size;
        }
        ssize_t got = wait_readable(symbolizer) ? recv(symbolizer->socket, symbolizer->answer + used,
                                                       symbolizer->answer_size - used, MSG_DONTWAIT)
                                                : 0;
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        used += (size_t)got;
        if (symbolizer->answer[used - 1] == '\n') {
            *length = used;
            return true;
        }
    }
}

static json_t *ask(struct ts_symbolizer *symbolizer, const char *question)
{
    size_t length = 0;
    symbolizer->questions++;
    for (;;) {
        if (symbolizer->process < 0 &&
            (symbolizer->starts == STARTS_MAX || start(symbolizer, NULL) != TS_OK)) {
            return NULL;
        }
        if (send_all(symbolizer->socket, question, strlen(question)) && receive_line(symbolizer, &length)) {
            return json_loadb(symbolizer->answer, length, 0, NULL);
        }
        stop(symbolizer);
        snprintf(symbolizer->trouble, sizeof symbolizer->trouble,
                 symbolizer->starts < STARTS_MAX
                     ? "%s ended or did not answer, and was started again"
                     : "%s ended or did not answer: from here on stacks have no names",
                 symbolizer->path);
    }
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void take_data(struct ts_arena *arena, struct entry *entry, const json_t *answer)
{
    const char *name = string_of(json_object_get(answer, "Data"), "Name");
    entry->symbols = *name != '\0' ? ts_arena_take(arena, sizeof *entry->symbols) : NULL;
    if (entry->symbols != NULL) {
        entry->symbols[0] = (struct ts_symbol){.function = ts_arena_text(arena, name), .file = ""};
        entry->count = 1;
    }
}

static void take_code(struct ts_arena *arena, struct entry *entry, const json_t *answer)
{
    const json_t *list = json_object_get(answer, "Symbol");
    size_t listed = json_array_size(list);
    entry->symbols = listed != 0 ? ts_arena_take(arena, listed * sizeof *entry->symbols) : NULL;
    for (size_t i = 0; entry->symbols != NULL && i < listed; i++) {
        const json_t *symbol = json_array_get(list, i);
        const char *function = string_of(symbol, "FunctionName");
        if (*function == '\0') {
            continue;
        }
        entry->symbols[entry->count++] = (struct ts_symbol){
            .function = ts_arena_text(arena, function),
            .file = ts_arena_text(arena, ts_source_name(string_of(symbol, "FileName"))),
            .line = json_integer_value(json_object_get(symbol, "Line")),
        };
    }
}

static size_t bucket_of(const char *module, uint64_t offset)
{
    uint64_t hash = offset * UINT64_C(0x9e3779b97f4a7c15);
    for (; *module != '\0'; module++) {
        hash = (hash ^ (unsigned char)*module) * UINT64_C(0x100000001b3);
    }
    return (size_t)(hash >> 32) % BUCKETS;
}

/* The cached answer, asked for when it is new; NULL when there is no memory or nothing to ask about. */
static const struct entry *look_up(struct ts_symbolizer *symbolizer, const char *module, uint64_t offset,
                                   bool is_data)
{
    /* A question is one line with the path in quotes; a path that would break out of it is not asked. */
    if (symbolizer == NULL || *module == '\0' || strpbrk(module, "\"\n\r") != NULL) {
        return NULL;
    }
    struct entry **bucket = &symbolizer->buckets[bucket_of(module, offset)];
    for (const struct entry *entry = *bucket; entry != NULL; entry = entry->next) {
        if (entry->offset == offset && entry->is_data == is_data && strcmp(entry->module, module) == 0) {
            return entry;
        }
    }
    if (!ts_symbolizer_works(symbolizer)) {
        return NULL;
    }
    struct entry *entry = ts_arena_take(&symbolizer->arena, sizeof *entry);
    const char *question = ts_arena_format(&symbolizer->arena, "%s \"%s\" 0x%" PRIx64 "\n",
                                           is_data ? "DATA" : "CODE", module, offset);
    if (entry == NULL || *question == '\0') {
        return NULL;
    }
    json_t *answer = ask(symbolizer, question);
    *entry = (struct entry){.next = *bucket, .offset = offset, .is_data = is_data};
    entry->module = ts_arena_text(&symbolizer->arena, module);
    (is_data ? take_data : take_code)(&symbolizer->arena, entry, answer);
    json_decref(answer);
    *bucket = entry;
    return entry;
}

ts_err ts_symbolizer_create(const char *path, struct ts_symbolizer **symbolizer, struct ts_diag *diag)
{
    struct ts_symbolizer *created = calloc(1, sizeof *created);
    if (created == NULL || (path != NULL && (created->path = strdup(path)) == NULL)) {
        free(created);
        return ts_fail(diag, TS_NO_MEMORY, "create symbolizer", path != NULL ? path : "", "no memory");
    }
    created->process = -1;
    if (path == NULL) {
        created->starts = STARTS_MAX;
    } else {
        /* A program that is not there now will not be there at the first question either. */
        if (start(created, diag) != TS_OK) {
            created->starts = STARTS_MAX;
        }
    }
    *symbolizer = created;
    return TS_OK;
}

void ts_symbolizer_destroy(struct ts_symbolizer *symbolizer)
{
    if (symbolizer == NULL) {
        return;
    }
    stop(symbolizer);
    ts_arena_clear(&symbolizer->arena);
    free(symbolizer->answer);
    free(symbolizer->path);
    free(symbolizer);
}

bool ts_symbolizer_works(const struct ts_symbolizer *symbolizer)
{
    return symbolizer->process >= 0 || symbolizer->starts < STARTS_MAX;
}

size_t ts_symbolizer_code(struct ts_symbolizer *symbolizer, const char *module, uint64_t offset,
                          struct ts_symbol *symbols, size_t max)
{
    const struct entry *entry = look_up(symbolizer, module, offset, false);
    size_t count = entry == NULL ? 0 : entry->count < max ? entry->count : max;
    for (size_t i = 0; i < count; i++) {
        symbols[i] = entry->symbols[i];
    }
    return count;
}

const char *ts_symbolizer_data(struct ts_symbolizer *symbolizer, const char *module, uint64_t offset)
{
    const struct entry *entry = look_up(symbolizer, module, offset, true);
    return entry != NULL && entry->count != 0 ? entry->symbols[0].function : "";
}

const char *ts_symbolizer_trouble(const struct ts_symbolizer *symbolizer)
{
    return symbolizer->trouble;
}

uint64_t ts_symbolizer_questions(const struct ts_symbolizer *symbolizer)
{
    return symbolizer->questions;
}

pid_t ts_symbolizer_process(const struct ts_symbolizer *symbolizer)
{
    return symbolizer->process;
}
