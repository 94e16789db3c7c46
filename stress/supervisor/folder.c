#include "supervisor/folder.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static ts_err make_folder(const char *path, struct ts_diag *diag)
{
    struct stat status;
    if (mkdir(path, 0755) == 0 || (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode))) {
        return TS_OK;
    }
    return ts_fail_errno(diag, errno, "create folder", path);
}

static ts_err make_folders(const char *path, struct ts_diag *diag)
{
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    for (char *slash = strchr(parent + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        ts_err error = make_folder(parent, diag);
        if (error != TS_OK) {
            return error;
        }
        *slash = '/';
    }
    return make_folder(path, diag);
}

static ts_err refuse_record(const struct ts_run_folder *folder, struct ts_diag *diag)
{
    static const char *const names[] = {"record.jsonl", "record.jsonl.partial"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder->path, names[i]);
        if (access(path, F_OK) == 0) {
            return ts_fail(diag, TS_LIMIT, "create run folder", folder->path,
                           "holds a record already (%s); choose another folder with --out", names[i]);
        }
    }
    return TS_OK;
}

static void name_parts(struct ts_run_folder *folder)
{
    snprintf(folder->scratch, sizeof folder->scratch, "%s/scratch", folder->path);
    snprintf(folder->board, sizeof folder->board, "%s/board", folder->scratch);
    snprintf(folder->ticks, sizeof folder->ticks, "%s/ticks.bin", folder->path);
}

void ts_run_folder_resume(struct ts_run_folder *folder, const char *path, const char *id)
{
    memset(folder, 0, sizeof *folder);
    snprintf(folder->id, sizeof folder->id, "%s", id);
    snprintf(folder->path, sizeof folder->path, "%s", path);
    name_parts(folder);
}

/* Process numbers repeat across machines and containers, whose records meet in one history. */
static ts_err draw_id(struct ts_run_folder *folder, struct ts_diag *diag)
{
    char moment[32];
    uint64_t drawn;
    time_t now = (time_t)(ts_clock_wall_ns() / TS_NS_PER_S);
    struct tm utc;
    if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn) {
        return ts_fail_errno(diag, errno, "create run folder", "random number");
    }
    gmtime_r(&now, &utc);
    strftime(moment, sizeof moment, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(folder->id, sizeof folder->id, "%s-%012" PRIx64, moment, drawn >> 16);
    return TS_OK;
}

ts_err ts_run_folder_create(struct ts_run_folder *folder, const char *out, struct ts_diag *diag)
{
    memset(folder, 0, sizeof *folder);
    if (out != NULL && strlen(out) >= sizeof folder->path) {
        return ts_fail(diag, TS_INVALID, "create run folder", "--out", "the path is too long");
    }
    ts_err error = draw_id(folder, diag);
    if (error != TS_OK) {
        return error;
    }
    if (out == NULL) {
        snprintf(folder->path, sizeof folder->path, "runs/%s", folder->id);
        error = make_folder("runs", diag);
        if (error == TS_OK && mkdir(folder->path, 0755) != 0) {
            error = ts_fail_errno(diag, errno, "create run folder", folder->path);
        }
    } else {
        snprintf(folder->path, sizeof folder->path, "%s", out);
        error = make_folders(out, diag);
    }
    name_parts(folder);
    return error == TS_OK ? refuse_record(folder, diag) : error;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

ts_err ts_run_folder_scratch(const struct ts_run_folder *folder, struct ts_diag *diag)
{
    remove_tree(folder->scratch);
    return make_folder(folder->scratch, diag);
}

ts_err ts_run_folder_keep(const struct ts_run_folder *folder, size_t cell, uint64_t life, const char *kind,
                          const char *text, size_t size, char *name, size_t name_size, struct ts_diag *diag)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lives", folder->path);
    ts_err error = make_folder(path, diag);
    if (error != TS_OK) {
        return error;
    }
    snprintf(name, name_size, "lives/%zu-%" PRIu64 ".%s", cell, life, kind);
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) {
        return ts_fail_errno(diag, errno, "keep of a life", path);
    }
    while (size > 0) {
        ssize_t written = write(file, text, size);
        if (written < 0 && errno != EINTR) {
            error = ts_fail_errno(diag, errno, "keep of a life", path);
            break;
        }
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
    close(file);
    return error;
}

void ts_run_folder_clean(const struct ts_run_folder *folder)
{
    remove_tree(folder->scratch);
    unlink(folder->ticks);
}
