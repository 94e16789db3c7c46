#include "explore/program/server.h"

#include "explore/control.h"
#include "explore/core/sys.h"
#include "worker/board.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_FROM 700 /* out of the way of the program's own */

struct ts_program ts_program = {.replies = -1, .events = -1, .capture = -1};

static struct ts_arena *map_arena(const char *path)
{
    struct stat status;
    struct ts_arena *arena = NULL;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size == (off_t)sizeof *arena) {
        void *memory = mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        arena = memory != MAP_FAILED ? memory : NULL;
    }
    if (file >= 0) {
        close(file);
    }
    if (arena != NULL && (arena->magic != TS_ARENA_MAGIC || arena->size != sizeof *arena)) {
        munmap(arena, sizeof *arena);
        arena = NULL;
    }
    return arena;
}

static int move_away(int descriptor)
{
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, DESCRIPTORS_FROM);
    if (moved < 0) {
        return descriptor;
    }
    close(descriptor);
    return moved;
}

/* Programs that this one starts are no servers. */
static void forget_variables(void)
{
    unsetenv(TS_EXPLORE_ENV_ARENA);
    unsetenv(TS_EXPLORE_ENV_BOARD);
    unsetenv(TS_EXPLORE_ENV_CONTROL);
    unsetenv(TS_EXPLORE_ENV_CAPTURE);
    unsetenv(TS_EXPLORE_ENV_MAPS);
}

bool ts_program_open(void)
{
    const char *arena = getenv(TS_EXPLORE_ENV_ARENA), *board = getenv(TS_EXPLORE_ENV_BOARD),
               *control = getenv(TS_EXPLORE_ENV_CONTROL), *capture = getenv(TS_EXPLORE_ENV_CAPTURE),
               *maps = getenv(TS_EXPLORE_ENV_MAPS);
    if (arena == NULL || board == NULL ||
        (control != NULL && sscanf(control, "%d,%d", &ts_program.replies, &ts_program.events) != 2)) {
        return false;
    }
    ts_program.arena = map_arena(arena);
    if (ts_program.arena == NULL || ts_board_open(board, &ts_program.board, NULL) != TS_OK) {
        fputs("tickstorm: this program was built by another version of tickstorm cc\n", stderr);
        _exit(1);
    }
    if (control != NULL) {
        ts_program.replies = move_away(ts_program.replies);
        ts_program.events = move_away(ts_program.events);
    }
    if (control != NULL && capture != NULL) {
        int file = open(capture, O_WRONLY | O_CLOEXEC);
        ts_program.capture = file >= 0 ? move_away(file) : -1;
    }
    if (maps != NULL) {
        strncpy(ts_program.maps, maps, sizeof ts_program.maps - 1);
    }
    forget_variables();
    return true;
}

void ts_program_keep_maps(void)
{
    static char page[4096];
    if (ts_program.maps[0] == '\0') {
        return;
    }
    int from = (int)ts_sys4(SYS_openat, AT_FDCWD, (long)(uintptr_t)"/proc/self/maps", O_RDONLY, 0);
    int to = (int)ts_sys4(SYS_openat, AT_FDCWD, (long)(uintptr_t)ts_program.maps,
                          O_WRONLY | O_CREAT | O_TRUNC, 0600);
    long size = 0;
    do {
        size = ts_sys4(SYS_read, from, (long)(uintptr_t)page, sizeof page, 0);
    } while (size > 0 && ts_sys4(SYS_write, to, (long)(uintptr_t)page, size, 0) == size);
    ts_sys4(SYS_close, from, 0, 0, 0);
    ts_sys4(SYS_close, to, 0, 0, 0);
}
