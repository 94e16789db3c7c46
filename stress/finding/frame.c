#include "finding/frame.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const foreign_modules[] = {
    "libc.so", "libc-",       "ld-linux", "ld-2",    "libgcc_s", "libpthread", "libstdc++",  "libc++",
    "libm.so", "libclang_rt", "libasan",  "libtsan", "libubsan", "liblsan",    "linux-vdso", "[vdso]"};

static const char *const foreign_prefixes[] = {
    "__asan",
    "__tsan",
    "__ubsan",
    "__lsan",
    "__interceptor",
    "___interceptor",
    "__sanitizer",
    "operator new",
    "operator delete",
    "asan_thread_start",
    "pthread_",
    "__libc_",
    "__wrap_",
    "__real_",
    "__pthread_",
    /* lib's own ends of a process: what called them went wrong. */
    "ts_terminate_",
    "ts_pure_virtual_called",
    "ts_assert_failed",
};

static const char *const foreign_names[] = {
    "malloc",  "free",    "cfree",   "calloc",  "realloc", "reallocarray", "posix_memalign", "aligned_alloc",
    "strdup",  "strndup", "memcpy",  "memmove", "memset",  "memcmp",       "memchr",         "strlen",
    "strnlen", "strcmp",  "strncmp", "strcpy",  "strncpy", "strchr",       "snprintf",       "vsnprintf",
    "printf",  "write",   "read",    "close",   "abort",   "raise",        "usleep",         "nanosleep",
    "exit",    "_start",  "_exit",   "clone",   "clone3",
};

static const char *const copy_marks[] = {".constprop.", ".part.", ".isra.", ".llvm.", ".cold", ".lto_priv."};

static const char *const ending_suffixes[] = {"_destroy", "_fini",       "_free",     "_delete",
                                              "_release", "_destructor", "_teardown", "_close"};

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *text, size_t length, const char *suffix)
{
    size_t tail = strlen(suffix);
    return length >= tail && memcmp(text + length - tail, suffix, tail) == 0;
}

const char *ts_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

const char *ts_source_name(const char *path)
{
    while (starts(path, "./")) {
        path += 2;
    }
    return path[0] == '/' || starts(path, "../") ? ts_base_name(path) : path;
}

bool ts_frame_explorer(const char *file)
{
    return starts(file, "stress/explore/core/") || starts(file, "stress/explore/wraps/") ||
           starts(file, "stress/explore/program/");
}

bool ts_frame_own(const char *module, const char *function)
{
    if (*function == '\0') {
        return false;
    }
    for (size_t i = 0; i < COUNT(foreign_modules); i++) {
        if (starts(module, foreign_modules[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT(foreign_prefixes); i++) {
        if (starts(function, foreign_prefixes[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT(foreign_names); i++) {
        if (strcmp(function, foreign_names[i]) == 0) {
            return false;
        }
    }
    /* The runtimes' own C++, by a namespace or an argument of theirs. */
    return strstr(function, "__ubsan::") == NULL && strstr(function, "__sanitizer::") == NULL &&
           strstr(function, "__asan::") == NULL && strstr(function, "__tsan::") == NULL;
}

size_t ts_function_length(const char *function)
{
    size_t length = strlen(function);
    for (size_t i = 0; i < COUNT(copy_marks); i++) {
        const char *mark = strstr(function, copy_marks[i]);
        if (mark != NULL && mark != function && (size_t)(mark - function) < length) {
            length = (size_t)(mark - function);
        }
    }
    return length;
}

const struct ts_frame *ts_stack_side(const struct ts_stack *stack)
{
    for (size_t i = 0; i < stack->frame_count; i++) {
        if (stack->frames[i].own) {
            return &stack->frames[i];
        }
    }
    return NULL;
}

static bool library_ends_life(const char *function)
{
    static const char *const interceptors[] = {"___interceptor_", "__interceptor_"};
    for (size_t i = 0; i < COUNT(interceptors); i++) {
        if (starts(function, interceptors[i])) {
            function += strlen(interceptors[i]);
        }
    }
    return strcmp(function, "free") == 0 || strcmp(function, "cfree") == 0 ||
           starts(function, "operator delete") ||
           (starts(function, "pthread_") && ends(function, strlen(function), "_destroy"));
}

static bool own_ends_life(const char *function)
{
    /* A demangled name's arguments are no part of the name. */
    size_t length = ts_function_length(function);
    const char *arguments = memchr(function, '(', length);
    if (arguments != NULL && arguments != function) {
        length = (size_t)(arguments - function);
    }
    for (size_t i = 0; i < COUNT(ending_suffixes); i++) {
        if (ends(function, length, ending_suffixes[i])) {
            return true;
        }
    }
    return strchr(function, '~') != NULL;
}

bool ts_stack_ends_life(const struct ts_stack *stack)
{
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        if (frame->own) {
            return own_ends_life(frame->function);
        }
        if (library_ends_life(frame->function)) {
            return true;
        }
    }
    return false;
}
