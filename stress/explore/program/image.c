#include "explore/program/image.h"

#include "explore/core/sys.h"
#include "explore/program/mappings.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGE             4096u
#define WORDS            (PAGE / sizeof(uint64_t))
#define PAGES_MAX        65536u /* of the image: 256 MiB */
#define EXTRA_MAX        16384u /* pages that schedules have made and that stay, empty, for the next ones */
#define STACK            (UINT64_C(256) << 10)
#define REGIONS          512u
#define DESCRIPTORS_FROM 700 /* out of the way of the program's own */
#define SPACE_END        ((UINT64_C(1) << 47) - PAGE)

/* The kernel's interface, younger than Debian's headers. */
#define PAGE_IS_FILE    (UINT64_C(1) << 2)
#define PAGE_IS_PRESENT (UINT64_C(1) << 3)
#define PAGE_IS_SWAPPED (UINT64_C(1) << 4)
#define PAGEMAP_SCAN    0xc0606610
struct page_region {
    uint64_t start, end, categories;
};
struct pm_scan_arg {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask,
        category_anyof_mask, return_mask;
};

typedef uint64_t page_words __attribute__((may_alias));

/* Shared: no schedule's change to it is undone, and none is made to it. */
static struct image {
    struct ts_mappings mappings, now;
    uint64_t heap_end; /* brk */
    int pagemap;
    int *thread_id; /* where libc keeps it */
    void *robust_list;
    size_t robust_size;
    stack_t signal_stack;
    uint64_t pages;
    struct page_region region[REGIONS];
    /* Of the pass in progress, over the pages that there are and those of the image, by address. */
    uint64_t next_page;
    size_t next_mapping;
    uint64_t extra;
    uint64_t drop_begin, drop_end; /* extra pages in a row that are to go */
    char serve_stack[STACK], begin_stack[STACK / 16];
    uint64_t at[PAGES_MAX];             /* the address of each page, */
    page_words kept[PAGES_MAX * WORDS]; /* and what it held */
} *image;

static void *frame[5]; /* of __builtin_setjmp */

static page_words *memory_at(uint64_t address)
{
    return (page_words *)address; // NOLINT(performance-no-int-to-ptr): from the kernel's list
}

static void copy(page_words *restrict to, const page_words *restrict from)
{
    for (size_t i = 0; i < WORDS; i++) {
        to[i] = from[i];
    }
}

static bool differ(const page_words *a, const page_words *b)
{
    uint64_t any = 0;
    for (size_t i = 0; i < WORDS; i++) {
        any |= a[i] ^ b[i];
    }
    return any != 0;
}

static bool is_zero(const page_words *page)
{
    uint64_t any = 0;
    for (size_t i = 0; i < WORDS; i++) {
        any |= page[i];
    }
    return any == 0;
}

static void clear(page_words *page)
{
    for (size_t i = 0; i < WORDS; i++) {
        page[i] = 0;
    }
}

/* Calls `page` with each page that is in memory and belongs to no file. False when the kernel refuses. */
static bool each_page(void (*page)(uint64_t address))
{
    struct pm_scan_arg scan = {.size = sizeof scan,
                               .end = SPACE_END,
                               .vec = (uintptr_t)image->region,
                               .vec_len = REGIONS,
                               .category_inverted = PAGE_IS_FILE,
                               .category_mask = PAGE_IS_FILE,
                               .category_anyof_mask = PAGE_IS_PRESENT | PAGE_IS_SWAPPED};
    while (scan.start < SPACE_END) {
        long count = ts_sys4(SYS_ioctl, image->pagemap, (long)PAGEMAP_SCAN, (long)(uintptr_t)&scan, 0);
        if (count < 0) {
            return false;
        }
        for (long i = 0; i < count; i++) {
            for (uint64_t at = image->region[i].start; at < image->region[i].end; at += PAGE) {
                page(at);
            }
        }
        scan.start = count < (long)REGIONS ? SPACE_END : scan.walk_end;
    }
    return true;
}

/* The mapping of a page when that is not shared; NULL: it is, or was not there. The pass goes up. */
static const struct ts_mapping *private_mapping(uint64_t address)
{
    const struct ts_mappings *mappings = &image->mappings;
    while (image->next_mapping < mappings->count && mappings->mapping[image->next_mapping].end <= address) {
        image->next_mapping++;
    }
    const struct ts_mapping *mapping = &mappings->mapping[image->next_mapping];
    bool inside = image->next_mapping < mappings->count && mapping->begin <= address;
    return inside && !mapping->shared ? mapping : NULL;
}

/* Whether what it holds is kept and put back. */
static bool has_contents(const struct ts_mapping *mapping)
{
    return ts_mapping_is_own(mapping) && (mapping->rights & PROT_READ) != 0;
}

static void begin_pass(void)
{
    image->next_page = 0;
    image->next_mapping = 0;
    image->extra = 0;
}

static void count_page(uint64_t address)
{
    image->pages += private_mapping(address) != NULL;
}

static void keep_page(uint64_t address)
{
    const struct ts_mapping *mapping = private_mapping(address);
    if (mapping == NULL || image->next_page >= image->pages) {
        return;
    }
    if (has_contents(mapping)) {
        copy(&image->kept[image->next_page * WORDS], memory_at(address));
    }
    image->at[image->next_page++] = address;
}

/* Those of the image before `address` that are in memory no longer. */
static void restore_lost(uint64_t address)
{
    for (; image->next_page < image->pages && image->at[image->next_page] < address; image->next_page++) {
        const struct ts_mapping *mapping = private_mapping(image->at[image->next_page]);
        if (mapping != NULL && has_contents(mapping)) {
            copy(memory_at(image->at[image->next_page]), &image->kept[image->next_page * WORDS]);
        }
    }
}

static void drop(void)
{
    if (image->drop_begin < image->drop_end) {
        ts_sys4(SYS_madvise, (long)image->drop_begin, (long)(image->drop_end - image->drop_begin),
                MADV_DONTNEED, 0);
    }
    image->drop_begin = image->drop_end = 0;
}

static void drop_page(uint64_t address)
{
    if (image->drop_end != address) {
        drop();
        image->drop_begin = address;
    }
    image->drop_end = address + PAGE;
}

static void restore_page(uint64_t address)
{
    page_words *page = memory_at(address);
    restore_lost(address);
    const struct ts_mapping *mapping = private_mapping(address);
    bool contents = mapping != NULL && has_contents(mapping);
    if (image->next_page < image->pages && image->at[image->next_page] == address) {
        const page_words *kept = &image->kept[image->next_page++ * WORDS];
        if (contents && differ(page, kept)) {
            copy(page, kept);
        }
    } else if (contents && mapping->file == 0 && ++image->extra <= EXTRA_MAX) {
        if (!is_zero(page)) {
            clear(page);
        }
    } else if (mapping != NULL && (contents || mapping->file == 0)) {
        drop_page(address); /* without contents: it could be written for a while, and may be again */
    }
}

/* The pages of files that can be written become the process's own, so that their copies are in the image. */
static void own_files(void)
{
    for (size_t i = 0; i < image->mappings.count; i++) {
        const struct ts_mapping *mapping = &image->mappings.mapping[i];
        if (ts_mapping_is_own(mapping) && mapping->file != 0) {
            ts_sys4(SYS_madvise, (long)mapping->begin, (long)(mapping->end - mapping->begin),
                    MADV_POPULATE_WRITE, 0);
        }
    }
}

bool ts_image_open(void)
{
#if defined(__x86_64__)
    void *memory =
        mmap(NULL, sizeof *image, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    image = memory;
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    struct pm_scan_arg scan = {.size = sizeof scan, .end = SPACE_END, .category_anyof_mask = PAGE_IS_PRESENT};
    bool scans = ts_sys4(SYS_ioctl, file, (long)PAGEMAP_SCAN, (long)(uintptr_t)&scan, 0) >= 0;
    close(file);
    return scans && prctl(PR_GET_TID_ADDRESS, &image->thread_id) == 0 && image->thread_id != NULL &&
           *image->thread_id == ts_sys_gettid();
#else
    return false;
#endif
}

bool ts_image_take(void)
{
    image->heap_end = (uint64_t)ts_sys4(SYS_brk, 0, 0, 0, 0);
    image->pages = 0;
    begin_pass();
    if (!ts_mappings_read(&image->mappings)) {
        return false;
    }
    own_files();
    if (!each_page(count_page) || image->pages > PAGES_MAX) {
        return false;
    }
    begin_pass();
    return each_page(keep_page) && image->next_page == image->pages;
}

bool ts_image_restore(void)
{
    if ((uint64_t)ts_sys4(SYS_brk, (long)image->heap_end, 0, 0, 0) != image->heap_end ||
        !ts_mappings_read(&image->now) || !ts_mappings_restore(&image->mappings, &image->now)) {
        return false;
    }
    begin_pass();
    if (!each_page(restore_page)) {
        return false;
    }
    restore_lost(SPACE_END);
    drop();
    return true;
}

#if defined(__x86_64__)

static _Noreturn void call_on_stack(char *top, void (*function)(void))
{
    __asm__ volatile("mov %0, %%rsp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call *%1\n\t"
                     "ud2"
                     :
                     : "r"(top), "r"(function)
                     : "memory");
    __builtin_unreachable();
}

/* The new process calls `function` on the stack below `top`. */
static long clone_on_stack(long flags, char *top, int *thread_id, void (*function)(void))
{
    long result;
    register int *r10 __asm__("r10") = thread_id;
    register long r8 __asm__("r8") = 0;
    register void (*r12)(void) __asm__("r12") = function;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call *%%r12\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone), "D"(flags), "S"(top), "d"(0), "r"(r10), "r"(r8), "r"(r12)
                     : "rcx", "r11", "memory");
    return result;
}

#else /* ts_image_open has said no */

static _Noreturn void call_on_stack(char *top, void (*function)(void))
{
    (void)top;
    (void)function;
    __builtin_trap();
}

static long clone_on_stack(long flags, char *top, int *thread_id, void (*function)(void))
{
    (void)flags;
    (void)top;
    (void)thread_id;
    (void)function;
    return -1;
}

#endif

/* The first act of a schedule's process: what a clone in the same memory has not got from its parent. */
static void resume(void)
{
    ts_sys4(SYS_set_robust_list, (long)(uintptr_t)image->robust_list, (long)image->robust_size, 0, 0);
    ts_sys4(SYS_sigaltstack, (long)(uintptr_t)&image->signal_stack, 0, 0, 0);
    ts_sys4(SYS_close, image->pagemap, 0, 0, 0);
    __builtin_longjmp(frame, 1);
}

void ts_image_run(void (*serve)(void))
{
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    image->pagemap = fcntl(file, F_DUPFD_CLOEXEC, DESCRIPTORS_FROM);
    close(file);
    ts_sys4(SYS_get_robust_list, 0, (long)(uintptr_t)&image->robust_list,
            (long)(uintptr_t)&image->robust_size, 0);
    ts_sys4(SYS_sigaltstack, 0, (long)(uintptr_t)&image->signal_stack, 0, 0);
    if (__builtin_setjmp(frame) == 0) {
        call_on_stack(image->serve_stack + sizeof image->serve_stack, serve);
    }
}

pid_t ts_image_begin(void)
{
    return (pid_t)clone_on_stack(CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
                                 image->begin_stack + sizeof image->begin_stack, image->thread_id, resume);
}
