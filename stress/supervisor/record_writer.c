#include "supervisor/record_writer.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_WAIT_MS  1000
#define LOCK_PAUSE_MS 10

static void name_paths(struct ts_record_writer *writer, const char *folder, ts_record_echo echo,
                       void *user_data)
{
    writer->file = -1;
    writer->echo = echo;
    writer->user_data = user_data;
    snprintf(writer->folder, sizeof writer->folder, "%s", folder);
    snprintf(writer->partial_path, sizeof writer->partial_path, "%s/record.jsonl.partial", writer->folder);
    snprintf(writer->path, sizeof writer->path, "%s/record.jsonl", writer->folder);
}

static ts_err refuse_lock(const struct ts_record_writer *writer, struct ts_diag *diag)
{
    return errno == EWOULDBLOCK
               ? ts_fail(diag, TS_LIMIT, "open record", writer->partial_path, "its run is still going on")
               : ts_fail_errno(diag, errno, "lock record", writer->partial_path);
}

/* Held until the file is closed, also by death: a lock tells a record that grows from one that was left. A
 * child that had not become its program yet when its supervisor died holds the lock a moment longer. */
static ts_err lock_record(struct ts_record_writer *writer, struct ts_diag *diag)
{
    for (int waited_ms = 0; flock(writer->file, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_PAUSE_MS) {
        if (errno != EWOULDBLOCK || waited_ms >= LOCK_WAIT_MS) {
            return refuse_lock(writer, diag);
        }
        ts_sleep_ns(LOCK_PAUSE_MS * TS_NS_PER_MS);
    }
    return TS_OK;
}

static ts_err cut_broken_line(struct ts_record_writer *writer, struct ts_diag *diag)
{
    off_t end = lseek(writer->file, 0, SEEK_END);
    char last = '\n';
    while (end > 0 && pread(writer->file, &last, 1, end - 1) == 1 && last != '\n') {
        end--;
    }
    return end >= 0 && ftruncate(writer->file, end) == 0
               ? TS_OK
               : ts_fail_errno(diag, errno, "mend record", writer->partial_path);
}

ts_err ts_record_writer_resume(struct ts_record_writer *writer, const char *folder, struct ts_diag *diag)
{
    name_paths(writer, folder, NULL, NULL);
    writer->file = open(writer->partial_path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (writer->file < 0) {
        return ts_fail_errno(diag, errno, "open record", writer->partial_path);
    }
    ts_err error = lock_record(writer, diag);
    if (error == TS_OK) {
        error = cut_broken_line(writer, diag);
    }
    if (error != TS_OK) {
        ts_record_writer_abandon(writer);
    }
    return error;
}

ts_err ts_record_writer_share(struct ts_record_writer *writer, const struct ts_record_writer *resumed,
                              ts_record_echo echo, void *user_data, struct ts_diag *diag)
{
    *writer = *resumed;
    writer->echo = echo;
    writer->user_data = user_data;
    writer->file = fcntl(resumed->file, F_DUPFD_CLOEXEC, 0);
    return writer->file >= 0 ? TS_OK : ts_fail_errno(diag, errno, "open record", writer->partial_path);
}

ts_err ts_record_writer_init(struct ts_record_writer *writer, const char *folder, ts_record_echo echo,
                             void *user_data, struct ts_diag *diag)
{
    name_paths(writer, folder, echo, user_data);
    if (access(writer->path, F_OK) == 0) {
        return ts_fail(diag, TS_LIMIT, "create record", writer->path,
                       "a record is there already; choose another folder with --out");
    }
    /* Exclusive: two runs into the same folder must not mix their lines. */
    writer->file = open(writer->partial_path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (writer->file < 0 && errno == EEXIST) {
        return ts_fail(diag, TS_LIMIT, "create record", writer->partial_path,
                       "another run writes here, or died here: go on with it (tickstorm resume) or choose "
                       "another folder with --out");
    }
    return writer->file < 0 ? ts_fail_errno(diag, errno, "create record", writer->partial_path)
                            : lock_record(writer, diag);
}

static ts_err write_all(struct ts_record_writer *writer, const char *text, size_t size, struct ts_diag *diag)
{
    /* A short write means that the disk filled within the line; the next one says so. */
    while (size > 0) {
        ssize_t written = write(writer->file, text, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return ts_fail_errno(diag, errno, "write record", writer->partial_path);
        }
        text += written;
        size -= (size_t)written;
    }
    return TS_OK;
}

ts_err ts_record_writer_line(struct ts_record_writer *writer, json_t *object, struct ts_diag *diag)
{
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(object);
    size_t size = text == NULL ? 0 : strlen(text);
    char *line = text == NULL ? NULL : realloc(text, size + 2);
    if (line == NULL) {
        free(text);
        return ts_fail(diag, TS_NO_MEMORY, "write record", writer->partial_path, "no memory for a line");
    }
    memcpy(line + size, "\n", 2);
    ts_err error = write_all(writer, line, size + 1, diag);
    if (error == TS_OK && writer->echo != NULL) {
        writer->echo(line, size + 1, writer->user_data);
    }
    free(line);
    return error;
}

ts_err ts_record_writer_finish(struct ts_record_writer *writer, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    if (fsync(writer->file) != 0) {
        error = ts_fail_errno(diag, errno, "write record", writer->partial_path);
    }
    if (close(writer->file) != 0 && error == TS_OK) {
        error = ts_fail_errno(diag, errno, "write record", writer->partial_path);
    }
    writer->file = -1;
    if (error == TS_OK && rename(writer->partial_path, writer->path) != 0) {
        error = ts_fail_errno(diag, errno, "rename record", writer->path);
    }
    int folder = error == TS_OK ? open(writer->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder >= 0) {
        fsync(folder); /* only makes the new name durable; file systems without it refuse, to no harm */
        close(folder);
    }
    return error;
}

void ts_record_writer_abandon(struct ts_record_writer *writer)
{
    if (writer->file >= 0) {
        close(writer->file);
        writer->file = -1;
    }
}
