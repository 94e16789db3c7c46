/*
 * A program that asks, when it begins, whether all is as it was when the first schedule began, and then
 * leaves behind as much as it can. Appends a line about itself to the file that its first argument names.
 */
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE  4096
#define PAGES 8
#define HEAP  10000

static int zero, seven = 7;
static __thread int own;
static char data[3 * PAGE] = {1};
static char *mapped, *heap, *sealed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int first;

__attribute__((constructor)) static void before_main(void)
{
    mapped = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    heap = malloc(HEAP);
    assert(mapped != MAP_FAILED && heap != NULL);
    sealed = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(sealed != MAP_FAILED);
    memset(mapped, 5, PAGES * PAGE);
    memset(heap, 6, HEAP);
}

/* How much memory is mapped; pieces that were restored may be mappings of their own. */
static unsigned long mapped_bytes(void)
{
    char line[512];
    unsigned long bytes = 0, begin = 0, end = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        assert(sscanf(line, "%lx-%lx", &begin, &end) == 2);
        bytes += end - begin;
    }
    fclose(maps);
    return bytes;
}

/* The name of the parent's parent: the driver's when a schedule is forked from the server that it started. */
static void name_grandparent(char *name, size_t size)
{
    char path[64], text[256] = "";
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)getppid());
    FILE *file = fopen(path, "r");
    assert(file != NULL && fscanf(file, "%*d %*s %*c %d", &parent) == 1);
    fclose(file);
    snprintf(path, sizeof path, "/proc/%d/comm", parent);
    file = fopen(path, "r");
    assert(file != NULL && fscanf(file, "%255s", text) == 1);
    fclose(file);
    snprintf(name, size, "%s", text);
}

/* In few accesses, each of which is a point of the schedule. */
static int holds(const char *memory, int byte, size_t size)
{
    return memory[0] == byte && memcmp(memory, memory + 1, size - 1) == 0;
}

/* `looks`: at what differs between a memory put back and one of its own, and so makes other steps. */
static void check(const char *log, bool looks)
{
    struct sigaction action;
    sigset_t blocked;
    char folder[512], grandparent[64];
    assert(zero == 0 && seven == 7 && own == 0 && data[0] == 1 && data[2 * PAGE] == 0 &&
           atomic_load(&first) == 0);
    assert(holds(mapped, 5, PAGES * PAGE) && holds(heap, 6, HEAP));
    assert(mprotect(sealed, 2 * PAGE, PROT_READ | PROT_WRITE) == 0 && holds(sealed, 0, 2 * PAGE));
    memset(sealed, 4, 2 * PAGE);
    assert(mprotect(sealed, PAGE, PROT_NONE) == 0);
    mapped[PAGE * PAGES - 1] = 1; /* it can be written */
    assert(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    assert(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && sigismember(&blocked, SIGUSR2) == 0);
    assert(getcwd(folder, sizeof folder) != NULL && strcmp(folder, "/") != 0);
    void *block = malloc(100);
    int descriptor = open("/dev/null", O_RDONLY); /* left open */
    name_grandparent(grandparent, sizeof grandparent);
    FILE *file = fopen(log, "a");
    assert(file != NULL);
    fprintf(file, "parent %d of %s mapped %lu block %p descriptor %d\n", (int)getppid(), grandparent,
            looks ? mapped_bytes() : 0, block, descriptor);
    fclose(file);
}

static void on_signal(int number)
{
    (void)number;
}

static char deep(int depth)
{
    volatile char room[PAGE];
    room[0] = (char)depth;
    return depth == 0 ? room[0] : (char)(deep(depth - 1) + room[0]);
}

static void leave_behind(void)
{
    sigset_t more;
    zero = 1;
    seven = 8;
    own = 9;
    memset(data, 2, sizeof data);
    memset(heap, 1, HEAP);
    munmap(mapped, PAGE);
    mprotect(mapped + 2 * PAGE, PAGE, PROT_READ);
    mprotect(mapped + 3 * PAGE, PAGE, PROT_NONE);
    assert(mmap(mapped + 4 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
           MAP_FAILED);
    madvise(mapped + 5 * PAGE, PAGE, MADV_DONTNEED);
    memset(mapped + 6 * PAGE, 3, PAGE);
    assert(mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    assert(sbrk(16 * PAGE) != (void *)-1);
    (void)deep(64);
    signal(SIGUSR1, on_signal);
    sigemptyset(&more);
    sigaddset(&more, SIGUSR2);
    sigprocmask(SIG_BLOCK, &more, NULL);
    assert(chdir("/") == 0);
    heap = malloc(500);
    free(malloc(1000000));
    printf("not a line");
}

static void *work(void *argument)
{
    int expected = 0;
    atomic_compare_exchange_strong(&first, &expected, (int)(size_t)argument);
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&lock);
        zero++;
        pthread_mutex_unlock(&lock);
    }
    own = 1;
    return NULL;
}

int main(int count, char **arguments)
{
    pthread_t thread[2];
    assert(count > 1);
    check(arguments[1], count == 2);
    leave_behind();
    for (size_t i = 0; i < 2; i++) {
        pthread_create(&thread[i], NULL, work, (void *)(i + 1));
    }
    pthread_join(thread[0], NULL);
    if (atomic_load(&first) == 2) {
        if (count > 2) {
            raise(SIGSEGV); /* dies with a thread and a lock, as it likes */
        }
        return 0; /* leaves a thread behind */
    }
    pthread_join(thread[1], NULL);
    return 0;
}
