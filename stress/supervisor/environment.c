#include "supervisor/environment.h"

#include "finding/symbolizer.h"
#include "hang/hang.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STRING_OF_(x) #x
#define STRING_OF(x)  STRING_OF_(x)
#define CLANG_MAJOR   STRING_OF(__clang_major__)

/* Up to here every mapping of a process lies where the sanitizers expect it. */
#define SAFE_RND_BITS       28

#define FALLBACK_SYMBOLIZER "/usr/lib/llvm-" CLANG_MAJOR "/bin/llvm-symbolizer"

ts_err ts_workers_folder(char *folder, size_t size, struct ts_diag *diag)
{
    const char *chosen = getenv("TICKSTORM_WORKERS");
    if (chosen != NULL && chosen[0] != '\0') {
        snprintf(folder, size, "%s", chosen);
        return TS_OK;
    }
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    if (length < 0) {
        return ts_fail_errno(diag, errno, "find workers", "/proc/self/exe");
    }
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    return TS_OK;
}

bool ts_environment_tsan_dies(long mmap_rnd_bits, int clang_major, int clang_minor)
{
    bool old = clang_major < 18 || (clang_major == 18 && clang_minor < 1);
    return old && mmap_rnd_bits > 28;
}

static bool find_in_path(const char *path_list, const char *name, char *found, size_t size)
{
    while (path_list != NULL && *path_list != '\0') {
        size_t length = strcspn(path_list, ":");
        snprintf(found, size, "%.*s/%s", (int)length, path_list, name);
        if (length > 0 && access(found, X_OK) == 0) {
            return true;
        }
        path_list += length + (path_list[length] == ':');
    }
    return false;
}

bool ts_environment_find_symbolizer(const char *path_list, const char *fallback, char *found, size_t size)
{
    if (find_in_path(path_list, "llvm-symbolizer-" CLANG_MAJOR, found, size) ||
        find_in_path(path_list, "llvm-symbolizer", found, size)) {
        return true;
    }
    snprintf(found, size, "%s", fallback == NULL ? "" : fallback);
    return fallback != NULL && access(fallback, X_OK) == 0;
}

struct image {
    const char *bytes;
    size_t size;
};

static const void *part_of(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->size && size <= image->size - offset ? image->bytes + offset : NULL;
}

static bool table_defines(const struct image *image, const Elf64_Shdr *table, const Elf64_Shdr *strings,
                          const char *symbol)
{
    const char *names = part_of(image, strings->sh_offset, strings->sh_size);
    size_t length = strlen(symbol) + 1;
    for (uint64_t at = 0; names != NULL && at + sizeof(Elf64_Sym) <= table->sh_size;
         at += sizeof(Elf64_Sym)) {
        const void *entry = part_of(image, table->sh_offset + at, sizeof(Elf64_Sym));
        Elf64_Sym found;
        if (entry == NULL) {
            return false;
        }
        memcpy(&found, entry, sizeof found);
        if (found.st_shndx != SHN_UNDEF && found.st_name < strings->sh_size &&
            length <= strings->sh_size - found.st_name &&
            memcmp(names + found.st_name, symbol, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool image_defines(const struct image *image, const char *symbol)
{
    const Elf64_Ehdr *header = part_of(image, 0, sizeof *header);
    if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shentsize != sizeof(Elf64_Shdr) ||
        header->e_shoff % _Alignof(Elf64_Shdr) != 0) {
        return false;
    }
    const Elf64_Shdr *sections =
        part_of(image, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr));
    for (size_t i = 0; sections != NULL && i < header->e_shnum; i++) {
        bool symbols = sections[i].sh_type == SHT_DYNSYM || sections[i].sh_type == SHT_SYMTAB;
        if (symbols && sections[i].sh_link < header->e_shnum &&
            table_defines(image, &sections[i], &sections[sections[i].sh_link], symbol)) {
            return true;
        }
    }
    return false;
}

bool ts_environment_defines(const char *path, const char *symbol)
{
    struct stat status;
    bool found = false;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    if (fstat(file, &status) == 0 && status.st_size > 0) {
        struct image image = {.size = (size_t)status.st_size};
        void *bytes = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            image.bytes = bytes;
            found = image_defines(&image, symbol);
            munmap(bytes, image.size);
        }
    }
    close(file);
    return found;
}

static void check_file(struct ts_environment_check *check, const char *folder, const char *flavour,
                       const char *name, int mode)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s/%s", folder, flavour, name);
    snprintf(check->name, sizeof check->name, "%s %s", flavour, name);
    snprintf(check->found, sizeof check->found, "%.200s", path);
    check->needed = true;
    check->ok = access(path, mode) == 0;
    if (!check->ok) {
        snprintf(check->found, sizeof check->found, "not there: %.200s", path);
        snprintf(check->mend, sizeof check->mend, "run ./ci/build");
    }
}

/* Without its runtime a worker runs and sees nothing. */
static void check_runtime(struct ts_environment_check *check, const char *folder, const char *flavour)
{
    char path[PATH_MAX + 64], symbol[32];
    snprintf(path, sizeof path, "%s/%s/tickstorm-worker", folder, flavour);
    snprintf(symbol, sizeof symbol, "__%s_init", strcmp(flavour, "explore") == 0 ? "tsan" : flavour);
    snprintf(check->name, sizeof check->name, "%s runtime", flavour);
    check->ok = ts_environment_defines(path, symbol);
    snprintf(check->found, sizeof check->found, "the worker %s %s",
             check->ok ? "holds" : "is blind: it has no", symbol);
    if (!check->ok) {
        snprintf(check->mend, sizeof check->mend, "run ./ci/build; TICKSTORM_WORKERS may name other workers");
    }
}

/* 0 where it cannot be read. */
static long read_number(const char *path)
{
    long number = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%ld", &number) != 1) {
        number = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return number;
}

static long mmap_rnd_bits(void)
{
    return read_number("/proc/sys/vm/mmap_rnd_bits");
}

static void check_mmap_rnd_bits(struct ts_environment_check *check)
{
    long bits = mmap_rnd_bits();
    snprintf(check->name, sizeof check->name, "vm.mmap_rnd_bits");
    snprintf(check->found, sizeof check->found, "%ld, workers built by clang %d.%d", bits, __clang_major__,
             __clang_minor__);
    check->needed = true;
    check->ok = !ts_environment_tsan_dies(bits, __clang_major__, __clang_minor__);
    if (!check->ok) {
        snprintf(check->mend, sizeof check->mend,
                 "ThreadSanitizer dies there: sysctl -w vm.mmap_rnd_bits=28, or build with clang-19");
    }
}

/* Asks for this very function: a symbolizer that is there but does not work would leave findings nameless. */
static bool symbolizer_answers(const char *path)
{
    struct ts_symbolizer *symbolizer = NULL;
    struct ts_symbol symbol = {0};
    struct ts_diag diag;
    Dl_info own;
    char program[PATH_MAX] = "";
    bool answers = ts_symbolizer_create(path, &symbolizer, &diag) == TS_OK &&
                   dladdr((const void *)(uintptr_t)symbolizer_answers, &own) != 0 &&
                   readlink("/proc/self/exe", program, sizeof program - 1) > 0;
    if (answers) {
        uint64_t offset = (uint64_t)(uintptr_t)symbolizer_answers - (uint64_t)(uintptr_t)own.dli_fbase;
        answers = ts_symbolizer_code(symbolizer, program, offset, &symbol, 1) == 1 &&
                  strcmp(symbol.function, __func__) == 0;
    }
    ts_symbolizer_destroy(symbolizer);
    return answers;
}

static void check_symbolizer(struct ts_environment_check *check)
{
    snprintf(check->name, sizeof check->name, "llvm-symbolizer");
    check->needed = true;
    check->ok = ts_environment_find_symbolizer(getenv("PATH"), FALLBACK_SYMBOLIZER, check->found,
                                               sizeof check->found);
    if (!check->ok) {
        snprintf(check->found, sizeof check->found, "not found: reports would hold no names");
        snprintf(check->mend, sizeof check->mend, "install llvm-" CLANG_MAJOR);
    } else if (!symbolizer_answers(check->found)) {
        check->ok = false;
        snprintf(check->mend, sizeof check->mend,
                 "it does not name a function of this program: install llvm-" CLANG_MAJOR);
    }
}

/* The exit code of a child, or -1. */
static int code_of(pid_t child)
{
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int errno_of_no_randomize(void)
{
    pid_t child = fork();
    if (child == 0) {
        int now = personality(0xffffffff);
        _exit(now != -1 && personality((unsigned long)now | ADDR_NO_RANDOMIZE) != -1 ? 0 : errno);
    }
    return code_of(child);
}

/* ThreadSanitizer starts itself again without randomisation where a mapping lies in its way. */
static void check_personality(struct ts_environment_check *check)
{
    int error = errno_of_no_randomize();
    long bits = mmap_rnd_bits();
    snprintf(check->name, sizeof check->name, "personality");
    snprintf(check->found, sizeof check->found,
             error == 0 ? "address randomisation can be turned off"
             : bits <= SAFE_RND_BITS
                 ? "ADDR_NO_RANDOMIZE is refused, and not needed with vm.mmap_rnd_bits %ld"
                 : "ADDR_NO_RANDOMIZE is refused with vm.mmap_rnd_bits %ld",
             bits);
    check->ok = error == 0 || bits <= SAFE_RND_BITS;
    if (!check->ok) {
        snprintf(check->mend, sizeof check->mend,
                 "sysctl -w vm.mmap_rnd_bits=28 on the host, or docker --security-opt seccomp=unconfined");
    }
}

/* Whether the stack of a child that waits can be taken, as it will be of a worker that hangs. */
static bool stacks_are_taken(void)
{
    struct ts_hang *hang = NULL;
    struct ts_diag diag;
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            pause();
        }
    }
    bool taken = child > 0 && ts_hang_analyse(child, &hang, &diag) == TS_OK && hang->thread_count > 0 &&
                 hang->threads[0].stack.frame_count > 0;
    ts_hang_free(hang);
    if (child > 0) {
        kill(child, SIGKILL);
        (void)code_of(child);
    }
    return taken;
}

static void check_gdb(struct ts_environment_check *check, bool may_attach)
{
    snprintf(check->name, sizeof check->name, "gdb");
    check->ok = find_in_path(getenv("PATH"), "gdb", check->found, sizeof check->found);
    if (!check->ok) {
        snprintf(check->found, sizeof check->found, "not found: a hung worker leaves no stacks");
        snprintf(check->mend, sizeof check->mend, "install gdb");
    } else if (may_attach && !stacks_are_taken()) {
        check->ok = false;
        snprintf(check->mend, sizeof check->mend, "it does not show the stack of a child: install gdb anew");
    }
}

/* As gdb would: one child attaches to another, of which it is no ancestor. 0, an errno, or -1. */
static int errno_of_seize(void)
{
    pid_t target = fork();
    if (target == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    if (target < 0) {
        return -1;
    }
    int status = 0, error = -1;
    if (waitpid(target, &status, WUNTRACED) == target && WIFSTOPPED(status)) {
        pid_t tracer = fork();
        if (tracer == 0) {
            _exit(ptrace(PTRACE_SEIZE, target, NULL, NULL) == 0 ? 0 : errno);
        }
        error = code_of(tracer);
    }
    kill(target, SIGKILL);
    (void)code_of(target);
    return error;
}

static void check_ptrace(struct ts_environment_check *check)
{
    int error = errno_of_seize();
    snprintf(check->name, sizeof check->name, "ptrace");
    check->ok = error == 0;
    snprintf(check->found, sizeof check->found, "%s", check->ok ? "a debugger may attach" : "refused");
    if (!check->ok) {
        snprintf(check->found, sizeof check->found,
                 "%s, with kernel.yama.ptrace_scope %ld: no stacks of hangs",
                 error > 0 ? strerror(error) : "could not be tried",
                 read_number("/proc/sys/kernel/yama/ptrace_scope"));
        snprintf(check->mend, sizeof check->mend,
                 "sysctl -w kernel.yama.ptrace_scope=0 on the host, or docker --cap-add SYS_PTRACE");
    }
}

static void check_processors(struct ts_environment_check *check)
{
    cpu_set_t set;
    int count =
        sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    snprintf(check->name, sizeof check->name, "processors");
    snprintf(check->found, sizeof check->found, "%d%s", count, count < 2 ? ": threads never overlap" : "");
    check->ok = count >= 2;
    if (!check->ok) {
        snprintf(check->mend, sizeof check->mend, "give it two (taskset, the container's cpuset)");
    }
}

size_t ts_environment_check(const char *workers, const bool flavours[TS_FLAVOUR_COUNT], bool all,
                            struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS])
{
    char folder[PATH_MAX];
    size_t count = 0;
    memset(checks, 0, TS_ENVIRONMENT_CHECKS * sizeof *checks);
    if (workers != NULL) {
        snprintf(folder, sizeof folder, "%s", workers);
    } else if (ts_workers_folder(folder, sizeof folder, NULL) != TS_OK) {
        snprintf(folder, sizeof folder, ".");
    }
    for (int i = 0; i < TS_FLAVOUR_COUNT; i++) {
        if (flavours[i]) {
            check_file(&checks[count++], folder, ts_flavour_names[i], "tickstorm-worker", X_OK);
            check_file(&checks[count++], folder, ts_flavour_names[i], "libsignal.so", R_OK);
        }
    }
    for (int i = 0; i < TS_FLAVOUR_COUNT; i++) {
        if (flavours[i] && i != TS_FLAVOUR_PLAIN) {
            check_runtime(&checks[count++], folder, ts_flavour_names[i]);
        }
    }
    if (flavours[TS_FLAVOUR_TSAN] || flavours[TS_FLAVOUR_EXPLORE]) {
        check_mmap_rnd_bits(&checks[count++]);
        check_personality(&checks[count++]);
    }
    if (flavours[TS_FLAVOUR_TSAN] || flavours[TS_FLAVOUR_EXPLORE] || flavours[TS_FLAVOUR_ASAN]) {
        check_symbolizer(&checks[count++]);
    }
    if (all) {
        struct ts_environment_check *gdb = &checks[count++], *ptrace = &checks[count++];
        check_ptrace(ptrace);
        check_gdb(gdb, ptrace->ok);
        check_processors(&checks[count++]);
    }
    return count;
}

ts_err ts_environment_require(const struct ts_environment_check *checks, size_t count, struct ts_diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        if (checks[i].needed && !checks[i].ok) {
            return ts_fail(diag, TS_ENVIRONMENT, "check environment", checks[i].name, "%s (%s)",
                           checks[i].mend, checks[i].found);
        }
    }
    return TS_OK;
}

const char *ts_environment_symbolizer(char *found, size_t size)
{
    return ts_environment_find_symbolizer(getenv("PATH"), FALLBACK_SYMBOLIZER, found, size) ? found : NULL;
}
