#include "hang/words.h"

#include "hang/waits.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static const char *const doing_names[TS_HANG_DOING_COUNT] = {
    [TS_HANG_RUNNING] = "running",
    [TS_HANG_BLOCKED_MUTEX] = "blocked-mutex",
    [TS_HANG_BLOCKED_RWLOCK] = "blocked-rwlock",
    [TS_HANG_BLOCKED_CONDVAR] = "blocked-condvar",
    [TS_HANG_BLOCKED_JOIN] = "blocked-join",
    [TS_HANG_BLOCKED_OTHER] = "blocked-other",
    [TS_HANG_SLEEPING] = "sleeping",
    [TS_HANG_SPINNING] = "spinning",
    [TS_HANG_STARVING] = "starving",
    [TS_HANG_ENDED] = "ended",
};

struct writer {
    char *text;
    size_t size;
    size_t used; /* may pass size: the text is cut */
};

__attribute__((format(printf, 2, 3))) static void add(struct writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool room = writer->used < writer->size;
    int length = vsnprintf(room ? writer->text + writer->used : NULL, room ? writer->size - writer->used : 0,
                           format, arguments);
    va_end(arguments);
    writer->used += length > 0 ? (size_t)length : 0;
}

const char *ts_hang_doing_name(enum ts_hang_doing doing)
{
    return (unsigned)doing < TS_HANG_DOING_COUNT ? doing_names[doing] : "?";
}

/* " in scan_loop", the innermost function of the program; nothing when the stack does not tell. */
static void add_place(struct writer *writer, const struct ts_stack *stack)
{
    for (size_t i = 0; i < stack->frame_count; i++) {
        if (stack->frames[i].own && stack->frames[i].function[0] != '\0') {
            add(writer, " in %s", stack->frames[i].function);
            return;
        }
    }
}

static void add_holder(struct writer *writer, const struct ts_hang *hang, const struct ts_hang_thread *thread)
{
    if (thread->holder_index != TS_HANG_NOBODY) {
        add(writer, "%s", hang->threads[thread->holder_index].label);
    } else if (thread->holder != 0) {
        add(writer, "thread %d, which has ended", (int)thread->holder);
    } else {
        add(writer, "an unknown thread");
    }
}

static void describe(const struct ts_hang *hang, struct ts_hang_thread *thread)
{
    struct writer writer = {thread->sentence, sizeof thread->sentence, 0};
    add(&writer, "%s ", thread->label);
    switch (thread->doing) {
    case TS_HANG_BLOCKED_MUTEX:
    case TS_HANG_BLOCKED_RWLOCK:
        add(&writer, "waits for %s ", thread->doing == TS_HANG_BLOCKED_MUTEX ? "mutex" : "rwlock");
        if (thread->waits_for[0] != '\0') {
            add(&writer, "%s held by ", thread->waits_for);
        } else {
            add(&writer, "0x%" PRIx64 " held by ", thread->waits_for_address);
        }
        add_holder(&writer, hang, thread);
        return;
    case TS_HANG_BLOCKED_JOIN:
        add(&writer, "waits for the end of ");
        add_holder(&writer, hang, thread);
        break;
    case TS_HANG_BLOCKED_CONDVAR:
        add(&writer, "waits for a condition variable");
        break;
    case TS_HANG_BLOCKED_OTHER:
        add(&writer, "is blocked in %s", thread->detail);
        break;
    case TS_HANG_SLEEPING:
        add(&writer, "sleeps");
        break;
    case TS_HANG_SPINNING:
        add(&writer, "spins");
        break;
    case TS_HANG_STARVING:
        add(&writer, "starves for a processor");
        break;
    case TS_HANG_ENDED:
        add(&writer, "has ended");
        return;
    default:
        add(&writer, "runs");
        break;
    }
    add_place(&writer, &thread->stack);
}

static size_t namesakes(const struct ts_hang *hang, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < hang->thread_count; i++) {
        count += strcmp(hang->threads[i].name, name) == 0;
    }
    return count;
}

/* A thread that was given no name has the program's, as its siblings may; the number is its place among the
 * threads, main being 0. */
static void label(const struct ts_hang *hang, size_t index, char *text, size_t size)
{
    const struct ts_hang_thread *thread = &hang->threads[index];
    const char *slash = strrchr(hang->program, '/'), *program = slash == NULL ? hang->program : slash + 1;
    if (thread->tid == hang->pid) {
        snprintf(text, size, "%s", thread->name);
    } else if (strncmp(thread->name, program, sizeof thread->name - 1) == 0) {
        snprintf(text, size, "thread %zu", index);
    } else if (namesakes(hang, thread->name) > 1) {
        snprintf(text, size, "'%s' (thread %zu)", thread->name, index);
    } else {
        snprintf(text, size, "'%s'", thread->name);
    }
}

/* Whole words, or at least an end that shows that it is none. */
static void end_between_words(const struct writer *writer)
{
    static const char mark[] = " ...";
    if (writer->used < writer->size || writer->size <= sizeof mark) {
        return;
    }
    size_t end = writer->size - sizeof mark;
    while (end > 0 && writer->text[end] != ' ') {
        end--;
    }
    end = end > 0 ? end : writer->size - sizeof mark;
    memcpy(writer->text + end, mark, sizeof mark);
}

void ts_hang_put_into_words(struct ts_hang *hang)
{
    for (size_t i = 0; i < hang->thread_count; i++) {
        struct ts_hang_thread *thread = &hang->threads[i];
        label(hang, i, thread->label, sizeof thread->label);
    }
    for (size_t i = 0; i < hang->thread_count; i++) {
        struct ts_hang_thread *thread = &hang->threads[i];
        describe(hang, thread);
        thread->stack.role = "waiting";
        thread->stack.text = thread->sentence;
        thread->stack.thread = thread->label;
    }
}

static void add_counts(struct writer *writer, const struct ts_hang *hang)
{
    size_t counts[TS_HANG_DOING_COUNT] = {0}, blocked = 0;
    for (size_t i = 0; i < hang->thread_count; i++) {
        enum ts_hang_doing doing = hang->threads[i].doing;
        counts[doing]++;
        blocked += doing >= TS_HANG_BLOCKED_MUTEX && doing <= TS_HANG_BLOCKED_OTHER ? 1 : 0;
    }
    add(writer, "; %zu thread%s blocked, %zu spinning", blocked, blocked == 1 ? "" : "s",
        counts[TS_HANG_SPINNING]);
    if (counts[TS_HANG_STARVING] > 0) {
        add(writer, ", %zu starving", counts[TS_HANG_STARVING]);
    }
}

const char *ts_hang_sentence(const struct ts_hang *hang, char *text, size_t size)
{
    struct writer writer = {text, size, 0};
    size_t at = 0;
    for (size_t i = 0; i < hang->cycle_count; i++) {
        const struct ts_hang_thread *thread = &hang->threads[hang->cycle[i]];
        add(&writer, "%s%s",
            i > 0                      ? "; "
            : thread->label[0] == '\'' ? "deadlock: thread "
                                       : "deadlock: ",
            thread->sentence);
    }
    if (hang->cycle_count > 0) {
        end_between_words(&writer);
        return text;
    }
    while (at + 1 < hang->thread_count && hang->threads[at].tid != hang->pid) {
        at++;
    }
    add(&writer, "%s", hang->threads[at].sentence);
    for (at = ts_hang_next(hang, at); at != TS_HANG_NOBODY; at = ts_hang_next(hang, at)) {
        add(&writer, "; %s", hang->threads[at].sentence);
    }
    add_counts(&writer, hang);
    end_between_words(&writer);
    return text;
}

static void write_stack(const struct ts_stack *stack, FILE *file)
{
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        fprintf(file, "  #%zu %s", i, frame->function[0] == '\0' ? "??" : frame->function);
        if (frame->file[0] != '\0') {
            fprintf(file, " %s:%" PRId64, frame->file, frame->line);
        }
        fprintf(file, " (%s%s%s)\n", frame->module, frame->offset[0] == '\0' ? "" : "+", frame->offset);
    }
}

void ts_hang_write(const struct ts_hang *hang, FILE *file)
{
    char line[1024];
    fprintf(file, "%s\n\n", ts_hang_sentence(hang, line, sizeof line));
    for (size_t i = 0; i < hang->thread_count; i++) {
        const struct ts_hang_thread *thread = &hang->threads[i];
        fprintf(file, "%d %s: %s (%c, processor %.0f %%, queue %.0f %%%s%s)\n", (int)thread->tid,
                ts_hang_doing_name(thread->doing), thread->sentence, thread->state, thread->cpu_share * 100,
                thread->queue_share * 100, thread->detail[0] == '\0' ? "" : ", ", thread->detail);
    }
    if (hang->note[0] != '\0') {
        fprintf(file, "\n%s\n", hang->note);
    }
    for (size_t i = 0; i < hang->thread_count; i++) {
        if (hang->threads[i].stack.frame_count > 0) {
            fprintf(file, "\n%d %s\n", (int)hang->threads[i].tid, hang->threads[i].label);
            write_stack(&hang->threads[i].stack, file);
        }
    }
}
