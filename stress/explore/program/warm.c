/*
 * What the server does once so that no schedule has to: a fork copies what stands in the server's page
 * tables, and a process takes all of that down again when it ends, so what is not there costs nothing twice.
 */
#include "explore/core/sys.h"
#include "explore/program/server.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE        4096u
#define LOOKED_AT   512u                  /* pages in one look */
#define MAPPING_MAX (UINT64_C(256) << 20) /* shadow memory is reserved by the terabyte */
#define PRESENT     (UINT64_C(1) << 63)   /* of /proc/self/pagemap: in memory, */
#define FROM_A_FILE (UINT64_C(1) << 61)   /* or shared: not the process's own to drop */

/*
 * ThreadSanitizer starts a thread of its own when the program makes its first one; it flushes memory if asked
 * to, and has to be ended with every schedule. Once started it is not started again, and the notice of a
 * sandbox ends it for good. Weak: another runtime may have neither.
 */
extern void start_background(void) __attribute__((weak)) __asm__("_ZN6__tsan26MaybeSpawnBackgroundThreadEv");
extern void __sanitizer_sandbox_on_notify(void *arguments) __attribute__((weak));

static void end_background(void)
{
    static uint64_t arguments[8]; /* nothing is asked for */
    if (start_background != NULL && __sanitizer_sandbox_on_notify != NULL) {
        start_background();
        __sanitizer_sandbox_on_notify(arguments);
    }
}

/* The sanitizer's lock graph clears two megabytes at the first lock of a process. */
static void make_lock_graph(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_destroy(&mutex);
}

static bool is_zero(const uint64_t *words)
{
    uint64_t any = 0;
    for (size_t i = 0; i < PAGE / sizeof *words; i++) {
        any |= words[i];
    }
    return any == 0;
}

/* Pages that hold nothing but zeros are as good as pages that are not there yet. */
static void drop_zeros(int pagemap, uintptr_t begin, uintptr_t end)
{
    static uint64_t state[LOOKED_AT];
    uintptr_t from = 0; /* of zeros in a row that are not dropped yet; 0: none */
    for (uintptr_t at = begin; at < end; at += PAGE) {
        size_t i = (at - begin) / PAGE % LOOKED_AT;
        if (i == 0 && pread(pagemap, state, sizeof state, (off_t)(at / PAGE * sizeof *state)) <= 0) {
            memset(state, 0, sizeof state);
        }
        bool zero =
            (state[i] & (PRESENT | FROM_A_FILE)) == PRESENT &&
            is_zero((const uint64_t *)at); // NOLINT(performance-no-int-to-ptr): from the kernel's list
        from = zero && from == 0 ? at : from;
        if (from != 0 && (!zero || at + PAGE == end)) {
            ts_sys4(SYS_madvise, (long)from, (long)((zero ? end : at) - from), MADV_DONTNEED, 0);
            from = 0;
        }
    }
}

static void drop_all_zeros(void)
{
    char line[512];
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    FILE *maps = pagemap >= 0 ? fopen("/proc/self/maps", "re") : NULL;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long begin = 0, end = 0, inode = 1;
        char rights[8] = "", name = '\0';
        int fields = sscanf(line, "%lx-%lx %7s %*s %*s %lu %c", &begin, &end, rights, &inode, &name);
        if (fields == 4 && strcmp(rights, "rw-p") == 0 && inode == 0 && end - begin <= MAPPING_MAX) {
            drop_zeros(pagemap, begin, end);
        }
    }
    if (maps != NULL) {
        fclose(maps);
    }
    if (pagemap >= 0) {
        close(pagemap);
    }
}

void ts_program_warm(void)
{
    make_lock_graph();
    end_background();
    drop_all_zeros();
}
