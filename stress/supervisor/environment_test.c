#include "supervisor/environment.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *value_of(char **environment, const char *name)
{
    const char *found = NULL;
    size_t length = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
            cr_assert_null(found, "%s is set twice", name);
            found = *environment + length + 1;
        }
    }
    return found;
}

Test(environment, lets_the_user_add_options_but_not_take_the_exit_code)
{
    setenv("TSAN_OPTIONS", "history_size=2:exitcode=0:log_path=/nowhere", 1);
    setenv("TS_KEPT", "kept", 1);
    char **environment = ts_worker_environment_create();
    cr_assert_not_null(environment);
    const char *tsan = value_of(environment, "TSAN_OPTIONS");
    const char *ours = strstr(tsan, "history_size=7"), *theirs = strstr(tsan, "history_size=2");
    cr_assert(ours != NULL && theirs != NULL && ours < theirs, "the later one wins: %s", tsan);
    cr_assert_str_eq(tsan + strlen(tsan) - strlen(":exitcode=86:log_path=stderr:report_bugs=1:symbolize=0"),
                     ":exitcode=86:log_path=stderr:report_bugs=1:symbolize=0");
    cr_assert_not_null(strstr(value_of(environment, "ASAN_OPTIONS"), "exitcode=87"));
    cr_assert_not_null(strstr(value_of(environment, "UBSAN_OPTIONS"), "exitcode=87"));
    cr_assert_str_eq(value_of(environment, "TS_KEPT"), "kept");
    ts_worker_environment_destroy(environment);
}

Test(environment, knows_which_thread_sanitizer_dies)
{
    cr_assert(ts_environment_tsan_dies(32, 14, 0));
    cr_assert(ts_environment_tsan_dies(29, 18, 0));
    cr_assert_not(ts_environment_tsan_dies(28, 14, 0));
    cr_assert_not(ts_environment_tsan_dies(32, 18, 1));
    cr_assert_not(ts_environment_tsan_dies(32, 19, 1));
}

Test(environment, finds_a_symbolizer_in_the_path_then_the_fallback)
{
    char folder[] = "/tmp/ts_symbolizer_XXXXXX", tool[64], list[128], found[256];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(tool, sizeof tool, "%s/llvm-symbolizer", folder);
    snprintf(list, sizeof list, "/no/such/folder::%s", folder);
    cr_assert_not(ts_environment_find_symbolizer(list, NULL, found, sizeof found));
    cr_assert_not(ts_environment_find_symbolizer(list, tool, found, sizeof found));
    close(open(tool, O_CREAT | O_WRONLY, 0755));
    cr_assert(ts_environment_find_symbolizer(list, "/other", found, sizeof found));
    cr_assert_str_eq(found, tool);
    cr_assert(ts_environment_find_symbolizer("", tool, found, sizeof found));
    unlink(tool);
    rmdir(folder);
}

Test(environment, names_the_missing_worker_and_the_build)
{
    const bool plain_only[TS_FLAVOUR_COUNT] = {[TS_FLAVOUR_PLAIN] = true};
    struct ts_diag diag;
    setenv("TICKSTORM_WORKERS", "/no/such/folder", 1);
    struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS];
    size_t count = ts_environment_check(NULL, plain_only, false, checks);
    cr_assert_eq(ts_environment_require(checks, count, &diag), TS_ENVIRONMENT);
    cr_assert_str_eq(diag.subject, "plain tickstorm-worker");
    cr_assert_not_null(strstr(diag.text, "./ci/build"));
}

static const struct ts_environment_check *check_named(const struct ts_environment_check *checks, size_t count,
                                                      const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(checks[i].name, name) == 0) {
            return &checks[i];
        }
    }
    cr_assert_fail("no check '%s'", name);
    return NULL;
}

static const bool all_flavours[TS_FLAVOUR_COUNT] = {true, true, true};

Test(environment, sees_which_symbols_a_program_defines)
{
    cr_assert(ts_environment_defines("/proc/self/exe", "ts_environment_defines"));
    cr_assert_not(ts_environment_defines("/proc/self/exe", "ts_environment_define"));
    cr_assert_not(ts_environment_defines("/proc/self/exe", "personality"), "needed, not defined");
    cr_assert_not(ts_environment_defines("/proc/self/exe", "__tsan_init"));
    cr_assert_not(ts_environment_defines("/proc/self/cmdline", "main"), "no ELF file");
    cr_assert_not(ts_environment_defines("/no/such/file", "main"));
}

/* Each prefix of a program, and one whose numbers are all wrong: no symbol, no crash. */
Test(environment, survives_a_file_that_only_looks_like_a_program)
{
    char path[] = "/tmp/ts_image_XXXXXX";
    unsigned char image[512] = "\177ELF\2\1\1";
    int file = mkstemp(path);
    cr_assert(file >= 0);
    memset(image + 16, 0x40, sizeof image - 16);
    image[58] = 64, image[59] = 0; /* e_shentsize */
    for (size_t offset = 0; offset < 512; offset += 64) {
        memset(image + 40, 0, 8); /* e_shoff */
        image[40] = (unsigned char)offset, image[41] = (unsigned char)(offset >> 8);
        image[60] = 1, image[61] = 0; /* e_shnum */
        image[offset + 4] = SHT_DYNSYM, memset(image + offset + 5, 0, 3);
        cr_assert_eq(pwrite(file, image, sizeof image, 0), (ssize_t)sizeof image);
        cr_assert_not(ts_environment_defines(path, "main"));
    }
    for (off_t size = 128; size >= 0; size -= 8) {
        cr_assert_eq(ftruncate(file, size), 0);
        cr_assert_not(ts_environment_defines(path, "main"));
    }
    close(file);
    unlink(path);
}

Test(environment, a_plain_program_under_another_name_is_blind_but_runs)
{
    char folder[] = "/tmp/ts_workers_XXXXXX", path[128];
    struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/tsan", folder);
    cr_assert_eq(mkdir(path, 0755), 0);
    snprintf(path, sizeof path, "%s/tsan/tickstorm-worker", folder);
    cr_assert_eq(symlink("/bin/true", path), 0);
    setenv("TICKSTORM_WORKERS", folder, 1);
    size_t count = ts_environment_check(NULL, all_flavours, true, checks);
    cr_assert_leq(count, TS_ENVIRONMENT_CHECKS);
    const struct ts_environment_check *runtime = check_named(checks, count, "tsan runtime");
    cr_assert(check_named(checks, count, "tsan tickstorm-worker")->ok);
    cr_assert_not(runtime->ok);
    cr_assert_not(runtime->needed);
    cr_assert_not_null(strstr(runtime->found, "__tsan_init"));
    cr_assert_not_null(strstr(runtime->mend, "./ci/build"));
    unlink(path);
    snprintf(path, sizeof path, "%s/tsan", folder);
    rmdir(path);
    rmdir(folder);
}

Test(environment, warns_of_a_single_processor_and_a_missing_debugger)
{
    struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS];
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    setenv("PATH", "/no/such/folder", 1);
    size_t count = ts_environment_check(NULL, all_flavours, true, checks);
    const char *const missing[] = {"processors", "gdb"};
    for (size_t i = 0; i < 2; i++) {
        const struct ts_environment_check *check = check_named(checks, count, missing[i]);
        cr_assert_not(check->ok, "%s", check->name);
        cr_assert_not(check->needed, "%s", check->name);
        cr_assert_str_not_empty(check->mend, "%s", check->name);
    }
    cr_assert_not(check_named(checks, count, "ptrace")->needed);
    cr_assert_not(check_named(checks, count, "personality")->needed);
}

/* What was forked for the checks is gone. */
Test(environment, leaves_no_child)
{
    struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS];
    ts_environment_check(NULL, all_flavours, true, checks);
    errno = 0;
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1);
    cr_assert_eq(errno, ECHILD);
}
